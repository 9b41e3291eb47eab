"""
### Erase customers

On demand: makes the customers of a request vanish from topics, raw, figures, state and logs, and proves it. A request is
a file with one id a line in `var/erasure`; its name is the parameter, since what is typed into a form stays in Airflow's
database. The file is deleted once the certificate finds nothing. `dry_run` only counts where the customers are found.

It takes some minutes, and a recomputation. Readers go on; until it is published they see the figures as they were.

| it fails with | do |
|---|---|
| no request … | write the file, trigger again |
| still found: … | trigger again; `crm certificate --file FILE` names each place |
| Definition … is published | `crm deploy`, trigger again |
| anything else | trigger again: every step is safe to repeat, and a killed run goes on from where it was |

Ids, never names, are recognised: what a customer wrote about themselves in other customers' texts is not. By hand: `crm erase`.
"""

from datetime import datetime

from airflow.sdk import Param, dag, task

from batch_layer.policies import DEFAULT_ARGS, SERVING, deadline


@dag(
    schedule=None, start_date=datetime(2026, 1, 1), catchup=False, max_active_runs=1, is_paused_upon_creation=False,
    default_args=DEFAULT_ARGS | {"retries": 2}, deadline=deadline(minutes=240), tags=["crm", "erasure"], doc_md=__doc__,
    params={"request": Param("request.txt", type="string", pattern=r"^[\w.-]+$", title="Request", description="A file in var/erasure."),
            "dry_run": Param(False, type="boolean", title="Dry run", description="Only count where the customers are found.")},
)  # fmt: skip
def crm_erase() -> None:
    """Erase, and look for what is left."""
    from batch_layer import steps

    task(steps.erase, outlets=[SERVING])(request="{{ params.request }}", dry_run="{{ params.dry_run }}")


crm_erase()
