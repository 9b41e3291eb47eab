"""What a missed deadline leaves in ops.alerts: from Airflow's own scheduler code to its trigger, without its database."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from batch_layer.migrate import migrate
from crm import clickhouse
from tests import embedded

QUEUED, DEADLINE = datetime(2026, 3, 1, 9, 30, tzinfo=UTC), datetime(2026, 3, 1, 10, tzinfo=UTC)


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """An installed ClickHouse, which the platform connects to."""
    with embedded.session() as session:
        found: Any = embedded.Client(session)
        migrate(found)
        monkeypatch.setattr(clickhouse, "connect", lambda _: found)
        yield found


@pytest.fixture
def trigger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """What the triggerer runs once a run of crm_batch has missed its deadline: the context is Airflow's own."""
    monkeypatch.setenv("AIRFLOW_HOME", str(tmp_path))
    monkeypatch.setenv("AIRFLOW__CORE__UNIT_TEST_MODE", "True")
    monkeypatch.setenv("AIRFLOW__DATABASE__SQL_ALCHEMY_CONN", f"sqlite:///{tmp_path}/airflow.db")
    from airflow.models import DagRun
    from airflow.models.dag import DagModel
    from airflow.models.deadline import Deadline
    from airflow.triggers.callback import CallbackTrigger

    from batch_layer.policies import deadline

    run = DagRun(
        dag_id="crm_batch",
        run_id="scheduled__1",
        queued_at=QUEUED,
        run_after=QUEUED,
        run_type="scheduled",
        state="running",
    )
    run.dag_model = DagModel(dag_id="crm_batch")
    session: Any = SimpleNamespace(get=lambda *_: run, add=lambda _: None, flush=lambda: None)
    missed = Deadline(DEADLINE, deadline(30).callback, 1, None, "crm_batch")
    missed.dagrun = run
    missed.handle_miss(session)
    return CallbackTrigger(**missed.callback.trigger.kwargs)


@pytest.mark.filterwarnings("ignore")  # Airflow deprecates as it goes
def test_a_missed_deadline_is_an_alert_that_names_the_run(client: Any, trigger: Any) -> None:
    async def run() -> list[Any]:
        return [event.payload["state"] async for event in trigger.run()]

    assert asyncio.run(run()) == ["running", "success"]
    assert clickhouse.rows(client, "SELECT source, message FROM ops.alerts") == [
        {
            "source": "crm_batch",
            "message": "run scheduled__1 was to end 30 minutes after it was queued, by 2026-03-01 10:00:00+00:00, and has not.",
        }
    ]
