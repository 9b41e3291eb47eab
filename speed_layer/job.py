"""The text of the speed job: every statement and setting that Flink gets, rendered from contracts and delta models."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from crm.contracts import landed_contracts
from crm.models import definition, delta_models
from crm.settings import settings
from crm.subjects import Erased
from speed_layer.erased import RECEIVED
from speed_layer.erased import view as screening
from speed_layer.source import create_table
from speed_layer.tables import SQL, flink_sink, render

# A checkpoint older than this is not resumed from but rebuilt. State lives for the longest deduplication horizon plus this
# time: while the job is down the state's clock runs on, and a duplicate within the horizon must still be recognised
# when the backlog is read after the longest outage.
LONGEST_OUTAGE = timedelta(hours=6)
# Flink's heap state with a lighter search for what has expired (speed_layer/connectors); RocksDB does that when it compacts.
STATE_BACKENDS = {"hashmap": "org.crmlambda.flink.HeapStateBackend$Factory", "rocksdb": "rocksdb"}
EPOCH = datetime(1970, 1, 1)
PLAN = Path(__file__).parent / "insert_only.py"


def job_name(of: str | None = None) -> str:
    """The job's name and consumer group: one job for each definition."""
    return f"crm-speed-{of or definition()}"


def horizon() -> timedelta:
    """The longest deduplication horizon of all contracts."""
    return max(contract.horizon for contract in landed_contracts().values())


@dataclass(frozen=True)
class Job:
    """What `speed_layer.submit` runs: configuration, DDL in order, and the INSERTs that make one job."""

    configuration: dict[str, str]
    statements: list[str]
    inserts: list[str] = field(default_factory=list)

    def to_json(self) -> str:
        """The bundle as JSON."""
        return json.dumps(asdict(self))


def cluster(name: str, checkpoints: str) -> dict[str, str]:
    """What Flink is told of every job of ours: its name, the cluster, and where its checkpoints lie (a folder's name)."""
    here = settings()
    return {
        "pipeline.name": name,
        "execution.target": "remote",
        "rest.address": str(urlsplit(here.flink_rest).hostname),
        "rest.port": str(urlsplit(here.flink_rest).port),
        "parallelism.default": str(here.speed_parallelism),
        "pipeline.object-reuse": "true",
        "execution.checkpointing.interval": here.speed_checkpoint_interval,
        "execution.checkpointing.dir": (here.var / "flink" / "checkpoints" / checkpoints).as_uri(),
        "execution.checkpointing.externalized-checkpoint-retention": "RETAIN_ON_CANCELLATION",
        "table.local-time-zone": "UTC",
    }


def snapshots(kind: str, erased: Sequence[Erased] = ()) -> Path:
    """The folder of this job's `checkpoints` or `savepoints`.

    A job that screens otherwise, or whose plan is corrected otherwise, has other state and cannot resume from them.
    """
    screened = [text for contract in landed_contracts().values() if (text := screening(contract, erased))]
    state = hashlib.sha256(f"{PLAN.read_text(encoding='utf-8')}{screened}".encode()).hexdigest()[:8]
    return settings().var / "flink" / kind / f"{definition()}-{state}"


def build(covers_from: datetime = EPOCH, restore: str | None = None, erased: Sequence[Erased] = ()) -> Job:
    """The job whose rows are complete from the append minute `covers_from` (UTC) on.

    `restore` is a checkpoint or savepoint to resume from; its offsets then take precedence over the start position.
    `erased` are the customers whose later events count nowhere, or for nobody.
    """
    here = settings()
    configuration = cluster(job_name(), snapshots("checkpoints", erased).name) | {
        "state.backend.type": STATE_BACKENDS[here.speed_state_backend],
        "execution.checkpointing.incremental": "true",
        "table.exec.state.ttl": f"{int((horizon() + LONGEST_OUTAGE).total_seconds())} s",
        "table.exec.mini-batch.enabled": "true",
        "table.exec.mini-batch.allow-latency": here.speed_mini_batch_latency,
        "table.exec.mini-batch.size": "20000",
        # All models share one source and one deduplication; without it each model would get a copy of both.
        "table.optimizer.reuse-optimize-block-with-digest-enabled": "true",
    }
    if restore:
        configuration["execution.state-recovery.path"] = restore
    # An event before the range can make one in it a duplicate: reading starts a horizon earlier.
    start = None if covers_from <= EPOCH else int((covers_from - horizon() - EPOCH).total_seconds() * 1000)
    statements = []
    for contract in landed_contracts().values():
        view = screening(contract, erased)
        name = RECEIVED.format(topic=contract.topic) if view else contract.topic
        statements.append(
            create_table(
                contract, bootstrap_servers=here.bootstrap_servers, group_id=job_name(), start=start, name=name
            )
        )
        statements += [view] if view else []
    for file in sorted((SQL / "flink").glob("stg_*.sql")):
        staged = render(f"flink/{file.name}", covers_from=covers_from)
        statements.append(f"CREATE TEMPORARY VIEW {file.stem} AS\n{staged}")
    models = delta_models()
    statements += [flink_sink(model) for model in models]
    return Job(configuration, statements, [f"INSERT INTO sink_{model.name}\n{model.select}" for model in models])
