"""Every delta model in a third engine: its own SELECT, run by DuckDB over the oracle's rows, and what ClickHouse holds of it.

A new model is compared as soon as its files are there. DuckDB's sums of decimals are exact, as both layers' are.
"""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow
from clickhouse_connect.driver.client import Client

from crm import clickhouse
from crm.models import DeltaModel, table

SQL = Path(__file__).parent / "sql"
Row = tuple[Any, ...]  # values in the order of the model's columns


def computed(model: DeltaModel, staged: Mapping[str, pyarrow.Table]) -> Counter[Row]:
    """The model's rows, counted, by its SELECT over `staged`: rows of the staging of each contract, by the contract's name."""
    with duckdb.connect() as engine:
        for source in model.sources:
            engine.register(source, staged[source.removeprefix("stg_")])
        # The one spelling that the engines do not share: how a name that is a keyword is quoted.
        found = engine.execute(model.select.replace("`", '"'))
        assert [name for name, *_ in found.description] == list(model.columns), model.name
        return Counter(found.fetchall())


def merged(client: Client, model: DeltaModel, generation: int, boundary: datetime) -> Counter[Row]:
    """The model's rows in ClickHouse, counted: of the batch layer's `generation` before the boundary, of speed from it on."""
    bound = {"table": table(model.name), "generation": generation, "boundary": boundary}
    rows = clickhouse.rows(client, clickhouse.sql(SQL / "merged_deltas.sql"), bound)
    return Counter(tuple(plain(row[name]) for name in model.columns) for row in rows)


def plain(value: Any) -> Any:
    """A value as DuckDB gives it: moments are in UTC and do not say so."""
    return value.replace(tzinfo=None) if isinstance(value, datetime) else value


def differences(model: DeltaModel, found: Counter[Row], expected: Counter[Row]) -> str:
    """How many rows differ, and some of them."""
    extra, missing = found - expected, expected - found

    def some(rows: Counter[Row]) -> list[dict[str, Any]]:
        return [dict(zip(model.columns, row, strict=True)) for row in sorted(rows, key=repr)[:3]]

    return (
        f"of {expected.total()} rows {missing.total()} are missing, e.g. {some(missing)}, "
        f"and {extra.total()} are too many, e.g. {some(extra)}"
    )
