"""What `crm status` says of what does not answer, and `serving.status` of records that came late: how many are still to be
counted. The engine runs inside the test.
"""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from chdb.session import Session
from clickhouse_connect.driver.exceptions import DatabaseError, OperationalError
from typer.testing import CliRunner

from batch_layer.migrate import DDL, statements
from crm import platform
from crm.cli.main import app
from crm.errors import CrmError, NotReadyError
from crm.models import definition, delta_models
from speed_layer.tables import clickhouse_table
from tests import embedded
from tests.compiled import compiled

LANDED = "INSERT INTO ops.landed (topic, partition, from_offset, to_offset, late_records, landed_at) VALUES"


@pytest.fixture(scope="module")
def session() -> Iterator[Session]:
    """The real tables, and the view over them."""
    with embedded.session() as opened:
        for file in sorted(DDL.glob("[0-9]*.sql")):
            for statement in statements(file.read_text(encoding="utf-8")):
                opened.query(statement)
        for model in delta_models():
            opened.query(clickhouse_table(model))
        opened.query(f"CREATE VIEW serving.status AS {compiled()['status']}")
        yield opened


def late(session: Session) -> int:
    found: int = json.loads(session.query("SELECT late_records FROM serving.status", "JSONEachRow").bytes())[
        "late_records"
    ]
    return found


def test_late_records_are_those_that_the_live_generation_does_not_count(session: Session) -> None:
    def begin(generation: int, at: str, start: str = "1970-01-01 00:00:00") -> None:
        values = f"('{at}', '{definition()}', {generation}, '{start}')"
        session.query(f"INSERT INTO ops.builds (begun_at, definition, generation, range_start) VALUES {values}")  # noqa: S608  # our own values

    def publish(generation: int, sequence: int) -> None:
        values = f"({sequence}, '{definition()}', {generation}, '2026-01-01 {sequence:02d}:00:00')"
        session.query(f"INSERT INTO ops.publications (sequence, definition, generation, boundary) VALUES {values}")  # noqa: S608  # our own values

    assert late(session) == 0
    begin(1, "2026-01-01 01:00:00")
    publish(1, 1)
    session.query(
        f"{LANDED} ('orders', 0, 0, 10, 3, '2026-01-01 02:00:00'), ('orders', 1, 0, 10, 2, '2026-01-01 03:00:00')"
    )
    begin(1, "2026-01-01 04:00:00", start="2026-01-01 01:00:00")
    publish(1, 2)
    assert late(session) == 5, "another build of the same generation counts nothing again"
    begin(2, "2026-01-01 02:30:00")
    assert late(session) == 5, "the recomputation is not live yet"
    begin(2, "2026-01-01 05:00:00")
    assert late(session) == 5, "the recomputation is not live yet"
    session.query(f"{LANDED} ('orders', 0, 10, 20, 1, '2026-01-01 06:00:00')")
    publish(2, 3)
    assert late(session) == 1, (
        "what came while it ran may have been missed by the recomputation; what the attempt before it missed has not been"
    )
    publish(1, 4)
    assert late(session) == 6, "rolled back to a generation that counts none of them"


def test_what_does_not_answer_has_an_error_in_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where it was reached and ended then, or is not complete."""

    def raising(error: Exception) -> Any:
        def ask(*_: object) -> None:
            raise error

        return ask

    running = {"job": "crm-enrichment-1", "state": "RUNNING"}
    monkeypatch.setattr("local.services.services", lambda: [])
    monkeypatch.setattr("speed_layer.lifecycle.status", raising(NotReadyError("Flink does not answer")))
    monkeypatch.setattr("speed_layer.enrichment.lifecycle.status", lambda: running)
    monkeypatch.setattr("search.presence.enabled", lambda: True)
    monkeypatch.setattr("search.status.status", raising(OperationalError("gone away")))
    monkeypatch.setattr(platform.clickhouse, "connect", lambda _: None)
    missing = DatabaseError("Unknown table 'serving.status'", code=60, name="UNKNOWN_TABLE")
    monkeypatch.setattr(platform.clickhouse, "rows", raising(missing))
    report = platform.status()
    assert report["speed"] == {"state": "UNKNOWN", "error": "Flink does not answer"}
    assert report["enrichment"] == running
    assert "serving.status" in report["serving"]["error"] and "`crm up`" in report["serving"]["error"]
    assert "gone away" in report["search"]["error"]
    json.dumps(report)


def test_layers_are_told_of_where_the_embedded_stack_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in containers."""

    def missing() -> None:
        raise CrmError("no jars in var/jars/kafka: run `make setup`")

    monkeypatch.setattr("local.services.services", missing)
    monkeypatch.setattr("speed_layer.lifecycle.status", lambda: {"state": "RUNNING"})
    monkeypatch.setattr("speed_layer.enrichment.lifecycle.status", lambda: {"state": "RUNNING"})
    monkeypatch.setattr("search.presence.enabled", lambda: False)
    monkeypatch.setattr(platform.clickhouse, "connect", lambda _: None)
    monkeypatch.setattr(platform.clickhouse, "rows", lambda *_: [{"generation": 1}])
    done = CliRunner().invoke(app, ["status", "--json"])
    report = json.loads(done.output)
    error = "no jars in var/jars/kafka: run `make setup`"
    assert report["services"] == [{"name": "services", "state": "UNKNOWN", "error": error}]
    assert report["serving"] == {"generation": 1} and report["speed"] == {"state": "RUNNING"}
    assert "make setup" in CliRunner().invoke(app, ["status"]).output


def test_a_fault_of_our_own_is_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    def ask() -> None:
        raise KeyError("x")

    monkeypatch.setattr("local.services.services", lambda: [])
    monkeypatch.setattr("speed_layer.lifecycle.status", ask)
    with pytest.raises(KeyError):
        platform.status()
