"""Airflow's REST API: trigger a DAG and follow its run."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from crm import rest
from crm.credentials import password
from crm.errors import CrmError, NotReadyError
from crm.settings import settings

ENDED = ("success", "failed")


class AirflowApi:
    """A logged-in client. Every method raises NotReadyError where the API server does not answer."""

    def __init__(self) -> None:
        self._base = settings().airflow
        self._headers: dict[str, str] = {}
        answer = self._call("POST", "/auth/token", {"username": "admin", "password": password("airflow")})
        self._headers["Authorization"] = f"Bearer {answer['access_token']}"

    def _call(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        answer: dict[str, Any] = rest.call("Airflow", self._base, method, path, body, headers=self._headers, timeout=30)
        return answer

    def wait_for_dag(self, dag_id: str, patience_seconds: float = 120) -> None:
        """Wait until the DAG processor has read the DAG."""
        deadline = time.monotonic() + patience_seconds
        while True:
            try:
                self._call("GET", f"/api/v2/dags/{dag_id}")
            except NotReadyError:
                raise
            except CrmError as error:
                if time.monotonic() > deadline:
                    raise CrmError(
                        f"Airflow does not know {dag_id} after {patience_seconds:.0f} s: see import errors in its UI"
                    ) from error
                time.sleep(1)
            else:
                return

    def trigger(self, dag_id: str, conf: dict[str, Any] | None = None) -> str:
        """Start a run and return its id."""
        run = self._call(
            "POST",
            f"/api/v2/dags/{dag_id}/dagRuns",
            {"conf": conf or {}, "logical_date": datetime.now(UTC).isoformat()},
        )
        return str(run["dag_run_id"])

    def run(self, dag_id: str, run_id: str) -> dict[str, Any]:
        """The run: its state, its start and end."""
        return self._call("GET", f"/api/v2/dags/{dag_id}/dagRuns/{run_id}")

    def tasks(self, dag_id: str, run_id: str) -> list[dict[str, Any]]:
        """The run's task instances."""
        return list(
            self._call("GET", f"/api/v2/dags/{dag_id}/dagRuns/{run_id}/taskInstances?limit=200")["task_instances"]
        )

    def wait(
        self,
        dag_id: str,
        run_id: str,
        patience_seconds: float,
        show: Callable[[int, int], None] = lambda _done, _all: None,
    ) -> None:
        """Wait for the run to succeed, calling `show(tasks done, tasks in all)`; raises CrmError where it fails or takes too long."""
        deadline = time.monotonic() + patience_seconds
        while (state := self._call("GET", f"/api/v2/dags/{dag_id}/dagRuns/{run_id}")["state"]) not in ENDED:
            tasks = self.tasks(dag_id, run_id)
            show(sum(task["state"] in ("success", "skipped", "failed") for task in tasks), len(tasks))
            if time.monotonic() > deadline:
                raise CrmError(f"{dag_id} run {run_id} is still {state} after {patience_seconds:.0f} s")
            time.sleep(0.5)
        if state == "failed":
            failed = ", ".join(task["task_id"] for task in self.tasks(dag_id, run_id) if task["state"] == "failed")
            raise CrmError(
                f"{dag_id} run {run_id} failed in {failed or 'no task'}: see its log at {settings().airflow}/dags/{dag_id}/runs/{run_id}"
            )
