"""Delete checkpoints and savepoints that no job can need any more.

Flink deletes the older checkpoints of a running job. What nobody deletes is what former jobs left: the savepoint that a job was
resumed from, the last checkpoint of one that was killed or replaced. A job resumes in Flink's mode NO_CLAIM, in which its
first checkpoint depends on nothing older; until that is complete it would fall back on what it was resumed from.
"""

import logging
import shutil
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from batch_layer.locks import exclusively
from local import flink
from speed_layer.job import LONGEST_OUTAGE
from speed_layer.rest import FlinkRest

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Snapshots:
    """What one job left: its folder of checkpoints, or one savepoint. Times are those of the file system, in seconds.

    `completed` is when its newest snapshot was complete, None where none is; `written` when the folder last changed.
    """

    folder: Path
    completed: float | None
    written: float


def _found(folder: Path) -> Snapshots:
    complete = []
    for file in folder.glob("**/_metadata"):
        # Flink deletes the older checkpoints of a running job meanwhile.
        with suppress(FileNotFoundError):
            complete.append(file.stat().st_mtime)
    return Snapshots(folder, max(complete, default=None), folder.stat().st_mtime)


def superseded(found: Iterable[Snapshots], running: set[str], now: float) -> list[Path]:
    """Which of the snapshots of one definition nobody needs; `running` are the ids of the jobs that run.

    Where a job of the definition runs: what was complete before its own newest checkpoint; nothing, until it has one.
    Where none runs (a former definition, or a job that is down): what is too old to be resumed from.
    What is not complete may be being written: it goes by age alone.
    """
    everything = list(found)
    of_jobs = [one for one in everything if one.folder.name in running]
    others = [one for one in everything if one.folder.name not in running]
    own = [one.completed for one in of_jobs]
    if any(completed is None for completed in own):
        return []
    too_old = now - LONGEST_OUTAGE.total_seconds()
    before = min((completed for completed in own if completed is not None), default=too_old)
    return sorted(
        one.folder for one in others if (one.written < too_old if one.completed is None else one.completed < before)
    )


def prune() -> list[str]:
    """Delete them for every definition, and return which; raises NotReadyError where Flink does not answer.

    A folder that cannot be deleted is reported in the log: the next call tries again.
    """
    deleted = []
    # Not while a job is being started: what it is about to be resumed from must stay.
    with exclusively("speed"):
        running = {job["jid"] for job in FlinkRest().all_jobs("")}
        by_definition: dict[str, list[Snapshots]] = {}
        for kind in ("checkpoints", "savepoints"):
            for folder in (flink.state() / kind).glob("*/*/"):
                by_definition.setdefault(folder.parent.name, []).append(_found(folder))
        for found in by_definition.values():
            for folder in superseded(found, running, time.time()):
                try:
                    shutil.rmtree(folder)
                    deleted.append(str(folder.relative_to(flink.state())))
                except OSError as error:
                    logger.warning("%s is needed no more and cannot be deleted: %s", folder, error)
    return sorted(deleted)
