"""What holds of every DAG. The folder is found from this file, and an empty bag fails."""

import itertools
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
DAGS = ROOT / "dags"

pytestmark = pytest.mark.filterwarnings("ignore")  # Airflow deprecates as it goes


@pytest.fixture(scope="module")
def bag(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    home = tmp_path_factory.mktemp("airflow")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AIRFLOW_HOME", str(home))
        patch.setenv("AIRFLOW__CORE__LOAD_EXAMPLES", "False")
        patch.setenv("AIRFLOW__CORE__UNIT_TEST_MODE", "True")
        patch.setenv("AIRFLOW__DATABASE__SQL_ALCHEMY_CONN", f"sqlite:///{home}/airflow.db")
        patch.setenv("PYTHONPATH", f"{ROOT}{os.pathsep}{os.environ.get('PYTHONPATH', '')}")
        from airflow.dag_processing.dagbag import DagBag

        yield DagBag(str(DAGS))


def test_every_file_gives_its_dag(bag: Any) -> None:
    assert bag.import_errors == {}
    assert set(bag.dags) == {file.stem for file in DAGS.glob("*.py")}
    assert {"crm_batch", "crm_recompute", "crm_speed_watch"} <= set(bag.dags)


def test_policies(bag: Any) -> None:
    assert bag.dags
    for dag in bag.dags.values():
        assert dag.doc_md and dag.doc_md.strip().startswith("###"), f"{dag.dag_id}: the docstring is the runbook"
        assert "crm" in dag.tags and len(dag.tags) > 1, dag.dag_id
        assert dag.max_active_runs == 1 and not dag.catchup, (
            f"{dag.dag_id}: two runs at once would build the same range"
        )
        assert dag.deadline, f"{dag.dag_id}: nobody would notice that it hangs"
        for task in dag.tasks:
            assert task.owner == "crm" and task.retries >= 1 and task.retry_exponential_backoff, task.task_id


def test_batch_runs_its_steps_in_order(bag: Any) -> None:
    dag = bag.dags["crm_batch"]
    order = ["choose", "partitions", "land", "build", "check", "publish", "reconcile", "prune"]
    for before, after in itertools.pairwise(order):
        assert after in {task.task_id for task in dag.get_task(before).get_flat_relatives(upstream=False)}, (
            f"{before} → {after}"
        )
    assert [asset.uri for asset in dag.get_task("publish").outlets] == ["crm://serving/"]
    assert "grace_seconds" in dag.params


def test_what_follows_a_publication_is_scheduled_on_it(bag: Any) -> None:
    assert "crm://serving" in str(bag.dags["crm_published"].timetable.asset_condition)
    assert [asset.uri for asset in bag.dags["crm_recompute"].get_task("recompute").outlets] == ["crm://serving/"]


def test_violations_are_not_tried_again(bag: Any) -> None:
    from airflow.sdk.definitions.retry_policy import RetryAction

    from batch_layer.errors import ExpectationError

    policy = bag.dags["crm_batch"].get_task("check").retry_policy
    assert policy.evaluate(ExpectationError("x"), 1, 3).action is RetryAction.FAIL
    assert policy.evaluate(ConnectionError("x"), 1, 3).action is not RetryAction.FAIL


def test_files_are_wiring_only() -> None:
    for file in DAGS.glob("*.py"):
        text = file.read_text()
        assert len(text.splitlines()) < 60, file.name
        assert not re.search(r"\b(SELECT|INSERT|ALTER)\b", text), f"{file.name}: SQL belongs into a .sql file"


def test_the_timetable_names_every_dag() -> None:
    table = (DAGS / "README.md").read_text().split("\n\n")[1]
    assert set(re.findall(r"^\| `(\w+)`", table, re.MULTILINE)) == {file.stem for file in DAGS.glob("*.py")}
