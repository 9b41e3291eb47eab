"""How old a text is when it is found: from Kafka's acknowledgement in topic feedback until a search has it.

Beside a load of texts, probes are sent, each with words of its own; a reader searches for those still missing, over and over.
So the age contains the enrichment, the indexer, Elasticsearch's refresh and the search itself: an upper bound.
"""

import json
import threading
import time
from datetime import UTC, datetime, timedelta
from typing import Any

from confluent_kafka import Producer

from benchmarks.enrichment import WITHOUT_DATA
from benchmarks.processes import Services, spent
from benchmarks.results import Figure, Row, percentile
from benchmarks.stack import Bench
from crm.contracts import contracts
from crm.errors import CrmError
from crm.settings import settings
from local.services import CORE
from search import topic
from search.query import Filters, search

RATE, PROBES_PER_SECOND = (
    200,
    10,
)  # texts/s beside the probes: a tenth of what the enrichment job can do, and much for a shop
WARM_UP_SECONDS, SECONDS = 20, 60
POLL_SECONDS = 0.05
LOST_SECONDS = 30


class Texts:
    """Sends texts at RATE, and probes among them once `probing` is set, until told to stop."""

    def __init__(self, run: int) -> None:
        self.word = f"probe{run}"
        self.probing, self._stop = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._send, daemon=True)
        self.acknowledged: dict[str, float] = {}
        self.failures: list[str] = []
        self.probes = 0

    def __enter__(self) -> "Texts":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _send(self) -> None:
        producer = Producer(
            {
                "bootstrap.servers": settings().bootstrap_servers,
                "acks": "all",
                "enable.idempotence": True,
                "linger.ms": 0,
            }
        )
        begun, sent = time.monotonic(), 0
        while not self._stop.is_set():
            probe = self.probing.is_set() and sent % (RATE // PROBES_PER_SECOND) == 0
            name = f"{self.word}-{self.probes:06d}" if probe else f"{self.word}-load-{sent}"
            text = f"{self.word} {WITHOUT_DATA[0]}" if probe else WITHOUT_DATA[sent % len(WITHOUT_DATA)]
            self.probes += probe
            producer.produce(
                contracts()["feedback"].topic,
                _event(name, text),
                name,
                on_delivery=self._acknowledge if probe else None,
            )
            sent += 1
            while (pause := begun + sent / RATE - time.monotonic()) > 0:
                producer.poll(pause)
        producer.flush(LOST_SECONDS)

    def _acknowledge(self, error: Any, message: Any) -> None:
        if error:
            self.failures.append(str(error))
        else:
            self.acknowledged[message.key().decode()] = time.monotonic()


def _event(name: str, text: str) -> bytes:
    event = {
        "event_id": name, "kind": "commented", "feedback_id": name, "channel": "bench", "text": text,
        "occurred_at": datetime.now(UTC).isoformat(),
    }  # fmt: skip
    return json.dumps(event, ensure_ascii=False).encode()


def measure(bench: Bench) -> Row:
    """p50 and p99 of the probes' age when they are first found."""
    runs = []
    for number in range(1, bench.runs + 1):
        bench.empty(*CORE, "search")
        bench.say(f"search, run {number} of {bench.runs}: {RATE:,} texts/s")
        runs.append(_run(number, max(SECONDS * bench.scale, 10)))
    return Row(
        "search",
        f"acknowledged by Kafka in topic feedback → found in Elasticsearch, at {RATE:,} texts/s",
        [
            Figure("p50", "s", tuple(run["p50"] for run in runs)),
            Figure("p99", "s", tuple(run["p99"] for run in runs), 2),
            Figure("greatest", "s", tuple(run["greatest"] for run in runs)),
            Figure("node and indexer", "cores", tuple(run["cores"] for run in runs)),
            Figure("a search, p50", "ms", tuple(run["search_p50_ms"] for run in runs)),
        ],
        runs,
    )


def _run(number: int, seconds: float) -> dict[str, Any]:
    with Texts(number) as texts:
        time.sleep(WARM_UP_SECONDS)
        services = Services()
        before = services.seconds()
        texts.probing.set()
        seen, polls = _watch(texts, seconds)
        used = spent(before, services.seconds())
    ages = {name: at - texts.acknowledged[name] for name, at in seen.items()}
    return {
        "probes": len(ages),
        "p50": round(percentile(ages.values(), 0.5), 4),
        "p99": round(percentile(ages.values(), 0.99), 4),
        "greatest": round(max(ages.values()), 4),
        "search_p50_ms": round(percentile(polls, 0.5) * 1000, 1),
        "cores": round((used.get("elasticsearch", 0) + used.get("search-indexer", 0)) / seconds, 2),
        "cpu_seconds": used,
        "pending_records": topic.pending(),
        "ages": [round(ages[name], 4) for name in sorted(ages)],
    }


def _watch(texts: Texts, seconds: float) -> tuple[dict[str, float], list[float]]:
    """When each probe was first found, and how long each search took; raises CrmError for one that is never found."""
    seen: dict[str, float] = {}
    polls: list[float] = []
    deadline = time.monotonic() + seconds
    while texts.probing.is_set() or len(seen) < texts.probes:
        asked = time.monotonic()
        recent = Filters(since=datetime.now(UTC) - timedelta(seconds=LOST_SECONDS))
        for hit in search(texts.word, recent, 1_000)["hits"]:
            seen.setdefault(hit["event_id"], time.monotonic())
        polls.append(time.monotonic() - asked)
        if asked > deadline:
            texts.probing.clear()
        if asked > deadline + LOST_SECONDS or texts.failures:
            raise CrmError(f"of {texts.probes} probes {len(seen)} were found: {texts.failures[:3]}")
        time.sleep(max(asked + POLL_SECONDS - time.monotonic(), 0))
    return seen, polls
