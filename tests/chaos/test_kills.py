"""Under load, kill -9 every service and the batch run in each of its steps; then nothing is lost and nothing is doubled."""

import itertools
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import psutil
import pytest

from batch_layer import reconciliation
from crm.settings import ROOT
from local import stack as embedded
from local.services import services
from sources.producer import Producer
from speed_layer import lifecycle
from speed_layer.enrichment import lifecycle as enrichment
from tests import plausible, staging
from tests.engine import agrees_with_oracle, begun_minute, caught_up, crm

pytestmark = [pytest.mark.stack, pytest.mark.timeout(1800)]
SERVICES = ("kafka", "clickhouse", "flink-jobmanager", "flink-taskmanager")
# What a batch run says as it begins a step. Killed there it is in the step, or, for publishing, between check and publish.
STEPS = ("landing", "building", "checking", "publishing", "pruning")
# Over within a second: killed as soon as they are begun. The others are killed somewhere in their first half second.
SHORT = ("publishing", "pruning")
CRM = (sys.executable, "-c", "from crm.cli.main import app; app()")
RATE = 600  # events/s of the simulated shop: beside six restarts on two cores
RATE_EACH = 50  # events/s of every topic besides


def _service(name: str) -> dict[str, object]:
    return next(service for service in services() if service["name"] == name)


def _kill_service(name: str) -> None:
    """kill -9, process group and all, and wait until supervisord has brought it back."""
    victim = psutil.Process(int(str(_service(name)["pid"])))
    for process in [*victim.children(recursive=True), victim]:
        process.kill()
    psutil.wait_procs([victim], timeout=10)
    embedded.wait([service for service in embedded.catalogue() if service.name == name])
    # What crm_speed_watch does each minute: a session cluster whose JobManager died has forgotten its jobs.
    lifecycle.ensure_running()
    enrichment.ensure_running()


def _kill_batch(step: str) -> None:
    """Start a batch run and kill -9 it, with the dbt that it may have started, as it begins a step."""
    batch = subprocess.Popen(
        [*CRM, "batch", "run", "--grace", "0"],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=ROOT, start_new_session=True,
    )  # fmt: skip
    said = []
    with batch:
        for line in batch.stdout or ():
            said.append(line)
            if line.startswith(step):
                if step not in SHORT:
                    time.sleep(random.uniform(0, 0.5))
                os.killpg(batch.pid, signal.SIGKILL)
                code = batch.wait()
                print(
                    f"the run {'was killed' if code == -signal.SIGKILL else f'had ended with code {code}'} in {step}",
                    flush=True,
                )
                # The long steps go on for seconds, unless the run fails by itself beside a service that has just come back.
                assert code == -signal.SIGKILL or step not in SHORT, "".join(said)
                return
        batch.wait()
    assert any("nothing to publish" in line for line in said), f"the run never came to {step}:\n{''.join(said)}"
    begun_minute()
    _kill_batch(step)


def _load(seed: int, seconds: float) -> subprocess.Popen[bytes]:
    options = [
        "--subjects",
        "demand",
        "--rate",
        RATE,
        "--duration",
        seconds,
        "--seed",
        seed,
        "--duplicates",
        0.03,
        "--malformed",
        0.01,
        "--json",
    ]
    spread = ["--late", 0.1, "--late-max", 31_536_000, "--disorder", 30]
    return subprocess.Popen([*CRM, "simulate", *map(str, options + spread)], stdout=subprocess.PIPE, cwd=ROOT)


def _load_every_topic(seed: int, seconds: float) -> int:
    """Send plausible events of every contract for so long, as their senders would; returns how many were acknowledged."""
    streams = [(contract.topic, plausible.records(contract, seed)) for contract in staging.sent()]
    begun = time.monotonic()
    with Producer() as producer:
        for number in itertools.count(1):
            for topic, records in streams:
                producer.send(*next(records), topic)
            elapsed = time.monotonic() - begun
            if elapsed > seconds:
                break
            time.sleep(max(number / RATE_EACH - elapsed, 0))
    return producer.acknowledged


def test_kills_lose_and_double_nothing(stack: None, pytestconfig: pytest.Config) -> None:
    """Each round kills everything once, in an order of its own, while events arrive."""
    seed = pytestconfig.getoption("--chaos-seed")
    random.seed(seed)
    for number in range(pytestconfig.getoption("--chaos-rounds")):
        load = _load(seed * 1000 + number, 100)
        with ThreadPoolExecutor(1) as loader:
            sent = loader.submit(_load_every_topic, seed * 1000 + number, 100)
            kills: list[tuple[Callable[[str], None], str]] = [(_kill_service, name) for name in SERVICES]
            kills += [(_kill_batch, step) for step in STEPS]
            random.shuffle(kills)
            for kill, victim in kills:
                print(f"{datetime.now(UTC):%H:%M:%S} kill -9 {victim}", flush=True)
                kill(victim)
            assert sent.result(timeout=300) > 0
        out, _ = load.communicate(timeout=300)
        assert load.returncode == 0, out
    caught_up(300)
    agrees_with_oracle("from wherever the boundary is")
    begun_minute()
    done = crm("batch", "run", "--grace", 0, "--json")
    assert done.returncode == 0 and json.loads(done.stdout)["published"], done.stdout + done.stderr
    agrees_with_oracle("after a complete batch run")
    report = reconciliation.reconcile()
    assert report["rows_different"] == 0, report
    assert report["rows_compared"] > 1000 and all(model["rows_compared"] for model in report["models"].values()), report
