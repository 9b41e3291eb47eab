"""Cut topics off behind the records of erased customers: Kafka's DeleteRecords, once nobody needs what lies before.

Needed by nobody is what was appended before the oldest boundary that a rollback may return to: it has landed, both layers
have counted it, and no job starts there. Cut is up to the last of the records found, so that as much as possible is left
for a rebuilt speed job to know duplicates by.
"""

from datetime import datetime

from clickhouse_connect.driver.client import Client
from kafka import KafkaAdminClient, TopicPartition

from batch_layer.moments import milliseconds
from batch_layer.publication import retained
from batch_layer.queries import query
from batch_layer.topics import partitions
from crm import clickhouse, kafka
from crm.contracts import Contract, contracts, landed_contracts
from crm.settings import settings


def cut(client: Client) -> list[str]:
    """Delete what may be deleted; returns a line for each partition that was cut. Repeating it cuts nothing more."""
    kept = retained(client)
    # With fewer publications than are retained, nothing published (the whole history from speed) can still be returned to.
    if not kept or (len(kept) < settings().retained_publications and kept[-1].reason != "erasure"):
        return []
    found = clickhouse.rows(
        client, query("erased_offsets.sql"), {"before": min(publication.boundary for publication in kept)}
    )
    if not found:
        return []
    ends = {(row["topic"], row["partition"]): row["last_offset"] + 1 for row in found}
    admin = kafka.admin()
    try:
        wanted = {}
        for contract in contracts().values():
            copies = {other.topic for other in landed_contracts().values() if _is_extended_by(contract, other)}
            moments = [row["last_append_time"] for row in found if row["topic"] in copies]
            for partition in partitions(admin, contract):
                end = ends.get((partition.topic, partition.number), 0)
                if moments and not contract.landed:
                    end = _consumed_before(admin, partition.key, max(moments))
                if partition.earliest < (end := min(end, partition.stable)):
                    wanted[partition.key] = end
        if wanted:
            admin.delete_records(wanted)
    finally:
        admin.close()
    return [f"topic {key.topic}, partition {key.partition}: records before offset {end}" for key, end in wanted.items()]


def _is_extended_by(contract: Contract, other: Contract) -> bool:
    return other.name != contract.name and other.columns[: len(contract.columns)] == contract.columns


def _consumed_before(admin: KafkaAdminClient, key: TopicPartition, moment: datetime) -> int:
    """The end of what was appended up to `moment` and read by every group that reads the topic, which never lands itself."""
    offset = admin.list_partition_offsets({key: milliseconds(moment) + 1})[key].offset
    committed = []
    for group in admin.list_groups():
        at = admin.list_group_offsets(group["group_id"]).get(group["group_id"], {}).get(key)
        committed += [at.offset] if at and at.offset >= 0 else []
    if not committed:
        return 0
    return min(committed) if offset < 0 else min(offset, *committed)
