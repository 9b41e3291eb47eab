"""Cut topics off behind the records of erased customers: Kafka's DeleteRecords, once nobody needs what lies before.

Needed by nobody is what was appended before the oldest boundary that a rollback may return to: it has landed, both layers
have counted it, and no job starts there. All of it goes, not only up to the last record found: the broker deletes whole
files, and an erasure has closed those that hold the customer (erasure/segments.py).
"""

from datetime import datetime
from typing import Any

from clickhouse_connect.driver.client import Client
from kafka import KafkaAdminClient, TopicPartition

from batch_layer.moments import milliseconds
from batch_layer.publication import retained
from batch_layer.queries import query
from batch_layer.topics import Partition, partitions
from crm import clickhouse, kafka
from crm.contracts import Contract, contracts, landed_contracts
from crm.settings import settings


def cut(client: Client) -> list[str]:
    """Delete what may be deleted; returns a line for each partition that was cut. Repeating it cuts nothing more."""
    kept = retained(client)
    # With fewer publications than are retained, nothing published (the whole history from speed) can still be returned to.
    if not kept or (len(kept) < settings().retained_publications and kept[-1].reason != "erasure"):
        return []
    oldest = min(publication.boundary for publication in kept)
    found = clickhouse.rows(client, query("erased_offsets.sql"), {"before": oldest})
    if not found:
        return []
    admin = kafka.admin()
    wanted: dict[TopicPartition, int] = {}
    try:
        for contract in contracts().values():
            for partition in partitions(admin, contract):
                if _holds(admin, contract, partition, found):
                    end = _offset_at(admin, partition, oldest)
                    # What is not landed must at least have been read by those who read it.
                    end = end if contract.landed else min(end, *_committed(admin, partition), partition.end)
                    wanted |= {partition.key: end} if end > partition.earliest else {}
        if wanted:
            admin.delete_records(wanted)
    finally:
        admin.close()
    return [f"topic {key.topic}, partition {key.partition}: records before offset {end}" for key, end in wanted.items()]


def _holds(admin: KafkaAdminClient, contract: Contract, partition: Partition, found: list[dict[str, Any]]) -> bool:
    """Whether the partition still holds one of the records found, or the original of one that was forwarded and landed elsewhere."""
    if contract.landed:
        here = [row["last_offset"] for row in found if (row["topic"], row["partition"]) == partition.key]
        return partition.earliest <= max(here, default=-1)
    copies = {other.topic for other in landed_contracts().values() if _is_extended_by(contract, other)}
    moments = [row["last_append_time"] for row in found if row["topic"] in copies]
    return bool(moments) and partition.earliest < _offset_at(admin, partition, max(moments))


def _is_extended_by(contract: Contract, other: Contract) -> bool:
    return other.name != contract.name and other.columns[: len(contract.columns)] == contract.columns


def _offset_at(admin: KafkaAdminClient, partition: Partition, moment: datetime) -> int:
    """The first offset appended at or after `moment`; the end of what is stable where there is none."""
    offset: int = admin.list_partition_offsets({partition.key: milliseconds(moment)})[partition.key].offset
    return partition.stable if offset < 0 else min(offset, partition.stable)


def _committed(admin: KafkaAdminClient, partition: Partition) -> list[int]:
    """How far each consumer group has read the partition; [0] where none has."""
    offsets = []
    for group in admin.list_groups():
        at = admin.list_group_offsets(group["group_id"]).get(group["group_id"], {}).get(partition.key)
        offsets += [at.offset] if at and at.offset >= 0 else []
    return offsets or [0]
