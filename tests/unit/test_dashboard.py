"""The dashboard without services: periods, formats, troubles; each page says what is wrong where ClickHouse does not answer."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from crm.settings import ROOT, settings
from dashboard import filters, formats, questions
from dashboard.screens.customer import address
from dashboard.screens.health import troubles

NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
WELL = {"batch_age_seconds": 300, "rows_different": 0, "late_records": 0}
RUNNING = {
    "speed": {"state": "RUNNING", "pending_records": 0},
    "enrichment": {"state": "RUNNING", "pending_records": 3},
}


@pytest.fixture
def nothing_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Settings of a stack that is not there: its ports are nobody's."""
    monkeypatch.setenv("CRM_VAR", str(tmp_path))
    monkeypatch.setenv("CRM_PORT_CLICKHOUSE_HTTP", "1")
    settings.cache_clear()
    questions._client.clear()
    yield
    settings.cache_clear()
    questions._client.clear()


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", ["demand", "feedback", "arrears", "customer", "health"])
def test_a_page_says_that_clickhouse_does_not_answer(name: str, nothing_runs: None) -> None:
    script = f"from dashboard.screens import {name}\n{name}.page()"
    page = AppTest.from_string(script, default_timeout=60).run()
    assert not page.exception
    assert len(page.error) == 1
    assert "ClickHouse does not answer" in page.error[0].value and "crm up" in page.error[0].value
    assert not page.metric


def test_a_period_ends_now_and_is_compared_with_the_one_before() -> None:
    period = filters.ending_now("Last 7 days", NOW)
    assert period.since == datetime(2026, 2, 25, 5)
    assert period.until > NOW.replace(tzinfo=None) + timedelta(days=365), "what happens next would not be in it"
    assert period.since - period.before == timedelta(days=7)
    everything = filters.ending_now(filters.EVERYTHING, NOW)
    assert everything.before == everything.since and not everything.against


def test_a_period_between_two_days_holds_both() -> None:
    period = filters.between(date(2026, 1, 30), date(2026, 2, 1))
    assert period.bound() == {
        "since": "2026-01-30 00:00:00",
        "until": "2026-02-02 00:00:00",
        "before": "2026-01-27 00:00:00",
    }


@pytest.mark.parametrize(
    ("days", "bucket"), [(0, "hour"), (4, "hour"), (5, "day"), (130, "day"), (131, "week"), (1200, "month")]
)
def test_a_chart_has_some_hundred_buckets_at_most(days: int, bucket: str) -> None:
    first = datetime(2020, 1, 1, tzinfo=UTC)
    everything = filters.ending_now(filters.EVERYTHING, NOW)
    assert everything.bucket(first, first + timedelta(days=days)) == bucket


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(None, "-"), (0, "0 s"), (59.6, "1 min"), (61, "1 min 1 s"), (3600, "1 h"), (3605, "1 h"), (90_000, "1 d 1 h")],
)
def test_durations_have_two_units_at_most(seconds: float | None, text: str) -> None:
    assert formats.duration(seconds) == text


def test_figures_are_exact_and_changes_have_a_base() -> None:
    assert formats.money(Decimal("10666684.54")) == "10,666,684.54"
    assert formats.share(0.98765) == "98.8 %"
    assert formats.change(Decimal(110), Decimal(100)) == "+10.0 %"
    assert formats.change(5, 0) is None and formats.change(5, None) is None and formats.change(5, -1) is None


def test_an_id_becomes_one_part_of_an_address() -> None:
    assert address("a/b?c=d&e #ü") == "./customer?customer=a%2Fb%3Fc%3Dd%26e%20%23%C3%BC"
    assert address("") is None


def test_no_trouble_where_all_is_well() -> None:
    assert troubles(WELL, RUNNING, [{"suite": "s", "failed": 0}]) == []


@pytest.mark.parametrize(
    ("status", "jobs", "check", "word"),
    [
        ({"batch_age_seconds": None}, {}, [], "has not run yet"),
        ({"batch_age_seconds": 7200}, {}, [], "2 h old"),
        ({"rows_different": 2}, {}, [], "crm reconcile"),
        ({"late_records": 1}, {}, [], "crm recompute"),
        ({}, {"speed": {"state": "RESTARTING"}}, [], "crm speed status"),
        ({}, {"speed": {"state": "UNKNOWN", "error": "no Flink"}}, [], "no Flink"),
        ({}, {"enrichment": {"state": "RUNNING", "pending_records": 50_000}}, [], "50,000 records behind"),
        ({}, {}, [{"suite": "arrivals of orders", "failed": 1}], "arrivals of orders"),
    ],
)
def test_each_trouble_is_named_with_what_to_do(status: dict, jobs: dict, check: list, word: str) -> None:
    (found,) = troubles(WELL | status, RUNNING | jobs, check)
    assert word in found


def test_statements_are_all_asked_and_read_serving_only() -> None:
    code = "".join(file.read_text(encoding="utf-8") for file in (ROOT / "dashboard").rglob("*.py"))
    for file in questions.SQL.glob("*.sql"):
        assert re.search(rf'(ask|begin)\("{file.stem}"', code), f"nobody asks {file.name}"
        text = file.read_text(encoding="utf-8")
        assert "FROM serving." in text and not any(f" {other}." in text for other in ("ops", "raw", "batch", "speed"))
