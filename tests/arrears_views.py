"""The as-of views of arrears as ClickHouse runs them, over delta rows of both layers, in the test's process."""

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
            *(_batch_table(model) for model in (MODEL, PROFILES)),
            *(clickhouse_table(model) for model in (MODEL, PROFILES)),
            "CREATE TABLE ops.publications (sequence UInt64, definition String, generation UInt32, boundary DateTime('UTC')) ENGINE = Memory",
            f"INSERT INTO ops.publications VALUES (1, '{definition()}', 1, '{BOUNDARY:%Y-%m-%d %H:%M:%S}')",  # noqa: S608
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
        self.session.query(f"INSERT INTO batch.{TABLE} SELECT 1, * FROM ({MODEL.select})")  # noqa: S608
        self.session.query(f"INSERT INTO speed.{TABLE} {MODEL.select}")

    def rows(self, view: str, **instants: datetime) -> list[dict[str, Any]]:
        """Rows of an as-of view; Decimals as text."""
        arguments = ", ".join(
            f"{name} = '{at:%Y-%m-%d %H:%M:%S}.{at.microsecond // 1000:03d}'" for name, at in instants.items()
        )
        sql = f"SELECT * FROM serving.{view}_as_of({arguments}) SETTINGS output_format_json_quote_decimals = 1"  # noqa: S608
        text = self.session.query(sql, "JSONEachRow").bytes().decode()
        return [json.loads(line) for line in text.splitlines()]


def _batch_table(model: DeltaModel) -> str:
    columns = ", ".join(f"`{name}` {kind}" for name, kind in model.columns.items())
    key = ", ".join(f"`{name}`" for name in model.grain)
    return f"CREATE TABLE batch.{table(model.name)} (generation UInt32, {columns}) ENGINE = MergeTree ORDER BY ({key})"


@contextmanager
def opened(zone: str = "UTC") -> Iterator[Views]:
    """The views in an engine of their own."""
    with embedded.session() as session:
        yield Views(session, statements(zone))
