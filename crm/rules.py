"""What a contract asks of each value, in the units that both engines compare: the input of the validity rule.

`crm.validity` writes it as ClickHouse text; the speed layer's format `contract-json` gets it as `rules()`.
docs/decisions/0002-contract-json-format.md states the rule and why it is written twice.
"""

import json
import re
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from crm.contracts import Bound, Column, Contract, ContractError

# Columns that the tables and views have beside a contract's own.
RESERVED = frozenset(
    {
        "partition",
        "offset",
        "append_time",
        "key",
        "value",
        "landed_at",
        "record_partition",
        "record_offset",
        "processed_at",
        "reject_reason",
    }
)
# Beyond these moments neither engine's timestamp or date is sure to hold the value; a contract's own bounds are narrower.
FIRST = datetime(1900, 1, 1, tzinfo=UTC)
LAST = datetime(2299, 12, 31, 23, 59, 59, 999_000, tzinfo=UTC)
# The column that says what kind of event it is, by which rules of other columns may differ.
KIND = "kind"
# Regular expressions that RE2, Java and Python read alike: ASCII letters, digits and classes of them, how often each.
PATTERN = re.compile(r"\^((\[([A-Za-z0-9](-[A-Za-z0-9])?)+\]|[A-Za-z0-9])([*+?]|\{[0-9]{1,3}(,[0-9]{0,3})?\})?)+\$")
# Decimal digits that a double keeps. A JSON number in double form beyond them is not what its sender wrote.
DOUBLE_DIGITS = 15


def precision(column: Column) -> int:
    """Digits of a `number` in all, at most 18: more would not fit the 64 bits that both engines compute with."""
    found = re.search(r"Decimal\((\d+),", column.clickhouse_type)
    digits = int(found[1]) if found else 0
    if not (column.scale < digits <= 18 and column.scale < DOUBLE_DIGITS):
        raise ContractError(
            f"{column.name}: physicalType {column.clickhouse_type!r} is no Decimal(p, s) with s < p <= 18 and s < 15: "
            "correct the contract"
        )
    return digits


def check(contract: Contract) -> None:
    """Raise ContractError where the contract's columns cannot become columns of the tables."""
    for column in contract.columns:
        if column.name in RESERVED or column.name.startswith("__"):
            raise ContractError(f"{contract.file.name}: {column.name}: the platform uses this name: rename the field")
        if column.logical_type == "number":
            precision(column)
        if column.pattern and not (column.logical_type == "string" and PATTERN.fullmatch(column.pattern)):
            raise ContractError(
                f"{contract.file.name}: {column.name}: pattern {column.pattern!r}: a text's pattern is ^ and $ around ASCII letters, "
                "digits and classes of them, such as ^[A-Z]{3}$"
            )
        _check_kinds(contract, column)
    if not contract.column(contract.key).required:
        raise ContractError(f"{contract.file.name}: {contract.key}: the deduplication key must be required: true")


def kinds(contract: Contract) -> tuple[str, ...]:
    """The kinds of its events; none where it does not tell them apart."""
    return next((column.allowed for column in contract.columns if column.name == KIND and column.required), ())


def _check_kinds(contract: Contract, column: Column) -> None:
    field = f"{contract.file.name}: {column.name}"
    if unknown := {*column.required_by_kind, *dict(column.minimum_by_kind)} - {*kinds(contract)}:
        named = ", ".join(sorted(unknown))
        raise ContractError(f"{field}: {named}: none of the values that the required column {KIND} enumerates")
    if column.minimum_by_kind and column.logical_type == "string":
        raise ContractError(f"{field}: minimumByKind: a text has no minimum")
    if looser := [kind for kind, _ in column.minimum_by_kind if bounds(column.of_kind(kind))[0] < bounds(column)[0]]:
        raise ContractError(f"{field}: minimumByKind: {', '.join(looser)}: less than the column's own minimum")


def milliseconds(moment: datetime) -> int:
    """Milliseconds since 1970; a moment without a zone is in UTC."""
    since = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - datetime(1970, 1, 1, tzinfo=UTC)
    return since.days * 86_400_000 + since.seconds * 1000 + since.microseconds // 1000


def days(day: date) -> int:
    """Days since 1970-01-01."""
    return day.toordinal() - date(1970, 1, 1).toordinal()


def bounds(column: Column) -> tuple[int, int]:
    """Lowest and highest value of a number (unscaled), an integer, a date (days since 1970) or a timestamp (ms since 1970),
    both inclusive.
    """
    if column.logical_type == "date":
        first, last = column.minimum or FIRST.date(), column.maximum or LAST.date()
        assert isinstance(first, date) and isinstance(last, date)
        return max(days(FIRST.date()), days(first)), min(days(LAST.date()), days(last))
    if column.logical_type == "timestamp":
        low, high = column.minimum or FIRST, column.maximum or LAST
        assert isinstance(low, datetime) and isinstance(high, datetime)
        return max(milliseconds(FIRST), milliseconds(low)), min(milliseconds(LAST), milliseconds(high))
    if column.logical_type == "integer":
        width = re.search(r"Int(8|16|32)\b", column.clickhouse_type)
        # Not down to Int64's least value: the format keeps it for what is no number.
        widest = 2 ** (int(width[1]) - 1) - 1 if width else 2**63 - 1
        lowest = -widest - 1 if width else -widest
    else:
        widest = 10 ** precision(column) - 1
        lowest = -widest

    def unscaled(bound: Bound | None, otherwise: int) -> int:
        return int(bound.scaleb(column.scale)) if isinstance(bound, Decimal) else otherwise

    return max(unscaled(column.minimum, lowest), lowest), min(unscaled(column.maximum, widest), widest)


def rules(contract: Contract) -> str:
    """The rule as compact JSON, for the Flink format's option `contract-json.rules`."""
    check(contract)
    columns: list[dict[str, Any]] = []
    for column in contract.columns:
        rule: dict[str, Any] = {"name": column.name, "type": column.logical_type, "required": column.required}
        if column.logical_type == "string":
            rule |= {"minLength": column.min_length, "maxLength": column.max_length}
            rule |= {"allowed": list(column.allowed) or None, "pattern": column.pattern or None}
        else:
            # As texts: JSON numbers end at 2^53.
            low, high = bounds(column)
            rule |= {"minimum": str(low), "maximum": str(high)}
            rule |= {
                "minimumByKind": {kind: str(bounds(column.of_kind(kind))[0]) for kind, _ in column.minimum_by_kind}
                or None
            }
        if column.logical_type == "number":
            rule |= {"precision": precision(column), "scale": column.scale}
        rule |= {"requiredByKind": list(column.required_by_kind) or None}
        columns.append({name: value for name, value in rule.items() if value is not None})
    return json.dumps({"kinds": kinds(contract), "columns": columns}, separators=(",", ":"), ensure_ascii=True)
