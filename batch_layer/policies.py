"""What every DAG here has in common: who answers for it, and how often a failed task is tried again."""

from datetime import timedelta
from typing import Any

from airflow.sdk import Asset
from airflow.sdk.definitions.callback import AsyncCallback
from airflow.sdk.definitions.deadline import DeadlineAlert, DeadlineReference
from airflow.sdk.definitions.retry_policy import ExceptionRetryPolicy, RetryAction, RetryRule

# What the views show. Publishing updates it; what follows a publication is scheduled on it.
SERVING = Asset("crm://serving")

# A violated expectation or a topic that cannot be trusted stays so: trying again would only delay the alarm.
FINAL = ["batch_layer.errors.ExpectationError", "batch_layer.errors.TopicError", "crm.errors.UsageError"]

# The first retry comes after 10 s, since most failures are a service that restarts; then 20 s, 40 s.
DEFAULT_ARGS: dict[str, Any] = {
    "owner": "crm",
    "retries": 3,
    "retry_delay": timedelta(seconds=10),
    "retry_exponential_backoff": True,
    "max_retry_delay": timedelta(minutes=5),
    "retry_policy": ExceptionRetryPolicy(rules=[RetryRule(exception=list(FINAL), action=RetryAction.FAIL)]),
}


def deadline(minutes: int) -> DeadlineAlert:
    """An alert in ops.alerts when a run has not ended so many minutes after it was queued."""
    return DeadlineAlert(
        reference=DeadlineReference.DAGRUN_QUEUED_AT,
        interval=timedelta(minutes=minutes),
        callback=AsyncCallback(
            "batch_layer.alerts.deadline_missed", kwargs={"within": f"{minutes} minutes after it was queued"}
        ),
    )
