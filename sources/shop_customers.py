"""Who the simulated shop's customers are, and the records that state it: one with the first order, and one with each change.

Nobody is real: names say so, and addresses end in a domain that is reserved for examples (RFC 2606).
"""

import random
from collections.abc import Iterator
from decimal import Decimal

import numpy as np

from sources.events import CustomerEvent
from sources.shop import CURRENCY, PLACED, Lines
from sources.simulation import Timed

# Country, language, and share of the customers.
COUNTRIES = (
    ("PT", "pt", 0.22), ("BR", "pt", 0.13), ("IE", "en", 0.18), ("GB", "en", 0.15), ("US", "en", 0.12), ("CN", "zh", 0.15), ("SG", "zh", 0.05),
)  # fmt: skip
NAMES = {"en": "Sam Sample", "pt": "Ana Exemplo", "zh": "示例顾客"}
COMPANIES = {"en": "Sample Trading", "pt": "Exemplo Comercial", "zh": "示例贸易"}
CONSENTS, CONSENT_SHARES = ("granted", "denied", "unknown"), (0.55, 0.3, 0.15)
# The better segment, the usual one, and the share of the better.
BUSINESS_SEGMENTS, PRIVATE_SEGMENTS = ("corporate", "small business", 0.2), ("member", "consumer", 0.3)
# A limit is from some 1,000 to some 30,000, most are small.
LIMIT_MEAN, LIMIT_SPREAD = 8.5, 0.8
# Of the orders, how many come with news of the customer.
CHANGED_SHARE = 0.02


def customer_id(number: int) -> str:
    """The id by which all topics know a customer."""
    return f"C{number:06d}"


class Customers:
    """The customers, and their records as orders come in. `business`: share of those who buy on account."""

    def __init__(self, seed: int, size: int, business: float) -> None:
        random = np.random.default_rng([seed, 4])
        self._seed = seed
        self.buys_on_account = random.random(size) < business
        self._country = random.choice(len(COUNTRIES), size, p=[share for *_, share in COUNTRIES])
        self._consent = random.choice(len(CONSENTS), size, p=CONSENT_SHARES)
        self._is_better = random.random(size)
        self._limit = np.round(np.exp(random.normal(LIMIT_MEAN, LIMIT_SPREAD, size)), -2).astype(np.int64)
        self._records = np.zeros(size, np.int64)

    def language(self, number: int) -> str:
        """The language that a customer writes."""
        return COUNTRIES[self._country[number]][1]

    def after(self, made: Lines, draw: random.Random) -> Iterator[Timed]:
        """The records that come with orders."""
        orders = made[(made["kind"] == PLACED) & (made["line_no"] == 1) & (made["customer"] >= 0)]
        for number, at in zip(orders["customer"].tolist(), orders["occurred_at"].tolist(), strict=True):
            if not self._records[number] or draw.random() < CHANGED_SHARE:
                yield at, self._record(number, at)
                self._records[number] += 1

    def _record(self, number: int, at: int) -> CustomerEvent:
        """The next record: consent is given or withdrawn, and a limit grows by half each time."""
        version = int(self._records[number])
        country, language, _ = COUNTRIES[self._country[number]]
        business, better = bool(self.buys_on_account[number]), float(self._is_better[number])
        greater, usual, share = BUSINESS_SEGMENTS if business else PRIVATE_SEGMENTS
        return CustomerEvent(
            event_id=f"sim:{self._seed}:customers:{number}:{version}",
            customer_id=customer_id(number),
            name=f"{(COMPANIES if business else NAMES)[language]} {number:06d}",
            email=f"customer-{number:06d}@shop.example",
            country=country,
            segment=greater if better < share else usual,
            credit_limit=Decimal(int(self._limit[number]) * (2 + version) // 2) if business else None,
            currency=CURRENCY,
            consent=CONSENTS[(int(self._consent[number]) + version) % 2 if version else int(self._consent[number])],
            occurred_at=at,
        )
