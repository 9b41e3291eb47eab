"""A plausible shop that does not exist: seeded, so that the same dials make the same bytes.

Customers and products are Zipf-skewed, orders follow the hours of the day and the days of the week, some lines are
cancelled within hours or returned within weeks. Then the stream is spoiled as asked: duplicates, lateness, disorder and
malformed records. Everything is drawn in blocks with numpy; a core makes some 300,000 records a second.
"""

import time
from collections import Counter
from collections.abc import Iterator
from itertools import chain
from typing import Any

import numpy as np

from sources.producer import Producer
from sources.progress import Progress, shown
from sources.shop import LINE, Lines, Shop
from sources.simulation import Block, Label, Simulation
from sources.spoiler import Spoiler
from sources.stopping import stoppable

__all__ = ["Block", "Label", "Simulation", "blocks", "events", "run"]

ORDERS_PER_BLOCK = 8192
# How often the clock is looked at where nothing waits for it.
LOOK_EVERY = 500
# A shorter sleep costs more than it spaces: at high rates events go out in small groups.
WAIT_LEAST = 0.005


def events(simulation: Simulation) -> Iterator[tuple[bytes, bytes]]:
    """Key and value of each record, in the order of their arrival."""
    return chain.from_iterable(zip(block.keys, block.values, strict=True) for block in blocks(simulation))


def blocks(simulation: Simulation) -> Iterator[Block]:
    """The same in blocks of some ten thousand, with labels."""
    left = simulation.count
    spoiler = Spoiler(simulation)
    lines = _arrivals(simulation)
    while left is None or left > 0:
        block = spoiler.spoil(next(lines))
        if left is not None:
            block = Block(block.keys[:left], block.values[:left], block.labels[:left])
            left -= len(block.keys)
        yield block


def _arrivals(simulation: Simulation) -> Iterator[Lines]:
    """The shop's order lines in the order of their arrival; `late` and `disorder` are in it."""
    shop = Shop(
        np.random.default_rng([simulation.seed, 1]),
        customers=simulation.customers,
        products=simulation.products,
        anonymous=simulation.anonymous,
        start=simulation.start,
        records_per_second=simulation.records_per_second * (1 - simulation.duplicates - simulation.malformed),
        by_the_clock=bool(simulation.rate),
    )
    random = np.random.default_rng([simulation.seed, 2])
    waiting = np.empty(0, LINE)
    while True:
        made, until = shop.block(ORDERS_PER_BLOCK)
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
        yield arrived


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
    begun, sent = time.monotonic(), 0
    with stoppable() as stop, shown(progress) as show, Producer() as producer:
        for block in blocks(simulation):
            for number, (key, value) in enumerate(zip(block.keys, block.values, strict=True)):
                if sent % LOOK_EVERY == 0 or simulation.rate:
                    elapsed = time.monotonic() - begun
                    if simulation.rate and (wait := sent / simulation.rate - elapsed) > WAIT_LEAST:
                        show("simulating", producer.acknowledged, simulation.count or 0)
                        stop.wait(wait)
                    elif sent % LOOK_EVERY == 0:
                        show("simulating", producer.acknowledged, simulation.count or 0)
                    if stop.is_set() or (duration is not None and elapsed >= duration):
                        break
                producer.send(key, value)
                labels[block.labels[number]] += 1
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
        "seconds": round(seconds, 3),
        "events_per_second": round(acknowledged / seconds),
    }
