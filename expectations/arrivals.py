"""What must hold of the events that arrived in a range, computed from their contract."""

from datetime import date, datetime
from typing import Any

import great_expectations.expectations as gxe
from great_expectations.expectations.expectation import Expectation
from great_expectations.expectations.metadata_types import FailureSeverity

from crm.contracts import Bound, Column, Contract
from crm.settings import settings
from expectations.queries import unexpected
from expectations.rows import ExpectNoRows

# A share of rejects says nothing about a handful of records: from this many on, a broken producer shows.
ENOUGH_RECORDS = 1_000
# Records per minute against the mean of the day before: beyond a factor of 100, either way, a source has most likely stopped
# or is being loaded again. A load of history does just that on purpose, so it warns and does not stop.
IMPLAUSIBLE_FACTOR = 100
# Nothing new for an hour is worth a look, yet a shop may sleep: it warns and does not stop.
STALE_MINUTES = 60


def _bound(value: Bound | None) -> Any:
    if isinstance(value, datetime):
        return value.replace(tzinfo=None)
    if isinstance(value, date):
        return value
    return None if value is None else int(value) if value == int(value) else float(value)


def of_column(column: Column) -> list[Expectation]:
    """The expectations of one column of the valid, distinct events.

    Staging writes '' for a missing text, and one less than the minimum for a missing number. It has no NULL, so that a required
    field is looked for in the bytes: `of_topic`.
    """
    name = column.name
    expected: list[Expectation] = []
    if column.required and column.logical_type == "string" and column.min_length:
        expected.append(gxe.ExpectColumnValuesToNotBeInSet(column=name, value_set=[""]))
    if column.allowed:
        values = list(column.allowed) if column.required else ["", *column.allowed]
        expected.append(gxe.ExpectColumnValuesToBeInSet(column=name, value_set=values))
    if column.minimum is not None or column.maximum is not None:
        # Not the smallest and the largest value: of no rows, ClickHouse's are 0.
        low, high = _bound(column.minimum), _bound(column.maximum)
        if low is not None and not column.required and column.logical_type in ("integer", "number"):
            low -= 1
        expected.append(gxe.ExpectColumnValuesToBeBetween(column=name, min_value=low, max_value=high))
    return expected


def of_topic(contract: Contract, generation: int, start: datetime, end: datetime) -> list[Expectation]:
    """The expectations of a topic's records as a whole; the batch under test is any."""
    known: dict[str, Any] = {"topic": contract.topic, "generation": generation, "range_start": start, "range_end": end}
    share = settings().max_reject_share
    return [
        ExpectNoRows(
            description=f"raw.{contract.topic}_events has the contract's columns and types.",
            unexpected_rows_query=unexpected(
                "schema.sql", columns={c.name: c.clickhouse_type for c in contract.columns}, **known
            ),
        ),
        ExpectNoRows(
            description=f"Every valid record of {contract.topic} has the fields that the contract requires.",
            unexpected_rows_query=unexpected(
                "required.sql", required=[c.name for c in contract.columns if c.required], **known
            ),
        ),
        ExpectNoRows(
            description=f"At most {share * 100:.4g}% of {ENOUGH_RECORDS} records or more are rejected (CRM_MAX_REJECT_SHARE; reasons: ops.rejects).",
            unexpected_rows_query=unexpected("rejects.sql", percent=share * 100, enough=ENOUGH_RECORDS, **known),
        ),
        ExpectNoRows(
            description=f"Records per minute stay within a factor of {IMPLAUSIBLE_FACTOR} of the mean of the day before.",
            unexpected_rows_query=unexpected("volume.sql", factor=IMPLAUSIBLE_FACTOR, enough=ENOUGH_RECORDS, **known),
            severity=FailureSeverity.WARNING,
        ),
        ExpectNoRows(
            description=f"The newest record is at most {STALE_MINUTES} minutes old at the boundary.",
            unexpected_rows_query=unexpected("freshness.sql", minutes=STALE_MINUTES, **known),
            severity=FailureSeverity.WARNING,
        ),
    ]
