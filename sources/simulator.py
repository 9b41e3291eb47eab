"""A plausible shop that does not exist: seeded, so that the same dials make the same bytes.

Customers and products are Zipf-skewed, orders follow the hours of the day and the days of the week, some lines are
cancelled within hours or returned within weeks. Where they are asked for, the other subjects follow from the same orders.
Then the stream is spoiled as asked: duplicates, lateness, disorder and malformed records. Orders are drawn in blocks with
numpy, and a core makes some 300,000 records a second; of all subjects together some 80,000.
"""

import math
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Any

import numpy as np

from sources.producer import Producer
from sources.progress import Progress, shown
from sources.shop import EVENTS_PER_ORDER, LINE, Lines, Shop
from sources.shop_subjects import Arrival, Subjects
from sources.simulation import Block, Label, Simulation
from sources.spoiler import ORDERS, Spoiler
from sources.stopping import stoppable

__all__ = ["Block", "Label", "Simulation", "blocks", "events", "run"]

ORDERS_PER_BLOCK = 8192
# How often the clock is looked at where nothing waits for it.
LOOK_EVERY = 500
# A shorter sleep costs more than it spaces: at high rates events go out in small groups.
WAIT_LEAST = 0.005


def events(simulation: Simulation, topic: str = ORDERS) -> Iterator[tuple[bytes, bytes]]:
    """Key and value of each record of one topic, in the order of their arrival."""
    if simulation.subjects == ("demand",) and topic == ORDERS:
        return chain.from_iterable(zip(block.keys, block.values, strict=True) for block in blocks(simulation))
    return (
        (key, value)
        for block in blocks(simulation)
        for to, key, value in zip(block.topics, block.keys, block.values, strict=True)
        if to == topic
    )


def blocks(simulation: Simulation) -> Iterator[Block]:
    """All records in blocks of some ten thousand, with topics and labels."""
    left = simulation.count
    spoiler = Spoiler(simulation)
    arrivals = _arrivals(simulation)
    while left is None or left > 0:
        block = spoiler.spoil(*next(arrivals)).first(left)
        if left is not None:
            left -= len(block.keys)
        yield block


def _arrivals(simulation: Simulation) -> Iterator[tuple[Lines, Sequence[Arrival]]]:
    """The shop's order lines and the records of other topics, each in the order of arrival; `late` and `disorder` are in it."""
    subjects = None if simulation.subjects == ("demand",) else Subjects(simulation)
    valid = simulation.records_per_second * (1 - simulation.duplicates - simulation.malformed)
    shop = Shop(
        np.random.default_rng([simulation.seed, 1]),
        customers=simulation.customers,
        products=simulation.products,
        anonymous=simulation.anonymous,
        start=simulation.start,
        offset=simulation.offset,
        orders_per_second=valid / (subjects.records_per_order if subjects else EVENTS_PER_ORDER),
        by_the_clock=bool(simulation.rate),
    )
    random = np.random.default_rng([simulation.seed, 2])
    waiting = np.empty(0, LINE)
    while True:
        made, until = shop.block(ORDERS_PER_BLOCK)
        if subjects:
            made = subjects.follow(made)
        if simulation.disorder:
            made["arrives_at"] += random.uniform(0, simulation.disorder * 1000, len(made)).astype(np.int64)
        waiting = np.concatenate([waiting, made])
        # Nothing that is still to be made arrives before `until`.
        due = waiting["arrives_at"] < until
        arrived, waiting = waiting[due], waiting[~due]
        arrived = arrived[np.argsort(arrived["arrives_at"], kind="stable")]
        if simulation.late:
            chosen = random.random(len(arrived)) < simulation.late
            delay = np.exp(random.uniform(0, np.log(simulation.late_max), len(arrived))) * 1000
            arrived["occurred_at"] -= np.where(chosen, np.minimum(delay, arrived["occurred_at"]), 0).astype(np.int64)
        yield arrived, subjects.due(until) if subjects else ()


def run(
    simulation: Simulation | None = None,
    *,
    duration: float | None = None,
    progress: Progress | None = None,
    **dials: Any,
) -> dict[str, Any]:
    """Send a simulation to Kafka, for at most `duration` seconds; `dials` are those of Simulation.

    With a rate, events are sent as they are due. Ctrl-C and SIGTERM end it in good order. Returns what was sent.
    Raises NotReadyError and DeliveryError as Producer does.
    """
    simulation = simulation or Simulation(**dials)
    labels: Counter[int] = Counter()
    topics: Counter[str] = Counter()
    begun, sent, end = time.monotonic(), 0, math.inf if duration is None else duration
    with stoppable() as stop, shown(progress) as show, Producer() as producer:
        for block in blocks(simulation):
            for number, (topic, key, value) in enumerate(zip(block.topics, block.keys, block.values, strict=True)):
                if sent % LOOK_EVERY == 0 or simulation.rate:
                    elapsed = time.monotonic() - begun
                    due = max(elapsed, sent / simulation.rate if simulation.rate else 0)
                    if due - elapsed > WAIT_LEAST:
                        show("simulating", producer.acknowledged, simulation.count or 0)
                        stop.wait(min(due, end) - elapsed)
                    elif sent % LOOK_EVERY == 0:
                        show("simulating", producer.acknowledged, simulation.count or 0)
                    if stop.is_set() or due >= end:
                        break
                producer.send(key, value, topic)
                labels[block.labels[number]] += 1
                topics[topic] += 1
                sent += 1
            else:
                continue
            break
        producer.flush()
        show("simulating", producer.acknowledged, simulation.count or 0)
        acknowledged = producer.acknowledged
    seconds = time.monotonic() - begun
    return {
        "seed": simulation.seed,
        "produced": acknowledged,
        **{f"{label.name.lower()}_records": labels[label] for label in Label},
        **{f"{topic}_records": topics[topic] for topic in sorted(topics)},
        "seconds": round(seconds, 3),
        "events_per_second": round(acknowledged / seconds),
    }
