"""Which events become documents, and how: the one rule for what arrives, what is rebuilt and what is reconciled.

Whether a record is a valid event says ClickHouse, by the rule that it applies to what has landed (crm.validity): the
records travel to it as an external table. So there is no further implementation of the contract.
"""

import struct
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import jinja2
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.external import ExternalData
from confluent_kafka import Message

from crm import validity
from crm.contracts import Contract, contracts
from crm.quoting import quoted
from crm.row_binary import nullable_string
from crm.subjects import ERASED, digest, erased

SQL = jinja2.Environment(
    loader=jinja2.FileSystemLoader(Path(__file__).parent / "sql"),
    undefined=jinja2.StrictUndefined,
    autoescape=False,
    trim_blocks=True,
)
# External versions: the earlier a record was appended, the higher, so that the first valid event of an id wins in whatever
# order they come. Within a millisecond of one partition they are equal, and then the first one to be written wins: records
# of a partition are always read in order.
TOP = 2**62 - 1
PARTITION_BITS = 20
# Of a document's id, in UTF-8. Elasticsearch refuses a longer one, and with it the whole request; the contract counts characters.
ID_BYTES = 512
# The records of a batch as ClickHouse sees them; of the key only whether there is one.
ARRIVED = {
    "partition": "Int32",
    "offset": "Int64",
    "append_time": "DateTime64(3, 'UTC')",
    "key": "Nullable(String)",
    "value": "Nullable(String)",
}
Row = Mapping[str, Any]


def contract() -> Contract:
    """The contract whose events are searched."""
    return contracts()["feedback_enriched"]


def version(appended: int, partition: int) -> int:
    """The external version of an event appended at `appended`, in milliseconds since 1970."""
    return TOP - (appended << PARTITION_BITS | partition)


def sql(file: str, source: str) -> str:
    """A query of `search/sql/` over the judged records of a table."""
    judged = validity.judged(contract(), source, kept=("key",))
    return SQL.get_template(file).render(judged=f"({judged})")


def landed_table() -> str:
    """What has landed of the topic."""
    return f"raw.{quoted(contract().topic)}"


def row_binary(messages: Iterable[Message]) -> bytes:
    """Records in ClickHouse's format RowBinary, columns as in ARRIVED: bytes that are no text included."""
    parts = []
    for message in messages:
        parts.append(struct.pack("<iqq", message.partition(), message.offset(), message.timestamp()[1]))
        parts.append(nullable_string(None if message.key() is None else b""))
        parts.append(nullable_string(message.value()))
    return b"".join(parts)


def judge(client: Client, messages: list[Message]) -> list[dict[str, Any]]:
    """Each record's position, typed event and `reject_reason`, '' where it is valid."""
    records = ExternalData(
        file_name="arrived",
        data=row_binary(messages),
        fmt="RowBinary",
        structure=[f"{name} {kind}" for name, kind in ARRIVED.items()],
    )
    return list(client.query(sql("arrived.sql", "arrived"), external_data=records).named_results())


def erased_digests(client: Client) -> frozenset[str]:
    """Every customer who was erased or is being erased, by digest."""
    return frozenset(one.digest for one in erased(client))


def is_kept(row: Row, gone: frozenset[str]) -> bool:
    """Whether a valid event may be searched: not what an erasure has made anonymous, nor what it has yet to.

    `gone` are the digests of erased customers. An anonymised event has no key, no customer and no text of its own; nothing
    that anybody could look for is lost with another one of that kind.
    """
    if row["customer_id"] is None:
        return row["key"] is not None or (row["text"] or "") not in ("", ERASED)
    return not gone or digest(row["customer_id"]) not in gone


def fits(event_id: str) -> bool:
    """Whether Elasticsearch takes the id. A valid event with another one is recorded as refused, and nobody expects it."""
    return len(event_id.encode()) <= ID_BYTES


def document(row: Row) -> dict[str, Any]:
    """The document of an event: the contract's columns, and where its record is. An absent field is null."""
    found = {column.name: _plain(row[column.name]) for column in contract().columns}
    return found | {"partition": row["partition"], "offset": row["offset"], "append_time": row["appended"]}


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%dT%H:%M:%S}.{value.microsecond // 1000:03d}Z"
    return value


def actions(rows: Iterable[Row], gone: frozenset[str], counted: Counter[str]) -> Iterator[dict[str, Any]]:
    """What to write of judged records, for Elasticsearch's bulk; `counted` tallies those left out as rejected or erased."""
    for row in rows:
        if row["reject_reason"]:
            counted["rejected"] += 1
        elif not is_kept(row, gone):
            counted["erased"] += 1
        else:
            yield {
                "_op_type": "index",
                "_id": row["event_id"],
                "_source": document(row),
                "version": version(row["appended"], row["partition"]),
                "version_type": "external",
            }
