"""A simulation that ends at a moment: how long so many records take, only making them tells."""

from dataclasses import replace
from datetime import datetime

import numpy as np

from sources.events import moment, utc_text
from sources.shop import BY_HOUR_OF_WEEK
from sources.simulation import Label, Simulation
from sources.simulator import blocks

FIELD = b'"occurred_at":"'
HOUR_MS, WEEK = 3_600_000, 7 * 24
# The orders of a week, hour by hour, where an hour has one in the mean.
HOURS, ORDERS = np.arange(WEEK + 1), np.concatenate([[0.0], np.cumsum(BY_HOUR_OF_WEEK)])
LENGTH = len("YYYY-MM-DDThh:mm:ss.mmmZ")


def ending_at(simulation: Simulation, end: int) -> Simulation:
    """The simulation with its last event at `end` (milliseconds since 1970). Its records are made twice for that.

    Payments and returns follow orders hours or weeks later, and by night little is ordered, so that the records of 30 days
    take some hours more or less. They begin so many orders earlier, and what is left, minutes of many records and
    hours of few, is added to the moments of all of them alike.
    """
    start = _moment(_orders(simulation.start) + _orders(end) - _orders(_last(simulation)))
    simulation = replace(simulation, start=start)
    return replace(simulation, offset=simulation.offset + end - _last(simulation))


def _orders(at: int) -> float:
    """How many orders there are by a moment, in those that an hour has in the mean."""
    weeks, within = divmod(at / HOUR_MS, WEEK)
    return float(weeks * WEEK + np.interp(within, HOURS, ORDERS))


def _moment(orders: float) -> int:
    """By which moment there are so many."""
    weeks, within = divmod(orders, WEEK)
    return int((weeks * WEEK + np.interp(within, ORDERS, HOURS)) * HOUR_MS)


def _last(simulation: Simulation) -> int:
    """When the last of the events happens, be it valid or repeated."""
    latest = max(
        (
            value.rpartition(FIELD)[2][:LENGTH]
            for block in blocks(simulation)
            for value, label in zip(block.values, block.labels, strict=True)
            if label != Label.MALFORMED
        ),
        default=utc_text(simulation.start).encode(),
    )
    return moment(datetime.fromisoformat(latest.decode()))
