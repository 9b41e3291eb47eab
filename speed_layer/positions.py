"""How far a job is behind its topics, by Kafka's own books: the offsets that it committed with its checkpoints.

Asked of confluent-kafka: kafka-python leaves sockets and a thread of its own behind where no broker answers, and the watch
asks again and again.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from confluent_kafka import Consumer, TopicPartition

from batch_layer.records import read
from crm.settings import settings

SECONDS = 3  # how long a broker may take to answer
# Offsets that are looked at one by one: as many as some transactions leave.
COUNTED = 100


@contextmanager
def _client(group: str) -> Iterator[Consumer]:
    client = Consumer(
        {
            "bootstrap.servers": settings().bootstrap_servers,
            "group.id": group,
            "enable.auto.commit": False,
            "isolation.level": "read_committed",
            "log_level": 0,  # that no broker answers is raised, and not also printed
        }
    )
    try:
        yield client
    finally:
        client.close()


def _partitions(client: Consumer, topic: str) -> list[TopicPartition]:
    return [
        TopicPartition(topic, number) for number in client.list_topics(topic, timeout=SECONDS).topics[topic].partitions
    ]


def appended(topics: Iterable[str]) -> dict[str, int]:
    """Records ever appended to each topic and committed; raises KafkaException where no broker answers."""
    with _client("crm-positions") as client:
        return {
            topic: sum(client.get_watermark_offsets(one, timeout=SECONDS)[1] for one in _partitions(client, topic))
            for topic in topics
        }


def uncommitted(group: str, topics: Iterable[str]) -> dict[str, int]:
    """Records of each topic since the offsets that the group committed; raises KafkaException where no broker answers.

    Never less than what the group has yet to read, and under load more: by what it read since its newest checkpoint.
    """
    found = {}
    with _client(group) as client:
        for topic in topics:
            found[topic] = 0
            for at in client.committed(_partitions(client, topic), timeout=SECONDS):
                earliest, end = client.get_watermark_offsets(at, timeout=SECONDS)
                found[topic] += records(topic, at.partition, max(at.offset, earliest), end)
    return found


def records(topic: str, partition: int, start: int, end: int) -> int:
    """Committed records with offsets in [start, end); where there are many, the offsets.

    A transaction leaves offsets that no reader ever sees, and the last of them would look like a record for ever.
    """
    if start >= end or end - start > COUNTED:
        return max(end - start, 0)
    return sum(len(messages) for messages in read(topic, partition, start, end))
