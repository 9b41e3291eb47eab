"""
### Move the boundary forward

Every 10 minutes: choose a boundary, land each partition up to it, build the new append times with dbt, hold them against
the expectations, publish, compare both layers, prune. Readers see nothing of it until `publish`, and all of it then.

| task that fails | what it means | what to do |
|---|---|---|
| choose | a topic, or the clock, cannot be trusted; the message says why | as the message says |
| land | the broker does not answer, or a transaction was opened below the boundary | `crm status`; the next run resumes by offset |
| build | dbt failed; the log ends with its error | mend the model, `crm deploy`; a service that was away: the next run repeats the range |
| check | an expectation does not hold; the log names it with figures and rows, Data Docs show all | mend the model or contract, `crm deploy`; rejects: below |
| build, publish: "Run it anew" | another run built or published meanwhile | nothing: the next run continues from there |
| reconcile | the comparison could not run; that rows differ does not fail it, see `ops.differences` | `crm reconcile` |
| prune | rows that nobody needs are still there | nothing: the next run drops them |

A failed run changes nothing that readers see: the speed layer covers everything since the older boundary.
A run refuses a checkout with another model or contract than the published one: only `crm deploy` puts that in place.
Rejects that have landed stay in the range, and fail its check again where their source is mended, too. Known and accepted, once, by
hand: `CRM_MAX_REJECT_SHARE=1 crm batch run`; for good: set it and `crm up`.

By hand: `crm batch run`. Trigger with `grace_seconds: 0` to publish up to the current minute (safe on one broker).
"""

from datetime import datetime, timedelta

from airflow.sdk import Param, dag, task

from batch_layer.policies import DEFAULT_ARGS, SERVING, deadline


@dag(
    schedule=timedelta(minutes=10), start_date=datetime(2026, 1, 1), catchup=False, max_active_runs=1, is_paused_upon_creation=False,
    default_args=DEFAULT_ARGS, deadline=deadline(minutes=30), tags=["crm", "batch"], doc_md=__doc__,
    params={"grace_seconds": Param(None, type=["null", "integer"], minimum=0, maximum=600, title="Grace",
                                   description="Seconds between now and the boundary; empty: CRM_BOUNDARY_GRACE_SECONDS.")},
)  # fmt: skip
def crm_batch() -> None:
    """Land, build, check, publish, reconcile, prune."""
    from batch_layer import steps

    plan = task.short_circuit(steps.choose)(grace_seconds="{{ params.grace_seconds }}")
    landed = task(steps.land).partial(plan=plan).expand(partition=task(steps.partitions)(plan))
    built = task(steps.build)(plan)
    checked = task(steps.check)(built)
    published = task(steps.publish, outlets=[SERVING])(built)
    landed >> built >> checked >> published >> task(steps.reconcile)() >> task(steps.prune)()


crm_batch()
