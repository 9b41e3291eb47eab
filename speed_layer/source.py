"""Flink's table over a contract's topic."""

from crm.contracts import Column, Contract
from crm.rules import precision, rules

# What Kafka knows of a record; staging picks what it needs.
RECORD = (
    "append_time TIMESTAMP_LTZ(3) METADATA FROM 'timestamp' VIRTUAL",
    "record_partition INT METADATA FROM 'partition' VIRTUAL",
    "record_offset BIGINT METADATA FROM 'offset' VIRTUAL",
    "processed_at AS PROCTIME()",
)
_TYPES = {"string": "STRING", "integer": "BIGINT", "date": "DATE", "timestamp": "TIMESTAMP(3)"}


def _type(column: Column) -> str:
    return _TYPES.get(column.logical_type) or f"DECIMAL({precision(column)}, {column.scale})"


def literal(text: str) -> str:
    """A string literal of Flink SQL."""
    return "'" + text.replace("'", "''") + "'"


def create_table(
    contract: Contract, *, bootstrap_servers: str, group_id: str, start: int | None, name: str | None = None
) -> str:
    """CREATE TABLE over the topic; its rows are the valid events, from the append time `start` (ms since 1970) on.

    None starts at the earliest record kept. Only committed records are read, as in the batch layer. A record appended
    between two discoveries of a new partition is read from that partition's beginning. `name` is the table's, by default
    the topic's.
    """
    columns = [f"`{column.name}` {_type(column)}" for column in contract.columns]
    options = {
        "connector": "kafka",
        "topic": contract.topic,
        "properties.bootstrap.servers": bootstrap_servers,
        "properties.group.id": group_id,
        "properties.isolation.level": "read_committed",
        "properties.auto.offset.reset": "earliest",
        "scan.topic-partition-discovery.interval": "30 s",
        "scan.startup.mode": "earliest-offset" if start is None else "timestamp",
        **({} if start is None else {"scan.startup.timestamp-millis": str(max(start, 0))}),
        "format": "contract-json",
        "contract-json.rules": rules(contract),
    }
    return (
        f"CREATE TEMPORARY TABLE `{name or contract.topic}` (\n    "
        + ",\n    ".join([*columns, *RECORD])
        + "\n) WITH (\n    "
        + ",\n    ".join(f"{literal(name)} = {literal(value)}" for name, value in options.items())
        + "\n)"
    )
