"""`crm deploy`: another definition takes the place of the one that runs, with a topic that nobody knew before.

The other checkout is a copy of this one with the files of `new_topic/` added, on the same stack: what an engineer does who adds
a topic, by files alone (CONTRIBUTING.md).
"""

import json
import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import Producer

from batch_layer import publication, reconciliation
from crm import clickhouse
from crm.contracts import contracts
from crm.models import definition
from crm.settings import ROOT, settings
from speed_layer.rest import FlinkRest
from tests.engine import agrees_with_oracle, batch_to, begun_minute, caught_up, crm, customers, produce
from tests.parity.events import generated

pytestmark = [pytest.mark.stack, pytest.mark.long, pytest.mark.timeout(1500)]
ADDED = Path(__file__).parent / "new_topic"
VISITS = 400


def _checkout(folder: Path) -> Path:
    """A copy of this checkout, with the new topic's files, beside the same environments."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    shutil.copytree(ADDED, folder, dirs_exist_ok=True)
    for name in (".venv", ".venv-flink", "var"):
        (folder / name).symlink_to(ROOT / name)
    return folder


def _there(checkout: Path, *command: str) -> str:
    """What a command prints in the other checkout."""
    environment = os.environ | {"PYTHONPATH": str(checkout)}
    done = subprocess.run(
        [sys.executable, "-c", *command], cwd=checkout, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def _crm_there(checkout: Path, *arguments: str) -> dict[str, Any]:
    code = "from crm.cli.main import app; app()"
    answer: dict[str, Any] = json.loads(_there(checkout, code, *arguments, "--json"))
    return answer


def _visit(first: int) -> None:
    """Send visits, every fourth twice."""
    producer = Producer({"bootstrap.servers": settings().bootstrap_servers})
    for number in [*range(first, first + VISITS), *range(first, first + VISITS, 4)]:
        event = {"event_id": f"v{number}", "customer_id": None if number % 5 else "c1", "page": f"p{number % 7}"}
        value = json.dumps(event | {"occurred_at": "2026-01-05T10:00:00Z"}).encode()
        producer.produce("visits", value, key=b"c1")
    assert producer.flush(30) == 0


def _speed_jobs() -> set[str]:
    return {job["name"] for job in FlinkRest().all_jobs("crm-speed-")}


class _Reader(threading.Thread):
    """Reads the figures again and again; `seen` are the distinct answers."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.seen: list[dict[tuple[str, str], dict[str, Any]]] = []
        self.reads, self._over = 0, threading.Event()

    def run(self) -> None:
        while not self._over.wait(0.2):
            figures = customers()
            self.reads += 1
            if figures not in self.seen:
                self.seen.append(figures)

    def end(self) -> None:
        self._over.set()
        self.join()


def test_a_new_topic_is_deployed_and_taken_back(stack: None, tmp_path: Path) -> None:
    """Readers see the same figures throughout; then both layers count the new topic, too; then the first checkout is deployed again."""
    produce(generated(contracts()["orders"], 500))
    caught_up()
    batch_to(begun_minute())
    produce(generated(contracts()["orders"], 200))
    caught_up()
    before, checkout = customers(), _checkout(tmp_path)
    _there(checkout, "from crm.kafka import ensure_topics; ensure_topics()")
    _visit(0)

    reader = _Reader()
    reader.start()
    try:
        done = _crm_there(checkout, "deploy")
    finally:
        reader.end()
    assert done["before"] == definition() != done["definition"]
    assert reader.reads > 20 and reader.seen == [before]
    assert _speed_jobs() == {f"crm-speed-{done['definition']}"}

    _visit(VISITS)
    begun_minute()
    assert _crm_there(checkout, "batch", "run", "--grace", "0")["published"]
    report = _crm_there(checkout, "reconcile")
    assert report["rows_different"] == 0, report
    assert report["models"]["page_visit_deltas"]["rows_compared"] > 0
    client = clickhouse.connect("batch")
    sql = f"SELECT sum(events) AS events, sum(anonymous_visits) AS nobody FROM batch.page_visit_deltas__{done['definition']}"  # noqa: S608
    assert clickhouse.rows(client, sql) == [{"events": 2 * VISITS, "nobody": 2 * VISITS * 4 // 5}]
    assert customers() == before

    back = crm("deploy", "--json")
    assert back.returncode == 0, back.stdout + back.stderr
    assert publication.live_definition(client) == definition()
    assert _speed_jobs() == {f"crm-speed-{definition()}"}
    assert customers() == before
    agrees_with_oracle()
    assert reconciliation.reconcile()["rows_different"] == 0
