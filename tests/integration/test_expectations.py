"""Great Expectations' own expectations, which are of columns, find what is wrong: run as before a publication, on ClickHouse."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from batch_layer import checks
from crm import clickhouse
from crm.contracts import Column, Contract, landed_contracts
from crm.models import delta_models, table

pytestmark = [
    pytest.mark.stack,
    # Great Expectations uses what its own dependencies deprecate.
    pytest.mark.filterwarnings("ignore"),
]
GENERATION = 4_000_000_000  # nobody's
START = datetime(2026, 1, 1)
STEPS: dict[str, Any] = {"date": timedelta(days=1), "timestamp": timedelta(milliseconds=1)}


def right(column: Column) -> Any:
    """A value that the contract allows."""
    if column.allowed:
        return column.allowed[0]
    if column.minimum is not None:
        return column.minimum
    plain: dict[str, Any] = {"integer": 0, "number": Decimal(0), "date": date(2026, 1, 1), "timestamp": START}
    return plain.get(column.logical_type, "x" * (column.min_length or 1))


def wrong(column: Column) -> list[Any]:
    """Values, one for each limit of the contract that an expectation is computed from."""
    if column.logical_type == "string":
        return ["none of these"] * bool(column.allowed) + [""] * bool(column.required and column.min_length)
    # Staging writes one less than the minimum for what is missing.
    step = STEPS.get(column.logical_type, 1)
    below = step if column.required or column.logical_type in STEPS else 2 * step
    found: list[Any] = []
    if column.minimum is not None:
        found.append(column.minimum - below)
    if column.maximum is not None:
        found.append(column.maximum + step)
    return found


def planted(name: str, row: dict[str, Any], wrong: dict[str, list[Any]]) -> None:
    """Rows of the generation that are right but for one column each, and one that is right."""
    rows = [row, *(row | {column: value} for column, values in wrong.items() for value in values)]
    rows = [one | {"generation": GENERATION, "ingest_minute": START} for one in rows]
    values = [
        [value.replace(tzinfo=UTC) if isinstance(value, datetime) else value for value in one.values()] for one in rows
    ]
    clickhouse.connect("batch").insert(f"batch.{table(name)}", values, column_names=list(rows[0]))


def plain(value: Any) -> str:
    """The value in one form, whatever type the two ways of ClickHouse's driver give it."""
    if isinstance(value, datetime):
        return value.replace(tzinfo=None).isoformat(timespec="milliseconds")
    return f"{value:.2f}" if isinstance(value, int | Decimal) else str(value)


def staged(contract: Contract) -> list[Column]:
    """The columns that staging keeps: of a text, only whether there is one."""
    described = clickhouse.rows(clickhouse.connect("batch"), f"DESCRIBE TABLE batch.{table(f'stg_{contract.name}')}")
    kept = {row["name"] for row in described}
    return [column for column in contract.columns if column.name in kept]


def test_each_expectation_of_a_column_is_seen_to_fail(stack: None, monkeypatch: pytest.MonkeyPatch) -> None:
    from expectations import served

    bad: dict[tuple[str, str], list[Any]] = {}
    for contract in landed_contracts().values():
        columns = staged(contract)
        of_contract = {column.name: wrong(column) for column in columns if wrong(column)}
        planted(f"stg_{contract.name}", {column.name: right(column) for column in columns}, of_contract)
        bad |= {(f"arrivals of {contract.name}", column): values for column, values in of_contract.items()}
    for model in delta_models():
        counts = [name for name in model.measures if model.columns[name] == "Int64" and name not in served.SIGNED]
        planted(model.name, dict.fromkeys(counts, 1), {name: [-1] for name in counts})
        bad |= {(f"served {model.name}", name): [-1] for name in counts}
    results: list[Any] = []
    monkeypatch.setattr(checks, "judge", lambda result, _: results.append(result))
    try:
        checks.check(GENERATION, START, START + timedelta(minutes=1))
    finally:
        names = [f"stg_{contract.name}" for contract in landed_contracts().values()]
        for name in (*names, *(model.name for model in delta_models())):
            clickhouse.connect("batch").command(f"ALTER TABLE batch.{table(name)} DROP PARTITION {GENERATION}")
    found: dict[tuple[str, str], set[str]] = {}
    for validation in results[0].run_results.values():
        for one in validation.results:
            if column := one.expectation_config.kwargs.get("column"):
                assert not one.success, one
                values = map(plain, one.result["partial_unexpected_list"])
                found.setdefault((validation.suite_name, column), set()).update(values)
    assert found == {where: set(map(plain, values)) for where, values in bad.items()}
