"""The text of the enrichment job: what Flink gets to read topic feedback and write topic feedback_enriched."""

import hashlib
from functools import lru_cache
from pathlib import Path

from crm.contracts import contracts
from crm.settings import ROOT, settings
from speed_layer.enrichment.records import MAX_ENRICHED_BYTES
from speed_layer.job import Job, cluster
from speed_layer.tables import SQL, render

PREFIX = "crm-enrichment-"
# The same for every version of the job: where one ends, the next goes on.
GROUP = "crm-enrichment"
PACKAGES = ROOT / "requirements" / "enrichment.in"
STATEMENTS = ("create_raw_topic.sql", "enrich_feedback.sql")
# How long a record may wait for others to be handed to Python with. More costs freshness, less costs CPU.
BUNDLE_MILLISECONDS = 25
BUNDLE_RECORDS = 500


@lru_cache(maxsize=1)
def job_name() -> str:
    """The job's name: another one for every change of the model, its packages or the job."""
    files = [*sorted(Path(__file__).parent.glob("*.py")), PACKAGES, *(SQL / "flink" / name for name in STATEMENTS)]
    digest = hashlib.sha256()
    for file in files:
        digest.update(f"{file.name}\0{file.read_text(encoding='utf-8')}\0".encode())
    return PREFIX + digest.hexdigest()[:10]


def _table(name: str, options: dict[str, object]) -> str:
    return render(
        "flink/create_raw_topic.sql",
        name=name,
        topic=contracts()[name].topic,
        servers=settings().bootstrap_servers,
        options=options,
    )


def build() -> Job:
    """The job, from the offsets that the one before it committed.

    Its only state is those offsets, and they are committed with each checkpoint, once what was read has been written. So
    no snapshot is restored that might not fit a changed job: at worst, records since the last checkpoint are enriched
    twice, and both layers drop the second by its event_id.
    """
    configuration = cluster(job_name(), "enrichment") | {
        "execution.checkpointing.externalized-checkpoint-retention": "DELETE_ON_CANCELLATION",
        # The same environment on both sides; the worker finds speed_layer.enrichment in the checkout.
        "python.executable": str(ROOT / ".venv-flink" / "bin" / "python"),
        "python.client.executable": str(ROOT / ".venv-flink" / "bin" / "python"),
        "python.pythonpath": str(ROOT),
        "python.fn-execution.bundle.time": str(BUNDLE_MILLISECONDS),
        "python.fn-execution.bundle.size": str(BUNDLE_RECORDS),
    }
    reading: dict[str, object] = {
        "properties.group.id": GROUP,
        "properties.isolation.level": "read_committed",
        "properties.auto.offset.reset": "earliest",
        "scan.startup.mode": "group-offsets",
        "scan.topic-partition-discovery.interval": "30 s",
    }
    # The default partitioner sends equal keys to the same partition, so duplicates still share one.
    writing: dict[str, object] = {
        "sink.delivery-guarantee": "at-least-once",
        "properties.acks": "all",
        "properties.max.request.size": MAX_ENRICHED_BYTES,
    }
    function = "CREATE TEMPORARY SYSTEM FUNCTION enrich AS 'speed_layer.enrichment.function.enrich' LANGUAGE PYTHON"
    return Job(
        configuration,
        [function, _table("feedback", reading), _table("feedback_enriched", writing)],
        [render("flink/enrich_feedback.sql")],
    )
