"""What customers of the simulated shop say of what they bought, and what becomes of their complaints."""

import random
from collections.abc import Iterator
from typing import Any

import numpy as np

from sources.events import FeedbackEvent
from sources.shop import CATEGORIES, LINES, LINES_SHARE, PLACED, RETURNED, RETURNED_SHARE, Lines
from sources.shop_customers import Customers, customer_id
from sources.shop_texts import MOODS, text
from sources.simulation import Timed

# A rating is where a number between 0 and 1 falls: of Olist's real reviews so many are 1, up to 2, up to 3 and up to 4.
RATINGS_UP_TO = (0.11, 0.14, 0.22, 0.41)
# By how much a product's quality moves that number, and by what a line that went back shrinks it.
QUALITY_SPREAD, RETURNED_MOOD = 0.08, 0.3
TEXT_SHARE, NPS_SHARE, LANGUAGE_SHARE = 0.4, 0.5, 0.5
COMMENTED_SHARE = 0.01  # of the orders, those without a customer included
# Who is disappointed complains more often, be it of a low rating or of a line that went back.
DISAPPOINTED_SHARE = 0.25
REPLIED_SHARE, RESOLVED_SHARE, REOPENED_SHARE, RESOLVED_AGAIN_SHARE = 0.93, 0.85, 0.08, 0.8
# A complaint and what becomes of it, in the mean.
EVENTS_PER_COMPLAINT = 1 + REPLIED_SHARE * (1 + RESOLVED_SHARE * (1 + REOPENED_SHARE * (1 + RESOLVED_AGAIN_SHARE)))
SURVEYED_IN = ("survey", "survey", "survey", "web", "app")
COMPLAINED_IN = ("email", "email", "phone", "web", "chat")
COMMENTED_IN = ("web", "app")
# Days, least and most, or in the mean: after the order, after what came before.
RATED_AFTER, COMPLAINED_AFTER, REOPENED_AFTER = (2.0, 14.0), (1.0, 10.0), (1.0, 5.0)
REPLIED_AFTER, RESOLVED_AFTER = 0.3, 2.0


class Feedback:
    """Follows the shop's orders. `rated`, `complained`: shares of the order lines; `day`: milliseconds that a day takes."""

    def __init__(
        self, seed: int, customers: Customers, products: int, *, rated: float, complained: float, day: float
    ) -> None:
        self._random = np.random.default_rng([seed, 5])
        self._quality = self._random.normal(0, QUALITY_SPREAD, products)
        self._seed, self._customers, self._day = seed, customers, day
        self._rated, self._complained = rated, complained
        self._events = self._cases = 0

    def records_per_order(self, anonymous: float, days: float) -> float:
        """How many events follow an order within a simulation of so many days, in the mean: the last orders' come after it."""
        lines = float(LINES @ LINES_SHARE) * (1 - anonymous)
        complaints = self._complained + (self._rated * RATINGS_UP_TO[1] + RETURNED_SHARE) * DISAPPOINTED_SHARE
        within = max(1 - sum(RATED_AFTER) / 2 / days, 0.1)
        return within * (lines * (self._rated + complaints * EVENTS_PER_COMPLAINT) + COMMENTED_SHARE)

    def after(self, made: Lines, draw: random.Random) -> Iterator[Timed]:
        """The feedback on lines of orders."""
        placed = made[made["kind"] == PLACED]
        back = made[made["kind"] == RETURNED]
        is_back = np.isin(placed["order"] * 64 + placed["line_no"], back["order"] * 64 + back["line_no"])
        mood = self._random.random(len(placed)) + self._quality[placed["product"]]
        mood[is_back] *= RETURNED_MOOD
        ratings = 1 + np.searchsorted(RATINGS_UP_TO, mood)
        known = placed["customer"] >= 0
        is_rated = known & (self._random.random(len(placed)) < self._rated)
        disappointed = (is_rated & (ratings <= 2)) | is_back
        chance = np.where(disappointed, DISAPPOINTED_SHARE, 0) if self._complained else np.zeros(len(placed))
        is_complained = known & (self._random.random(len(placed)) < np.maximum(chance, self._complained))
        is_commented = (placed["line_no"] == 1) & (self._random.random(len(placed)) < COMMENTED_SHARE)
        for at in np.flatnonzero(is_rated | is_complained | is_commented).tolist():
            about = self._about(placed[at])
            if is_rated[at]:
                yield self._rating(about, int(ratings[at]), draw)
            if is_complained[at]:
                yield from self._complaint(about, draw)
            if is_commented[at]:
                yield self._comment(about, draw)

    def _about(self, line: Any) -> dict[str, Any]:
        """What all events on a line share, and the line's moment and language."""
        buyer, product = int(line["customer"]), int(line["product"])
        return {
            "at": int(line["occurred_at"]),
            "writes": self._customers.language(buyer) if buyer >= 0 else "en",
            "customer_id": customer_id(buyer) if buyer >= 0 else None,
            "order_id": f"sim-{self._seed}-{int(line['order'])}",
            "product_id": f"P{product:05d}",
            "category": CATEGORIES[product % len(CATEGORIES)],
        }

    def _rating(self, about: dict[str, Any], rating: int, draw: random.Random) -> Timed:
        at = self._later(about["at"], draw.uniform(*RATED_AFTER))
        # Who gives 5 recommends with 8 to 10, who gives 1 with 0 to 3.
        nps = min(max(2 * rating + draw.randint(-2, 1), 0), 10) if draw.random() < NPS_SHARE else None
        mood = MOODS[rating] if draw.random() < TEXT_SHARE else None
        return self._event(
            at, "rated", self._case(), about, draw, channel=draw.choice(SURVEYED_IN), mood=mood, rating=rating, nps=nps
        )

    def _comment(self, about: dict[str, Any], draw: random.Random) -> Timed:
        at = self._later(about["at"], draw.uniform(*RATED_AFTER))
        mood, channel = draw.choice(MOODS[1:]), draw.choice(COMMENTED_IN)
        return self._event(at, "commented", self._case(), about, draw, channel=channel, mood=mood)

    def _complaint(self, about: dict[str, Any], draw: random.Random) -> Iterator[Timed]:
        case, channel = self._case(), draw.choice(COMPLAINED_IN)
        at = self._later(about["at"], draw.uniform(*COMPLAINED_AFTER))
        yield self._event(at, "complained", case, about, draw, channel=channel, mood="negative")
        for kind, share, days in (
            ("replied", REPLIED_SHARE, draw.expovariate(1 / REPLIED_AFTER)),
            ("resolved", RESOLVED_SHARE, draw.expovariate(1 / RESOLVED_AFTER)),
            ("reopened", REOPENED_SHARE, draw.uniform(*REOPENED_AFTER)),
            ("resolved", RESOLVED_AGAIN_SHARE, draw.expovariate(1 / RESOLVED_AFTER)),
        ):
            if draw.random() >= share:
                return
            at = self._later(at, days)
            yield self._event(at, kind, case, about, draw, channel=channel)

    def _case(self) -> str:
        self._cases += 1
        return f"sim-{self._seed}-{self._cases}"

    def _later(self, at: int, days: float) -> int:
        return at + 1 + int(days * self._day)

    def _event(
        self, at: int, kind: str, case: str, about: dict[str, Any], draw: random.Random, *, channel: str,
        mood: str | None = None, rating: int | None = None, nps: int | None = None,
    ) -> Timed:  # fmt: skip
        self._events += 1
        says = text(draw, about["writes"], mood) if mood else None
        event = FeedbackEvent(
            event_id=f"sim:{self._seed}:feedback:{self._events}",
            kind=kind,
            feedback_id=case,
            customer_id=about["customer_id"],
            order_id=about["order_id"],
            product_id=about["product_id"],
            category=about["category"],
            channel=channel,
            rating=rating,
            nps=nps,
            text=says,
            language=about["writes"] if says and draw.random() < LANGUAGE_SHARE else None,
            occurred_at=at,
        )
        return at, event
