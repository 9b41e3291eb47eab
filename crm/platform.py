"""Installing and changing the platform as a whole: what `crm up` and `crm deploy` do once the services answer."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import Any

from crm import clickhouse
from crm.errors import CrmError
from crm.models import definition
from crm.settings import ROOT

SQL = Path(__file__).parent / "sql"
VIEWS = ROOT / "dbt_project" / "models" / "serving"
Say = Callable[[str], None]


def install(say: Say = lambda _: None) -> None:
    """Make everything exist that readers and jobs need, and start the Flink jobs; repeating it changes nothing.

    A checkout whose definition is not the one published is not put in its place here: that is `deploy`.
    """
    from batch_layer import build, migrate, publication
    from crm.kafka import ensure_topics
    from speed_layer import lifecycle
    from speed_layer.enrichment import lifecycle as enrichment

    say("topics and tables")
    ensure_topics()
    migrate.migrate()
    lifecycle.create_tables()
    published = publication.live_definition()
    if published not in (None, definition()):
        raise CrmError(
            f"definition {published} is published, this checkout defines {definition()}: run `crm deploy` to change over"
        )

    def create_relations() -> None:
        if not _has_views():
            say("delta tables and serving views")
            build.create_relations()

    say("enrichment job and speed job")
    # None needs another, and each is mostly the start of a process.
    with ThreadPoolExecutor() as pool:
        steps = [pool.submit(step) for step in (create_relations, enrichment.start, lifecycle.start)]
    for step in steps:
        step.result()


def _has_views() -> bool:
    """Whether all serving views exist, and whether they are bound to this definition."""
    views = [file.stem for file in VIEWS.glob("*.sql")]
    bound = {"definition": definition(), "views": views}
    (found,) = clickhouse.rows(clickhouse.connect("batch"), clickhouse.sql(SQL / "serving_views.sql"), bound)
    return bool(found["views"] == len(views) and not found["of_others"])


def deploy(say: Say = lambda _: None) -> dict[str, Any]:
    """Put this checkout's definition in the place of the published one, in both layers.

    Both definitions live side by side, in tables of their own, until the new one has caught up; then each serving view is
    replaced in one step. A view is bound to one definition, so none ever mixes two. A model that does not parse or plan is
    refused before anything is touched. Repeating a deployment that was interrupted completes it. Where this definition
    is published already, only what it leaves open is done: new DDL, and the views.
    """
    from batch_layer.locks import exclusively

    # An erasure deletes the tables of all definitions but the published one.
    with exclusively("erasure"):
        return _deploy(say)


def _deploy(say: Say) -> dict[str, Any]:
    from batch_layer import build, migrate, publication, recompute
    from crm.kafka import ensure_topics
    from speed_layer import lifecycle, submission
    from speed_layer.enrichment import lifecycle as enrichment
    from speed_layer.job import job_name
    from speed_layer.rest import FlinkRest

    before = publication.live_definition()
    changed = before != definition()
    if changed:
        say("planning in Flink")
        lifecycle.explain()
        enrichment.explain()
    say("planning in ClickHouse")
    ensure_topics()
    migrate.migrate()
    build.create_tables()
    say("enrichment job, in the place of another version")
    enrichment.start()
    say("speed job beside the running one")
    started = lifecycle.start()
    # Also one that an interrupted deployment left without slots: nothing may be published that it never catches up with.
    submission.wait_until_processing(started.job_id)
    result: dict[str, Any] = {}
    if changed:
        say("recomputing the batch layer from raw")
        result = recompute.recompute(reason="deploy")
    say("waiting for the speed job to catch up")
    _caught_up(started.job_id)
    say("switching the views")
    build.create_views()
    for job in FlinkRest().all_jobs("crm-speed-"):
        if job["name"] != job_name():
            lifecycle.stop(job["name"])
    return {"definition": definition(), "before": before, "recomputed": changed, **result}


def _caught_up(job_id: str, patience_seconds: float = 3600) -> None:
    """Wait until the job has read everything that had been appended by now."""
    from speed_layer import lifecycle

    deadline = time.monotonic() + patience_seconds
    quiet = 0
    while quiet < 3:
        if time.monotonic() > deadline:
            raise CrmError(
                f"the new speed job {job_id} has not caught up within {patience_seconds:.0f} s; the old one still serves"
            )
        quiet = quiet + 1 if lifecycle.status().get("pending_records") == 0 else 0
        time.sleep(1)


def status() -> dict[str, Any]:
    """Services, boundary, batch age, lag of both Flink jobs, rejects, the last reconciliation, the search index; what does not answer is said, not raised."""
    from clickhouse_connect.driver.exceptions import ClickHouseError

    from local.services import services
    from search import presence
    from speed_layer import lifecycle
    from speed_layer.enrichment import lifecycle as enrichment

    def told(part: Callable[[], dict[str, Any]], **unknown: str) -> dict[str, Any]:
        try:
            return part()
        except CrmError as error:
            return unknown | {"error": str(error)}
        # It ended after it had been reached, or has no such view yet.
        except ClickHouseError as error:
            return unknown | {"error": f"ClickHouse: {error}. `crm up` starts it, and makes what is missing."}

    def serving() -> dict[str, Any]:
        return clickhouse.rows(clickhouse.connect("bi"), "SELECT * FROM serving.status")[0]

    def processes() -> list[dict[str, Any]]:
        # Where this stack is not installed, as in containers, the layers answer all the same.
        try:
            return services()
        except CrmError as error:
            return [{"name": "services", "state": "UNKNOWN", "error": str(error)}]

    report: dict[str, Any] = {"at": datetime.now().astimezone().isoformat(timespec="seconds"), "services": processes()}
    for name, job in (("speed", lifecycle.status), ("enrichment", enrichment.status)):
        report[name] = told(job, state="UNKNOWN")
    report["serving"] = told(serving)
    if presence.enabled():
        from search.status import status as search_status

        report["search"] = told(search_status)
    return report
