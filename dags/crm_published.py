"""
### Test what was published

Follows every publication, by a batch run, a recomputation or a deployment through Airflow: dbt's data tests on the live
tables, over what the publication shows for the first time: of a new generation everything. It runs beside the batch layer and holds
nothing up; a failure says that a key of a model is broken.

Fails? The log ends with the failing test. Mend the model, then `crm deploy`. Until then `crm rollback` shows the figures before, if the
rows were computed wrongly: pause `crm_batch` and `crm_recompute` first, since the next run would publish again. Wrong events are in both
layers, where no rollback helps.
"""

from datetime import datetime

from airflow.sdk import dag, task

from batch_layer.policies import DEFAULT_ARGS, SERVING, deadline


@dag(
    schedule=[SERVING], start_date=datetime(2026, 1, 1), catchup=False, max_active_runs=1, is_paused_upon_creation=False,
    default_args=DEFAULT_ARGS | {"retries": 1}, deadline=deadline(minutes=30), tags=["crm", "serving"], doc_md=__doc__,
)  # fmt: skip
def crm_published() -> None:
    """Run dbt's data tests."""
    from batch_layer import steps

    task(steps.test_published)()


crm_published()
