"""
### Compute everything anew

Nightly at 02:30 UTC, and on demand: a new generation from all raw records, built beside the live one, compared with it,
checked, and published. Batch runs go on meanwhile. It heals what a closed range cannot: records that came
below a published boundary (`late_records` in `serving.status`). A corrected model or contract it refuses: that is for `crm deploy`.

The log tells how many rows differ from the live generation. After late records some should; otherwise expect 0.
Before the first publication there is nothing to compute, and the run ends with its first task.
A failure leaves the live generation untouched: see the log, then trigger again, or run `crm recompute`.
Wrong after all? Pause this DAG and `crm_batch`, which would publish again, then `crm rollback` shows the previous generation.
"""

from datetime import datetime

from airflow.sdk import dag, task

from batch_layer.policies import DEFAULT_ARGS, SERVING, deadline


@dag(
    schedule="30 2 * * *", start_date=datetime(2026, 1, 1), catchup=False, max_active_runs=1, is_paused_upon_creation=False,
    default_args=DEFAULT_ARGS | {"retries": 1}, deadline=deadline(minutes=240), tags=["crm", "batch"], doc_md=__doc__,
)  # fmt: skip
def crm_recompute() -> None:
    """Recompute, reconcile, prune."""
    from batch_layer import steps

    published = task.short_circuit(steps.anything_published)()
    published >> task(steps.recompute, outlets=[SERVING])() >> task(steps.reconcile)() >> task(steps.prune)()


crm_recompute()
