"""The metric dictionary, from the `.yml` and `.sql` of serving views and delta models."""

import re
from typing import Any

from crm.contracts import contracts
from crm.models import DeltaModel, delta_models
from reference import markdown
from reference.markdown import code
from reference.project import Project, project

INTRODUCTION = """\
One section for each view that people query, then one for each delta model that the views add up. A formula names columns of
its view, or of the delta model that the view reads, and variables of `dbt_project.yml`. Where a column has none, it is what
its meaning says. Both layers compute
the same deltas: the batch layer answers for what arrived before the boundary, the speed layer for the rest
([architecture](../architecture.md)). How one comes from the other is drawn in [data-flow.md](data-flow.md)."""


def grain(raw_code: str) -> str:
    """The first line of a model, which says what one row is."""
    return raw_code.strip().splitlines()[0].removeprefix("--").strip().split(". ")[0].rstrip(".")


def expressions(delta: DeltaModel) -> dict[str, str]:
    """The expression of each column in a delta's SELECT; a plain column is itself."""
    selected = re.sub(r"^--.*$", "", delta.select[: delta.select.index("\nFROM")], flags=re.MULTILINE)
    items = re.split(r",(?![^(]*\))", selected.replace("SELECT", "", 1).replace("`", ""))
    return {found[-1]: found[0] for item in items if (found := re.split(r"\s+AS\s+", " ".join(item.split())))}


def _layers(dbt: Project, node: Any) -> str:
    built = any(dbt.folder(key) in ("staging", "deltas") for key in dbt.ancestors(node.unique_id))
    if dbt.reads_speed(node.unique_id):
        return "batch before the boundary, speed from it on" if built else "records of both layers"
    return "batch, before the boundary" if built else "records of the batch layer"


def _lineage(dbt: Project, node: Any) -> str:
    keys = dbt.ancestors(node.unique_id)
    deltas = [key.split(".")[-1] for key in keys if dbt.folder(key) == "deltas"]
    tables = {f"{contract.topic}_events": contract.name for contract in contracts().values()}
    read = [tables[key.split(".")[-1]] for key in keys if key.split(".")[-1] in tables]
    # What went into rows and what went on around them: a view of figures reads ops only to learn the boundary.
    ops = [".".join(key.split(".")[-2:]) for key in keys if key.startswith("source.") and ".ops." in key]
    parts = [f"[{code(name)}](#{name})" for name in deltas] or [code(name) for name in ops]
    origin = ", ".join(f"[{code(name)}](../../contracts/{name}.odcs.yaml)" for name in read)
    return ", ".join(parts) + (f" of events of {origin}" if origin else "")


def formulas(dbt: Project, node: Any) -> dict[str, str]:
    """The formula of each computed column of a view: `meta.formula`, else what a macro selects as the column."""
    stated = {name: str(column.config.meta.get("formula", "")) for name, column in node.columns.items()}
    selected = re.findall(r"^\s*([^{}\n]+) AS (\w+),?$", dbt.macros(node.unique_id), re.MULTILINE)
    return {name: formula for formula, name in selected if name in stated} | {
        name: formula for name, formula in stated.items() if formula
    }


def _view(dbt: Project, node: Any) -> str:
    rows, computed = [], formulas(dbt, node)
    for column in node.columns.values():
        meta = column.config.meta
        rows.append(
            (
                code(column.name),
                column.data_type,
                meta.get("unit", ""),
                column.description,
                code(computed.get(column.name)),
                meta.get("source", ""),
            )
        )
    facts = (
        f"- **Grain**: {grain(node.raw_code)}\n- **Layers**: {_layers(dbt, node)}\n- **From**: {_lineage(dbt, node)}"
    )
    grid = markdown.table(("column", "type", "unit", "meaning", "formula", "source of the formula"), rows)
    return f"### {code(node.name)}\n\n{' '.join(node.description.split())}\n\n{facts}\n\n{grid}"


def _delta(node: Any, delta: DeltaModel) -> str:
    computed = expressions(delta)
    rows = [
        (
            code(column.name),
            column.data_type,
            "grain" if column.name in delta.grain else "measure",
            column.description,
            code(computed[column.name]) if computed[column.name] != column.name else "",
        )
        for column in node.columns.values()
    ]
    grid = markdown.table(("column", "type", "part", "meaning", "formula"), rows)
    sources = ", ".join(code(name) for name in delta.sources)
    return f"### {code(node.name)}\n\n{' '.join(node.description.split())}\n\n- **Grain**: {grain(node.raw_code)}\n- **From**: {sources}\n\n{grid}"


def page() -> str:
    """Every serving view and every delta model with its grain, lineage and columns."""
    dbt = project()
    nodes = {node.name: node for node in dbt.models().values()}
    views = [
        part
        for schema, found in dbt.asked().items()
        for part in (f"## Views of `{schema}`", *(_view(dbt, node) for node in found))
    ]
    return markdown.page(
        "Metrics",
        "`dbt_project/models/serving/`, `dbt_project/models/deltas/` and `contracts/`",
        INTRODUCTION,
        *views,
        "## Delta models",
        *(_delta(nodes[delta.name], delta) for delta in delta_models()),
    )
