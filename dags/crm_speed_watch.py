"""
### Keep the speed layer running

Every minute: do both Flink jobs run, and how far behind are they? A job that does not run is started by the code behind
`crm speed start`: the speed job from its newest checkpoint, or rebuilt from the oldest retained boundary; the enrichment job from
the offsets that it committed. Readers lose nothing meanwhile: figures stand still at the last row written, and the batch layer
goes on; without the enrichment job, feedback waits in its topic for both layers. Savepoints and checkpoints of former jobs are
deleted once the running job has a checkpoint of its own.

Fails? `crm speed status` and Flink's UI show the job's last exception; `crm speed rebuild` starts it empty.
"""

from datetime import datetime, timedelta

from airflow.sdk import dag, task

from batch_layer.policies import DEFAULT_ARGS, deadline


@dag(
    schedule=timedelta(minutes=1), start_date=datetime(2026, 1, 1), catchup=False, max_active_runs=1, is_paused_upon_creation=False,
    default_args=DEFAULT_ARGS, deadline=deadline(minutes=15), tags=["crm", "speed"], doc_md=__doc__,
)  # fmt: skip
def crm_speed_watch() -> None:
    """Look, and start what does not run."""
    from batch_layer import steps

    task(steps.watch_speed)()
    task(steps.watch_enrichment)()


crm_speed_watch()
