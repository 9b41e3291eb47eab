"""What follows from the simulated shop's orders in the other subjects: profiles, feedback, receivables, as records in time."""

import heapq
import math
import random
from collections.abc import Iterator, Sequence
from itertools import count
from typing import NamedTuple, Protocol

from crm.contracts import contracts
from sources.events import CustomerEvent, Encoder, Event, FeedbackEvent, ReceivableEvent
from sources.shop import EVENTS_PER_ORDER, LIVE, PAID, USUAL, Lines, expected_buyers
from sources.shop_customers import CHANGED_SHARE, Customers
from sources.shop_feedback import Feedback
from sources.shop_receivables import Receivables, records_per_invoice
from sources.simulation import Simulation, Timed


class Arrival(NamedTuple):
    """A record of another topic than the orders', and when it arrives: milliseconds since 1970."""

    at: int
    topic: str
    key: bytes
    value: bytes


class Follower(Protocol):
    """What one subject makes of orders."""

    def after(self, made: Lines, draw: random.Random) -> Iterator[Timed]:
        """The events that follow from a block of the shop's lines, now or later."""


class Subjects:
    """Follows the shop's orders in what a simulation asks for; `disorder` and `late` are in it."""

    def __init__(self, simulation: Simulation) -> None:
        asked, seed = simulation.subjects, simulation.seed
        day = (LIVE if simulation.rate else USUAL).day * 1000
        customers = Customers(seed, simulation.customers, simulation.business)
        feedback = Feedback(
            seed, customers, simulation.products, rated=simulation.rated, complained=simulation.complained, day=day
        )
        followers: dict[str, Follower] = {
            "customers": customers,
            "feedback": feedback,
            "arrears": Receivables(seed, customers, day),
        }
        self._followers = [follower for subject, follower in followers.items() if subject in asked]
        self._simulation = simulation
        self._buys_on_account = customers.buys_on_account if "arrears" in asked else None
        self.records_per_order = self._records_per_order(feedback)
        self._encoders = {
            kind.CONTRACT: (contracts()[kind.CONTRACT].topic, Encoder(contracts()[kind.CONTRACT], kind))
            for kind in (FeedbackEvent, ReceivableEvent, CustomerEvent)
        }
        self._draw = random.Random(f"{seed} subjects")
        self._numbers = count()
        self._waiting: list[tuple[int, int, Event]] = []

    def _records_per_order(self, feedback: Feedback) -> float:
        """Records that are sent for each order, in the mean, so that all of them fill the time that the simulation asks for."""
        asked, named = self._simulation.subjects, 1 - self._simulation.anonymous
        days = math.inf if self._simulation.rate else self._simulation.days
        accounts = named * self._simulation.business if "arrears" in asked else 0.0
        each = (EVENTS_PER_ORDER - accounts if "demand" in asked else 0.0) + accounts * records_per_invoice(days)
        if "feedback" in asked:
            each += feedback.records_per_order(self._simulation.anonymous, days)
        if "customers" not in asked:
            return each
        # Of a customer's orders the first has a record and of the others few: the more orders, the fewer records for each.
        wanted = self._simulation.count or self._simulation.rate * 3600 or 100_000

        def records(orders: float) -> float:
            new = expected_buyers(self._simulation.customers, orders * named)
            return orders * each + new + CHANGED_SHARE * (orders * named - new)

        least, most = 0.0, 1.0
        while records(most) < wanted:
            least, most = most, 2 * most
        for _ in range(20):
            middle = (least + most) / 2
            least, most = (middle, most) if records(middle) < wanted else (least, middle)
        return wanted / most

    def follow(self, made: Lines) -> Lines:
        """Take a block of the shop's lines in; returns those of them that are sent: what is bought on account is not paid at once."""
        disorder = self._simulation.disorder * 1000
        for follower in self._followers:
            for at, event in follower.after(made, self._draw):
                arrives_at = at + int(self._draw.uniform(0, disorder)) if disorder else at
                heapq.heappush(self._waiting, (arrives_at, next(self._numbers), event))
        if "demand" not in self._simulation.subjects:
            return made[:0]
        if self._buys_on_account is None:
            return made
        return made[~((made["kind"] == PAID) & (made["customer"] >= 0) & self._buys_on_account[made["customer"]])]

    def due(self, until: int) -> Sequence[Arrival]:
        """The records that arrive before a moment, in their order."""
        found = []
        while self._waiting and self._waiting[0][0] < until:
            at, _, event = heapq.heappop(self._waiting)
            if self._simulation.late and self._draw.random() < self._simulation.late:
                delay = math.exp(self._draw.uniform(0, math.log(self._simulation.late_max))) * 1000
                event.occurred_at -= int(min(delay, event.occurred_at))
            topic, encode = self._encoders[event.CONTRACT]
            found.append(Arrival(at, topic, *encode(event)))
        return found
