"""The as-of views of arrears as ClickHouse runs them, over delta rows of both layers, in the test's process.

Beside what a reader must see, the tables hold what none may see: rows of a generation that is not live, publications that are
not, and versions of speed rows that are not the most complete.
"""

import json
import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import yaml
from chdb.session import Session

from crm.models import DeltaModel, definition, delta_models, table
from crm.settings import ROOT
from speed_layer.tables import clickhouse_table
from tests import embedded
from tests.bookkeeper import Entry
from tests.compiled import compiled

SERVING = ROOT / "dbt_project" / "models" / "serving"
MODEL = next(model for model in delta_models() if model.name == "invoice_deltas")
PROFILES = next(model for model in delta_models() if model.name == "customer_profile_deltas")
TABLE = table(MODEL.name)
BOUNDARY = datetime(2026, 1, 1, tzinfo=UTC)
PUBLICATIONS = "CREATE TABLE ops.publications (sequence UInt64, definition String, generation UInt32, boundary DateTime('UTC')) ENGINE = Memory"


def as_of_views() -> list[str]:
    """The views that have an as-of form."""
    files = {file.stem: yaml.safe_load(file.read_text(encoding="utf-8")) for file in SERVING.glob("*.yml")}
    return [
        name
        for name, document in files.items()
        if document["models"][0].get("config", {}).get("materialized") == "as_of_view"
    ]


def statements(zone: str) -> dict[str, str]:
    """The statement that makes each view's as-of form, as dbt writes it for the live target of a business in a time zone."""
    now = "assumeNotNull((SELECT now64(3, 'UTC')))"
    earlier = "assumeNotNull((SELECT now64(3, 'UTC') - INTERVAL 30 DAY))"
    return {
        f"{name}_as_of": compiled(arrears_time_zone=zone)[name]
        .replace(earlier, "{since:DateTime64(3, 'UTC')}")
        .replace(now, "{as_of:DateTime64(3, 'UTC')}")
        for name in as_of_views()
    }


class Views:
    """The views over entries of one's choice."""

    def __init__(self, session: Session, views: dict[str, str]) -> None:
        self.session = session
        for statement in (
            *(f"CREATE DATABASE {name}" for name in ("batch", "speed", "ops", "serving")),
            *(statement for model in (MODEL, PROFILES) for statement in tables(model)),
            PUBLICATIONS,
            published(int(BOUNDARY.timestamp())),
            "CREATE TABLE default.stg_receivables (kind String, customer_id String, invoice_id String, currency String, due_date Date32, "
            "amount Decimal(18, 2), occurred_at DateTime64(3, 'UTC'), ingest_minute DateTime('UTC')) ENGINE = Memory",
            *(f"CREATE VIEW serving.{name} AS {sql}" for name, sql in views.items()),
        ):
            session.query(statement)

    def fill(self, entries: Sequence[Entry], dice: random.Random) -> None:
        """Replace the rows of both layers: each entry arrives in some minute on either side of the boundary, in any order."""
        for name in ("default.stg_receivables", f"batch.{TABLE}", f"speed.{TABLE}"):
            self.session.query(f"TRUNCATE TABLE {name}")
        rows = [
            f"('{e.kind}', '{e.customer_id}', '{e.invoice_id}', '{e.currency}', '{e.due_date}', '{e.amount}', "
            f"'{e.occurred_at:%Y-%m-%d %H:%M:%S}', {int(BOUNDARY.timestamp()) + 60 * dice.randint(-2, 2)})"
            for e in dice.sample(list(entries), len(entries))
        ]
        if rows:
            self.session.query(f"INSERT INTO default.stg_receivables VALUES {', '.join(rows)}")  # noqa: S608
        # Both layers hold all of it, as they do around a boundary: the views must take each row from one of them.
        for statement in filled(MODEL):
            self.session.query(statement)

    def rows(self, view: str, **instants: datetime) -> list[dict[str, Any]]:
        """Rows of an as-of view; Decimals as text."""
        arguments = ", ".join(
            f"{name} = '{at.astimezone(UTC):%Y-%m-%d %H:%M:%S}.{at.microsecond // 1000:03d}'"
            for name, at in instants.items()
        )
        sql = f"SELECT * FROM serving.{view}_as_of({arguments}) SETTINGS output_format_json_quote_decimals = 1"  # noqa: S608
        text = self.session.query(sql, "JSONEachRow").bytes().decode()
        return [json.loads(line) for line in text.splitlines()]


def tables(model: DeltaModel) -> tuple[str, ...]:
    """The statements that make a model's table in either layer. The speed layer's never merges: its versions stay as they came."""
    name = table(model.name)
    columns = ", ".join(f"`{column}` {kind}" for column, kind in model.columns.items())
    key = ", ".join(f"`{column}`" for column in model.grain)
    return (
        f"CREATE TABLE batch.{name} (generation UInt32, {columns}) ENGINE = MergeTree ORDER BY ({key})",
        clickhouse_table(model),
        f"SYSTEM STOP MERGES speed.{name}",
    )


def filled(model: DeltaModel) -> tuple[str, ...]:
    """The statements that fill both layers' tables from the stagings: generation 1 and the speed rows are what must be seen.

    Generation 2 has the same keys and others, with other measures. Each speed row has a version of fewer events, which came later.
    """
    right = {column: f"`{column}`" for column in model.columns}
    wrong = right | {column: _wrong(column, model.columns[column]) for column in model.measures}
    first = model.grain[0]

    def rows(values: dict[str, str], generation: str = "") -> str:
        return f"SELECT {generation}{', '.join(values.values())} FROM ({model.select})"  # noqa: S608  # our own names

    others = wrong | {first: f"concat(`{first}`, ' of generation 2')"}
    batch, speed = (f"{layer}.{table(model.name)}" for layer in ("batch", "speed"))
    return (
        f"INSERT INTO {batch} {rows(right, '1, ')} UNION ALL {rows(wrong, '2, ')} UNION ALL {rows(others, '2, ')}",
        f"INSERT INTO {speed} {rows(right)}",
        f"INSERT INTO {speed} {rows(wrong | {'events': 'events - 1'})}",
    )


def _wrong(column: str, kind: str) -> str:
    if kind == "String":
        return f"concat(`{column}`, '?')"
    return f"`{column}` + INTERVAL 1 DAY" if kind.startswith("DateTime") else f"`{column}` + 1000"


def published(boundary: int) -> str:
    """The statement that makes generation 1 live up to a boundary, in seconds since 1970.

    Before it another pair was live, and a later publication is of another definition.
    """
    rows = ((1, definition(), 2, boundary + 60), (2, definition(), 1, boundary), (3, "another", 2, boundary + 120))
    return f"INSERT INTO ops.publications VALUES {', '.join(map(str, rows))}"  # noqa: S608


@contextmanager
def opened(zone: str = "UTC") -> Iterator[Views]:
    """The views in an engine of their own."""
    with embedded.session() as session:
        yield Views(session, statements(zone))
