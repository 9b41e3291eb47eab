"""The page of the DAGs, from the DAGs as Airflow itself reads them."""

import os
import re
import tempfile
from datetime import timedelta
from typing import Any

from crm.errors import CrmError
from crm.settings import ROOT
from reference import markdown
from reference.markdown import code


def bag() -> dict[str, Any]:
    """The DAGs of `dags/` by id, in order; raises CrmError where a file does not import.

    Airflow wants a home of its own before it is imported. It gets an empty one: no service, no database is needed.
    """
    with tempfile.TemporaryDirectory(prefix="crm-reference-") as home:
        os.environ |= {
            "AIRFLOW_HOME": home,
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home}/airflow.db",
            "AIRFLOW__LOGGING__LOGGING_LEVEL": "ERROR",
        }
        from airflow.dag_processing.dagbag import DagBag

        found = DagBag(str(ROOT / "dags"))
    if found.import_errors:
        raise CrmError(f"a DAG does not import: {found.import_errors}")
    return dict(sorted(found.dags.items()))


def duration(span: timedelta) -> str:
    """A time span as people say it: 10 minutes, 4 hours."""
    seconds = int(span.total_seconds())
    unit, size = next(
        (pair for pair in (("hour", 3600), ("minute", 60)) if seconds % pair[1] == 0 and seconds), ("second", 1)
    )
    return f"{seconds // size} {unit}{'s' if seconds != size else ''}"


def schedule(of: Any) -> str:
    """When a DAG runs."""
    if of is None:
        return "on demand"
    if isinstance(of, timedelta):
        return f"every {duration(of)}"
    if isinstance(of, str):
        return f"cron `{of}`, UTC"
    if isinstance(of, list):
        return "after each update of " + ", ".join(code(asset.name) for asset in of)
    raise CrmError(f"reference/dags.py: no words yet for a schedule of type {type(of).__name__}")


def _tasks(dag: Any) -> str:
    rows = []
    for task in dag.topological_sort():
        function = task.python_callable  # a mapped task has it, too
        rows.append(
            (
                code(task.task_id) + (" (one for each item)" if task.is_mapped else ""),
                (function.__doc__ or "").split("\n\n")[0],
                ", ".join(code(name) for name in sorted(task.upstream_task_ids)),
                ", ".join(code(asset.name) for asset in task.outlets),
                task.retries,
            )
        )
    return markdown.table(("task", "what it does", "after", "updates", "retries"), rows)


def _params(dag: Any) -> str:
    rows = []
    for name in sorted(dag.params):
        param = dag.params.get_param(name)
        bounds = {key: param.schema[key] for key in ("minimum", "maximum", "enum") if key in param.schema}
        types = param.schema.get("type", "")
        rows.append(
            (
                code(name),
                " or ".join(types) if isinstance(types, list) else types,
                "none" if param.value is None else code(param.value),
                ", ".join(f"{key} {bound}" for key, bound in bounds.items()),
                param.description or "",
            )
        )
    return markdown.table(("parameter", "type", "default", "bounds", "meaning"), rows) if rows else "No parameters."


def _dag(dag: Any) -> str:
    facts = [
        f"- **Runs**: {schedule(dag.schedule)}; {dag.max_active_runs} at a time",
        *(f"- **Alert**: {duration(alert.interval)} after it was queued, where it has not ended" for alert in dag.deadline or ()),
        f"- **Tags**: {', '.join(code(tag) for tag in sorted(dag.tags))}",
    ]  # fmt: skip
    # The docstring's heading becomes one below the DAG's own.
    runbook = re.sub(r"^### (.+)$", r"**\1.**", dag.doc_md.strip(), count=1)
    return "\n\n".join([f"## {code(dag.dag_id)}", "\n".join(facts), runbook, _params(dag), _tasks(dag)])


def page() -> str:
    """Every DAG: when it runs, its runbook, parameters and tasks."""
    return markdown.page(
        "DAGs",
        "`dags/*.py` and the docstrings of `batch_layer/steps.py`",
        "[dags/README.md](../../dags/README.md) is the timetable; a DAG's page in Airflow shows the same runbook.",
        *(_dag(dag) for dag in bag().values()),
    )
