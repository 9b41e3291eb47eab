"""Topic feedback_enriched into the index, as it arrives: `python -m search.indexer`, under the supervisor.

Offsets are committed once the documents are written and on disk. What is written twice after a kill has the same id and the
same version, and the index refuses the second.
"""

import logging
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import TypeVar, cast

from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError
from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition
from tenacity import (
    RetryCallState,
    RetryError,
    Retrying,
    retry_if_exception,
    sleep_using_event,
    stop_when_event_set,
    wait_exponential,
)

from batch_layer.locks import exclusively
from batch_layer.records import offset_of
from crm import clickhouse
from crm.errors import CrmError
from search import index, node, presence, topic
from search.documents import contract, erased_digests, judge
from search.rebuild import rebuild
from search.writing import BusyError, MissingIndexError, write
from sources.stopping import stoppable

log = logging.getLogger("search")
# Records of a batch; one is closed after WAIT_SECONDS, however few they are. Judging costs ClickHouse about 0.07 CPU seconds, be
# it one record or all: a shorter wait would cost a part of a core for a trickle of texts, a longer one is their age.
RECORDS, WAIT_SECONDS = 2_000, 0.3
# How often the topic is looked at for new partitions, and counts are printed.
LOOK_SECONDS = 30.0
# The longest wait between two attempts while a service is away: it should not be what a text waits for afterwards.
MOST_SECONDS = 1.0
T = TypeVar("T")


class StoppedError(Exception):
    """The indexer is to end while a service is away."""


class LostError(Exception):
    """The topic no longer has the records to go on with."""


def _is_transient(error: BaseException) -> bool:
    return not isinstance(error, MissingIndexError) and (
        isinstance(error, CrmError | ClickHouseError | BusyError | KafkaException) or node.is_transient(error)
    )


def _report(state: RetryCallState) -> None:
    wait = state.next_action.sleep if state.next_action else 0
    log.warning("again in %.1f s: %s", wait, state.outcome.exception() if state.outcome else "")


def patiently(stop: threading.Event, call: Callable[[], T]) -> T:
    """Call until it succeeds, for as long as a service is away. Raises what it raises otherwise, StoppedError once `stop` is set."""
    retrying = Retrying(
        retry=retry_if_exception(_is_transient), wait=wait_exponential(0.2, max=MOST_SECONDS), stop=stop_when_event_set(stop),
        before_sleep=_report, sleep=sleep_using_event(stop),
    )  # fmt: skip
    try:
        return retrying(call)
    except RetryError as error:
        raise StoppedError from error


def _sorted_out(messages: list[Message]) -> tuple[list[Message], dict[int, int]]:
    """Records, and the next offset of each partition; raises LostError where the topic does not have it any more."""
    records: list[Message] = []
    positions: dict[int, int] = {}
    for message in messages:
        error, number = message.error(), cast(int, message.partition())
        if error is None:
            records.append(message)
            positions[number] = offset_of(message) + 1
        elif error.code() == KafkaError._PARTITION_EOF:
            # behind markers of transactions, which are no records
            positions[number] = offset_of(message)
        elif error.code() in (KafkaError._AUTO_OFFSET_RESET, KafkaError.OFFSET_OUT_OF_RANGE):
            raise LostError(error.str())
        else:
            log.warning("Kafka: %s", error.str())  # the client goes on by itself
    return records, positions


class Indexer:
    """Follows the topic until `stop` is set."""

    def __init__(self, stop: threading.Event) -> None:
        self._stop = stop
        self._consumer: Consumer | None = None
        self._committed: dict[int, int] = {}
        self._node = node.client()
        self._database: Client | None = None
        self.counted: Counter[str] = Counter()

    def run(self) -> None:
        """Build the index where there is none of this checkout, then follow. A service that is away is waited for."""
        try:
            patiently(self._stop, self._prepare)
            while not self._stop.is_set():
                try:
                    self._follow()
                except (LostError, MissingIndexError) as lost:
                    log.warning("building the index anew from raw: %s", lost)
                    patiently(self._stop, lambda: rebuild(log.info))
        finally:
            self._close()

    def _prepare(self) -> None:
        client = node.connect()
        if not index.is_current(client) or not topic.committed():
            rebuild(log.info)

    def _close(self) -> None:
        if self._consumer:
            self._consumer.close()
            self._consumer = None

    def _assign(self) -> Consumer:
        self._close()
        self._consumer = topic.consumer()
        known = patiently(self._stop, topic.committed)
        numbers = [one.number for one in patiently(self._stop, topic.ends)]
        # A partition that was added since begins with its first record.
        self._committed = {number: known.get(number, 0) for number in numbers}
        name = contract().topic
        self._consumer.assign([TopicPartition(name, number, at) for number, at in self._committed.items()])
        log.info("following %s from %s", name, self._committed)
        return self._consumer

    def _follow(self) -> None:
        consumer, look = self._assign(), time.monotonic() + LOOK_SECONDS
        while not self._stop.is_set():
            records, positions = _sorted_out(consumer.consume(RECORDS, timeout=WAIT_SECONDS))
            ahead = {number: at for number, at in positions.items() if at > self._committed.get(number, 0)}
            if ahead:
                self.counted += patiently(self._stop, partial(self._take, consumer, records, ahead))
                self._committed |= ahead
            if time.monotonic() > look:
                look = time.monotonic() + LOOK_SECONDS
                log.info("so far: %s", dict(self.counted))
                if len(patiently(self._stop, topic.ends)) != len(self._committed):
                    consumer = self._assign()

    def _take(self, consumer: Consumer, records: list[Message], positions: dict[int, int]) -> Counter[str]:
        """Judge, write, commit. Repeated, it judges anew, so that an erasure that was recorded meanwhile is seen."""
        counted: Counter[str] = Counter()
        self._database = self._database or clickhouse.connect("batch")
        with exclusively(topic.WRITING):
            if records:
                gone = erased_digests(self._database)
                counted = write(self._node, self._database, index.ALIAS, judge(self._database, records), gone)
            topic.commit(consumer, positions)
        return counted


def main() -> int:
    """Index until SIGTERM; returns the exit code."""
    logging.basicConfig(format="%(asctime)s %(levelname)-5s %(message)s", level=logging.WARNING)
    log.setLevel(logging.INFO)
    for name in ("elastic_transport", "kafka"):  # of each attempt; what comes of it is logged here
        logging.getLogger(name).setLevel(logging.ERROR)
    presence.enable()
    try:
        with stoppable() as stop, suppress(StoppedError):
            Indexer(stop).run()
    except CrmError as error:
        log.error("%s", error)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
