"""Positions in the topic: how far the indexer has got, in Kafka's own books, and how far there is to go.

Partitions are assigned by hand. A group with members would wait for the session of an indexer that was killed to run out,
and let nobody else commit.
"""

from collections.abc import Mapping

from confluent_kafka import Consumer, TopicPartition
from kafka.errors import KafkaError

from batch_layer.topics import Partition, partitions
from crm import kafka
from crm.errors import NotReadyError
from crm.settings import settings
from search.documents import contract

GROUP = "crm-search"
# The lock held while a batch is judged, written and committed: an erasure and a change of the index come between two.
WRITING = "search"
# An enriched record may be larger than the client's default for a fetch.
FETCH_BYTES = 8 * 2**20


def consumer() -> Consumer:
    """A consumer of nothing yet, which commits only what it is told to."""
    return Consumer(
        {
            "bootstrap.servers": settings().bootstrap_servers,
            "group.id": GROUP,
            "enable.auto.commit": False,
            "isolation.level": "read_committed",
            "enable.partition.eof": True,
            # records that retention took are in raw: the index is built anew
            "auto.offset.reset": "error",
            "fetch.message.max.bytes": FETCH_BYTES,
            "queued.max.messages.kbytes": 32 * 2**10,
        }
    )


def commit(found: Consumer, positions: Mapping[int, int]) -> None:
    """Commit the next offset of each partition, and wait until the broker has it."""
    topic = contract().topic
    found.commit(
        offsets=[TopicPartition(topic, number, offset) for number, offset in positions.items()], asynchronous=False
    )


def ends() -> list[Partition]:
    """The topic's partitions, with the offsets that they have now. Raises NotReadyError."""
    admin = kafka.admin()
    try:
        return partitions(admin, contract())
    except KafkaError as error:
        raise NotReadyError(
            f"Kafka does not describe topic {contract().topic}: {error}. Look at `crm status`."
        ) from error
    finally:
        admin.close()


def committed() -> dict[int, int]:
    """The next offset to read of each partition that has one; all before it is in the index. Raises NotReadyError."""
    admin = kafka.admin()
    try:
        found = admin.list_group_offsets(GROUP).get(GROUP, {})
        return {
            key.partition: at.offset for key, at in found.items() if key.topic == contract().topic and at.offset >= 0
        }
    except KafkaError as error:
        raise NotReadyError(f"Kafka gives no offsets of group {GROUP}: {error}. Look at `crm status`.") from error
    finally:
        admin.close()


def pending() -> int:
    """Records that are in the topic and not yet in the index."""
    known = committed()
    return sum(max(one.stable - known.get(one.number, one.earliest), 0) for one in ends())
