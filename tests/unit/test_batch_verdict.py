"""A failed expectation is told with its figures and rows, and only a critical one stops the publication."""

from types import SimpleNamespace
from typing import Any

import pytest

from batch_layer.errors import ExpectationError
from batch_layer.verdict import judge as judged

ROWS = {"observed_value": 2, "details": {"unexpected_rows": [{"offset": 7, "reason": "kind: missing"}, {"offset": 9}]}}
VALUES = {"unexpected_count": 3, "element_count": 8, "partial_unexpected_list": [-1, -2, -2], "observed_value": None}


def outcome(
    success: bool, result: dict[str, Any], severity: str = "critical", description: str = "", **info: Any
) -> SimpleNamespace:
    config = SimpleNamespace(
        description=description, type="expect_values", kwargs={"column": "events", "batch_id": "b"}, severity=severity
    )
    return SimpleNamespace(success=success, expectation_config=config, result=result, exception_info=info)


def judge(*results: SimpleNamespace) -> tuple[dict[str, Any], list[str]]:
    said: list[str] = []
    run: Any = SimpleNamespace(run_results={1: SimpleNamespace(suite_name="served of orders", results=results)})
    return judged(run, said.append), said


def test_what_holds_is_counted() -> None:
    report, said = judge(outcome(True, {}))
    assert report == {"expectations": 1, "warnings": []}
    assert said == ["1 expectations hold"]


def test_a_failure_names_expectation_figures_and_rows() -> None:
    with pytest.raises(ExpectationError) as error:
        judge(outcome(True, {}), outcome(False, ROWS, description="Few are rejected."), outcome(False, VALUES))
    text = str(error.value)
    assert "2 of 3 expectations failed" in text
    assert "served of orders: Few are rejected." in text and "2 rows" in text and "'offset': 7" in text
    assert "expect_values(column=events)" in text and "3 of 8 values, such as [-1, -2, -2]" in text


def test_a_check_that_cannot_run_fails() -> None:
    info = {"metric": {"raised_exception": True, "exception_message": "no such table"}}
    with pytest.raises(ExpectationError, match="the check itself failed: no such table"):
        judge(outcome(False, {}, **info))


def test_a_warning_is_told_and_stops_nothing() -> None:
    report, said = judge(outcome(False, ROWS, severity="warning", description="Fresh."))
    assert len(report["warnings"]) == 1
    assert said[0].startswith("warning: served of orders: Fresh.")
