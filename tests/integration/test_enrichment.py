"""The enrichment job as it runs: every record of topic feedback is in feedback_enriched, whatever is killed meanwhile."""

import json
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator

import psutil
import pytest
from kafka import KafkaConsumer, TopicPartition

from crm.settings import settings
from local import stack as embedded
from local.services import services
from speed_layer.enrichment import lifecycle
from speed_layer.enrichment.records import MAX_BYTES, enriched
from speed_layer.rest import FlinkRest
from tests.engine import produce

pytestmark = [pytest.mark.stack, pytest.mark.timeout(900)]
PATIENCE_SECONDS = 240
TEXTS = (
    "Great product, I love it",
    "Péssimo produto, veio quebrado",
    "太差了，再也不买了",
    "El producto llegó roto",
    "😊",
    "",
)
SPOILED = (b"not json", b"[1, 2]", b"\xff\xfe", b'{"text":NaN}', b"", b"[" * 3000)
Record = tuple[bytes, bytes]


def events(run: str, count: int) -> Iterator[Record]:
    """Feedback of twenty customers, every tenth record malformed; no two records are equal."""
    for number in range(count):
        key = b"customer-%d" % (number % 20)
        if number % 10 == 9:
            yield key, SPOILED[number // 10 % len(SPOILED)] + b"#%d %s" % (number, run.encode())
        else:
            event = {"event_id": f"{run}-{number}", "text": TEXTS[number % len(TEXTS)], "sentiment": 1}
            yield key, json.dumps(event, ensure_ascii=False).encode()


def forwarded(
    consumer: KafkaConsumer, complete: Callable[[Counter[Record]], bool]
) -> tuple[Counter[Record], dict[bytes, set[int]]]:
    """Everything in topic feedback_enriched, once it is complete: how often each record, and each key's partitions."""
    seen: Counter[Record] = Counter()
    at: defaultdict[bytes, set[int]] = defaultdict(set)
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not complete(seen):
        assert time.monotonic() < deadline, f"{len(seen)} records after {PATIENCE_SECONDS} s: {lifecycle.status()}"
        for records in consumer.poll(timeout_ms=500).values():
            for record in records:
                seen[(record.key, record.value)] += 1
                at[record.key].add(record.partition)
    return seen, at


@pytest.fixture
def consumer(stack: None) -> Iterator[KafkaConsumer]:
    """Reads topic feedback_enriched from here on."""
    found = KafkaConsumer(
        bootstrap_servers=settings().bootstrap_servers,
        enable_auto_commit=False,
        max_partition_fetch_bytes=2 * MAX_BYTES,
    )
    partitions = [
        TopicPartition("feedback_enriched", number) for number in found.partitions_for_topic("feedback_enriched")
    ]
    found.assign(partitions)
    for partition in partitions:
        found.seek_to_end(partition)
        found.position(partition)
    yield found
    found.close()


def test_every_record_is_forwarded_with_its_key_and_what_the_model_says(consumer: KafkaConsumer) -> None:
    # the longest that the broker takes of a producer; a little longer once it is enriched
    longest = b'{"text":"I love it","x":"' + b"a" * 1_048_300 + b'"}'
    sent = [*events("plain", 200), (b"longest", longest)]
    produce(sent, "feedback")
    expected = {(key, enriched(value)) for key, value in sent}
    seen, partitions = forwarded(consumer, lambda seen: len(seen) >= len(expected))
    assert seen.keys() == expected
    assert all(len(numbers) == 1 for numbers in partitions.values())
    # the lag is the source's own figure, not one that waits for the next checkpoint's offsets
    assert FlinkRest().pending_records(lifecycle.status()["job_id"]).keys() == {"feedback"}


def test_a_killed_taskmanager_loses_nothing(consumer: KafkaConsumer) -> None:
    """kill -9 while records arrive, its Python workers too: all of them come, and some perhaps twice."""
    sent = list(events("killed", 3000))
    produce(sent[:1500], "feedback")
    pid = next(service["pid"] for service in services() if service["name"] == "flink-taskmanager")
    victim = psutil.Process(pid)
    workers = victim.children(recursive=True)
    assert any("fn_execution" in " ".join(worker.cmdline()) for worker in workers)
    for process in [*workers, victim]:
        process.kill()
    produce(sent[1500:], "feedback")
    embedded.wait([service for service in embedded.catalogue() if service.name == "flink-taskmanager"])
    expected = {(key, enriched(value)) for key, value in sent}
    seen, partitions = forwarded(consumer, lambda seen: len(seen) >= len(expected))
    assert seen.keys() == expected
    assert all(len(numbers) == 1 for numbers in partitions.values())


def test_stop_and_start_go_on_where_it_was(consumer: KafkaConsumer) -> None:
    """After a stop with a savepoint nothing is read twice but what its last commit missed, and nothing is left out."""
    first, second = list(events("before", 100)), list(events("stopped", 100))
    produce(first, "feedback")
    forwarded(consumer, lambda seen: len(seen) >= len(first))
    assert lifecycle.stop()
    assert lifecycle.status()["state"] == "STOPPED"
    produce(second, "feedback")
    assert lifecycle.ensure_running()["action"] == "started"
    assert lifecycle.start()["action"] == "running"
    expected = {(key, enriched(value)) for key, value in second}
    seen, _ = forwarded(consumer, lambda seen: expected <= seen.keys())
    assert seen.keys() <= expected | {(key, enriched(value)) for key, value in first}
