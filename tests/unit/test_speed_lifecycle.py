"""What a speed job goes on from, and when the watch gives one up: snapshots of a chosen age, and the real tables in the test's process."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from batch_layer.migrate import migrate
from batch_layer.moments import aware
from crm import clickhouse
from crm.models import definition
from crm.settings import settings
from speed_layer import lifecycle
from speed_layer.job import LONGEST_OUTAGE, Job, job_name, snapshots
from speed_layer.rest import FlinkRest
from tests import embedded

COVERED, BOUNDARY = datetime(2026, 1, 1), datetime(2026, 1, 2)
MINUTE = timedelta(minutes=1)
YOUNG, OLD = LONGEST_OUTAGE - MINUTE, LONGEST_OUTAGE + MINUTE


class Cluster:
    """Flink, as far as the lifecycle asks: this definition's job in a state, and what was done with it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.state = "STOPPED"
        self.cancelled: list[str] = []
        self.submitted: list[Job] = []
        monkeypatch.setattr(FlinkRest, "_call", self._call)
        monkeypatch.setattr(FlinkRest, "cancel", lambda _, job_id: self.cancelled.append(job_id))
        monkeypatch.setattr(lifecycle.submission, "status", lambda *_: {"state": self.state})
        monkeypatch.setattr(lifecycle.submission, "submit", self._submit)
        monkeypatch.setattr(lifecycle.submission, "wait_until_processing", lambda _: None)

    def _call(self, _: str, path: str, *__: Any) -> Any:
        assert path == "/jobs/overview"
        job = {"jid": "old", "name": job_name(), "state": self.state, "start-time": 0}
        return {"jobs": [] if self.state == "STOPPED" else [job]}

    def _submit(self, job: Job) -> str:
        self.submitted.append(job)
        return "new"

    @property
    def restored_from(self) -> str | None:
        """The snapshot that the one submitted job goes on from."""
        (job,) = self.submitted
        return job.configuration.get("execution.state-recovery.path")


@pytest.fixture(scope="module")
def client() -> Iterator[Any]:
    """An installed ClickHouse."""
    with embedded.session() as session:
        found: Any = embedded.Client(session)
        migrate(found)
        yield found


@pytest.fixture
def cluster(client: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cluster:
    """A platform that has published once; the speed tables are complete from `COVERED` on, and no job runs."""
    monkeypatch.setattr(settings(), "var", tmp_path)
    monkeypatch.setattr(clickhouse, "connect", lambda *_: client)
    for name in ("publications", "speed_jobs"):
        client.command(f"TRUNCATE TABLE ops.{name}")
    client.insert(
        "ops.publications",
        [[1, definition(), 1, aware(BOUNDARY), "batch"]],
        column_names=["sequence", "definition", "generation", "boundary", "reason"],
    )
    client.insert(
        "ops.speed_jobs",
        [[aware(COVERED), definition(), "old", aware(COVERED), ""]],
        column_names=["started_at", "definition", "job_id", "covers_from", "restored_from"],
    )
    return Cluster(monkeypatch)


def snapshot(name: str, age: timedelta, kind: str = "checkpoints", file: str = "_metadata") -> Path:
    """A snapshot that was completed so long ago."""
    folder = snapshots(kind) / name
    folder.mkdir(parents=True)
    (folder / file).touch()
    at = (datetime.now(UTC) - age).timestamp()
    os.utime(folder / file, (at, at))
    return folder


def test_a_job_goes_on_from_the_newest_snapshot(cluster: Cluster) -> None:
    """Whatever its kind and name: an older one would have to read more, and may lie before what Kafka keeps."""
    snapshot("z/chk-9", 3 * MINUTE)
    snapshot("savepoint-a", 2 * MINUTE, "savepoints")
    newest = snapshot("a/chk-1", MINUTE)
    snapshot("savepoint-z", 4 * MINUTE, "savepoints")
    started = lifecycle.start()
    assert (started.action, started.covers_from, started.job_id) == ("resumed", COVERED, "new")
    assert cluster.restored_from == started.restored_from == newest.as_uri()
    assert lifecycle.covered_from() == COVERED


def test_a_snapshot_is_young_enough_up_to_the_longest_outage(cluster: Cluster) -> None:
    folder = snapshot("a/chk-1", YOUNG)
    assert lifecycle.start().action == "resumed"
    assert cluster.restored_from == folder.as_uri()


def test_a_snapshot_from_before_the_longest_outage_is_not_gone_on_from(cluster: Cluster) -> None:
    """Its state has expired: what it had read would count again."""
    snapshot("a/chk-1", OLD)
    started = lifecycle.start()
    assert (started.action, started.covers_from, started.restored_from) == ("rebuilt", BOUNDARY, "")
    assert cluster.restored_from is None
    assert lifecycle.covered_from() == BOUNDARY


def test_what_was_not_completed_is_no_snapshot(cluster: Cluster) -> None:
    snapshot("a/chk-1", MINUTE, file="part")
    assert lifecycle.start().action == "rebuilt"
    assert cluster.restored_from is None


def test_a_running_job_is_left_alone(cluster: Cluster) -> None:
    cluster.state = "RUNNING"
    snapshot("a/chk-1", MINUTE)
    started = lifecycle.start()
    assert (started.action, started.job_id, started.covers_from) == ("running", "old", COVERED)
    assert cluster.submitted == cluster.cancelled == []


@pytest.mark.parametrize(("age", "action"), [(YOUNG, "resumed"), (OLD, "rebuilt")])
def test_the_watch_starts_the_job_where_none_runs(cluster: Cluster, age: timedelta, action: str) -> None:
    snapshot("a/chk-1", age)
    assert lifecycle.ensure_running()["action"] == action


@pytest.mark.parametrize(
    ("state", "ages"),
    [("RUNNING", [OLD]), ("RESTARTING", [YOUNG]), ("RESTARTING", [OLD, YOUNG]), ("RESTARTING", [])],
)
def test_the_watch_waits_for_a_job_that_may_recover(cluster: Cluster, state: str, ages: list[timedelta]) -> None:
    cluster.state = state
    for number, age in enumerate(ages):
        snapshot(f"a/chk-{number}", age)
    assert lifecycle.ensure_running()["action"] == "none"
    assert cluster.submitted == cluster.cancelled == []


def test_the_watch_rebuilds_a_job_that_has_failed_for_too_long(cluster: Cluster) -> None:
    """Nothing is left of the old one to go on from."""
    cluster.state = "RESTARTING"
    folders = [snapshot("a/chk-1", OLD), snapshot("savepoint-a", OLD, "savepoints")]
    assert lifecycle.ensure_running()["action"] == "rebuilt"
    assert cluster.cancelled == ["old"] and cluster.restored_from is None
    assert lifecycle.covered_from() == BOUNDARY
    assert not any(folder.exists() for folder in folders)
