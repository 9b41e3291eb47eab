"""The views of customers as ClickHouse runs them, over delta rows of both layers, in the test's process.

The tables also hold what no reader may see (tests/arrears_views.py).
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import yaml
from chdb.session import Session

from crm.models import delta_models, table
from crm.settings import ROOT
from tests import embedded
from tests.arrears_views import PUBLICATIONS, filled, published, tables
from tests.compiled import compiled

STAGING = ROOT / "dbt_project" / "models" / "staging"
VIEWS = ("customer_360", "customer_money", "customer_timeline", "customer_profile", "customer_contacts")
# The minute of the first event; a boundary is so many minutes later.
START = 1_767_225_600
Events = Mapping[str, Sequence[Mapping[str, Any]]]


class Views:
    """The views over events of one's choice."""

    def __init__(self, session: Session, views: Mapping[str, str]) -> None:
        self.session = session
        self.staging = sorted({source for model in delta_models() for source in model.sources})
        for name in ("batch", "speed", "ops", "serving"):
            session.query(f"CREATE DATABASE {name}")
        for name in self.staging:
            entry = yaml.safe_load((STAGING / f"{name}.yml").read_text(encoding="utf-8"))["models"][0]
            columns = ", ".join(f"`{column['name']}` {column['data_type']}" for column in entry["columns"])
            session.query(f"CREATE TABLE default.{name} ({columns}) ENGINE = Memory")
        for model in delta_models():
            for statement in tables(model):
                session.query(statement)
        session.query(PUBLICATIONS)
        for name, sql in views.items():
            session.query(f"CREATE VIEW serving.{name} AS {sql}")

    def fill(self, events: Events) -> None:
        """Replace the rows of both layers. Events are rows of the stagings, by name; what they lack is the column's default.

        Both layers hold all of it, as they do around a boundary: the views must take each row from one of them.
        """
        for name in self.staging:
            self.session.query(f"TRUNCATE TABLE default.{name}")
            if rows := events.get(name):
                text = "\n".join(json.dumps(row) for row in rows)
                self.session.query(f"INSERT INTO default.{name} FORMAT JSONEachRow {text}")
        for model in delta_models():
            for layer in ("batch", "speed"):
                self.session.query(f"TRUNCATE TABLE {layer}.{table(model.name)}")
            for statement in filled(model):
                self.session.query(statement)

    def publish(self, minutes: int) -> None:
        """Let the batch layer answer for the first so many minutes."""
        self.session.query("TRUNCATE TABLE ops.publications")
        self.session.query(published(START + 60 * minutes))

    def rows(self, view: str, condition: str = "1") -> list[dict[str, Any]]:
        """Rows of a view; Decimals and moments as text."""
        sql = f"SELECT * FROM serving.{view} WHERE {condition} SETTINGS output_format_json_quote_decimals = 1"  # noqa: S608
        text = self.session.query(sql, "JSONEachRow").bytes().decode()
        return [json.loads(line) for line in text.splitlines()]

    def plan(self, view: str, condition: str) -> str:
        """How the engine reads a view, with the indexes that it uses."""
        sql = f"EXPLAIN indexes = 1 SELECT * FROM serving.{view} WHERE {condition}"  # noqa: S608
        return str(self.session.query(sql, "TSVRaw").bytes().decode())


@contextmanager
def opened() -> Iterator[Views]:
    """The views in an engine of their own."""
    views = {name: compiled()[name] for name in VIEWS}
    with embedded.session() as session:
        yield Views(session, views)
