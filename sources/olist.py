"""Olist: orders of Brazilian shops, with their items, payments and reviews.

| file | event | when |
|---|---|---|
| order_items | placed, one for each item (adjusted where the price is negative) | the order's purchase |
| order_items of an order that is canceled | cancelled | the last moment the order's row knows |
| order_payments | paid | the payment's approval, or else the purchase |
| orders | status_changed, one for each order, so that one without items counts too | that moment, too |
| order_reviews | rated, replied: see `sources.olist_reviews` | |
| customers | the record of each person: see `sources.olist_customers` | the person's first order |

The other state that ends badly, `unavailable`, has no items. A customer is a person, `customer_unique_id`:
`customer_id` is a new one for each order. Event ids are made of the files' own keys, so that they outlive a re-sorting.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

from crm.contracts import contracts
from sources.events import CustomerEvent, FeedbackEvent, OrderEvent, cents, money, whole
from sources.files import Rejects, Row, rows
from sources.olist_customers import Buyer, customers
from sources.olist_orders import CUSTOMERS, ORDERS, PRODUCTS, TRANSLATIONS, Order, categories, orders
from sources.olist_reviews import REVIEWS, Orders, reviews
from sources.validity import Validity

CURRENCY = "BRL"
CANCELED = "canceled"
ITEMS = "olist_order_items_dataset.csv"
PAYMENTS = "olist_order_payments_dataset.csv"


class _Part(NamedTuple):
    """An item or a payment: a numbered part of an order that is worth money."""

    row: Row
    order: Order
    number: int
    amount: Decimal


def files(directory: Path) -> list[Path]:
    """The files that the events come from. Two may be missing: without the translation, categories stay Portuguese."""
    wanted = [directory / name for name in (ORDERS, CUSTOMERS, ITEMS, PAYMENTS, PRODUCTS)]
    return [*wanted, *(directory / name for name in (TRANSLATIONS, REVIEWS) if (directory / name).exists())]


def events(
    directory: Path, zone: ZoneInfo, rejects: Rejects
) -> Iterator[tuple[Row, OrderEvent | FeedbackEvent | CustomerEvent]]:
    """Each item, payment, order and review as events: at the same moment, an order's lines come before what happens to them."""
    source = _Source(directory, zone, rejects)
    cancelled: list[tuple[Row, OrderEvent]] = []
    for item, event in source.items():
        yield item.row, event
        if item.order.status == CANCELED and event.kind == "placed":
            end = replace(
                event, event_id=f"{event.event_id}:cancelled", kind="cancelled", occurred_at=item.order.last_known_at
            )
            cancelled.append((item.row, end))
    yield from source.payments()
    yield from cancelled
    yield from source.states()
    yield from reviews(directory, zone, rejects, source.reviewed())
    yield from customers(source.buyers())


class _Source:
    """The files of one directory, joined."""

    def __init__(self, directory: Path, zone: ZoneInfo, rejects: Rejects) -> None:
        self._directory = directory
        self._zone = zone
        self._rejects = rejects
        self._seen: Counter[str] = Counter()
        self._categories = categories(directory, rejects)
        self._orders = orders(directory, zone, rejects)
        self._products: defaultdict[str, set[str]] = defaultdict(set)

    def items(self) -> Iterator[tuple[_Part, OrderEvent]]:
        """Each item that the contract allows as an order line, numbered from 1 without a gap in the order of the items' ids.

        The line with the number 1 counts its order, so that an item that is rejected must not have taken it.
        """
        valid = Validity(contracts()[OrderEvent.CONTRACT])
        by_order: defaultdict[str, list[_Part]] = defaultdict(list)
        for item in self._parts(ITEMS, "order_item_id", "price", "product_id"):
            by_order[item.order.order_id].append(item)
        for items in by_order.values():
            placed = 0
            for item in sorted(items, key=lambda item: item.number):
                product = item.row.values[3]
                self._products[item.order.order_id].add(product)
                event = _event(
                    item.order, "placed", self._id("order_items", item), item.amount, item.order.purchased_at
                )
                event.product_id, event.category, event.quantity = product or None, self._categories.get(product), 1
                if item.amount < 0:
                    event.kind, event.line_no = "adjusted", item.number
                else:
                    event.line_no = placed + 1
                if reason := valid.reason_of(event):
                    self._rejects.add(item.row, reason)
                    continue
                placed += event.kind == "placed"
                yield item, event

    def payments(self) -> Iterator[tuple[Row, OrderEvent]]:
        """Each payment."""
        for payment in self._parts(PAYMENTS, "payment_sequential", "payment_value"):
            event = _event(
                payment.order, "paid", self._id("order_payments", payment), payment.amount, payment.order.approved_at
            )
            event.line_no = payment.number
            yield payment.row, event

    def states(self) -> Iterator[tuple[Row, OrderEvent]]:
        """Each order's state."""
        for order in self._orders.values():
            event = _event(order, "status_changed", f"olist:orders:{order.order_id}", Decimal(0), order.last_known_at)
            event.status = order.status
            yield order.row, event

    def buyers(self) -> Iterator[Buyer]:
        """Who placed each order."""
        return (Buyer(order.row, order.customer, order.purchased_at) for order in self._orders.values())

    def reviewed(self) -> Orders:
        """What reviews take from the orders; the products are those of the items that have been read."""
        persons = {order_id: order.customer for order_id, order in self._orders.items()}
        return Orders(persons, self._products, self._categories)

    def _rows(self, file: str, *columns: str) -> Iterator[Row]:
        return rows(self._directory / file, columns, self._rejects)

    def _id(self, file: str, part: _Part) -> str:
        """An event id from the file's own key; where it is not unique, a second row with it still counts."""
        key = f"olist:{file}:{part.order.order_id}:{part.number}"
        self._seen[key] += 1
        return key if self._seen[key] == 1 else f"{key}#{self._seen[key]}"

    def _parts(self, file: str, number: str, amount: str, *others: str) -> Iterator[_Part]:
        for row in self._rows(file, "order_id", number, amount, *others):
            order = self._orders.get(row.values[0])
            if order is None:
                self._rejects.add(row, f"order_id: {row.values[0]!r} is no order that was loaded from {ORDERS}")
                continue
            try:
                exact = money(row.values[2])
                part = _Part(row, order, whole(row.values[1]), cents(exact))
            except ValueError as error:
                self._rejects.add(row, f"{number} or {amount}: {error}")
                continue
            if exact != part.amount:
                self._rejects.notes[f"{file}: amounts that were rounded to the cent"] += 1
            yield part


def _event(order: Order, kind: str, event_id: str, amount: Decimal, occurred_at: int) -> OrderEvent:
    """An event of an order; the caller fills in what is special about it."""
    return OrderEvent(
        event_id=event_id,
        kind=kind,
        order_id=order.order_id,
        line_no=0,
        customer_id=order.customer,
        product_id=None,
        category=None,
        quantity=0,
        amount=cents(amount),
        currency=CURRENCY,
        status=None,
        occurred_at=occurred_at,
    )
