"""Hold a range against its expectations before it is published, and keep the record in Data Docs.

One call runs every suite of a step: importing Great Expectations alone takes 4 s.
"""

import contextlib
import os
import shutil
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from batch_layer.locks import exclusively
from batch_layer.moments import aware, text
from batch_layer.queries import query
from batch_layer.verdict import Say, judge, record
from crm import clickhouse
from crm.contracts import landed_contracts
from crm.credentials import password
from crm.models import delta_models, table
from crm.settings import settings

if TYPE_CHECKING:
    from great_expectations.checkpoint.checkpoint import CheckpointResult
    from great_expectations.data_context import FileDataContext
    from great_expectations.expectations.expectation import Expectation

KEPT_RUNS = 50  # of each suite, in Data Docs: eight hours of batch runs


def data_docs() -> Path:
    """The folder of the built Data Docs; its index.html is the start page."""
    return settings().var / "data_docs"


def check(
    generation: int, start: datetime, end: datetime, say: Say = print, only_served: bool = False
) -> dict[str, Any]:
    """Check the rows of a generation in [start, end); raises ExpectationError where a critical expectation fails.

    `only_served` leaves out what is about arrivals: a recomputation reads what has been judged before. Expectations of
    severity warning are told to `say` and stop nothing.
    """
    with exclusively("checks"), _quietly(), _views(generation, start, end) as views:
        import great_expectations as gx

        context = _context(gx)
        source = context.data_sources.add_or_update_sql("clickhouse", connection_string=_connection())
        definitions = []
        for name, (model, expectations) in _suites(generation, start, end, only_served).items():
            asset = source.add_table_asset(name, table_name=views[model], schema_name="batch")
            batch = asset.add_batch_definition_whole_table("range")
            suite = context.suites.add_or_update(gx.ExpectationSuite(name, expectations=expectations))
            definitions.append(
                context.validation_definitions.add_or_update(
                    gx.ValidationDefinition(name=name, data=batch, suite=suite)
                )
            )
        checkpoint = context.checkpoints.add_or_update(
            gx.Checkpoint(
                name="before publication",
                validation_definitions=definitions,
                result_format={"result_format": "SUMMARY", "partial_unexpected_count": 10},
            )
        )
        run = f"generation {generation}, {text(start)} to {text(end)}".replace(":", "-")
        result = checkpoint.run(run_id=gx.RunIdentifier(run_name=run))
        # Once for all suites: Great Expectations' own action for a checkpoint renders the index, and compiles every template, anew for each.
        context.build_data_docs(resource_identifiers=_pages(result))
    record(result, generation, start, end)
    _forget_old_runs()
    return judge(result, say)


def _suites(
    generation: int, start: datetime, end: datetime, only_served: bool
) -> dict[str, tuple[str, list["Expectation"]]]:
    """Suites by name: the model whose rows are under test, and what is expected of them."""
    from expectations import arrivals, served

    suites: dict[str, tuple[str, list[Expectation]]] = {}
    for contract in landed_contracts().values():
        if not only_served:
            columns = [expectation for column in contract.columns for expectation in arrivals.of_column(column)]
            topic = arrivals.of_topic(contract, generation, start, end)
            suites[f"arrivals of {contract.name}"] = (f"stg_{contract.name}", [*topic, *columns])
        suites[f"served of {contract.name}"] = (
            f"stg_{contract.name}",
            served.of_contract(contract, generation, start, end),
        )
    for model in delta_models():
        suites[f"served {model.name}"] = (model.name, served.of_model(model, generation, start, end))
    return suites


def _connection() -> str:
    # Great Expectations writes the text into its configuration file and fills in the variable only when it connects.
    os.environ["CRM_GX_PASSWORD"] = password("batch")
    here = settings()
    return f"clickhousedb://batch:${{CRM_GX_PASSWORD}}@{here.clickhouse_host}:{here.ports.clickhouse_http}/batch"


def _context(gx: Any) -> "FileDataContext":
    folder = settings().var / "gx"
    # Suites come from code at each call; what an interrupted one left of them would only break this one. Results stay.
    for part in ("checkpoints", "expectations", "validation_definitions"):
        shutil.rmtree(folder / "gx" / part, ignore_errors=True)
    (folder / "gx" / "great_expectations.yml").unlink(missing_ok=True)
    folder.mkdir(parents=True, exist_ok=True)
    context: FileDataContext = gx.get_context(mode="file", project_root_dir=str(folder))
    context.variables.progress_bars = {"globally": False}  # type: ignore[assignment]  # any mapping will do
    site: Any = {
        "class_name": "SiteBuilder",
        "store_backend": {"class_name": "TupleFilesystemStoreBackend", "base_directory": str(data_docs())},
        "site_index_builder": {"class_name": "DefaultSiteIndexBuilder"},
    }
    if context.list_data_docs_sites() != {"local_site": site}:
        context.update_data_docs_site("local_site", site)
    return context


def _pages(result: "CheckpointResult") -> list[Any]:
    """What Data Docs must show anew: each suite of a run, and what came of it."""
    from great_expectations.data_context.types.resource_identifiers import ExpectationSuiteIdentifier

    suites = [ExpectationSuiteIdentifier(name=found.suite_name) for found in result.run_results.values()]
    return [*result.run_results, *suites]


def _forget_old_runs() -> None:
    """Keep the newest runs of each suite: building Data Docs takes longer with every page."""
    for base in (settings().var / "gx" / "gx" / "uncommitted" / "validations", data_docs() / "validations"):
        for suite in base.glob("*/"):
            runs = sorted(suite.glob("*/*/"), key=lambda run: run.name, reverse=True)
            for run in runs[KEPT_RUNS:]:
                shutil.rmtree(run.parent if len(list(run.parent.iterdir())) == 1 else run)


@contextlib.contextmanager
def _views(generation: int, start: datetime, end: datetime) -> Iterator[dict[str, str]]:
    client = clickhouse.connect("batch")
    models = [
        *(f"stg_{contract.name}" for contract in landed_contracts().values()),
        *(model.name for model in delta_models()),
    ]
    views = {model: f"checked_{model}__{generation}" for model in models}
    bounds = {"generation": generation, "range_start": aware(start).timestamp(), "range_end": aware(end).timestamp()}
    try:
        for model, view in views.items():
            client.command(query("create_checked_view.sql", view=view, table=table(model), **bounds))
        yield views
    finally:
        for view in views.values():
            client.command(query("drop_checked_view.sql", view=view))


@contextlib.contextmanager
def _quietly() -> Iterator[None]:
    # Its advice on style would bury the result, and --json must print nothing else.
    os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")
    with Path(os.devnull).open("w") as nowhere, contextlib.redirect_stdout(nowhere):
        yield
