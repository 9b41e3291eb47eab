"""Begin new segment files, so that the broker can delete those written so far as a whole.

Kafka deletes files, never records in them, and never the file that it writes. It begins a new one only as it appends, so a
record is appended within a transaction that is aborted: it is in no layer and moves no figure.
"""

from confluent_kafka import Producer
from kafka.admin import ConfigResource, ConfigResourceType

from batch_layer.topics import CLOSING_MS, partitions
from crm import kafka
from crm.contracts import contracts
from crm.errors import CrmError
from crm.settings import settings

TRANSACTION_SECONDS = 30.0


def close_segments() -> None:
    """Make each partition of each contract's topic begin a new segment. Raises CrmError where the broker does not take part."""
    admin = kafka.admin()
    topics = [contract.topic for contract in contracts().values()]
    try:
        admin.alter_configs(
            [ConfigResource(ConfigResourceType.TOPIC, topic, {"segment.ms": CLOSING_MS}) for topic in topics]
        )
        try:
            places = [p.key for contract in contracts().values() for p in partitions(admin, contract)]
            _append_and_abort([(key.topic, key.partition) for key in places])
        finally:
            admin.reset_configs([ConfigResource(ConfigResourceType.TOPIC, topic, ["segment.ms"]) for topic in topics])
    finally:
        admin.close()


def _append_and_abort(places: list[tuple[str, int]]) -> None:
    failed: list[str] = []
    producer = Producer({"bootstrap.servers": settings().bootstrap_servers, "transactional.id": "crm-erasure"})
    producer.init_transactions(TRANSACTION_SECONDS)
    producer.begin_transaction()
    for topic, partition in places:
        producer.produce(
            topic, b"", partition=partition, on_delivery=lambda error, _: failed.append(str(error)) if error else None
        )
    # What is still in the client when a transaction is aborted is never sent.
    left = producer.flush(TRANSACTION_SECONDS)
    producer.abort_transaction(TRANSACTION_SECONDS)
    if left or failed:
        raise CrmError(
            f"Kafka began no new segments: {', '.join(failed) or 'no answer'}. Look at `crm status`, then repeat the command."
        )
