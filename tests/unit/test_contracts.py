"""Contracts that extend another one, and which of them the layers read."""

from pathlib import Path

import pytest

from crm.contracts import CONTRACTS, ContractError, contracts, landed_contracts, read


def test_an_extending_contract_has_the_columns_of_both_and_what_it_does_not_state_itself() -> None:
    base, enriched = contracts()["feedback"], contracts()["feedback_enriched"]
    assert enriched.columns[: len(base.columns)] == base.columns
    assert [column.name for column in enriched.columns[len(base.columns) :]] == [
        "text_language", "sentiment", "sentiment_label", "enrichment_model",
    ]  # fmt: skip
    assert (enriched.key, enriched.horizon, enriched.partition_key) == (base.key, base.horizon, base.partition_key)
    assert enriched.topic != base.topic


def test_what_another_contract_extends_is_not_landed() -> None:
    assert {name for name, contract in contracts().items() if not contract.landed} == {"feedback"}
    assert landed_contracts().keys() == contracts().keys() - {"feedback"}


@pytest.fixture
def extending(tmp_path: Path) -> Path:
    """A copy of the contract that extends another one, beside a copy of that."""
    for name in ("feedback", "feedback_enriched"):
        file = CONTRACTS / f"{name}.odcs.yaml"
        (tmp_path / file.name).write_text(file.read_text(encoding="utf-8"), encoding="utf-8")
    return tmp_path / "feedback_enriched.odcs.yaml"


def test_a_column_that_both_state_is_refused(extending: Path) -> None:
    extending.write_text(extending.read_text(encoding="utf-8").replace("- name: sentiment\n", "- name: rating\n"))
    with pytest.raises(ContractError, match=r"feedback_enriched.*rating: stated twice"):
        read(extending)


def test_an_unknown_contract_cannot_be_extended(extending: Path) -> None:
    extending.write_text(extending.read_text(encoding="utf-8").replace("value: feedback}", "value: nothing}", 2))
    with pytest.raises(ContractError, match="nothing"):
        read(extending)


def test_what_a_contract_states_itself_comes_first(extending: Path) -> None:
    text = extending.read_text(encoding="utf-8")
    own = "  - {property: extends, value: feedback}\n  - {property: deduplicationHorizonHours, value: 48}\n"
    extending.write_text(text.replace("  - {property: extends, value: feedback}\n", own))
    assert read(extending).horizon.total_seconds() == 48 * 3600
