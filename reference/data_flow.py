"""The picture of the data flow, one for each contract, from dbt's lineage and the delta models that Flink runs too."""

from crm.contracts import Contract, contracts, landed_contracts
from crm.models import delta_models
from reference import markdown
from reference.project import Project, project

INTRODUCTION = """\
From the topic to the views, one picture for each contract. Flink and dbt run the same SELECT of each delta model; `merged`
takes its rows before the boundary from `batch` and from it on from `speed`. Columns and formulas: [metrics.md](metrics.md)."""


def _model(key: str) -> str:
    return key.rsplit(".", maxsplit=1)[-1]


def _edges(dbt: Project, contract: Contract) -> list[tuple[str, str]]:
    """(from, to) of every relation that holds figures of the contract; ephemeral models are part of who reads them."""
    source = f"source.crm_lambda.raw.{contract.topic}_events"
    below = {key for key in dbt.models() if source in dbt.ancestors(key)}
    edges = []
    for key in sorted(below):
        waiting = list(dbt.parents(key))
        while waiting:
            parent = waiting.pop()
            if parent in below or parent == source:
                edges.append((parent, key))
            elif parent in dbt.manifest.nodes:
                waiting += dbt.parents(parent)
    return sorted(set(edges))


def _enriched(contract: Contract) -> list[str]:
    """Where the topic's records come from, if a job of ours makes them: a contract that this one extends."""
    return [
        line
        for one in contracts().values()
        if not one.landed and contract.columns[: len(one.columns)] == one.columns
        for line in (f"    extended[(topic {one.topic})] --> enrichment[Flink: enrichment]", "    enrichment --> topic")
    ]


def picture(dbt: Project, contract: Contract) -> str:
    """The Mermaid flow chart of a contract."""
    edges = _edges(dbt, contract)
    keys = sorted({key for edge in edges for key in edge})
    of: dict[str, list[str]] = {"staging": [], "deltas": [], "marts": [], "asked": []}
    for key in keys:
        if not key.startswith("source."):
            of[dbt.folder(key) if dbt.folder(key) in of else "asked"].append(key)
    staged = [_model(key) for key in of["staging"]]
    counted = [delta for delta in delta_models() if set(delta.sources) & set(staged)]
    read = sorted({name for delta in counted for name in delta.sources})
    raw = f"{contract.topic}_events"
    asked = {
        schema: [node.name for node in found if node.unique_id in of["asked"]] for schema, found in dbt.asked().items()
    }
    views = [
        line
        for schema, names in asked.items()
        if names
        for line in (f"    subgraph {schema}", *(f"        {name}{{{{{name}}}}}" for name in names), "    end")
    ]
    lines = [
        "flowchart LR",
        *_enriched(contract),
        f"    topic[(topic {contract.topic})]",
        '    subgraph batch["batch: Airflow, dbt"]',
        f"        raw[(raw.{raw})]",
        *(f"        {_model(key)}[{_model(key)}]" for key in of["staging"]),
        *(f"        batch_{_model(key)}[(batch.{_model(key)})]" for key in of["deltas"]),
        *(f"        {_model(key)}[{_model(key)}]" for key in of["marts"]),
        "    end",
        '    subgraph speed["speed: Flink"]',
        *(f"        flink_{name}[{name}]" for name in read),
        *(f"        speed_{delta.name}[(speed.{delta.name})]" for delta in counted),
        "    end",
        *views,
        "    topic --> raw",
        *(f"    topic --> flink_{name}" for name in read),
    ]
    for parent, key in edges:
        start = "raw" if parent.startswith("source.") else _node(dbt, parent)
        lines.append(f"    {start} --> {_node(dbt, key)}")
        if dbt.folder(parent) == "deltas" and dbt.reads_speed(key):
            lines.append(f"    speed_{_model(parent)} --> {_node(dbt, key)}")
    lines += [f"    flink_{name} --> speed_{delta.name}" for delta in counted for name in delta.sources]
    return "\n".join(lines)


def _node(dbt: Project, key: str) -> str:
    return f"batch_{_model(key)}" if dbt.folder(key) == "deltas" else _model(key)


def page() -> str:
    """A picture for each contract that is read."""
    dbt = project()
    parts = []
    for contract in landed_contracts().values():
        title = f"## [`{contract.name}`](../../contracts/{contract.file.name})"
        parts += [title, f"```mermaid\n{picture(dbt, contract)}\n```"]
    return markdown.page("Data flow", "`contracts/` and the lineage of `dbt_project/models/`", INTRODUCTION, *parts)
