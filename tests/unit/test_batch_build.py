"""Ranges of a build: they cover everything once, and none is too large for memory."""

import itertools
import json
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batch_layer.build import Range, split
from batch_layer.dbt import dbt_command, dbt_environment, error_lines
from batch_layer.moments import EPOCH, MINUTE
from crm.models import definition

START = datetime(2026, 3, 1)


@given(counts=st.lists(st.integers(0, 50), max_size=40), largest=st.integers(1, 60))
def test_ranges_cover_all_minutes_without_overlap(counts: list[int], largest: int) -> None:
    minutes = [(START + index * MINUTE, count) for index, count in enumerate(counts) if count]
    end = START + 60 * MINUTE
    found = split(EPOCH, end, minutes, largest)

    assert found[0].start == EPOCH and found[-1].end == end
    assert all(before.end == after.start for before, after in itertools.pairwise(found))
    assert sum(one.records for one in found) == sum(counts)
    for one in found:
        inside = [count for minute, count in minutes if one.start <= minute < one.end]
        assert one.records == sum(inside)
        assert one.records <= largest or len(inside) == 1


def test_an_empty_range_is_one_build() -> None:
    assert split(START, START + MINUTE, []) == [Range(START, START + MINUTE, 0)]


def test_dbt_writes_beside_what_is_published_by_default() -> None:
    command = dbt_command(["build"])
    assert command[command.index("--target") + 1] == "dev"
    assert dbt_command(["build", "--target", "live"]).count("--target") == 1


def test_what_changes_from_build_to_build_is_not_on_the_command_line(monkeypatch: pytest.MonkeyPatch) -> None:
    # dbt keeps what it has parsed only while its command line says the same.
    monkeypatch.setenv("CRM_PASSWORD_BATCH", "x")
    environment = dbt_environment({"generation": 3, "range_start": "2026-03-01 00:00:00"})
    assert environment["CRM_DBT_GENERATION"] == "3" and environment["CRM_DBT_RANGE_START"] == "2026-03-01 00:00:00"
    command = dbt_command(["run"], definition(), "live")
    assert json.loads(command[command.index("--vars") + 1]) == {"definition": definition()}
    assert "--vars" not in dbt_command(["run"])


def test_dbt_errors_start_where_dbt_names_them() -> None:
    lines = ["Running", "1 of 2 START", "  Failure in model stg_orders (x.sql)", "    Database Error", "Done. ERROR=1"]
    assert error_lines(lines)[0] == "  Failure in model stg_orders (x.sql)"
    assert error_lines(["a"] * 30 + ["b"])[-1] == "b"
