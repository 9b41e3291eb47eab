"""Snapshots: what a job can still fall back on is never deleted, and what nobody can need is."""

import itertools
import os
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local import flink
from speed_layer import retention
from speed_layer.job import LONGEST_OUTAGE
from speed_layer.retention import Snapshots, superseded

NOW = 1_000_000.0
OUTAGE = LONGEST_OUTAGE.total_seconds()


def snapshots(name: str, completed: float | None, written: float = NOW) -> Snapshots:
    return Snapshots(Path(name), completed, written)


def test_what_is_older_than_the_running_jobs_own_checkpoint_goes() -> None:
    found = [snapshots("former", NOW - 90), snapshots("savepoint-1", NOW - 60), snapshots("job", NOW - 10)]
    assert superseded(found, {"job"}, NOW) == [Path("former"), Path("savepoint-1")]


def test_what_a_job_was_resumed_from_stays_until_it_has_a_checkpoint() -> None:
    found = [snapshots("savepoint-1", NOW - OUTAGE - 1), snapshots("job", None)]
    assert superseded(found, {"job"}, NOW) == []


def test_a_savepoint_taken_after_the_newest_checkpoint_stays() -> None:
    assert superseded([snapshots("savepoint-1", NOW - 5), snapshots("job", NOW - 10)], {"job"}, NOW) == []


def test_of_a_definition_without_a_job_everything_stays_that_can_be_resumed_from() -> None:
    found = [snapshots("old", NOW - OUTAGE - 1), snapshots("young", NOW - OUTAGE + 1), snapshots("newest", NOW - 5)]
    assert superseded(found, {"elsewhere"}, NOW) == [Path("old")]


def test_what_is_being_written_stays() -> None:
    found = [
        snapshots("savepoint-1", None, NOW - 60),
        snapshots("left", None, NOW - OUTAGE - 1),
        snapshots("job", NOW - 1),
    ]
    assert superseded(found, {"job"}, NOW) == [Path("left")]


@given(
    others=st.lists(st.none() | st.floats(0, NOW), max_size=6),
    own=st.lists(st.none() | st.floats(0, NOW), max_size=2),
)
def test_nothing_that_start_would_resume_from_is_deleted(others: list[float | None], own: list[float | None]) -> None:
    jobs = [snapshots(f"job{number}", completed) for number, completed in enumerate(own)]
    found = [snapshots(f"other{number}", completed) for number, completed in enumerate(others)] + jobs
    running = {job.folder.name for job in jobs}
    deleted = superseded(found, running, NOW)
    assert not {folder.name for folder in deleted} & running
    complete = [(one.completed, one.folder) for one in found if one.completed is not None]
    # lifecycle.start: the newest complete snapshot, where it is young enough
    if complete and max(complete)[0] > NOW - OUTAGE:
        newest = max(complete)[0]
        assert all(completed < newest for completed, folder in complete if folder in deleted)


def test_folders_are_deleted_by_definition(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flink, "state", lambda: tmp_path)
    monkeypatch.setattr(retention.FlinkRest, "all_jobs", lambda self, prefix: [{"jid": "b2"}])
    # definition, kind, folder, age of its newest complete snapshot in minutes
    made = [
        ("new", "checkpoints", "b1/chk-9", 30),
        ("new", "checkpoints", "b2/chk-3", 1),
        ("new", "savepoints", "savepoint-7", 20),
        ("former", "checkpoints", "a1/chk-5", 700),
        ("former", "savepoints", "savepoint-2", 300),
    ]
    for definition, kind, folder, minutes in made:
        file = tmp_path / kind / definition / folder / "_metadata"
        file.parent.mkdir(parents=True)
        file.touch()
        age(file, timedelta(minutes=minutes))
    assert retention.prune() == ["checkpoints/former/a1", "checkpoints/new/b1", "savepoints/new/savepoint-7"]
    left = {file.relative_to(tmp_path).as_posix() for file in tmp_path.rglob("_metadata")}
    assert left == {"checkpoints/new/b2/chk-3/_metadata", "savepoints/former/savepoint-2/_metadata"}
    assert retention.prune() == []


def age(file: Path, by: timedelta) -> None:
    moment = file.stat().st_mtime - by.total_seconds()
    for path in itertools.chain([file], file.parents):
        if path.name in ("checkpoints", "savepoints"):
            break
        os.utime(path, (moment, moment))
