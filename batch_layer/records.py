"""Committed records of a partition, by offset, as fast as the client gives them."""

import time
from collections.abc import Iterator
from datetime import timedelta
from typing import cast

from confluent_kafka import Consumer, KafkaError, Message, TopicPartition

from crm.errors import CrmError
from crm.settings import settings

FETCH = 20_000  # records taken from the client at once
STALL = timedelta(seconds=60)  # without a record before the end offset; a broker that restarts is back sooner


def offset_of(message: Message) -> int:
    """The record's offset, which every record that was read has."""
    return cast(int, message.offset())


def _sorted_out(messages: list[Message], where: str) -> tuple[list[Message], list[int]]:
    """Records, and the offsets at which the broker reported an end of the partition; raises CrmError for any other error."""
    records, ends = [], [0]
    for message in messages:
        if (error := message.error()) is None:
            records.append(message)
        elif error.code() == KafkaError._PARTITION_EOF:
            ends.append(offset_of(message))
        else:
            raise CrmError(
                f"Reading {where} failed: {error.str()}. Look at `crm status`; landing resumes where it stopped."
            )
    return records, ends


def read(topic: str, partition: int, start: int, end: int) -> Iterator[list[Message]]:
    """Committed records with offsets in [start, end), in lists; raises CrmError when the broker gives none for STALL.

    Offsets may have holes (markers of transactions, aborted or compacted records), so the end is reached when a record at
    or after it appears, or when the broker reports that the partition ends there.
    """
    consumer = Consumer(
        {
            "bootstrap.servers": settings().bootstrap_servers,
            "group.id": "crm-landing",  # required by the client; positions live in ops.landed
            "enable.auto.commit": False,
            "isolation.level": "read_committed",
            "enable.partition.eof": True,
            "auto.offset.reset": "error",
            "check.crcs": True,
            "fetch.message.max.bytes": 8 * 2**20,
            "queued.max.messages.kbytes": 64 * 2**10,
        }
    )
    consumer.assign([TopicPartition(topic, partition, start)])
    position, heard = start, time.monotonic()
    try:
        while position < end:
            messages, ends = _sorted_out(consumer.consume(FETCH, timeout=0.2), f"topic {topic}, partition {partition}")
            position = max(position, *ends, *(offset_of(message) + 1 for message in messages[-1:]))
            if messages:
                heard = time.monotonic()
                # The list may run past the end; the first record at or after it has shown that nothing is missing.
                if position > end:
                    messages = [message for message in messages if offset_of(message) < end]
                if messages:
                    yield messages
            elif time.monotonic() - heard > STALL.total_seconds():
                raise CrmError(
                    f"Topic {topic}, partition {partition}: no record for {STALL.total_seconds():.0f} s at offset {position}, {end - position} "
                    "before the boundary. A transaction was opened below it, or the broker is not serving: look at `crm status`."
                )
    finally:
        consumer.close()
