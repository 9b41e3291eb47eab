"""What commands print: texts of data as they stand, and JSON that every reader takes."""

import json
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from crm.cli.output import print_facts, print_json, print_record, print_rows

MARKUP = ["[sale] shoes", "[/b]", "shop:100:paid", "[red]x[/red]", "\\[x]"]


@pytest.mark.parametrize("text", MARKUP)
def test_no_text_is_taken_for_markup(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    print_rows([{text: text, "n": 1}], f"title {text}")
    print_facts({text: text}, f"title {text}")
    print_rows([], f"title {text}")
    shown = capsys.readouterr().out
    assert shown.count(f"title {text}") == 3
    assert shown.count(text) == 7


def test_numbers_are_to_the_right_and_nothing_is_empty(capsys: pytest.CaptureFixture[str]) -> None:
    print_rows([{"amount": Decimal("1.50"), "text": "x"}, {"amount": None, "text": None}])
    lines = capsys.readouterr().out.splitlines()
    assert "│   1.50 │ x    │" in lines and "│        │      │" in lines


def test_a_record_in_a_record_is_shown_by_itself(capsys: pytest.CaptureFixture[str]) -> None:
    models = {"a_deltas": {"rows": 7, "reasons": {}}, "b_deltas": {"rows": 8, "reasons": {"late": 2, "gone": 1}}}
    compared = {"rows_compared": 15, "range_end": date(2026, 1, 31), "models": models}
    print_record(
        {"published": True, "landed": [{"topic": "t", "records": 5}], "reconciliation": compared, "dropped": ["x", "y"], "left": {}},
        "batch run",
    )  # fmt: skip
    shown = capsys.readouterr().out
    assert not set("{}[]'") & set(shown)
    words = [" ".join(line.replace("│", " ").split()) for line in shown.splitlines()]
    for line in ("published True", "dropped x, y", "left", "t 5", "rows_compared 15", "range_end 2026-01-31"):
        assert line in words
    assert words.index("reconciliation") < words.index("models") < words.index("a_deltas 7")
    assert "b_deltas 8 late: 2, gone: 1" in words


@pytest.mark.parametrize(
    ("value", "printed"),
    [
        ({"a": float("nan"), "b": [float("inf"), (-float("inf"), 1.5)]}, {"a": None, "b": [None, [None, 1.5]]}),
        ([{"m": {date(2026, 1, 31): Decimal("1.10")}}], [{"m": {"2026-01-31": "1.10"}}]),
        ({1: "a", float("nan"): "b", ("c", 2): "c"}, {"1": "a", "nan": "b", "('c', 2)": "c"}),
        ({"at": date(2026, 1, 31), "n": 10**20, "t": "ü"}, {"at": "2026-01-31", "n": 10**20, "t": "ü"}),
    ],
)
def test_json_is_json(value: Any, printed: Any, capsys: pytest.CaptureFixture[str]) -> None:
    def refused(text: str) -> None:
        raise ValueError(f"{text} is no JSON")

    print_json(value)
    assert json.loads(capsys.readouterr().out, parse_constant=refused) == printed
