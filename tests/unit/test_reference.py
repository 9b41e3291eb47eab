"""docs/reference is what the code gives, and gives it all: commands, DAGs, views, columns, formulas."""

import difflib
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import typer.main
import yaml

from crm.cli.main import app
from crm.models import delta_models
from crm.settings import ROOT
from reference.__main__ import PAGES
from reference.markdown import table
from reference.metrics import expressions, grain

COMMITTED = ROOT / "docs" / "reference"
PROJECT = ROOT / "dbt_project"
VIEWS = [file for file in sorted((PROJECT / "models" / "serving").glob("*.yml")) if file.with_suffix(".sql").exists()]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pages as this checkout gives them, made by a process of its own, with neither stack nor log-ins."""
    folder = tmp_path_factory.mktemp("reference")
    command = [sys.executable, "-W", "ignore", "-m", "reference", str(folder / "pages")]
    environment = os.environ | {"CRM_VAR": str(folder / "var")}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-4000:]
    return folder / "pages"


def described(file: Path) -> dict:
    """What a view's .yml says of it."""
    document = yaml.safe_load(file.read_text(encoding="utf-8"))
    return next(entry for entry in document["models"] if entry["name"] == file.stem)


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_what_the_code_gives(made: Path, name: str) -> None:
    committed, given = ((folder / name).read_text(encoding="utf-8").splitlines() for folder in (COMMITTED, made))
    changed = "\n".join(difflib.unified_diff(committed, given, f"docs/reference/{name}", "the code", lineterm="", n=0))
    assert not changed, f"docs/reference/{name} is not what the code gives: run `make reference`\n{changed[:3000]}"


def test_no_page_is_left_over() -> None:
    assert {file.name for file in COMMITTED.iterdir()} == set(PAGES)


def test_every_command_and_option_is_there() -> None:
    page = (COMMITTED / "cli.md").read_text(encoding="utf-8")

    def check(command, name: str) -> int:
        assert f"# `{name}`\n" in page, name
        for parameter in command.params:
            assert all(
                f"`{option}" in page or f", {option}" in page for option in parameter.opts if option[0] == "-"
            ), name
        return 1 + sum(check(child, f"{name} {child.name}") for child in getattr(command, "commands", {}).values())

    assert check(typer.main.get_command(app), "crm") > 20


def test_every_dag_is_there_with_its_runbook() -> None:
    page = (COMMITTED / "dags.md").read_text(encoding="utf-8")
    files = sorted((ROOT / "dags").glob("*.py"))
    assert re.findall(r"^## `(\w+)`$", page, re.MULTILINE) == [file.stem for file in files]
    for file in files:
        assert file.read_text(encoding="utf-8").split('"""')[1].strip() in page, file.name
    assert "| `grace_seconds` | null or integer | none | minimum 0, maximum 600 |" in page


@pytest.mark.parametrize("file", VIEWS, ids=lambda file: file.stem)
def test_every_column_is_there_with_its_formula(file: Path) -> None:
    page = (COMMITTED / "metrics.md").read_text(encoding="utf-8")
    section = re.split(r"^##+ ", page.split(f"### `{file.stem}`\n")[1], flags=re.MULTILINE)[0]
    rows = dict(re.findall(r"^\| `(\w+)` \| (.*) \|$", section, re.MULTILINE))
    columns = described(file)["columns"]
    assert list(rows) == [column["name"] for column in columns]
    for column in columns:
        stated = column.get("config", {}).get("meta", {}).values()
        assert all(str(value) in rows[column["name"]] for value in stated), column["name"]


@pytest.mark.parametrize("file", VIEWS, ids=lambda file: file.stem)
def test_what_a_formula_names_exists(file: Path) -> None:
    variables = yaml.safe_load((PROJECT / "dbt_project.yml").read_text(encoding="utf-8"))["vars"]
    columns = described(file)["columns"]
    known = (
        {column["name"] for column in columns}
        | {name for delta in delta_models() for name in delta.columns}
        | set(variables)
    )
    for column in columns:
        meta = column.get("config", {}).get("meta", {})
        assert meta.keys() <= {"formula", "unit", "source"}, column["name"]
        outside_quotes = re.sub(r"'[^']*'", "", meta.get("formula", ""))
        named = set(re.findall(r"\b[a-z0-9]+(?:_[a-z0-9]+)+\b", outside_quotes))
        assert named <= known, f"{file.name}: {column['name']}: {named - known}"


def test_the_demand_views_show_the_sums_of_their_macro() -> None:
    page = (COMMITTED / "metrics.md").read_text(encoding="utf-8")
    assert page.count("`sumIf(amount, kind = 'placed')`") == 3


def test_the_picture_joins_both_layers_at_the_views() -> None:
    page = (COMMITTED / "data-flow.md").read_text(encoding="utf-8")
    for layer in ("batch", "speed"):
        assert f"    {layer}_customer_demand_deltas --> customer_demand\n" in page
    for delta in delta_models():
        for source in delta.sources:
            assert f"    {source} --> batch_{delta.name}\n" in page
            assert f"    flink_{source} --> speed_{delta.name}\n" in page
    assert "    extended[(topic feedback)] --> enrichment[Flink: enrichment]\n    enrichment --> topic\n" in page
    for line in re.findall(r"^    (\w+) --> (\w+)$", page, re.MULTILINE):
        assert all(re.search(rf"\b{node}[\[({{]", page) for node in line), line


@pytest.mark.parametrize("delta", delta_models(), ids=lambda delta: delta.name)
def test_expressions_of_a_delta(delta) -> None:
    found = expressions(delta)
    assert list(found) == list(delta.columns)
    assert found["events"] == "COUNT(*)" and found["ingest_minute"] == "ingest_minute"


def test_grain_is_the_first_sentence() -> None:
    assert grain("-- One row per day. The rest.\nSELECT 1") == "One row per day"
    assert grain("-- One row: what the figures rest on.") == "One row: what the figures rest on"


def test_a_table_drops_what_is_empty_everywhere_and_keeps_a_cell_whole() -> None:
    assert table(("a", "b", "c"), [("1", "", "x | y"), ("2", "", "z\nz")]).splitlines() == [
        "| a | c |",
        "| --- | --- |",
        "| 1 | x \\| y |",
        "| 2 | z z |",
    ]
