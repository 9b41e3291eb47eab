"""How old a text is when it is found: from Kafka's acknowledgement in topic feedback until a search has it.

Beside a load of texts, probes are sent; a reader searches for those that are not older than the oldest one still missing,
over and over.
So the age contains the enrichment, the indexer, Elasticsearch's refresh and the search itself: an upper bound.
"""

import itertools
import json
import threading
import time
from datetime import UTC, datetime, timedelta
from typing import Any

from benchmarks.enrichment import WITHOUT_DATA
from benchmarks.probes import LOST_SECONDS, Probes, Sent, verify_load
from benchmarks.processes import Services, spent
from benchmarks.results import Figure, Row, percentile
from benchmarks.stack import Bench
from crm.contracts import contracts
from crm.errors import CrmError
from local.services import CORE
from search import topic
from search.query import Filters, search

RATE = 200  # texts/s, the probes among them: a tenth of what the enrichment job can do, and much for a shop
PROBES_PER_SECOND = 10
WARM_UP_SECONDS, SECONDS = 60, 60
POLL_SECONDS = 0.2


class Texts:
    """Makes texts of a run, and probes among them while `probing` is set."""

    def __init__(self, run: int) -> None:
        self.word = f"probe{run}"
        self.probing = threading.Event()
        self._made, self._probes = itertools.count(), itertools.count()
        self.sent: dict[str, datetime] = {}

    def __call__(self) -> Sent:
        number = next(self._made)
        if self.probing.is_set() and number % (RATE // PROBES_PER_SECOND) == 0:
            name = f"{self.word}-{next(self._probes):06d}"
            self.sent[name] = datetime.now(UTC)
            return name, _event(name, f"{self.word} {WITHOUT_DATA[0]}"), True
        name = f"{self.word}-load-{number}"
        return name, _event(name, WITHOUT_DATA[number % len(WITHOUT_DATA)]), False


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
            Figure("enriched, p50", "s", tuple(run["enriched_p50"] for run in runs)),
            Figure("enriched, p99", "s", tuple(run["enriched_p99"] for run in runs)),
            Figure("node and indexer", "cores", tuple(run["cores"] for run in runs)),
            Figure("a search, p50", "ms", tuple(run["search_p50_ms"] for run in runs)),
        ],
        runs,
    )


def _run(number: int, seconds: float) -> dict[str, Any]:
    texts, epoch = Texts(number), time.time() - time.monotonic()
    probes = Probes(contracts()["feedback"].topic, RATE, texts)
    probes.start()
    try:
        time.sleep(WARM_UP_SECONDS)
        services = Services()
        before = services.seconds()
        texts.probing.set()
        seen, enriched, polls = _watch(probes, texts, seconds)
        used = spent(before, services.seconds())
    finally:
        probes.stop()
    verify_load(probes.per_second(), RATE)
    ages = {name: at - probes.acknowledged[name] for name, at in seen.items()}
    # The enriched record's own append time: what is left is the indexer, the refresh and the search.
    added = [at / 1000 - epoch - probes.acknowledged[name] for name, at in enriched.items()]
    return {
        "probes": len(ages),
        "p50": round(percentile(ages.values(), 0.5), 4),
        "p99": round(percentile(ages.values(), 0.99), 4),
        "greatest": round(max(ages.values()), 4),
        "enriched_p50": round(percentile(added, 0.5), 4),
        "enriched_p99": round(percentile(added, 0.99), 4),
        "search_p50_ms": round(percentile(polls, 0.5) * 1000, 1),
        "cores": round((used.get("elasticsearch", 0) + used.get("search-indexer", 0)) / seconds, 2),
        "cpu_seconds": used,
        "pending_records": topic.pending(),
        "load_per_second": round(probes.per_second(), 1),
        "ages": [round(ages[name], 4) for name in sorted(ages)],
    }


def _watch(probes: Probes, texts: Texts, seconds: float) -> tuple[dict[str, float], dict[str, int], list[float]]:
    """When each probe was first found (monotonic) and enriched (ms since 1970), and how long each search took.

    Raises CrmError for one that is never found.
    """
    seen: dict[str, float] = {}
    enriched: dict[str, int] = {}
    polls: list[float] = []
    deadline = time.monotonic() + seconds
    while texts.probing.is_set() or len(seen) < probes.sent:
        asked = time.monotonic()
        oldest = min((at for name, at in list(texts.sent.items()) if name not in seen), default=datetime.now(UTC))
        for hit in search(texts.word, Filters(since=oldest - timedelta(seconds=1)), 1_000)["hits"]:
            seen.setdefault(hit["event_id"], time.monotonic())
            enriched[hit["event_id"]] = hit["append_time"]
        polls.append(time.monotonic() - asked)
        if asked > deadline:
            texts.probing.clear()
        if asked > deadline + LOST_SECONDS or probes.failures:
            raise CrmError(f"of {probes.sent} probes {len(seen)} were found: {probes.failures[:3]}")
        time.sleep(max(asked + POLL_SECONDS - time.monotonic(), 0))
    return seen, enriched, polls
