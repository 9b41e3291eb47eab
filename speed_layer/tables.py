"""The tables that Flink writes: their ClickHouse DDL and the Flink sink over each, computed from a delta model's columns."""

import re
from pathlib import Path

import jinja2

from crm.credentials import password
from crm.errors import CrmError
from crm.models import DeltaModel, definition, table
from crm.settings import settings

SQL = Path(__file__).parent / "sql"

# ClickHouse's type of a delta column -> Flink's. Only types whose sums, counts, minima and maxima agree in both engines.
_FLINK_TYPES = {
    "String": "STRING",
    "Int64": "BIGINT",
    "Date32": "DATE",
    "DateTime('UTC')": "TIMESTAMP(3)",
    "DateTime64(3, 'UTC')": "TIMESTAMP(3)",
}


def flink_type(clickhouse_type: str, where: str) -> str:
    """Flink's type of a delta column; raises CrmError for a type that the two engines do not share."""
    bare = re.sub(r"^Nullable\((.*)\)$", r"\1", clickhouse_type)
    if decimal := re.fullmatch(r"Decimal\((\d+), ?(\d+)\)", bare):
        return f"DECIMAL({decimal[1]}, {decimal[2]})"
    if bare not in _FLINK_TYPES:
        raise CrmError(
            f"{where}: type {clickhouse_type!r} is not shared by both engines; use one of {', '.join(_FLINK_TYPES)}, Decimal(p, s)"
        )
    return _FLINK_TYPES[bare]


def render(name: str, /, **values: object) -> str:
    """A file of `sql/` with its `{{ names }}` filled in; a name without a value is an error."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(SQL),
        undefined=jinja2.StrictUndefined,
        autoescape=False,
        keep_trailing_newline=False,
    )
    return environment.get_template(name).render(values).strip()


def clickhouse_table(model: DeltaModel) -> str:
    """CREATE TABLE of the model's speed table under this definition.

    `events`, the count behind a row, is the version: a replayed, less complete row never replaces a more complete one.
    The column order is that of the sink, which inserts without a column list.
    """
    return render(
        "clickhouse/create_speed_table.sql", table=table(model.name), columns=model.columns, grain=model.grain
    )


def flink_sink(model: DeltaModel) -> str:
    """CREATE TABLE of the JDBC sink over the model's speed table."""
    here = settings()
    return render(
        "flink/create_sink.sql",
        name=f"sink_{model.name}",
        columns={name: flink_type(kind, f"{model.name}.{name}") for name, kind in model.columns.items()},
        grain=model.grain,
        host=here.clickhouse_host,
        port=here.ports.clickhouse_http,
        table=table(model.name, definition()),
        password=password("flink"),
        flush_rows=here.speed_sink_flush_rows,
        flush_interval=here.speed_sink_flush_interval,
    )
