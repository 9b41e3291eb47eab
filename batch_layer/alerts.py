"""What Airflow calls when something is late."""

import asyncio
import logging
from typing import Any

from crm import clickhouse

logger = logging.getLogger(__name__)


def raise_alert(source: str, message: str) -> None:
    """Record something that an operator should know of in ops.alerts, and in the log."""
    logger.warning("%s: %s", source, message)
    clickhouse.connect("batch").insert("ops.alerts", [[source, message]], column_names=["source", "message"])


async def deadline_missed(context: dict[str, Any], within: str) -> None:
    """Deadline callback of a DAG; runs in the triggerer. `within` is what was promised, in words."""
    run, deadline = context["dag_run"], context["deadline"]
    message = f"run {run['dag_run_id']} was to end {within}, by {deadline['deadline_time']}, and has not."
    # The triggerer serves every deferred task from one loop: a query there would hold up all of them.
    await asyncio.to_thread(raise_alert, run["dag_id"], message)
