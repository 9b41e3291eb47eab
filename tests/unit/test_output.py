"""What commands print: texts of data as they stand, and JSON that every reader takes."""

import json
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from crm.cli.output import print_facts, print_json, print_rows

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
