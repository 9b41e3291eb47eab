"""What must hold of the rows that are about to be served."""

from datetime import datetime
from typing import Any

import great_expectations.expectations as gxe
from great_expectations.expectations.expectation import Expectation

from crm.contracts import Contract
from crm.models import DeltaModel, table
from expectations.queries import has, unexpected
from expectations.rows import ExpectNoRows

# Sums of a signed field. Every other Int64 measure counts something.
SIGNED = {"units"}


def of_model(model: DeltaModel, generation: int, start: datetime, end: datetime) -> list[Expectation]:
    """The expectations of a delta model's rows; the batch under test is those of the generation and range."""
    known: dict[str, Any] = {"generation": generation, "range_start": start, "range_end": end}
    counts = [name for name in model.measures if model.columns[name] == "Int64" and name not in SIGNED]
    return [
        *(gxe.ExpectColumnValuesToBeBetween(column=name, min_value=1 if name == "events" else 0) for name in counts),
        ExpectNoRows(
            description=f"{model.name}: one row per {', '.join(model.grain)}.",
            unexpected_rows_query=unexpected("unique.sql", grain=model.grain),
        ),
        *(
            ExpectNoRows(
                description=f"{model.name}: in every minute of arrival, as many events as {source}.",
                unexpected_rows_query=unexpected("events_by_minute.sql", staging=table(source), **known),
            )
            for source in model.sources
        ),
    ]


def of_contract(contract: Contract, generation: int, start: datetime, end: datetime) -> list[Expectation]:
    """The expectations that hold a topic's served figures against its raw records, and its landing against the boundary."""
    known: dict[str, Any] = {"topic": contract.topic, "generation": generation, "range_start": start, "range_end": end}
    expected: list[Expectation] = [
        ExpectNoRows(
            description=f"Every partition of {contract.topic} has landed up to the boundary.",
            unexpected_rows_query=unexpected("landed_boundary.sql", **known),
        ),
        ExpectNoRows(
            description=f"The landed offset ranges of {contract.topic} follow one another without a gap.",
            unexpected_rows_query=unexpected("landed_gaps.sql", **known),
        ),
    ]
    if has(f"totals/{contract.name}.sql"):
        query = unexpected(f"totals/{contract.name}.sql", table=table, key=contract.key, **known)
        expected.append(
            ExpectNoRows(
                description=f"Events and money of {contract.topic} equal those of its raw records.",
                unexpected_rows_query=query,
            )
        )
    return expected
