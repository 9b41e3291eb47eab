"""dbt's sources.yml says of the raw events what the contracts say."""

import yaml

from crm.contracts import landed_contracts
from crm.settings import ROOT

SOURCES = ROOT / "dbt_project" / "models" / "sources.yml"
RECORD = {"partition": "Int32", "offset": "Int64", "append_time": "DateTime64(3, 'UTC')", "value": "Nullable(String)"}


def tables(source: str) -> dict[str, dict]:
    """The tables that sources.yml declares in a source, by name."""
    document = yaml.safe_load(SOURCES.read_text(encoding="utf-8"))
    found = next(entry for entry in document["sources"] if entry["name"] == source)
    return {table["name"]: table for table in found["tables"]}


def test_every_contract_is_a_source_and_every_source_a_contract() -> None:
    assert set(tables("raw")) == {f"{contract.topic}_events" for contract in landed_contracts().values()}


def test_columns_types_and_descriptions_are_the_contracts() -> None:
    for contract in landed_contracts().values():
        declared = tables("raw")[f"{contract.topic}_events"]["columns"]
        types = {column.name: column.clickhouse_type for column in contract.columns}
        expected = RECORD | types | {"reject_reason": "String"}
        assert {column["name"]: column["data_type"] for column in declared} == expected
        assert [column["name"] for column in declared] == list(expected)
        described = {column["name"]: column["description"].strip() for column in declared}
        for column in contract.columns:
            assert described[column.name] == column.description.strip(), column.name


def test_every_column_of_ops_is_described() -> None:
    for name, table in tables("ops").items():
        assert all(column["description"] and column["data_type"] for column in table["columns"]), name
