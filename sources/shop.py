"""The simulated shop itself: who buys what and when, in numpy arrays."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

CURRENCY = "EUR"
KINDS = ("placed", "paid", "cancelled", "returned")
PLACED, PAID, CANCELLED, RETURNED = range(4)
CATEGORIES = (
    "books", "toys", "garden", "kitchen", "electronics", "furniture", "sports", "beauty", "stationery", "pets",
    "groceries", "clothing", "shoes", "music", "tools", "baby",
)  # fmt: skip
LINES = np.arange(1, 7)
LINES_SHARE = np.array([0.42, 0.25, 0.15, 0.09, 0.06, 0.03])
QUANTITY_MEAN = 0.8
CANCELLED_SHARE, RETURNED_SHARE = 0.02, 0.03
CUSTOMER_SKEW, PRODUCT_SKEW = 0.7, 1.0
HOUR, DAY = 3600.0, 86_400.0
# In the mean an order is this many events: its lines, one payment, and what becomes of the lines.
EVENTS_PER_ORDER = float(LINES @ LINES_SHARE) * (1 + CANCELLED_SHARE + RETURNED_SHARE) + 1
# Orders by hour of the day and by day of the week, from Thursday on, since 1970 began on one; both have the mean 1.
BY_HOUR = np.array([3, 2, 1, 1, 1, 2, 4, 7, 10, 12, 13, 14, 14, 13, 13, 13, 14, 15, 17, 19, 20, 17, 12, 7])
BY_DAY = np.array([10, 11, 13, 9, 12, 10, 10])
BY_HOUR_OF_WEEK = np.outer(BY_DAY / BY_DAY.mean(), BY_HOUR / BY_HOUR.mean()).ravel()

LINE = np.dtype(
    [
        ("arrives_at", np.int64),  # milliseconds since 1970, as is occurred_at
        ("occurred_at", np.int64),
        ("order", np.int64),
        ("cents", np.int64),
        ("customer", np.int32),  # -1: anonymous
        ("product", np.int32),  # -1: an event of the whole order
        ("quantity", np.int16),
        ("line_no", np.int16),
        ("kind", np.int8),
    ]
)
Lines = NDArray[np.void]


def expected_buyers(customers: int, orders: float) -> float:
    """How many of the customers place so many orders with a customer, in the mean."""
    weights = np.arange(1, customers + 1) ** -CUSTOMER_SKEW
    return float(-np.expm1(orders * np.log1p(-np.minimum(weights / weights.sum(), 1 - 1e-12))).sum())


class Delays(NamedTuple):
    """How long after an order what becomes of it happens, in seconds; `day`: what happens within a day in other subjects."""

    paid: float
    cancelled: float
    returned_least: float
    returned_most: float
    day: float


USUAL = Delays(paid=HOUR, cancelled=6 * HOUR, returned_least=2 * DAY, returned_most=30 * DAY, day=DAY)
# Who watches a live stream wants to see a return within minutes.
LIVE = Delays(paid=5.0, cancelled=30.0, returned_least=60.0, returned_most=600.0, day=10.0)


class Shop:
    """Makes orders in blocks. `start`: milliseconds since 1970; `offset`: milliseconds by which its clock is slow.

    `by_the_clock`: evenly in time, with short delays.
    """

    def __init__(
        self,
        random: np.random.Generator,
        *,
        customers: int,
        products: int,
        anonymous: float,
        start: int,
        offset: int = 0,
        orders_per_second: float,
        by_the_clock: bool,
    ) -> None:
        self._random = random
        self._anonymous = anonymous
        self._orders_per_second = orders_per_second
        self._delays = LIVE if by_the_clock else USUAL
        self._rhythm = np.ones(7 * 24) if by_the_clock else BY_HOUR_OF_WEEK
        self._customers = _Zipf(random, customers, CUSTOMER_SKEW)
        self._products = _Zipf(random, products, PRODUCT_SKEW)
        self._prices = np.maximum(np.exp(random.normal(3.0, 0.9, products)) * 100, 49).astype(np.int64)
        # The week's intensity, cumulated, turns evenly distributed moments into the shop's rhythm.
        hours = np.arange(7 * 24 + 1) * HOUR
        self._clock, self._cumulated = hours, np.concatenate([[0.0], np.cumsum(self._rhythm) * HOUR])
        self._elapsed = float(np.interp(start / 1000 % (7 * DAY), hours, self._cumulated))
        self._week = start / 1000 // (7 * DAY) * 7 * DAY
        self._offset = offset
        self._orders = 0

    def block(self, orders: int) -> tuple[Lines, int]:
        """The events of the next orders, and the moment before which no later block has one."""
        random = self._random
        first, self._orders = self._orders, self._orders + orders
        evenly = self._elapsed + np.cumsum(random.exponential(1 / self._orders_per_second, orders))
        self._elapsed = float(evenly[-1]) if orders else self._elapsed
        ordered_at = self._moments(evenly)
        counts = random.choice(LINES, orders, p=LINES_SHARE)
        starts = np.cumsum(counts) - counts
        of_order = np.repeat(np.arange(orders), counts)
        placed = np.zeros(len(of_order), LINE)
        placed["order"] = first + of_order
        placed["line_no"] = np.arange(len(of_order)) - starts[of_order] + 1
        placed["occurred_at"] = ordered_at[of_order]
        buyers = self._customers.draw(random, orders)
        buyers[random.random(orders) < self._anonymous] = -1
        placed["customer"] = buyers[of_order]
        placed["product"] = self._products.draw(random, len(placed))
        placed["quantity"] = 1 + np.minimum(random.poisson(QUANTITY_MEAN, len(placed)), 20)
        placed["cents"] = self._prices[placed["product"]] * placed["quantity"]
        made = np.concatenate([placed, self._paid(placed, starts), *self._undone(placed)])
        made["arrives_at"] = made["occurred_at"]
        return made, int(self._moments(np.array([self._elapsed]))[0])

    def _moments(self, evenly: NDArray[np.float64]) -> NDArray[np.int64]:
        week, within = np.divmod(evenly, self._cumulated[-1])
        seconds = self._week + week * 7 * DAY + np.interp(within, self._cumulated, self._clock)
        return (seconds * 1000).astype(np.int64) + self._offset

    def _paid(self, placed: Lines, starts: NDArray[np.int64]) -> Lines:
        paid = placed[starts]
        if len(paid):
            paid["cents"] = np.add.reduceat(placed["cents"], starts)
        paid["kind"], paid["product"], paid["quantity"], paid["line_no"] = PAID, -1, 0, 0
        paid["occurred_at"] += self._after(1.0, self._delays.paid, len(paid))
        return paid

    def _undone(self, placed: Lines) -> tuple[Lines, Lines]:
        random = self._random
        fate = random.random(len(placed))
        cancelled = placed[fate < CANCELLED_SHARE]
        cancelled["kind"] = CANCELLED
        cancelled["occurred_at"] += self._after(1.0, self._delays.cancelled, len(cancelled))
        returned = placed[(fate >= CANCELLED_SHARE) & (fate < CANCELLED_SHARE + RETURNED_SHARE)]
        returned["kind"] = RETURNED
        kept = (random.random(len(returned)) * returned["quantity"]).astype(np.int16)
        returned["cents"] -= self._prices[returned["product"]] * kept
        returned["quantity"] -= kept
        returned["occurred_at"] += self._after(self._delays.returned_least, self._delays.returned_most, len(returned))
        return cancelled, returned

    def _after(self, least: float, most: float, size: int) -> NDArray[np.int64]:
        return (self._random.uniform(least, most, size) * 1000).astype(np.int64)


class _Zipf:
    """Draws numbers below `size`, of which few are drawn often: the k-th most frequent with weight k ** -skew."""

    def __init__(self, random: np.random.Generator, size: int, skew: float) -> None:
        weights = np.arange(1, size + 1) ** -skew
        self._cumulated = np.cumsum(weights) / weights.sum()
        # So that a small number is not a frequent one.
        self._names = random.permutation(size).astype(np.int32)

    def draw(self, random: np.random.Generator, size: int) -> NDArray[np.int32]:
        drawn = np.searchsorted(self._cumulated, random.random(size), side="right")
        return self._names[np.minimum(drawn, len(self._names) - 1)]
