"""Each delta model's SELECT in two engines without services: DuckDB, the oracle's, and ClickHouse, inside the test."""

import itertools
from collections import Counter
from io import BytesIO
from pathlib import Path

import pyarrow
import pytest
from chdb.session import Session
from pyarrow import parquet

from crm.contracts import contracts
from crm.models import DeltaModel, delta_models
from tests import deltas, oracle, plausible, staging

RECORDS = 2000
FIRST = 1_767_225_600_000  # 2026-01-01, milliseconds since 1970; the records are 0.2 s apart


def staged(name: str) -> pyarrow.Table:
    """Staging rows of plausible events of a contract."""
    contract = contracts()[name]
    drawn = itertools.islice(plausible.records(contract, 1), RECORDS)
    records = [oracle.Record(0, n, FIRST + 200 * n, key, value) for n, (key, value) in enumerate(drawn)]
    return staging.table(name, oracle.distinct(records, contract))


def in_clickhouse(model: DeltaModel, source: pyarrow.Table, folder: Path) -> Counter[deltas.Row]:
    """The model's rows as ClickHouse computes them."""
    parquet.write_table(source, folder / "staged.parquet")
    session = Session()
    try:
        (stg,) = model.sources
        session.query(
            f"CREATE DATABASE IF NOT EXISTS t; CREATE OR REPLACE VIEW t.{stg} AS SELECT * FROM file('{folder}/staged.parquet')"  # noqa: S608  # our own names
        )
        answer = session.query(f"USE t; {model.select}", "Parquet").bytes()
    finally:
        session.close()
    rows = parquet.read_table(BytesIO(answer)).select(list(model.columns))
    return Counter(zip(*(map(deltas.plain, column.to_pylist()) for column in rows.columns), strict=True))


@pytest.mark.parametrize("model", delta_models(), ids=lambda model: model.name)
def test_both_engines_compute_the_same_rows(model: DeltaModel, tmp_path: Path) -> None:
    (name,) = (source.removeprefix("stg_") for source in model.sources)
    source = staged(name)
    found = deltas.computed(model, {name: source})
    columns = list(model.columns)
    assert sum(row[columns.index("events")] for row in found) == source.num_rows > RECORDS / 2
    assert len({tuple(row[columns.index(name)] for name in model.grain) for row in found}) == found.total()
    assert not any(value is None for row in found for value in row)
    assert in_clickhouse(model, source, tmp_path) == found
