"""Both stagings of each contract say what the convention says: the columns in order, and what stands for an absent value."""

import re
from pathlib import Path

import pytest

from crm.contracts import Column, Contract
from crm.rules import precision
from crm.settings import ROOT
from tests import staging

BATCH = ROOT / "dbt_project" / "models" / "staging"
SPEED = ROOT / "speed_layer" / "sql" / "flink"


def selected(file: Path) -> dict[str, str]:
    """The columns of the outer SELECT of a file, in order, with their expressions; comments, quotes and case aside."""
    text = re.sub(r"--.*", "", file.read_text(encoding="utf-8")).replace("`", "")
    outer = text[: re.search(r"^FROM\b", text, re.M).start()].strip().removeprefix("SELECT")  # type: ignore[union-attr]
    found, depth, items = {}, 0, [""]
    for letter in outer:
        depth += (letter == "(") - (letter == ")")
        items = [*items, ""] if letter == "," and not depth else [*items[:-1], items[-1] + letter]
    for item in items:
        expression, _, name = item.strip().rpartition(" AS ")
        found[name] = expression.lower() or name
    return found


def in_clickhouse(column: Column) -> str:
    """The column's expression in the batch layer's text."""
    name = column.name
    if staging.is_long(column):
        text = name if column.required else f"coalesce({name}, '')"
        return f"if({text} = '', 0, 1)"
    if column.required:
        return name
    match column.logical_type:
        case "string":
            return f"coalesce({name}, '')"
        case "date":
            return f"coalesce({name}, todate32(occurred_at, 'utc'))"
        case _:
            return f"coalesce({name}, {staging.below(column)})"


def in_flink(column: Column) -> str:
    """The column's expression in the speed layer's text."""
    name = column.name
    if staging.is_long(column):
        text = name if column.required else f"coalesce({name}, '')"
        return f"case when {text} = '' then 0 else 1 end"
    if column.required:
        return name
    match column.logical_type:
        case "string":
            return f"coalesce({name}, '')"
        case "date":
            return f"coalesce({name}, cast(occurred_at as date))"
        case "number":
            return f"coalesce({name}, cast({staging.below(column)} as decimal({precision(column)}, {column.scale})))"
        case _:
            return f"coalesce({name}, {staging.below(column)})"


@pytest.mark.parametrize("contract", staging.landed(), ids=lambda contract: contract.name)
def test_both_stagings_follow_the_convention(contract: Contract) -> None:
    batch, speed = selected(BATCH / f"stg_{contract.name}.sql"), selected(SPEED / f"stg_{contract.name}.sql")
    own, derived = staging.names(contract), list(staging.DERIVED)
    assert list(batch) == [*own, *derived, *staging.POSITION]
    # Flink carries a record's position only where a model asks for it.
    assert list(speed) in ([*own, *derived], [*own, *derived, *staging.POSITION])
    for column, name in zip(contract.columns, own, strict=True):
        assert batch[name] == in_clickhouse(column)
        assert speed[name] == in_flink(column)


@pytest.mark.parametrize("contract", staging.landed(), ids=lambda contract: contract.name)
def test_no_text_is_taken_for_the_absence_of_one(contract: Contract) -> None:
    for column in contract.columns:
        if column.logical_type == "string" and not column.required and not staging.is_long(column):
            assert column.min_length or column.allowed, f"{column.name}: '' is a text, too: state a minLength"
            assert "" not in column.allowed
