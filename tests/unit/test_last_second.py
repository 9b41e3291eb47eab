"""Nothing that arrives in the last second before a boundary is lost, though ClickHouse's index would have it so (decision 14)."""

import itertools
import re
from pathlib import Path

import pytest

from crm.contracts import Contract
from crm.quoting import literal
from crm.settings import ROOT
from tests import plausible, staging
from tests.compiled import compiled
from tests.raw_view import opened

FILES = [
    file
    for folder in ("batch_layer", "crm", "dashboard", "dbt_project/models", "dbt_project/macros", "dbt_project/tests", "erasure", "expectations", "search")
    for file in sorted((ROOT / folder).rglob("*.sql"))
]  # fmt: skip
COMPARED = re.compile(r"append_time\s*(?:<|>)=?\s*(\S.*?)(?: AND |$)", re.MULTILINE)
MILLISECONDS = ("{", "toDateTime64(", "events.append_time - ")


def test_append_times_are_compared_with_milliseconds_only() -> None:
    found = [(file.name, value) for file in FILES for value in COMPARED.findall(file.read_text(encoding="utf-8"))]
    assert len(found) > 30
    wrong = [
        (name, value)
        for name, value in found
        if not value.startswith(MILLISECONDS)
        or (value.startswith("{") and (":DateTime(" in value or "| literal" in value))
    ]
    assert wrong == []


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_parameter_has_one_type_in_a_statement(file: Path) -> None:
    """clickhouse-connect writes a moment with its fraction where any of its places asks for one; the others cannot read it."""
    types: dict[str, set[str]] = {}
    for name, kind in re.findall(r"\{(\w+):(DateTime(?:64)?)\b", file.read_text(encoding="utf-8")):
        types.setdefault(name, set()).add(kind)
    assert [name for name, kinds in types.items() if len(kinds) > 1] == []


@pytest.mark.parametrize("contract", staging.landed(), ids=lambda contract: contract.name)
def test_a_part_of_the_last_second_is_read(contract: Contract) -> None:
    """One landing's records all came in the second before the boundary: a part of its own, which the index must not leave out."""
    values = [value for _, value in itertools.islice(plausible.records(contract, 1), 20)]
    with opened(contract) as view:
        for first, at in ((0, "00:00:59.001"), (100, "00:01:00.000")):
            rows = ", ".join(
                f"(0, {first + number}, '2026-01-01 {at}', {literal(value.decode())})"
                for number, value in enumerate(values)
            )
            view.session.query(
                f"INSERT INTO raw.{contract.topic} (partition, offset, append_time, value) VALUES {rows}"  # noqa: S608
            )
        view.session.query("CREATE DATABASE ops")
        view.session.query(
            "CREATE VIEW ops.publications AS SELECT 1 AS sequence, toDateTime('2026-01-01 00:01:00', 'UTC') AS boundary"
        )
        valid = view.query(
            f"SELECT min(offset) AS first FROM raw.{contract.topic}_events WHERE offset < 100 AND reject_reason = '' "  # noqa: S608
            "GROUP BY event_id ORDER BY first"
        )
        found = view.query(f"SELECT offset FROM ({compiled()[f'stg_{contract.name}']}) ORDER BY offset")  # noqa: S608
    assert len(valid) > 10 and found == valid
