"""Each topic as the broker describes it, and whether the batch layer may rest on it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from clickhouse_connect.driver.client import Client
from kafka import KafkaAdminClient, TopicPartition
from kafka.admin import ConfigResource, ConfigResourceType, OffsetSpec
from kafka.errors import KafkaError

from batch_layer.errors import TopicError
from batch_layer.locks import if_free
from batch_layer.moments import EPOCH, aware
from batch_layer.queries import query
from crm import clickhouse
from crm.contracts import Contract, contracts, landed_contracts
from crm.errors import NotReadyError
from crm.kafka import admin

# `segment.ms` while an erasure closes the segments.
CLOSING_MS = "1"
# The last resort, of which two errors tell.
ANEW = (
    "begin anew: copy `var` first, since this also forgets who was erased (`ops.erasures`); then `crm down --wipe`, `crm up`, load the "
    "sources again, and erase again who was erased."
)
# Columns of ops.landed that a writer fills.
LANDED = ("topic", "partition", "from_offset", "to_offset", "boundary", "records", "late_records")


@dataclass(frozen=True)
class Partition:
    """A partition's offsets: the first one kept, the one after the last, the last stable one (first of an open transaction)."""

    topic: str
    number: int
    earliest: int
    end: int
    stable: int

    @property
    def key(self) -> TopicPartition:
        """The partition as the client names it."""
        return TopicPartition(self.topic, self.number)


def _describe(broker: KafkaAdminClient, contract: Contract) -> dict[str, Any]:
    described: dict[str, Any] = broker.describe_topics([contract.topic])[0]
    if described["error_code"]:
        raise TopicError(
            f"Topic {contract.topic} does not exist (Kafka error {described['error_code']}). `crm up` creates it."
        )
    return described


def partitions(broker: KafkaAdminClient, contract: Contract) -> list[Partition]:
    """The topic's partitions, those added since included, with their offsets now. Raises TopicError, NotReadyError."""
    keys = [
        TopicPartition(contract.topic, item["partition_index"]) for item in _describe(broker, contract)["partitions"]
    ]
    try:
        # The stable offsets first: a record appended between the calls then looks unstable for a moment, never the reverse.
        stable = broker.list_partition_offsets(dict.fromkeys(keys, OffsetSpec.LATEST), isolation_level="read_committed")
        earliest = broker.list_partition_offsets(dict.fromkeys(keys, OffsetSpec.EARLIEST))
        latest = broker.list_partition_offsets(dict.fromkeys(keys, OffsetSpec.LATEST))
    except KafkaError as error:
        raise NotReadyError(
            f"Kafka gives no offsets of topic {contract.topic}: {error}. Look at `crm status`."
        ) from error
    return [
        Partition(key.topic, key.partition, earliest[key].offset, latest[key].offset, stable[key].offset)
        for key in sorted(keys)
    ]


def landed_offsets(client: Client, topic: str) -> dict[int, int]:
    """Next offset to land of each partition that has been seen."""
    found = clickhouse.rows(client, query("landed_offsets.sql"), {"topic": topic})
    return {row["partition"]: row["next_offset"] for row in found}


def verify_offsets(found: Iterable[Partition], landed: dict[int, int]) -> None:
    """Raise TopicError where records were removed before they landed. A partition not seen before starts at offset 0."""
    for partition in found:
        name, expected = f"topic {partition.topic}, partition {partition.number}", landed.get(partition.number, 0)
        if partition.earliest > expected:
            raise TopicError(
                f"{name}: records from offset {expected} to {partition.earliest - 1} were removed (by retention or by hand) before "
                f"they landed; the oldest offset kept is {partition.earliest}. The batch layer can never land them; "
                "what the speed layer has counted of them readers see until the loss is accepted. Lengthen retention.ms, have their source ready, "
                f"accept the loss with `crm batch accept-loss {partition.topic} {partition.number}`, and load the source again at once."
            )
        if partition.end < expected:
            raise TopicError(
                f"{name}: it ends at offset {partition.end}, but {expected} offsets have landed: the topic was recreated or its log "
                f"was cut. Restore the broker's log, or {ANEW}"
            )


def verify_identity(topic: str, timestamp_type: str, topic_id: str, known_id: str | None) -> None:
    """Raise TopicError where the producer stamps the records, or where the topic is not the one first seen."""
    if timestamp_type != "LogAppendTime":
        raise TopicError(
            f"Topic {topic}: message.timestamp.type is {timestamp_type}, so producers stamp its records and the boundary would lose "
            "late ones. Set it to LogAppendTime, and recompute if anything was appended meanwhile (`crm recompute`)."
        )
    if known_id and known_id != topic_id:
        raise TopicError(
            f"Topic {topic}: its id is {topic_id}, but {known_id} was first seen: it was deleted and created again, so its offsets mean "
            f"other records. Restore the old topic, or {ANEW}"
        )


def _end_closing(broker: KafkaAdminClient, topic: str) -> None:
    """Take back what an erasure that was killed has left: a segment a millisecond would fill the disk with files."""
    with if_free("erasure") as is_over:
        if is_over:
            broker.reset_configs([ConfigResource(ConfigResourceType.TOPIC, topic, ["segment.ms"])])


def verify_topics(client: Client, broker: KafkaAdminClient) -> dict[str, list[Partition]]:
    """Check every contract's topic and return the partitions of those that land, by topic; raises TopicError.

    A topic seen for the first time is recorded with its id; what it has lost before that is no loss of ours, so each
    partition starts at the oldest offset that it keeps.
    """
    verified = {}
    for contract in contracts().values():
        resource = ConfigResource(ConfigResourceType.TOPIC, contract.topic)
        described = _describe(broker, contract)
        config = broker.describe_configs([resource], config_filter="all")["topic"][contract.topic]
        if config["segment.ms"]["value"] == CLOSING_MS:
            _end_closing(broker, contract.topic)
        known = clickhouse.rows(client, query("topic_id.sql"), {"topic": contract.topic})
        topic_id = str(described["topic_id"])
        verify_identity(
            contract.topic, config["message.timestamp.type"]["value"], topic_id, known[0]["topic_id"] if known else None
        )
        found = partitions(broker, contract) if contract.landed else []
        if not known:
            if start := [[contract.topic, p.number, p.earliest, p.earliest, aware(EPOCH), 0, 0] for p in found]:
                client.insert("ops.landed", start, column_names=LANDED)
            client.insert("ops.topics", [[contract.topic, topic_id]], column_names=["topic", "topic_id"])
        if not contract.landed:
            continue
        verify_offsets(found, landed_offsets(client, contract.topic))
        verified[contract.topic] = found
    return verified


def accept_loss(topic: str, partition: int) -> int:
    """Let landing go on at the oldest record kept; returns how many offsets were given up. Recorded as a range of no records."""
    client, broker = clickhouse.connect("batch"), admin()
    try:
        contract = next((contract for contract in landed_contracts().values() if contract.topic == topic), None)
        if contract is None:
            raise TopicError(f"No contract describes a topic {topic!r} that lands.")
        found = next((one for one in partitions(broker, contract) if one.number == partition), None)
    finally:
        broker.close()
    expected = landed_offsets(client, topic).get(partition, 0)
    if found is None or found.earliest <= expected:
        raise TopicError(f"Topic {topic}, partition {partition}: nothing was lost, so there is nothing to accept.")
    client.insert("ops.landed", [[topic, partition, expected, found.earliest, aware(EPOCH), 0, 0]], column_names=LANDED)
    return found.earliest - expected
