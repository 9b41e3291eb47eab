"""Choose the boundary: the minute before which every record has been appended and can be read.

Records are stamped by the broker, so a partition's times only grow. A boundary at most `grace` before now separates records
for good, as long as no broker's clock lags by more than the grace. A transaction still open at the boundary would add
records below it later, so the boundary then steps back to the minute in which that transaction began.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Protocol

from confluent_kafka import Consumer, TopicPartition
from kafka import KafkaAdminClient

from batch_layer.errors import TopicError
from batch_layer.moments import floor_minute, from_milliseconds, milliseconds, text
from batch_layer.topics import Partition
from crm.errors import NotReadyError
from crm.settings import settings

PATIENCE_SECONDS = 30
# Clocks are adjusted by less than this all the time.
CLOCK_TOLERANCE = timedelta(minutes=2)


class Clock(Protocol):
    """What the choice needs to know of one partition."""

    @property
    def stable(self) -> int:
        """The last stable offset: no record below it can still appear."""

    def offset_at(self, moment: datetime) -> int:
        """The first offset appended at or after `moment`; the end of the partition where there is none."""

    def time_of(self, offset: int) -> datetime:
        """When the record at `offset` was appended."""


def settled(candidate: datetime, clocks: Iterable[Clock]) -> datetime:
    """The last minute up to `candidate` that every partition's stable offset has passed."""
    boundary = floor_minute(candidate)
    for clock in clocks:
        if clock.offset_at(boundary) > clock.stable:
            boundary = min(boundary, floor_minute(clock.time_of(clock.stable)))
    return boundary


class BrokerClock:
    """A partition's times, asked of the broker."""

    def __init__(self, admin: KafkaAdminClient, partition: Partition) -> None:
        self._admin, self._partition = admin, partition
        self.stable = partition.stable

    def offset_at(self, moment: datetime) -> int:
        key = self._partition.key
        found: int = self._admin.list_partition_offsets({key: milliseconds(moment)})[key].offset
        # -1: no record as late as that. Those appended since `end` was read carry a later time than any boundary tried here.
        return self._partition.end if found < 0 else found

    def time_of(self, offset: int) -> datetime:
        # Reads uncommitted records: the one looked for is the first of an open transaction.
        consumer = Consumer(
            {
                "bootstrap.servers": settings().bootstrap_servers,
                "group.id": "crm-boundary",
                "enable.auto.commit": False,
                "isolation.level": "read_uncommitted",
            }
        )
        try:
            consumer.assign([TopicPartition(self._partition.topic, self._partition.number, offset)])
            message = consumer.poll(PATIENCE_SECONDS)
        finally:
            consumer.close()
        if message is None or message.error():
            raise NotReadyError(
                f"Topic {self._partition.topic}, partition {self._partition.number}: offset {offset}, where a transaction is open, "
                f"cannot be read: {message.error() if message else f'no answer within {PATIENCE_SECONDS} s'}."
            )
        return from_milliseconds(message.timestamp()[1])


def verify_clock(now: datetime, published: datetime) -> None:
    """Raise TopicError where it is earlier now than what has been published: what is appended meanwhile lies below it, and no reader sees it."""
    if now < published - CLOCK_TOLERANCE:
        raise TopicError(
            f"It is {text(now)} by this machine's clock, and {text(published)} has been published: the clock went back. Until it has passed that "
            "moment, records are stamped below the published boundary, and readers do not see them. Set the clock right; once it is past "
            f"{text(published)}, `crm recompute` counts them. Where an earlier publication lies before the step, `crm rollback` "
            "shows them at once (pause `crm_batch` and `crm_recompute` first)."
        )


def choose_boundary(
    admin: KafkaAdminClient, partitions: Iterable[Partition], now: datetime, grace: timedelta
) -> datetime:
    """The newest boundary that may be published: at most now minus grace, and passed by every partition's last stable offset."""
    return settled(now - grace, [BrokerClock(admin, partition) for partition in partitions])
