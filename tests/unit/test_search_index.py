"""The index has what the contract has, and both deployments' nodes can make it."""

import re
from dataclasses import replace

import pytest

from crm.contracts import landed_contracts
from search import documents, index

TYPES = {"string": {"keyword", "text"}, "integer": {"byte"}, "number": {"double"}, "timestamp": {"date"}}
POSITION = {"partition": "integer", "offset": "long", "append_time": "date"}
# What the embedded node has: Elasticsearch's own, and those of local/elasticsearch_node.
TOKENIZERS, FILTERS = {"standard"}, {"lowercase", "stop", "asciifolding", "cjk_width"}


def test_every_column_is_mapped_and_nothing_else() -> None:
    properties = index.definition()["mappings"]["properties"]
    columns = {column.name: column for column in documents.contract().columns}
    assert documents.contract().name in landed_contracts()
    assert properties.keys() - columns.keys() == POSITION.keys()
    assert columns.keys() <= properties.keys()
    for name, column in columns.items():
        assert properties[name]["type"] in TYPES[column.logical_type], name
    assert {name: properties[name]["type"] for name in POSITION} == POSITION
    assert index.definition()["mappings"]["dynamic"] == "strict"


def test_bounds_of_the_contract_fit_the_types() -> None:
    """A valid event must never be refused: byte holds -128 to 127, a keyword 32,766 bytes, four for a character."""
    for column in documents.contract().columns:
        kind = index.definition()["mappings"]["properties"][column.name]["type"]
        if kind == "byte":
            assert column.minimum >= -128 and column.maximum <= 127
        elif kind == "keyword":
            assert column.allowed or column.max_length * 4 <= 32_766, column.name


def test_the_analyzer_has_only_what_the_embedded_node_has() -> None:
    analyzers = index.definition()["settings"]["analysis"]["analyzer"]
    assert analyzers
    for analyzer in analyzers.values():
        assert analyzer["tokenizer"] in TOKENIZERS
        assert set(analyzer["filter"]) <= FILTERS


def test_a_changed_definition_has_another_digest() -> None:
    known = index.definition()["mappings"]["_meta"]["definition"]
    assert re.fullmatch("[0-9a-f]{10}", known)
    text = index.DEFINITION.read_text(encoding="utf-8")
    assert known not in text


def test_another_rule_of_what_is_valid_is_another_index(monkeypatch: pytest.MonkeyPatch) -> None:
    """An event that the former rule refused would be missing from it."""

    def digest() -> str:
        index.definition.cache_clear()
        return str(index.definition()["mappings"]["_meta"]["definition"])

    known, contract = digest(), documents.contract()
    limited = [replace(one, max_length=7) if one.name == "text" else one for one in contract.columns]
    described = [replace(one, description="other words") for one in contract.columns]
    monkeypatch.setattr(index, "contract", lambda: replace(contract, columns=tuple(described)))
    assert digest() == known
    monkeypatch.setattr(index, "contract", lambda: replace(contract, columns=tuple(limited)))
    assert digest() != known
    monkeypatch.undo()
    assert digest() == known
