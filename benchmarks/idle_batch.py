"""How long a batch run takes when nothing has arrived: the price of every ten minutes.

The boundary moves on, so every step does run, over an empty range. Through Airflow, by the run's own start and end, and
as one command, by the clock.
"""

import json
import time
from datetime import datetime
from typing import Any

from benchmarks import stack
from benchmarks.results import Figure, Row
from benchmarks.stack import SEED, Bench
from crm.airflow import AirflowApi
from crm.errors import CrmError
from local.services import CORE

EVENTS = 50_000
DAG = "crm_batch"
PATIENCE_SECONDS = 300
NO_GRACE = {"grace_seconds": 0}


def measure(bench: Bench) -> Row:
    """Seconds of an idle run: Airflow's, and of the command."""
    from sources import simulator

    bench.empty(*CORE, "airflow", "data-docs")
    simulator.run(seed=SEED, count=bench.scaled(EVENTS), days=bench.days)
    api = AirflowApi()
    api.wait_for_dag(DAG)
    bench.say("idle batch: a first run, with something to do")
    _next_minute()
    _airflow(api)
    through_airflow, by_command = [], []
    for number in range(1, bench.runs + 1):
        bench.say(f"idle batch, run {number} of {bench.runs}, through Airflow")
        _next_minute()
        through_airflow.append(_airflow(api))
        bench.say(f"idle batch, run {number} of {bench.runs}, by command")
        _next_minute()
        by_command.append(_command())
    return Row(
        "idle",
        "crm_batch with nothing new, start to end",
        [
            Figure("through Airflow", "s", tuple(run["seconds"] for run in through_airflow), 45),
            Figure("by `crm batch run`", "s", tuple(run["seconds"] for run in by_command)),
        ],
        [{"airflow": through_airflow, "command": by_command}],
    )


def _next_minute() -> None:
    """Until a boundary newer than the last one can be chosen: without one, a run would end at once."""
    time.sleep(60 - time.time() % 60 + 1)


def _airflow(api: AirflowApi) -> dict[str, Any]:
    run_id = api.trigger(DAG, NO_GRACE)
    api.wait(DAG, run_id, PATIENCE_SECONDS)
    run, tasks = api.run(DAG, run_id), api.tasks(DAG, run_id)
    if skipped := [task["task_id"] for task in tasks if task["state"] == "skipped"]:
        raise CrmError(
            f"{DAG} run {run_id} skipped {', '.join(skipped)}: its boundary did not move, so this is no full run"
        )
    begun = _moment(run["start_date"])
    return {
        "seconds": round(_moment(run["end_date"]) - begun, 2),
        "tasks": {
            f"{task['task_id']}[{task['map_index']}]" if task["map_index"] >= 0 else task["task_id"]: {
                "after": round(_moment(task["start_date"]) - begun, 2),
                "seconds": round(task["duration"], 2),
            }
            for task in sorted(tasks, key=lambda task: task["start_date"])
        },
    }


def _command() -> dict[str, Any]:
    begun = time.monotonic()
    process = stack.crm("batch", "run", "--grace", "0", "--json")
    output, _ = process.communicate(timeout=PATIENCE_SECONDS)
    seconds = time.monotonic() - begun
    if process.returncode or not json.loads(output)["published"]:
        raise CrmError(f"`crm batch run` published nothing (exit code {process.returncode}): see var/bench/logs")
    return {"seconds": round(seconds, 2)}


def _moment(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()
