"""The dashboard without services: periods, formats, troubles; each page says what is wrong where ClickHouse does not answer."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from streamlit.testing.v1 import AppTest

from crm.settings import ROOT, settings
from dashboard import business_days, charts, filters, formats, questions
from dashboard.screens.customer import address
from dashboard.screens.health import troubles
from tests import embedded

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
    assert period.until == datetime(2026, 3, 4, 6), "the hour that has begun is in it, and nothing that is dated ahead"
    assert period.since - period.before == timedelta(days=7)
    everything = filters.ending_now(filters.EVERYTHING, NOW)
    assert everything.before == everything.since and not everything.against


@pytest.mark.parametrize("minute", [0, 1, 59])
@pytest.mark.parametrize("name", list(filters.SPANS))
def test_what_is_compared_is_equally_long_in_every_minute_of_an_hour(name: str, minute: int) -> None:
    period = filters.ending_now(name, NOW.replace(minute=minute))
    assert period.compared_until == datetime(2026, 3, 4, 5)
    assert period.compared_until - period.since == period.since - period.before == filters.SPANS[name]


def test_a_period_between_two_days_holds_both() -> None:
    period = filters.between(date(2026, 1, 30), date(2026, 2, 1), NOW)
    assert period.bound() == {
        "since": "2026-01-30 00:00:00",
        "until": "2026-02-02 00:00:00",
        "before": "2026-01-27 00:00:00",
        "compared_until": "2026-02-02 00:00:00",
    }


def test_a_period_that_ends_today_is_compared_as_far_as_it_has_come() -> None:
    period = filters.between(date(2026, 3, 3), date(2026, 3, 4), NOW)
    assert period.until == datetime(2026, 3, 5)
    assert period.compared_until - period.since == period.since - period.before == timedelta(hours=29)
    just_begun = filters.between(date(2026, 3, 4), date(2026, 3, 4), NOW.replace(hour=0))
    assert just_begun.before == just_begun.since and not just_begun.against


def test_the_hour_that_has_begun_is_in_the_figures_and_not_in_the_comparison() -> None:
    """100 of now, 10 of the same hour a day before, 1 of two days before: 110 in 24 hours, and 10 against 1."""
    period = filters.ending_now("Last 24 hours", NOW)
    hours = {NOW - timedelta(days=days): count for days, count in ((0, 100), (1, 10), (2, 1))}
    rows = ", ".join(f"('{hour:%Y-%m-%d %H}:00:00', {count})" for hour, count in hours.items())
    numbers = {
        "feedback_by_hour": "responses ratings promoters passives detractors ratings_1 ratings_2 ratings_3 ratings_4 ratings_5 complaints texts",
        "demand_by_hour": "orders units gross net order_lines cancelled_lines",
    }
    answers: dict[str, list[dict[str, Any]]] = {}
    with embedded.session() as session:
        session.query("CREATE DATABASE serving")
        for table, measures in numbers.items():
            columns = ", ".join(f"{name} Int64 DEFAULT {measures.split()[0]}" for name in measures.split()[1:])
            session.query(
                f"CREATE TABLE serving.{table} (event_hour DateTime('UTC'), {measures.split()[0]} Int64, {columns}, "
                "currency String DEFAULT 'EUR', channel String, category String) ENGINE = Memory"
            )
            session.query(f"INSERT INTO serving.{table} (event_hour, {measures.split()[0]}) VALUES {rows}")  # noqa: S608  # our own values
        given = period.bound() | {"currency": "EUR", "bucket": "hour", "categories": "[]", "channels": "[]"}
        for name, value in given.items():
            session.query(f"SET param_{name} = '{value}'")
        for question in ("demand_figures", "feedback_totals"):
            sql = (questions.SQL / f"{question}.sql").read_text(encoding="utf-8")
            text = session.query(sql, "JSONEachRow").bytes().decode()
            answers[question] = [json.loads(line) for line in text.splitlines()]
    demand = [(row["part"], row["is_current"], row["orders"]) for row in answers["demand_figures"]]
    assert [row for row in demand if row[0] == "total"] == [("total", 1, 110)]
    assert sorted(row for row in demand if row[0] == "compared") == [("compared", 0, 1), ("compared", 1, 10)]
    assert [row[2] for row in demand if row[0] == "bucket"] == [10, 100]
    feedback = {row["is_current"]: row for row in answers["feedback_totals"]}
    assert (feedback[1]["responses"], feedback[1]["compared_responses"]) == (110, 10)
    assert (feedback[0]["compared_responses"], feedback[0]["compared_complaints"]) == (1, 1)


STATUS = {"batch_age_seconds": None, "speed_newest_minute": None}
DEMAND = dict.fromkeys(("units", "net", "gross"), 0) | dict.fromkeys(
    ("average_order_value", "average_line_value", "cancellation_rate")
)
FEEDBACK = {"csat": None, "mean_rating": None, "nps": None, "complaints": 0, "compared_complaints": 0, "texts": 0}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("over", "grown"), [(12, "+20.0 %"), (0, "-100.0 %")])
@pytest.mark.parametrize(("name", "tile"), [("demand", "Orders"), ("feedback", "Responses")])
def test_a_tile_shows_all_that_has_happened_and_how_the_hours_that_are_over_have_grown(
    name: str, tile: str, over: int, grown: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    extent = {"hours": 1, "currency": "EUR", "categories": [], "channels": [], "first_hour": NOW, "last_hour": NOW}
    answers = {
        "status": [STATUS],
        f"{name}_choices": [extent],
        "demand_figures": [
            DEMAND | {"part": part, "is_current": is_current, "bucket": NOW, "orders": orders}
            for part, is_current, orders in (
                ("bucket", 1, 99),
                ("compared", 1, over),
                ("compared", 0, 10),
                ("total", 1, 99),
            )
            if orders
        ],
        "feedback_totals": [
            FEEDBACK | {"is_current": 1, "responses": 99, "compared_responses": over},
            FEEDBACK | {"is_current": 0, "responses": 10, "compared_responses": 10},
        ],
    }
    monkeypatch.setattr(questions, "_answer", lambda question, _: answers.get(question, []))
    page = AppTest.from_string(f"from dashboard.screens import {name}\n{name}.page()", default_timeout=60)
    page.query_params["period"] = "Last 7 days"
    page.run()
    assert not page.exception and not page.error
    (shown,) = (metric for metric in page.metric if metric.label == tile)
    assert (shown.value, shown.delta) == ("99", grown)


@pytest.fixture
def honolulu(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten hours behind UTC, where it is still the day before NOW."""
    monkeypatch.setattr(business_days, "zone", lambda: ZoneInfo("Pacific/Honolulu"))


def test_the_zone_of_arrears_is_that_of_the_views() -> None:
    assert business_days.zone().key == "UTC"
    assert business_days.today(NOW) == date(2026, 3, 4)
    assert business_days.end_of(date(2026, 3, 3), NOW) == "2026-03-03 23:59:59.999"


def test_a_past_day_ends_where_the_business_is_and_today_is_now(honolulu: None) -> None:
    today = business_days.today(NOW)
    assert today == date(2026, 3, 3)
    assert business_days.end_of(date(2026, 3, 2), NOW) == "2026-03-03 09:59:59.999"
    assert business_days.end_of(today, NOW) == "2026-03-04 05:06:05.000"
    last = NOW.replace(minute=6, second=9, microsecond=999_999)
    assert business_days.end_of(today, last) == business_days.end_of(today, NOW), "open pages ask one question"


@pytest.mark.parametrize(
    ("zone", "day", "end"),
    [
        # the 15th of October begins at 01:00; the last hour of the 17th of February is there twice
        ("America/Sao_Paulo", date(2017, 10, 14), "2017-10-15 02:59:59.999"),
        ("America/Sao_Paulo", date(2018, 2, 17), "2018-02-18 02:59:59.999"),
        ("Asia/Tokyo", date(1970, 1, 1), "1970-01-01 14:59:59.999"),
    ],
)
def test_days_end_at_midnight_also_where_clocks_are_set(
    zone: str, day: date, end: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(business_days, "zone", lambda: ZoneInfo(zone))
    assert business_days.end_of(day, NOW) == end


@pytest.mark.filterwarnings("ignore")
def test_the_page_of_arrears_asks_as_of_its_day(honolulu: None, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: dict[str, dict[str, str]] = {}

    def answer(question: str, bound: dict[str, Any]) -> list[dict[str, Any]]:
        asked[question] = bound
        if question == "status":
            return [STATUS]
        return [{"currency": "EUR", "last_open_day": date(2026, 1, 1)}] if question == "arrears_choices" else []

    monkeypatch.setattr(questions, "_answer", answer)
    page = AppTest.from_string("from dashboard.screens import arrears\narrears.page()", default_timeout=60)
    page.run()
    assert not page.exception and not page.error
    now = datetime.now(UTC)
    (shown,) = page.date_input
    assert shown.value == shown.max == business_days.today(now)
    as_of = datetime.fromisoformat(asked["arrears_aging"]["as_of"]).replace(tzinfo=UTC)
    assert timedelta(0) <= now - as_of < timedelta(seconds=60), "nothing that is dated later has happened"
    shown.set_value(date(2026, 1, 31)).run()
    assert asked["arrears_aging"]["as_of"] == "2026-02-01 09:59:59.999"
    assert asked["roll_rates"]["since"] == "2026-01-02 09:59:59.999"


@pytest.mark.parametrize(
    ("days", "bucket"), [(0, "hour"), (4, "hour"), (5, "day"), (130, "day"), (131, "week"), (1200, "month")]
)
def test_a_chart_has_some_hundred_buckets_at_most(days: int, bucket: str) -> None:
    first = datetime(2020, 1, 1, tzinfo=UTC)
    everything = filters.ending_now(filters.EVERYTHING, NOW)
    assert everything.bucket(first, first + timedelta(days=days)) == bucket


def test_what_is_dated_ahead_makes_no_chart_coarser() -> None:
    first = datetime.now(UTC) - timedelta(days=3)
    assert filters.ending_now(filters.EVERYTHING, NOW).bucket(first, datetime(2062, 3, 4, tzinfo=UTC)) == "hour"


@pytest.mark.parametrize(
    ("bucket", "first", "last", "buckets"),
    [
        ("hour", "2026-03-28 23:00:00", "2026-03-29 04:00:00", 6),
        ("day", "2026-02-27 00:00:00", "2026-03-02 00:00:00", 4),
        ("week", "2016-10-10 00:00:00", "2017-01-02 00:00:00", 13),
        ("month", "2025-11-01 00:00:00", "2026-02-01 00:00:00", 4),
        ("month", "2025-11-01 00:00:00", "2025-11-01 00:00:00", 1),
    ],
)
def test_a_time_without_sales_is_drawn_as_zero(bucket: str, first: str, last: str, buckets: int) -> None:
    rows = [
        {"bucket": datetime.fromisoformat(at).replace(tzinfo=UTC), "net": Decimal("2.50")} for at in {first: 0, last: 0}
    ]
    shown = charts.gapless(rows, bucket)
    assert len(shown) == buckets and shown["net"].sum() == 2.5 * len(rows)
    assert (shown["bucket"].iloc[0], shown["bucket"].iloc[-1]) == (
        datetime.fromisoformat(first),
        datetime.fromisoformat(last),
    )


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
    assert formats.change(0, 100) == "-100.0 %" and formats.change(None, 100) is None
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
        ({"rows_different": 2}, {}, [], "`crm reconcile` says why; `ops.differences` has the rows"),
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
