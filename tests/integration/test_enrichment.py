"""The enrichment job as it runs: every record of topic feedback is in feedback_enriched, whatever is killed meanwhile."""

import json
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator

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

pytestmark = [pytest.mark.stack, pytest.mark.long, pytest.mark.timeout(900)]
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
ever_sent: set[Record] = set()  # by this module, enriched


def events(run: str, count: int) -> Iterator[Record]:
    """Feedback of twenty customers, every tenth record malformed; no two records are equal."""
    for number in range(count):
        key = b"customer-%d" % (number % 20)
        if number % 10 == 9:
            yield key, SPOILED[number // 10 % len(SPOILED)] + b"#%d %s" % (number, run.encode())
        else:
            event = {"event_id": f"{run}-{number}", "text": TEXTS[number % len(TEXTS)], "sentiment": 1}
            yield key, json.dumps(event, ensure_ascii=False).encode()


def sent(records: Iterable[Record]) -> set[Record]:
    """Send the records to topic feedback; returns what must come of them."""
    known = list(records)
    produce(known, "feedback")
    expected = {(key, enriched(value) or b"") for key, value in known}
    ever_sent.update(expected)
    return expected


def forwarded(consumer: KafkaConsumer, expected: set[Record]) -> tuple[set[Record], dict[bytes, set[int]]]:
    """Everything read from topic feedback_enriched until all that is expected has come, and each key's partitions.

    After a restart records since the last checkpoint come again, those of a test before among them.
    """
    seen: set[Record] = set()
    at: defaultdict[bytes, set[int]] = defaultdict(set)
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not expected <= seen:
        assert time.monotonic() < deadline, f"{len(expected - seen)} records are missing: {lifecycle.status()}"
        for records in consumer.poll(timeout_ms=500).values():
            for record in records:
                seen.add((record.key, record.value))
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
    expected = sent([*events("plain", 200), (b"longest", longest)])
    seen, partitions = forwarded(consumer, expected)
    assert seen <= ever_sent
    assert all(len(numbers) == 1 for numbers in partitions.values())
    # the lag is the source's own figure, not one that waits for the next checkpoint's offsets
    assert FlinkRest().pending_records(lifecycle.status()["job_id"]).keys() == {"feedback"}


def test_a_killed_taskmanager_loses_nothing(consumer: KafkaConsumer) -> None:
    """kill -9 while records arrive, its Python workers too: all of them come, and some perhaps twice."""
    records = list(events("killed", 3000))
    expected = sent(records[:1500])
    pid = next(service["pid"] for service in services() if service["name"] == "flink-taskmanager")
    victim = psutil.Process(pid)
    workers = victim.children(recursive=True)
    assert any("fn_execution" in " ".join(worker.cmdline()) for worker in workers)
    for process in [*workers, victim]:
        process.kill()
    expected |= sent(records[1500:])
    embedded.wait([service for service in embedded.catalogue() if service.name == "flink-taskmanager"])
    seen, partitions = forwarded(consumer, expected)
    assert seen <= ever_sent
    assert all(len(numbers) == 1 for numbers in partitions.values())


def test_stop_and_start_go_on_where_it_was(consumer: KafkaConsumer) -> None:
    """What arrives while the job is stopped is read when it starts; after a stop with a savepoint little comes twice."""
    forwarded(consumer, sent(events("before", 100)))
    assert lifecycle.stop()
    assert lifecycle.status()["state"] == "STOPPED"
    expected = sent(events("stopped", 100))
    assert lifecycle.ensure_running()["action"] == "started"
    assert lifecycle.start()["action"] == "running"
    seen, _ = forwarded(consumer, expected)
    assert seen <= ever_sent
