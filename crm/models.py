"""The delta models of `dbt_project/models/deltas/`: the one SELECT that both layers run, its columns and its definition.

A model is a `.sql` file (a SELECT over `ref()`s that ClickHouse and Flink both run) and a `.yml` file that declares its
columns in the SELECT's order with their ClickHouse `data_type`, and under `meta.grain` the names of the grouping columns.
"""

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import jinja2
import yaml

from crm.contracts import landed_contracts
from crm.errors import CrmError
from crm.rules import rules
from crm.settings import ROOT
from crm.validity import view

DELTAS = ROOT / "dbt_project" / "models" / "deltas"
STAGING = ROOT / "dbt_project" / "models" / "staging"
RANGE = ROOT / "dbt_project" / "macros" / "range.sql"
SPEED_SQL = ROOT / "speed_layer" / "sql" / "flink"
FORMAT = ROOT / "speed_layer" / "connectors" / "src" / "main" / "java"


@dataclass(frozen=True)
class DeltaModel:
    """One pre-aggregate. `grain` are its grouping columns, among them `ingest_minute`; `columns` maps name to ClickHouse type."""

    name: str
    select: str
    columns: dict[str, str]
    grain: tuple[str, ...]
    sources: tuple[str, ...]

    @property
    def measures(self) -> tuple[str, ...]:
        """The columns that are no grouping columns."""
        return tuple(name for name in self.columns if name not in self.grain)


def _read(file: Path) -> DeltaModel:
    described = yaml.safe_load(file.with_suffix(".yml").read_text(encoding="utf-8"))
    model = next((entry for entry in described["models"] if entry["name"] == file.stem), None)
    if model is None:
        raise CrmError(f"{file.with_suffix('.yml')}: describes no model {file.stem}")
    columns = {column["name"]: column["data_type"] for column in model["columns"]}
    grain = tuple(model["config"]["meta"]["grain"])
    if missing := [name for name in (*grain, "ingest_minute", "events") if name not in columns]:
        raise CrmError(f"{file.with_suffix('.yml')}: {', '.join(missing)} missing among the columns")
    sources: list[str] = []
    template = jinja2.Environment(undefined=jinja2.StrictUndefined, autoescape=False).from_string(
        file.read_text(encoding="utf-8")
    )
    select = template.render(ref=lambda name: sources.append(name) or name)  # type: ignore[func-returns-value]
    return DeltaModel(file.stem, select.strip(), columns, grain, tuple(dict.fromkeys(sources)))


@lru_cache(maxsize=1)
def delta_models() -> tuple[DeltaModel, ...]:
    """Every delta model, in the order of their names."""
    return tuple(_read(file) for file in sorted(DELTAS.glob("*.sql")))


@lru_cache(maxsize=1)
def definition() -> str:
    """What the figures mean, for as long as this process lives: the definition that was written as it first asked."""
    return written_definition()


def written_definition() -> str:
    """What the figures mean: ten hex digits over every text that decides a delta row's value, as the files are now.

    Tables of different definitions have different names, so their rows can never share a key. A comment or a description
    that changes in a model also changes it: the price is one
    recomputation.
    """
    digest = hashlib.sha256()
    files = [
        *DELTAS.glob("*.sql"),
        *DELTAS.glob("*.yml"),
        *STAGING.glob("*.sql"),
        RANGE,  # which records belong to a build
        *SPEED_SQL.glob("stg_*.sql"),
        *FORMAT.rglob("*.java"),
    ]
    texts = {file.relative_to(ROOT).as_posix(): file.read_text(encoding="utf-8") for file in files}
    for contract in landed_contracts().values():
        # What is computed from the contract, not its file: so a corrected rule counts as well, and a description does not.
        texts[f"{contract.name}: ClickHouse"], texts[f"{contract.name}: Flink"] = view(contract), rules(contract)
        texts[f"{contract.name}: key"] = f"{contract.key} {contract.horizon}"
    for name, text in sorted(texts.items()):
        digest.update(f"{name}\0{text}\0".encode())
    return digest.hexdigest()[:10]


def table(model: str, of: str | None = None) -> str:
    """The name of a model's table under a definition (this checkout's by default), in `batch` as in `speed`."""
    return f"{model}__{of or definition()}"
