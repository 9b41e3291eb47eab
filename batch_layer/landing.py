"""Land a partition's records up to a boundary: byte for byte, by offsets, safe to repeat.

This is the one path that reads with confluent-kafka: it takes about 150,000 records/s and core from the broker, kafka-python
about 27,000, and landing must follow a load at full speed.

Every block is recorded in ops.landed once it is in raw. A crash between the two leaves at most one block unrecorded; the
next attempt asks raw for it and leaves out what is there.
"""

import time
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from clickhouse_connect.driver.client import Client
from confluent_kafka import Message
from kafka import KafkaAdminClient

from batch_layer.errors import TopicError
from batch_layer.locks import exclusively
from batch_layer.moments import EPOCH, aware, milliseconds, text
from batch_layer.queries import query
from batch_layer.records import offset_of, read
from batch_layer.topics import LANDED, partitions
from crm import clickhouse
from crm.contracts import Contract

BLOCK = 200_000  # records inserted at once: large enough for ClickHouse, about 100 MB in Python at 500 bytes each
# Columns of raw.<topic>; an append time travels as Kafka gives it, in milliseconds.
RAW = {
    "partition": "Int32",
    "offset": "Int64",
    "append_time": "DateTime64(3, 'UTC')",
    "key": "Nullable(String)",
    "value": "Nullable(String)",
}


@dataclass
class Landed:
    """What one call landed: offsets [from_offset, to_offset) of a partition."""

    topic: str
    partition: int
    from_offset: int
    to_offset: int
    boundary: datetime
    records: int = 0
    late_records: int = 0
    seconds: float = 0.0


def end_offset(admin: KafkaAdminClient, contract: Contract, partition: int, boundary: datetime) -> int:
    """The first offset at or after the boundary: where landing ends. The partition's end where nothing is as late."""
    found = next((p for p in partitions(admin, contract) if p.number == partition), None)
    if found is None:
        raise TopicError(
            f"Topic {contract.topic} has no partition {partition}. Run the batch anew: it looks at the topic first."
        )
    offset: int = admin.list_partition_offsets({found.key: milliseconds(boundary)})[found.key].offset
    return found.end if offset < 0 else offset


def _insert(client: Client, topic: str, messages: list[Message]) -> None:
    columns: list[Any] = [
        [messages[0].partition()] * len(messages),
        [message.offset() for message in messages],
        [message.timestamp()[1] for message in messages],
        [message.key() for message in messages],
        [message.value() for message in messages],
    ]
    client.insert(
        topic, columns, database="raw", column_names=list(RAW), column_type_names=list(RAW.values()), column_oriented=True,
        # One block, written when the call returns: a queue in between could acknowledge what it then splits.
        settings={"async_insert": 0},
    )  # fmt: skip


def land(
    client: Client,
    admin: KafkaAdminClient,
    contract: Contract,
    partition: int,
    boundary: datetime,
    *,
    published: datetime = EPOCH,
) -> Landed:
    """Land the partition's records appended before `boundary`; nothing happens where they have landed already.

    `published` is the live boundary: a record found below it comes too late for the figures and is counted as late.
    """
    # Two at once would cut the same offsets into different blocks, and ops.landed would look as if there were gaps.
    with exclusively(f"landing-{contract.topic}-{partition}"):
        return _land(client, admin, contract, partition, boundary, published)


def _land(
    client: Client, admin: KafkaAdminClient, contract: Contract, partition: int, boundary: datetime, published: datetime
) -> Landed:
    begun, topic = time.monotonic(), contract.topic
    known = {row["partition"]: row for row in clickhouse.rows(client, query("landed_offsets.sql"), {"topic": topic})}
    here = known.get(partition, {"next_offset": 0, "landed_boundary": EPOCH})
    start, reached = here["next_offset"], here["landed_boundary"]
    done = Landed(topic, partition, start, max(end_offset(admin, contract, partition, boundary), start), boundary)
    interrupted = {"partition": partition, "from_offset": start, "since": reached}
    present = {
        row["offset"] for row in clickhouse.rows(client, query("landed_unrecorded.sql", topic=topic), interrupted)
    }
    late_below = milliseconds(published)

    def write(messages: list[Message], from_offset: int, to_offset: int, upto: datetime) -> None:
        if new := [message for message in messages if message.offset() not in present] if present else messages:
            _insert(client, topic, new)
        late = sum(message.timestamp()[1] < late_below for message in messages)
        client.insert(
            "ops.landed",
            [[topic, partition, from_offset, to_offset, aware(upto), len(messages), late]],
            column_names=LANDED,
        )
        done.records += len(messages)
        done.late_records += late

    # One block is written while the next is read: in order, so that what is in raw is always an unbroken run of offsets.
    with ThreadPoolExecutor(1) as writer:
        written: Future[None] | None = None
        block: list[Message] = []
        for messages in read(topic, partition, start, done.to_offset):
            block += messages
            if len(block) >= BLOCK:
                if written:
                    written.result()
                stop = offset_of(block[-1]) + 1
                written = writer.submit(write, block, start, stop, reached)
                start, block = stop, []
        if written:
            written.result()
        if start < done.to_offset or reached < boundary:
            write(block, start, done.to_offset, max(reached, boundary))
    done.seconds = time.monotonic() - begun
    return done


def describe(landed: Landed) -> str:
    """One line on what was landed, for a log."""
    return (
        f"{landed.topic}/{landed.partition}: {landed.records} records, offsets [{landed.from_offset}, {landed.to_offset}) before "
        f"{text(landed.boundary)} in {landed.seconds:.1f} s"
        + (
            f"; {landed.late_records} came below the published boundary: `crm recompute` counts them"
            if landed.late_records
            else ""
        )
    )
