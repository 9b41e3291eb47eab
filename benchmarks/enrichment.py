"""How fast the enrichment job reads a backlog of feedback, how long a single event takes, and how often the model is right.

Append times of the two topics are compared, so that what is measured is what the job adds: Kafka to Python to Kafka.
"""

import json
import statistics
import time
from collections.abc import Iterator
from itertools import chain, cycle, islice
from typing import Any

from kafka import KafkaConsumer, TopicPartition

from benchmarks import accuracy
from benchmarks.processes import Services, spent
from benchmarks.results import Figure, Row
from benchmarks.stack import Bench
from crm.errors import CrmError
from crm.kafka import ensure_topics
from crm.settings import settings
from sources.producer import Producer
from speed_layer.enrichment import lifecycle as enrichment

EVENTS = 20_000
PROBES, PROBES_PER_SECOND = 200, 10
PATIENCE_SECONDS = 600
TASKMANAGER = "flink-taskmanager"
TOPICS = ("feedback", "feedback_enriched")
WITHOUT_DATA = (
    "Great product, arrived early",
    "Produto muito bom, gostei",
    "质量很好，下次还会买",
    "Veio quebrado",
    "太差了",
)


def measure(bench: Bench) -> Row:
    """Texts/s with CPU, latency added in milliseconds, and the model's accuracy where the labelled reviews are."""
    # Nothing that reads the enriched topic: that is another row's business, and would take the CPU.
    bench.empty("kafka", "flink")
    ensure_topics()
    enrichment.start()
    count = bench.scaled(EVENTS)
    _loaded()
    runs = []
    for number in range(1, bench.runs + 1):
        bench.say(f"enrichment, run {number} of {bench.runs}")
        runs.append(_backlog(count, number) | _latency(number))
    bench.say("accuracy of the model")
    right = accuracy.report()
    figures = [
        Figure("throughput", "texts/s", tuple(run["texts_per_second"] for run in runs), 500, at_least=True),
        Figure("TaskManager and Python", "CPU s per 1,000 texts", tuple(run["cpu_per_thousand"] for run in runs)),
        Figure("added, p50", "ms", tuple(run["p50_ms"] for run in runs), 200),
        Figure("added, p99", "ms", tuple(run["p99_ms"] for run in runs)),
    ]
    for language in ("zh", "pt"):
        if language in right:
            figures += [
                Figure(f"{language}: right, of all", "share", (right[language]["accuracy"],)),
                Figure(f"{language}: right, of those decided", "share", (right[language]["accuracy_of_decided"],)),
            ]
    return Row("enrichment", f"enrichment of {count:,} reviews", figures, [{"accuracy": right}, *runs])


def _texts(count: int) -> list[str]:
    """Real reviews, Chinese and Portuguese in turn; where there are none, a few sentences again and again."""
    sets: list[Iterator[str]] = []
    for file, read in ((accuracy.CHINESE, accuracy.chinese), (accuracy.PORTUGUESE, accuracy.portuguese)):
        if (accuracy.DATA / file).is_file():
            sets.append(cycle([text for text, _ in read(accuracy.DATA / file)]))
    return (
        list(islice(chain.from_iterable(zip(*sets, strict=True)), count))
        if sets
        else list(islice(cycle(WITHOUT_DATA), count))
    )


def _event(event_id: str, text: str) -> bytes:
    return json.dumps({"event_id": event_id, "kind": "commented", "text": text}, ensure_ascii=False).encode()


def _appended(expected: set[str], patience_seconds: float) -> dict[str, dict[str, int]]:
    """By topic and event_id: when the broker appended the record first (ms). Raises CrmError where some never come."""
    consumer = KafkaConsumer(bootstrap_servers=settings().bootstrap_servers, enable_auto_commit=False)
    partitions = [
        TopicPartition(topic, number) for topic in TOPICS for number in consumer.partitions_for_topic(topic) or ()
    ]
    consumer.assign(partitions)
    consumer.seek_to_beginning()
    found: dict[str, dict[str, int]] = {topic: {} for topic in TOPICS}
    deadline = time.monotonic() + patience_seconds
    while any(len(times) < len(expected) for times in found.values()):
        if time.monotonic() > deadline:
            raise CrmError(
                f"of {len(expected):,} records, { ({topic: len(times) for topic, times in found.items()}) } arrived"
            )
        for partition, records in consumer.poll(timeout_ms=500).items():
            for record in records:
                # our fields come first, the received bytes behind them
                event_id = str(json.loads(record.value)["event_id"])
                if event_id in expected:
                    found[partition.topic].setdefault(event_id, record.timestamp)
    consumer.close()
    return found


def _loaded() -> None:
    """Wait until the first record has been enriched: the model is loaded for it."""
    with Producer("feedback") as producer:
        producer.send(b"first", _event("first", WITHOUT_DATA[0]))
    _appended({"first"}, PATIENCE_SECONDS)


def _backlog(count: int, run: int) -> dict[str, Any]:
    """From the first record's append until the last enriched one's; the job runs before, its model loaded."""
    ids = [f"backlog-{run}-{number}" for number in range(count)]
    services = Services()
    before = services.seconds()
    with Producer("feedback") as producer:
        for event_id, text in zip(ids, _texts(count), strict=True):
            producer.send(event_id.encode(), _event(event_id, text))
    appended = _appended(set(ids), PATIENCE_SECONDS)
    seconds = (max(appended["feedback_enriched"].values()) - min(appended["feedback"].values())) / 1000
    cpu = spent(before, services.seconds())
    return {
        "texts": count,
        "seconds": round(seconds, 3),
        "texts_per_second": round(count / seconds),
        "cpu_per_thousand": round(cpu.get(TASKMANAGER, 0.0) * 1000 / count, 3),
        "cpu_seconds": cpu,
    }


def _latency(run: int) -> dict[str, Any]:
    """Single events at a steady, low rate: the append times of the two topics, record by record."""
    ids = [f"probe-{run}-{number}" for number in range(PROBES)]
    with Producer("feedback", linger_ms=0) as producer:
        for event_id, text in zip(ids, _texts(PROBES), strict=True):
            producer.send(event_id.encode(), _event(event_id, text))
            producer.flush()
            time.sleep(1 / PROBES_PER_SECOND)
    appended = _appended(set(ids), PATIENCE_SECONDS)
    added = [appended["feedback_enriched"][event_id] - appended["feedback"][event_id] for event_id in ids]
    cuts = statistics.quantiles(added, n=100)
    return {"p50_ms": statistics.median(added), "p99_ms": round(cuts[98], 1), "greatest_ms": max(added)}
