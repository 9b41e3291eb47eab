"""The dbt project's conventions: one .yml beside each .sql, every column described, contracts on what people query."""

import re
from pathlib import Path

import pytest
import yaml

from crm.contracts import landed_contracts
from crm.models import delta_models
from crm.settings import ROOT

PROJECT = ROOT / "dbt_project"
MODELS = sorted((PROJECT / "models").rglob("*.sql"))
FUNCTIONS = {"COUNT", "SUM", "MIN", "MAX"}


def described(model: Path) -> dict:
    """What the .yml of a model says of it."""
    document = yaml.safe_load(model.with_suffix(".yml").read_text(encoding="utf-8"))
    return next(entry for entry in document["models"] if entry["name"] == model.stem)


def test_there_are_models() -> None:
    assert {"staging", "deltas", "marts", "serving"} <= {model.parent.name for model in MODELS}


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.stem)
def test_model_and_columns_are_described(model: Path) -> None:
    entry = described(model)
    assert entry["description"]
    assert entry["columns"]
    for column in entry["columns"]:
        assert column["description"] and column["data_type"], column["name"]


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.stem)
def test_first_line_is_the_grain(model: Path) -> None:
    assert re.match(r"-- One row(:| per )", model.read_text(encoding="utf-8"))


def test_contracts_are_enforced_on_serving() -> None:
    project = yaml.safe_load((PROJECT / "dbt_project.yml").read_text(encoding="utf-8"))
    serving = project["models"]["crm_lambda"]["serving"]
    assert serving["+contract"] == {"enforced": True}
    assert serving["+sql_security"] == "definer"


@pytest.mark.parametrize("delta", delta_models(), ids=lambda delta: delta.name)
def test_yml_lists_the_columns_of_the_select_in_its_order(delta) -> None:
    selected = delta.select[: delta.select.index("\nFROM")]
    selected = re.sub(r"^--.*$|`", "", selected, flags=re.M).replace("SELECT", "", 1)
    names = [re.split(r"\s+", item.strip())[-1] for item in re.split(r",(?![^(]*\))", selected)]
    assert names == list(delta.columns)
    grouped = delta.select[delta.select.index("GROUP BY") + len("GROUP BY") :]
    assert tuple(name.strip(" \n`") for name in grouped.split(",")) == delta.grain


@pytest.mark.parametrize("delta", delta_models(), ids=lambda delta: delta.name)
def test_a_delta_uses_only_what_both_engines_compute_alike(delta) -> None:
    text = re.sub(r"--.*", "", delta.select)
    assert {name.upper() for name in re.findall(r"(\w+)\(", text)} <= FUNCTIONS
    (source,) = delta.sources
    assert source in {f"stg_{contract}" for contract in landed_contracts()}
    assert delta.columns["ingest_minute"] == "DateTime('UTC')"
