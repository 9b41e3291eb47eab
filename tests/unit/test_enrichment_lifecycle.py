"""When the enrichment job is started, in whose place, and how far behind it is said to be."""

from contextlib import nullcontext
from typing import Any

import pytest
from confluent_kafka import KafkaException

from crm.errors import CrmError
from speed_layer import positions
from speed_layer.enrichment import lifecycle
from speed_layer.rest import FlinkRest

OWN, OTHER = lifecycle.job_name(), f"{lifecycle.PREFIX}0123456789"


class Cluster:
    """Flink, as far as the lifecycle asks: jobs by name and state, and what was done with them."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, **states: str) -> None:
        self.states = states
        self.done: list[str] = []
        self.refuses = False
        monkeypatch.setattr(lifecycle, "exclusively", nullcontext)
        monkeypatch.setattr(FlinkRest, "_call", self._call)
        monkeypatch.setattr(lifecycle, "behind", lambda: 0)
        monkeypatch.setattr(lifecycle.submission, "status", self._status)
        monkeypatch.setattr(lifecycle.submission, "plan", self._plan)
        monkeypatch.setattr(lifecycle.submission, "stop", lambda job, _: self.done.append(f"stop {job['name']}"))
        monkeypatch.setattr(lifecycle.submission, "submit", lambda job: self.done.append("submit") or "new")  # type: ignore[func-returns-value]
        monkeypatch.setattr(lifecycle.submission, "wait_until_processing", lambda _: None)

    def _call(self, _: str, path: str, *__: Any) -> Any:
        assert path == "/jobs/overview"
        return {
            "jobs": [
                {"jid": name, "name": name, "state": state, "start-time": 0} for name, state in self.states.items()
            ]
        }

    def _status(self, name: str, *_: Any) -> dict[str, Any]:
        return {"job": name, "state": self.states.get(name, "STOPPED")}

    def _plan(self, _: Any) -> str:
        self.done.append("plan")
        if self.refuses:
            raise CrmError("No module named lingua")
        return "a plan"


@pytest.mark.parametrize("state", ["RUNNING", "RESTARTING"])
def test_the_watch_leaves_a_job_of_another_version_alone(monkeypatch: pytest.MonkeyPatch, state: str) -> None:
    """After a pull, until somebody asks for the new one: its packages may not be there yet."""
    cluster = Cluster(monkeypatch, **{OTHER: state, "crm-speed-1": "RUNNING"})
    assert lifecycle.ensure_running() == {"job": OTHER, "state": state, "action": "none"}
    assert cluster.done == []


@pytest.mark.parametrize("states", [{}, {OTHER: "FAILED"}, {OTHER: "CANCELED", "crm-speed-1": "RUNNING"}])
def test_the_watch_starts_the_job_where_none_runs(monkeypatch: pytest.MonkeyPatch, states: dict[str, str]) -> None:
    cluster = Cluster(monkeypatch, **states)
    assert lifecycle.ensure_running() == {"job": OWN, "state": "STOPPED", "action": "started"}
    # a plan would only make the start later
    assert cluster.done == ["submit"]


def test_it_tells_of_its_own_job_where_that_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    cluster = Cluster(monkeypatch, **{OTHER: "RUNNING", OWN: "RUNNING"})
    assert lifecycle.ensure_running() == {"job": OWN, "state": "RUNNING", "action": "none"}
    assert lifecycle.start() == {"action": "running", "job_id": OWN}
    assert cluster.done == []


def test_a_start_puts_the_new_job_in_the_place_of_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    cluster = Cluster(monkeypatch, **{OTHER: "RUNNING", "crm-speed-1": "RUNNING"})
    assert lifecycle.start() == {"action": "started", "job_id": "new"}
    assert cluster.done == ["plan", f"stop {OTHER}", "submit"]


def test_a_job_that_cannot_be_planned_stops_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    cluster = Cluster(monkeypatch, **{OTHER: "RUNNING"})
    cluster.refuses = True
    with pytest.raises(CrmError, match="No module named"):
        lifecycle.start()
    assert cluster.done == ["plan"]


@pytest.mark.parametrize(
    ("sent", "written", "uncommitted", "expected"),
    [
        (10, 10, 0, 0),
        (10, 7, 3, 3),
        # read and written since the newest checkpoint
        (10, 7, 10, 3),
        # two markers of transactions, and one record that is not written
        (10, 7, 1, 1),
        (10, 7, 0, 0),
        # some were written twice
        (10, 12, 5, -2),
    ],
)
def test_markers_of_transactions_are_no_records_behind(
    monkeypatch: pytest.MonkeyPatch, sent: int, written: int, uncommitted: int, expected: int
) -> None:
    monkeypatch.setattr(positions, "appended", lambda _: {"feedback": sent, "feedback_enriched": written})
    monkeypatch.setattr(positions, "uncommitted", lambda group, topics: {"feedback": uncommitted})
    assert lifecycle.behind() == expected


@pytest.mark.parametrize("error", [KafkaException("no broker"), CrmError("no record for 60 s")])
def test_the_state_is_told_where_kafka_does_not_answer(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def ask() -> int:
        raise error

    monkeypatch.setattr(FlinkRest, "all_jobs", lambda *_: [])
    monkeypatch.setattr(lifecycle, "behind", ask)
    monkeypatch.setattr(lifecycle.submission, "status", lambda *_: {"state": "RUNNING", "pending_records": 4})
    assert lifecycle.status() == {"state": "RUNNING", "pending_records": None}
