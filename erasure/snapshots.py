"""State of former speed jobs: checkpoints and savepoints, which hold events by customer until someone deletes them."""

import re
import shutil
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from crm.errors import CrmError
from local import flink
from speed_layer import lifecycle
from speed_layer.rest import FlinkRest

# The folders of speed jobs: a definition, and what they screen (speed_layer.job.snapshots). Other jobs have other names.
SPEED = re.compile(r"[0-9a-f]{10}(-[0-9a-f]{8})?")
PATIENCE_SECONDS = 3600.0


def files() -> list[Path]:
    """Every file of a checkpoint or savepoint."""
    folders = [flink.state() / kind for kind in ("checkpoints", "savepoints")]
    return [file for folder in folders for file in sorted(folder.rglob("*")) if file.is_file()]


def naming(customers: Iterable[str], others: Iterable[str] = ()) -> list[Path]:
    """The files whose bytes hold one of the ids, not counting where it is a part of `others`: ids of somebody else's events.

    State on the heap is written as it is; RocksDB's files may be compressed.
    """
    wanted = re.compile(b"|".join(re.escape(one.encode()) for one in customers))
    longest_first = sorted((re.escape(one.encode()) for one in others), key=len, reverse=True)
    known = re.compile(b"|".join(longest_first) or rb"(?!)")
    return [
        file
        for file in files()
        if wanted.search(content := file.read_bytes()) and wanted.search(known.sub(b"\0", content))
    ]


def wait_for_checkpoint(job_id: str, say: Callable[[str], None]) -> None:
    """Wait until the job has read all that had been appended by now, and has completed a checkpoint after that."""
    rest, deadline, caught_up_at = FlinkRest(), time.monotonic() + PATIENCE_SECONDS, 0.0
    say("waiting for the speed job to catch up")
    while time.monotonic() < deadline:
        pending = lifecycle.status().get("pending_records")
        if not caught_up_at and pending == 0:
            caught_up_at = time.time()
        latest = (rest.checkpoints(job_id).get("latest") or {}).get("completed") or {}
        if caught_up_at and latest.get("trigger_timestamp", 0) / 1000 > caught_up_at:
            return
        time.sleep(1)
    raise CrmError(
        f"the speed job {job_id} has completed no checkpoint within {PATIENCE_SECONDS:.0f} s. Look at `crm speed status`, then repeat the command."
    )


def forget_all_but(job_id: str) -> int:
    """Delete what other speed jobs, of any definition, left; returns the number of folders deleted."""
    state = flink.state()
    found = [folder for folder in (state / "checkpoints").glob("*/*") if SPEED.fullmatch(folder.parent.name)]
    found += [folder for folder in (state / "savepoints").glob("*") if SPEED.fullmatch(folder.name)]
    left = [folder for folder in found if folder.name != job_id]
    for folder in left:
        shutil.rmtree(folder)
    return len(left)
