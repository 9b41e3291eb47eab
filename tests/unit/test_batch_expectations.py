"""Expectations are computed from contracts and models: one that is missing lets wrong figures through."""

from datetime import datetime

import pytest

from crm.contracts import landed_contracts
from crm.models import delta_models
from expectations.queries import SQL, unexpected

START, END = datetime(2026, 3, 1), datetime(2026, 3, 2)


@pytest.mark.filterwarnings("ignore")  # Great Expectations uses what its own dependencies deprecate
def test_every_rule_of_a_contract_has_its_expectation() -> None:
    from expectations import arrivals

    for contract in landed_contracts().values():
        for column in contract.columns:
            kinds = {type(expectation).__name__ for expectation in arrivals.of_column(column)}
            needs_text = column.required and column.logical_type == "string" and bool(column.min_length)
            assert ("ExpectColumnValuesToNotBeInSet" in kinds) == needs_text
            assert ("ExpectColumnValuesToBeInSet" in kinds) == bool(column.allowed)
            bounded = column.minimum is not None or column.maximum is not None
            assert ("ExpectColumnValuesToBeBetween" in kinds) == bounded
        assert len(arrivals.of_topic(contract, 1, START, END)) == 5


@pytest.mark.filterwarnings("ignore")
def test_a_model_is_checked_for_counts_keys_and_totals() -> None:
    from expectations import served

    for model in delta_models():
        expectations = served.of_model(model, 1, START, END)
        assert "events" in {getattr(expectation, "column", None) for expectation in expectations}
        assert any("one row per" in (expectation.description or "") for expectation in expectations)
        assert any("as many events as" in (expectation.description or "") for expectation in expectations)


def test_moments_and_texts_are_filled_in_as_literals() -> None:
    text = unexpected("landed_boundary.sql", topic="it's", range_end=END)
    assert r"'it\'s'" in text and "toDateTime('2026-03-02 00:00:00', 'UTC')" in text


def test_every_query_ends_with_a_limit() -> None:
    # What a query finds is fetched whole and shown: a broken range could be millions of rows.
    for file in SQL.rglob("*.sql"):
        assert file.read_text().rstrip().endswith("LIMIT {{ shown }}"), file.name
