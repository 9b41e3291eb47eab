"""Every expectation over SQL finds nothing where nothing is wrong, and finds what is: on the real tables, in the test's process."""

import itertools
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import pytest
import yaml

from batch_layer import checks
from batch_layer.migrate import migrate
from batch_layer.moments import EPOCH, aware
from batch_layer.queries import query
from crm import clickhouse, validity
from crm.contracts import Column, Contract, landed_contracts
from crm.models import STAGING, DeltaModel, delta_models, table
from crm.settings import settings
from tests import embedded, plausible
from tests.compiled import compiled

pytestmark = pytest.mark.filterwarnings("ignore")  # Great Expectations uses what its own dependencies deprecate

DAY = timedelta(days=1)
START, MIDDLE, END = (datetime(2026, 1, 1) + number * DAY for number in range(3))
RECORDS, APART = 250, timedelta(seconds=345)  # of each topic on each of two days
# The generation under test, that of dbt's defaults; and one whose rows are all wrong.
OWN, OTHER = 0, 9
ORDERS = landed_contracts()["orders"]


@pytest.fixture(scope="module")
def client() -> Iterator[Any]:
    """Two days of plausible events of every contract, landed, built by the batch layer's own statements, and published."""
    with embedded.session() as session, pytest.MonkeyPatch.context() as patch:
        found: Any = embedded.Client(session)
        migrate(found)
        patch.setattr(clickhouse, "connect", lambda _: found)
        found.command("SYSTEM STOP MERGES ops.rejects")
        found.insert(
            "ops.publications", [[1, "d", OWN, aware(END)]], column_names=["sequence", "definition", "generation", "boundary"]
        )  # fmt: skip
        for contract in landed_contracts().values():
            _land(found, contract)
            name = f"stg_{contract.name}"
            described = yaml.safe_load((STAGING / f"{name}.yml").read_text(encoding="utf-8"))["models"][0]
            _build(found, name, {column["name"]: column["data_type"] for column in described["columns"]})
            for generation in (OWN, OWN, OTHER):  # twice, as after a crash
                sql = query("insert_rejects.sql", topic=contract.topic, staging=table(name))
                bound = {"generation": generation, "topic": contract.topic, "range_start": START, "range_end": END}
                found.command(sql, bound)
        for model in delta_models():
            _build(found, model.name, model.columns)
        yield found


def _land(client: Any, contract: Contract) -> None:
    drawn = itertools.islice(plausible.records(contract, 1), 2 * RECORDS)
    rows = []
    for number, (key, value) in enumerate(drawn):
        day, place = divmod(number, RECORDS)
        rows.append([number % 2, number // 2, START + day * DAY + place * APART, key.decode(), value.decode()])
    client.insert(f"raw.{contract.topic}", rows, column_names=["partition", "offset", "append_time", "key", "value"])
    names = ["topic", "partition", "from_offset", "to_offset", "boundary", "records", "late_records"]
    half = RECORDS // 2
    ranges = [[0, half, MIDDLE], [half, half + 1, MIDDLE], [half + 1, RECORDS, END]]
    landed = [
        [contract.topic, number, start, end, aware(until), end - start, 0]
        for number in (0, 1)
        for start, end, until in ranges
    ]
    client.insert("ops.landed", landed, column_names=names)


def _build(client: Any, model: str, columns: dict[str, str]) -> None:
    name, names = f"batch.{table(model)}", ", ".join(f"`{column}`" for column in columns)
    typed = ", ".join(f"`{column}` {kind}" for column, kind in columns.items())
    client.command(f"CREATE TABLE {name} (generation UInt32, {typed}) ENGINE = MergeTree ORDER BY ()")
    client.command(f"INSERT INTO {name} SELECT {OWN}, {names} FROM ({compiled()[model]})")  # noqa: S608  # our own names
    if model.endswith("_deltas"):
        wrong = f"INSERT INTO {name} SELECT * REPLACE (events + 7 AS events, {OTHER} AS generation) FROM {name}"  # noqa: S608
        client.command(wrong)


@contextmanager
def planted(client: Any, name: str, select: str) -> Iterator[None]:
    """A table with what a query of its own rows, `kept`, gives instead of them."""
    client.command(f"CREATE TABLE default.kept ENGINE = Memory AS SELECT * FROM {name}")  # noqa: S608
    try:
        client.command(f"TRUNCATE TABLE {name}")
        client.command(f"INSERT INTO {name} {select}")
        yield
    finally:
        client.command(f"TRUNCATE TABLE {name}")
        client.command(f"INSERT INTO {name} SELECT * FROM default.kept")  # noqa: S608
        client.command("DROP TABLE default.kept SYNC")


def found(client: Any, start: datetime = EPOCH, of: str = "") -> list[str]:
    """The descriptions of the expectations over SQL that a range up to the end does not meet; `of` a contract and its models."""
    return [words for words, sql in _queries(start, of, _as_set()) if _rows(client, sql)]


def _as_set() -> tuple[float, int]:
    """What the queries also depend on."""
    from expectations import arrivals

    return settings().max_reject_share, arrivals.ENOUGH_RECORDS


@cache
def _queries(start: datetime, of: str, _: object) -> list[tuple[str, str]]:
    from expectations.rows import ExpectNoRows

    own = {f"stg_{of}", *(model.name for model in delta_models() if f"stg_{of}" in model.sources)}
    return [
        (str(one.description), one.unexpected_rows_query.format(batch=_rows_of(model, start)))
        for model, expectations in checks._suites(OWN, start, END, only_served=False).values()
        for one in expectations
        if isinstance(one, ExpectNoRows) and (not of or model in own)
    ]


def _rows_of(model: str, start: datetime) -> str:
    """The rows under test."""
    bounds = {"generation": OWN, "range_start": aware(start).timestamp(), "range_end": aware(END).timestamp()}
    view = query("create_checked_view.sql", view="checked", table=table(model), **bounds)
    return f"({view[view.index('SELECT') :]})"


def _rows(client: Any, sql: str) -> list[list[Any]]:
    return client.session.query(sql, "TSV").bytes().decode().splitlines()  # type: ignore[no-any-return]


def named(failed: Sequence[str], *words: str) -> None:
    """What fails is just what each of the words is the beginning of."""
    assert len(failed) == len(words) and all(any(one.startswith(word) for one in failed) for word in words), failed


@pytest.mark.parametrize("start", [EPOCH, MIDDLE])
def test_nothing_is_found_where_nothing_is_wrong(client: Any, start: datetime) -> None:
    """Of a first range, and of one after it, in which ids come again. Another generation's rows are all wrong."""
    assert found(client, start) == []
    assert _rows(client, f"SELECT 1 FROM ops.rejects WHERE generation = {OWN}")  # noqa: S608


MEASURES = [
    ("orders", "customer_demand_deltas", "units"),
    ("orders", "customer_demand_deltas", "amount"),
    ("orders", "product_demand_deltas", "units"),
    ("orders", "product_demand_deltas", "amount"),
    ("receivables", "invoice_deltas", "amount"),
    ("feedback_enriched", "customer_feedback_deltas", "rating"),
    ("feedback_enriched", "customer_feedback_deltas", "nps"),
    ("feedback_enriched", "customer_feedback_deltas", "texts"),
    ("feedback_enriched", "product_feedback_deltas", "rating"),
    ("feedback_enriched", "product_feedback_deltas", "nps"),
    ("feedback_enriched", "product_feedback_deltas", "texts"),
]


@pytest.mark.parametrize(("contract", "model", "measure"), MEASURES)
@pytest.mark.parametrize("start", [EPOCH, MIDDLE])
def test_a_wrong_figure_is_found(client: Any, contract: str, model: str, measure: str, start: datetime) -> None:
    select = f"SELECT * REPLACE ({measure} + 1 AS {measure}) FROM default.kept"  # noqa: S608
    with planted(client, f"batch.{table(model)}", select):
        named(found(client, start, contract), f"Events and money of {contract} ")


@pytest.mark.parametrize(
    ("contract", "model", "expression"),
    [
        ("customers", "customer_profile_deltas", "if(credit_limit < 0, credit_limit, credit_limit + 1) AS credit_limit"),
        ("customers", "customer_profile_deltas", "if(credit_limit < 0, 0, credit_limit) AS credit_limit"),
        ("customers", "customer_profile_deltas", "concat(customer_id, toString(offset)) AS customer_id"),
        ("customers", "customer_profile_deltas", "'XXX' AS currency"),
        ("orders", "product_demand_deltas", "'paid' AS kind"),
        ("receivables", "invoice_deltas", "'paid' AS kind"),
        ("feedback_enriched", "product_feedback_deltas", "'none' AS sentiment_label"),
        ("feedback_enriched", "customer_feedback_deltas", "if(sentiment_label = 'positive', 'none', sentiment_label) AS sentiment_label"),
    ],
)  # fmt: skip
def test_figures_of_others_are_found(client: Any, contract: str, model: str, expression: str) -> None:
    with planted(client, f"batch.{table(model)}", f"SELECT * REPLACE ({expression}) FROM default.kept"):  # noqa: S608
        assert any(one.startswith(f"Events and money of {contract} ") for one in found(client, of=contract))


@pytest.mark.parametrize("model", delta_models(), ids=lambda model: model.name)
def test_events_that_are_missing_or_there_twice_are_found(client: Any, model: DeltaModel) -> None:
    (of,) = (source.removeprefix("stg_") for source in model.sources)
    first = f"(SELECT min(ingest_minute) FROM default.kept WHERE generation = {OWN})"  # noqa: S608
    for select in (
        f"SELECT * FROM default.kept WHERE ingest_minute != {first}",  # noqa: S608
        f"SELECT * REPLACE (events + (ingest_minute = {first}) AS events) FROM default.kept",  # noqa: S608
    ):
        with planted(client, f"batch.{table(model.name)}", select):
            assert f"{model.name}: in every minute of arrival" in str(failed := found(client, of=of)), failed
            assert found(client, MIDDLE, of) == []
    (copies,) = (sql for sql in compiled().values() if f"`{table(model.name)}`" in sql and "count() AS copies" in sql)
    assert not _rows(client, copies)
    again = f"SELECT * FROM default.kept UNION ALL SELECT * FROM default.kept WHERE ingest_minute = {first}"  # noqa: S608
    with planted(client, f"batch.{table(model.name)}", again):
        assert f"{model.name}: one row per" in str(failed := found(client, of=of)), failed
        assert _rows(client, copies)


@pytest.mark.parametrize(
    ("select", "words"),
    [
        ("WHERE topic != 'orders' OR from_offset != {half}", ["The landed offset ranges of orders"]),
        ("WHERE NOT (topic = 'orders' AND partition = 1 AND boundary > '{middle}')", ["Every partition of orders"]),
    ],
)
def test_what_has_not_landed_is_found(client: Any, select: str, words: list[str]) -> None:
    condition = select.format(half=RECORDS // 2, middle=MIDDLE)
    with planted(client, "ops.landed", f"SELECT * FROM default.kept {condition}"):  # noqa: S608
        named(found(client, of="orders"), *words)


def test_ranges_that_overlap_are_found(client: Any) -> None:
    select = "SELECT * REPLACE (to_offset + (topic = 'orders' AND from_offset = 0) AS to_offset) FROM default.kept"
    with planted(client, "ops.landed", select):
        named(found(client, of="orders"), "The landed offset ranges of orders")


@pytest.mark.parametrize("instead", ['"other":"EUR"', '"currency":null'])
def test_a_required_field_that_the_rule_lets_pass_is_found(client: Any, instead: str) -> None:
    columns = tuple(replace(one, required=one.required and one.name != "currency") for one in ORDERS.columns)
    select = (
        f"""SELECT * REPLACE (replaceRegexpOne(value, '"currency": ?"..."', '{instead}') AS value) FROM default.kept"""  # noqa: S608
    )
    client.command(validity.view(replace(ORDERS, columns=columns)))
    try:
        with planted(client, "raw.orders", select):
            failed = found(client, of="orders")
    finally:
        client.command(validity.view(ORDERS))
    assert any(one.startswith("Every valid record of orders has the fields") for one in failed), failed


def test_too_many_rejects_are_found(client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """More than the share, of as many records as tell something; each reject counts once."""
    from expectations import arrivals

    sql = f"SELECT countIf(reject_reason != '') / count() FROM raw.orders_events WHERE append_time >= '{MIDDLE}'"  # noqa: S608
    share = float(_rows(client, sql)[0])
    assert 0 < share < 0.2
    monkeypatch.setattr(arrivals, "ENOUGH_RECORDS", RECORDS)
    monkeypatch.setattr(settings(), "max_reject_share", 0.001)
    named(found(client, MIDDLE), *["At most"] * len(landed_contracts()))
    monkeypatch.setattr(settings(), "max_reject_share", share)
    of_orders = arrivals.of_topic(ORDERS, OWN, MIDDLE, END)[2].unexpected_rows_query
    assert not _rows(client, of_orders)
    monkeypatch.setattr(settings(), "max_reject_share", 0.001)
    monkeypatch.setattr(arrivals, "ENOUGH_RECORDS", RECORDS + 1)
    assert found(client, MIDDLE) == []


def test_a_topic_that_has_stopped_is_found(client: Any) -> None:
    kept = f"SELECT * FROM default.kept WHERE append_time < '{END - timedelta(minutes=61)}'"  # noqa: S608
    with planted(client, "raw.orders", kept):
        assert "The newest record is" in str(found(client, of="orders"))


@pytest.mark.parametrize("side", ["<", ">="])
def test_implausibly_many_or_few_records_are_found(client: Any, side: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two records on one of the days: before the range, or in it."""
    from expectations import arrivals

    monkeypatch.setattr(arrivals, "ENOUGH_RECORDS", 2)
    monkeypatch.setattr(settings(), "max_reject_share", 1)
    other = ">=" if side == "<" else "<"
    two = f"(SELECT max(offset) FROM default.kept WHERE append_time {side} '{MIDDLE}')"  # noqa: S608
    kept = f"SELECT * FROM default.kept WHERE append_time {other} '{MIDDLE}' OR offset = {two}"  # noqa: S608
    with planted(client, "raw.orders", kept):
        assert "Records per minute stay within" in str(found(client, MIDDLE, "orders"))
        assert "Records per minute stay within" not in str(found(client, of="orders"))


def _columns(column: Column) -> list[tuple[Column, ...]]:
    others = tuple(one for one in ORDERS.columns if one != column)
    return [others, (*ORDERS.columns, replace(column, name="new")), (*others, replace(column, clickhouse_type="Int8"))]


@pytest.mark.parametrize("columns", _columns(ORDERS.columns[-1]), ids=["one less", "one more", "another type"])
def test_a_view_that_is_not_the_contracts_is_found(client: Any, columns: tuple[Column, ...]) -> None:
    from expectations import arrivals

    other = replace(ORDERS, columns=columns)
    schema = arrivals.of_topic(other, OWN, START, END)[0].unexpected_rows_query
    assert len(_rows(client, schema)) == 1
