"""Olist's customers: one record for each person who ordered, from the first order on.

The files name no one: what is known of a person is `customer_unique_id` and an address. The shops are Brazilian and sell in
BRL. The state is part of an address and no country, so it is not loaded.
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from sources.events import CustomerEvent
from sources.files import Row

COUNTRY = "BR"
CURRENCY = "BRL"


class Buyer(NamedTuple):
    """Who placed an order, None where the files do not say, with the order's row and moment (milliseconds since 1970)."""

    row: Row
    customer: str | None
    ordered_at: int


def customers(buyers: Iterable[Buyer]) -> Iterator[tuple[Row, CustomerEvent]]:
    """The record of each person, as of its earliest order."""
    first: dict[str, Buyer] = {}
    for buyer in buyers:
        if buyer.customer and (buyer.customer not in first or buyer.ordered_at < first[buyer.customer].ordered_at):
            first[buyer.customer] = buyer
    for person, buyer in first.items():
        yield (
            buyer.row,
            CustomerEvent(
                event_id=f"olist:customers:{person}",
                customer_id=person,
                name=None,
                email=None,
                country=COUNTRY,
                segment=None,
                credit_limit=None,
                currency=CURRENCY,
                consent="unknown",
                occurred_at=buyer.ordered_at,
            ),
        )
