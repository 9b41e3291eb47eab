"""The staging convention: what the rows of `stg_<contract>` are, computed from the contract.

Both layers write it in their own text (`dbt_project/models/staging`, `speed_layer/sql/flink`). A row has the contract's
columns in its order, none of them null, then `event_hour`, `ingest_minute` and its record's position. Of a long text it
says only whether there is any, as `has_<name>`: no group is formed by what people wrote, and it is personal.
"""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any

import pyarrow

from crm.contracts import Column, Contract, contracts, landed_contracts
from crm.rules import precision

DERIVED = ("event_hour", "ingest_minute")
POSITION = ("partition", "offset", "append_time")
LONG = 1000  # characters: a text that may have more is a long one
_TYPES = {
    "string": pyarrow.string(),
    "integer": pyarrow.int64(),
    "date": pyarrow.date32(),
    "timestamp": pyarrow.timestamp("ms"),
}


def landed() -> list[Contract]:
    """The contracts whose topics both layers read."""
    return list(landed_contracts().values())


def forwarded() -> list[tuple[Contract, Contract]]:
    """Each contract that another one extends, with that one: what arrives of the first is read from the second's topic."""
    return [
        (base, contract)
        for base in contracts().values()
        for contract in landed()
        if not base.landed and contract.columns[: len(base.columns)] == base.columns
    ]


def sent() -> list[Contract]:
    """The contracts whose events come from outside."""
    extending = {contract.name for _, contract in forwarded()}
    return [contract for contract in contracts().values() if contract.name not in extending]


def is_long(column: Column) -> bool:
    """Whether the column is a long text."""
    return column.logical_type == "string" and not column.allowed and not (column.max_length or LONG + 1) <= LONG


def names(contract: Contract) -> list[str]:
    """The columns that stand for the contract's own, in order."""
    return [f"has_{column.name}" if is_long(column) else column.name for column in contract.columns]


def below(column: Column) -> Decimal:
    """What stands for an absent number: one less than the least that is allowed. Raises ValueError where none is."""
    if not isinstance(column.minimum, Decimal):
        raise ValueError(
            f"{column.name}: a number that may be absent needs a minimum, so that a value can stand for it"
        )
    return column.minimum - 1


def _value(column: Column, event: dict[str, Any]) -> Any:
    found = event[column.name]
    if is_long(column):
        return int(bool(found))
    if found is not None:
        return found.replace(tzinfo=None) if isinstance(found, datetime) else found
    match column.logical_type:
        case "string":
            return ""
        case "integer" | "number":
            return below(column)
        case "date":
            return event["occurred_at"].date()
    raise ValueError(f"{column.name}: nothing stands for an absent {column.logical_type}: make it required")


def _type(column: Column) -> pyarrow.DataType:
    if column.logical_type == "number":
        return pyarrow.decimal128(precision(column), column.scale)
    return pyarrow.int64() if is_long(column) else _TYPES[column.logical_type]


def table(name: str, events: Iterable[dict[str, Any]]) -> pyarrow.Table:
    """The rows of `stg_<name>`, from the oracle's distinct valid events of that contract; times are in UTC."""
    contract = contracts()[name]
    moment = pyarrow.timestamp("ms")
    types = [*map(_type, contract.columns), moment, moment, pyarrow.int32(), pyarrow.int64(), moment]
    schema = pyarrow.schema(list(zip([*names(contract), *DERIVED, *POSITION], types, strict=True)))
    rows = []
    for event in events:
        appended = event["append_time"].replace(tzinfo=None)
        rows.append([
            *(_value(column, event) for column in contract.columns),
            event["occurred_at"].replace(tzinfo=None, minute=0, second=0, microsecond=0),
            appended.replace(second=0, microsecond=0),
            event["partition"], event["offset"], appended,
        ])  # fmt: skip
    columns = zip(*rows, strict=True) if rows else [()] * len(schema)
    return pyarrow.table([pyarrow.array(c, kind) for c, kind in zip(columns, schema.types, strict=True)], schema=schema)
