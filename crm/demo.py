"""The demonstration behind `make demo`: the whole main job on real input, with its result on the screen."""

import time
from datetime import UTC, datetime
from pathlib import Path

from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from crm import clickhouse
from crm.airflow import AirflowApi
from crm.cli.output import console, print_facts, print_load, print_rows
from crm.credentials import password
from crm.credentials import path as credentials_path
from crm.errors import CrmError
from crm.settings import HOST, settings

SQL = Path(__file__).parent / "sql"
# Where there is no real data: half a year of a shop that does not exist, the same each time; and instants to ask what was owed.
SIMULATED_EVENTS, SIMULATED_DAYS = 60_000, 180.0
SIMULATED_INSTANTS = ("2026-02-28 23:59:59", "2026-04-30 23:59:59", "2026-06-24 23:59:59")
# Where each source lies in the data that `make demo` is given.
FOLDERS = {"olist": "olist", "online-retail": "online_retail_by_day", "ibm-ar": "ibm_ar"}
# Instants of which IBM's sample says what was owed: ../shared/data has the figures.
INSTANTS = ("2012-12-31 23:59:59", "2013-06-30 23:59:59", "2013-12-31 23:59:59")
ENRICHMENT_SECONDS = 300


def run(data: Path) -> None:
    """Run it; raises CrmError where a step fails."""
    from batch_layer import reconciliation
    from local import stack

    console.rule("services")
    # Airflow takes longest to answer and is needed last: it starts while the input is loaded.
    stack.up(only=("kafka", "clickhouse", "flink"), background=True)
    console.rule("input")
    instants = _load(data)
    loaded = datetime.now(UTC)
    console.rule("batch DAG")
    stack.up()
    _batch(loaded)
    console.rule("figures, merged from both layers")
    _figures(instants)
    report = reconciliation.reconcile()
    print_facts(
        {name: report[name] for name in ("rows_compared", "rows_different", "range_start", "range_end")},
        "reconciliation, speed against batch",
    )
    _addresses()


def _load(data: Path) -> tuple[str, ...]:
    """Load what there is; returns the instants of which it can be asked what was owed."""
    from sources import loads, simulation, simulator

    loaded = False
    for name, folder in FOLDERS.items():
        if (data / folder).is_dir():
            print_load(loads.load(name, data / folder))
            loaded = True
        else:
            console.print(f"{name}: {data / folder} is not there, skipped")
    if not loaded:
        simulated = simulation.Simulation(count=SIMULATED_EVENTS, days=SIMULATED_DAYS, subjects=simulation.SUBJECTS)
        print_facts(simulator.run(simulated), "simulated")
    _enriched()
    return INSTANTS if loaded else SIMULATED_INSTANTS


def _enriched() -> None:
    """Wait until every text has been enriched: only then is the last event of both layers appended."""
    from speed_layer.enrichment import lifecycle

    deadline = time.monotonic() + ENRICHMENT_SECONDS
    with Progress(TextColumn("{task.description}"), TimeElapsedColumn(), console=console) as bar:
        waiting = bar.add_task("texts to enrich", total=None)
        while (left := lifecycle.status().get("pending_records")) != 0:
            if time.monotonic() > deadline:
                raise CrmError(
                    f"the enrichment job is {left} records behind after {ENRICHMENT_SECONDS} s: `crm speed status` shows why"
                )
            bar.update(waiting, description=f"texts to enrich: {left if left is not None else '…'}")
            time.sleep(1)


def _batch(loaded: datetime) -> None:
    """Trigger crm_batch once the last event loaded lies below a full minute, and follow it.

    The grace between now and the boundary guards against clock skew between brokers; here there is one broker.
    """
    api = AirflowApi()
    api.wait_for_dag("crm_batch")
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed}/{task.total}"),
        TimeElapsedColumn(),
        console=console,
    ) as bar:
        pause = max(0.0, loaded.replace(second=0, microsecond=0).timestamp() + 61 - time.time())
        waiting = bar.add_task("the minute of the last event ends (s)", total=round(pause))
        for _ in range(round(pause)):
            time.sleep(1)
            bar.advance(waiting)
        run_id = api.trigger("crm_batch", {"grace_seconds": 0})
        tasks = bar.add_task("crm_batch (tasks)", total=None)
        api.wait("crm_batch", run_id, 600, lambda done, total: bar.update(tasks, completed=done, total=total))


def _figures(instants: tuple[str, ...]) -> None:
    client = clickhouse.connect("bi")
    print_rows(clickhouse.rows(client, clickhouse.sql(SQL / "demo_demand.sql")), "demand, both layers")
    print_rows(clickhouse.rows(client, clickhouse.sql(SQL / "demo_feedback.sql")), "feedback, both layers")
    arrears = clickhouse.sql(SQL / "demo_arrears.sql")
    print_rows(
        [row for at in instants for row in clickhouse.rows(client, arrears, {"as_of": at})], "arrears, both layers"
    )
    print_rows(clickhouse.rows(client, clickhouse.sql(SQL / "demo_customers.sql")), "best customers")
    print_facts(clickhouse.rows(client, "SELECT * FROM serving.status")[0], "status")


def _addresses() -> None:
    here = settings()
    print_rows(
        [
            {"what": "Dashboard", "address": f"http://{HOST}:{here.ports.dashboard}", "log-in": ""},
            {"what": "Airflow", "address": here.airflow, "log-in": f"admin / {password('airflow')}"},
            {
                "what": "ClickHouse",
                "address": f"http://{HOST}:{here.ports.clickhouse_http}/play",
                "log-in": f"bi / {password('bi')}",
            },
            {"what": "Flink", "address": here.flink_rest, "log-in": ""},
            {"what": "Data Docs", "address": f"http://{HOST}:{here.ports.data_docs}", "log-in": ""},
        ],
        "addresses",
    )
    console.print(f"All log-ins: {credentials_path()}. Stop everything: make down")
