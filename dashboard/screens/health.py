"""Health: whether the figures can be trusted, and how fresh they are."""

from typing import Any

import streamlit as st

from crm.errors import CrmError
from crm.settings import HOST, settings
from dashboard import charts, formats
from dashboard.live import live, nothing, panel
from dashboard.questions import KEPT_SECONDS, Rows, ask
from dashboard.tiles import tile, tiles
from speed_layer import lifecycle as speed
from speed_layer.enrichment import lifecycle as enrichment

# crm_batch runs every 10 minutes and is to end within 30: an older boundary means that runs fail or do not happen.
BATCH_LATE_SECONDS = 2_400
# More records behind than this take the speed layer about a second.
BEHIND_RECORDS = 20_000


def page() -> None:
    """The page."""
    live("Health", _draw)


def _draw() -> None:
    (status,) = ask("status")
    jobs = {"speed": _job("speed"), "enrichment": _job("enrichment")}
    _verdict(troubles(status, jobs, ask("newest_check")))
    with tiles("health_totals"):
        tile(
            "Batch answers up to",
            formats.minute(status["boundary"] if status["published_at"] else None),
            note="The boundary, UTC: the speed layer answers for what was received since.",
        )
        tile("Boundary is old", formats.duration(status["batch_age_seconds"]))
        tile(
            "Newest event received",
            formats.minute(status["speed_newest_minute"]),
            note="The newest minute of arrival, UTC.",
        )
        tile("Speed layer is behind", _behind(jobs["speed"]), note="Records received and not yet counted.")
        tile("Enrichment is behind", _behind(jobs["enrichment"]), note="Feedback without language and sentiment yet.")
        tile("Rejected records", formats.count(status["rejects"]))
        tile(
            "Late records",
            formats.count(status["late_records"]),
            note="Received below a boundary that was published already: 0 is expected.",
        )
        tile(
            "Rows that differ",
            formats.count(status["rows_different"]),
            note=f"Of {formats.count(status['rows_compared'])} in the last comparison of both layers.",
        )
    _history()
    _quality()


@st.cache_data(ttl=KEPT_SECONDS, show_spinner=False)
def _job(name: str) -> dict[str, Any]:
    """State of a Flink job, or why it is not known."""
    try:
        return speed.status() if name == "speed" else enrichment.status()
    except CrmError as error:
        return {"state": "UNKNOWN", "error": str(error)}


def _behind(job: dict[str, Any]) -> str:
    if job["state"] != "RUNNING":
        return str(job["state"]).lower()
    return formats.count(job.get("pending_records"))


def troubles(status: dict[str, Any], jobs: dict[str, dict[str, Any]], check: Rows) -> list[str]:
    """What is not as it should be, each with what to do; empty where all is well."""
    found = []
    for name, job in jobs.items():
        if "error" in job:
            found.append(f"Flink does not tell how the {name} job is: {job['error']}")
        elif job["state"] != "RUNNING":
            found.append(
                f"The {name} job is {job['state']}: new events are not counted. `crm speed status` shows why, `crm speed start` starts it."
            )
        elif (job.get("pending_records") or 0) > BEHIND_RECORDS:
            found.append(
                f"The {name} job is {formats.count(job['pending_records'])} records behind: figures are older than they look."
            )
    if status["batch_age_seconds"] is None:
        found.append(
            "The batch layer has not run yet: nothing has been checked. Airflow runs `crm_batch` every 10 minutes."
        )
    elif status["batch_age_seconds"] > BATCH_LATE_SECONDS:
        found.append(
            f"The boundary is {formats.duration(status['batch_age_seconds'])} old: look at the runs of `crm_batch` in Airflow."
        )
    if status["rows_different"]:
        found.append(
            f"{formats.count(status['rows_different'])} rows differ between the layers: `crm reconcile` says why; `ops.differences` has the rows."
        )
    if status["late_records"]:
        found.append(
            f"{formats.count(status['late_records'])} records came below a published boundary: `crm recompute` counts them."
        )
    if failed := [row["suite"] for row in check if row["failed"]]:
        found.append(f"Expectations do not hold, so nothing newer is published: {formats.listed(failed)}.")
    return found


def _verdict(found: list[str]) -> None:
    with st.container(key="verdict"):
        if not found:
            st.success("All is well: both layers run, agree, and are up to date.", icon=":material/check_circle:")
        for text in found:
            st.warning(text, icon=":material/warning:")


def _history() -> None:
    left, right = st.columns(2)
    with left, panel("Do both layers agree?", "Rows that were compared after each batch run, and those that differed."):
        rows = ask("reconciliations")
        if rows:
            charts.lines(rows, "moment", {"compared": "compared", "different": "different"}, "rows", "reconciliations")
            st.caption(f"{len(rows)} comparisons; {sum(row['different'] > 0 for row in rows)} found a difference.")
        else:
            nothing("The layers have not been compared yet: that follows each batch run.")
    with right, panel("Does the batch layer keep up?", "How old the boundary was when it was published: minutes."):
        rows = [
            row | {"minutes": row["delay_seconds"] / 60} for row in ask("publications") if row["boundary"].year > 1970
        ]
        if rows:
            charts.lines(rows, "published_at", {"minutes": "age when published"}, "minutes", "publications")
            st.caption(
                f"{len(rows)} publications; the newest: {rows[0]['reason']}, {formats.moment(rows[0]['published_at'])} UTC."
            )
        else:
            nothing("Nothing is published yet.")


def _quality() -> None:
    left, right = st.columns(2)
    with (
        left,
        panel("What was rejected, and why?", "Records that were received and count nowhere, of the live generation."),
    ):
        rows = ask("rejects_by_reason")
        if rows:
            columns = {
                "topic": "topic",
                "reason": "reason",
                "rejects": st.column_config.NumberColumn("records", format="localized"),
            }
            charts.table(rows, columns, "rejects")
        else:
            nothing("No record was rejected.")
    with right, panel("Is the data as expected?", "The newest check of the batch layer, before publication."):
        _checks(ask("newest_check"))
    with panel("What else happened in the last seven days?"):
        rows = ask("alerts")
        if rows:
            columns = {
                "raised_at": st.column_config.DatetimeColumn("when, UTC", format="YYYY-MM-DD HH:mm"),
                "source": "source",
                "message": "message",
            }
            charts.table(rows, columns, "alerts")
        else:
            nothing("No alert.")


def _checks(rows: Rows) -> None:
    if rows:
        held, missed = sum(row["held"] for row in rows), [row for row in rows if row["warned"] or row["failed"]]
        with tiles("checks"):
            tile("Expectations that hold", formats.count(held))
            tile("Warnings", formats.count(sum(row["warned"] for row in rows)))
            tile("Failures", formats.count(sum(row["failed"] for row in rows)))
        if missed:
            charts.table(
                missed,
                {"suite": "suite", "failed": "failed", "warned": "warned", "not_held": "what did not hold"},
                "missed",
            )
        st.caption(f"Checked at {formats.moment(rows[0]['checked_at'])} UTC.")
    else:
        nothing("Nothing has been checked yet: that precedes each publication.")
    here = settings()
    # Addresses of a browser on this machine, also where the dashboard runs in a container.
    st.markdown(
        f"[Data Docs](http://{HOST}:{here.ports.data_docs}) · [Airflow](http://{HOST}:{here.ports.airflow}) · [Flink](http://{HOST}:{here.ports.flink_rest})"
    )
