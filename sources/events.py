"""Events as the loaders make them, and their form in Kafka.

An event is a dataclass whose fields are a contract's columns, in the contract's order. Moments are milliseconds since
1970 UTC, money is a Decimal, a day is a date. The encoder turns it into the key and the JSON that the contract describes.
"""

from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation
from functools import lru_cache
from operator import attrgetter
from typing import Any, ClassVar, Protocol
from zoneinfo import ZoneInfo

import orjson

from crm.contracts import Contract, contracts

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)
CENT = Decimal("0.01")
# ClickHouse's Decimal(18, 2) ends here; a larger amount could not be rounded to the cent without losing digits either.
LARGEST_AMOUNT = Decimal(10) ** 16


class Event(Protocol):
    """What the load mechanism needs of an event of any contract."""

    CONTRACT: ClassVar[str]
    event_id: str
    occurred_at: int


@dataclass(slots=True)
class OrderEvent:
    """An event of `contracts/orders.odcs.yaml`."""

    CONTRACT: ClassVar[str] = "orders"
    event_id: str
    kind: str
    order_id: str
    line_no: int
    customer_id: str | None
    product_id: str | None
    category: str | None
    quantity: int
    amount: Decimal
    currency: str
    status: str | None
    occurred_at: int


@dataclass(slots=True)
class FeedbackEvent:
    """An event of `contracts/feedback.odcs.yaml`."""

    CONTRACT: ClassVar[str] = "feedback"
    event_id: str
    kind: str
    feedback_id: str
    customer_id: str | None
    order_id: str | None
    product_id: str | None
    category: str | None
    channel: str
    rating: int | None
    nps: int | None
    text: str | None
    language: str | None
    occurred_at: int


@dataclass(slots=True)
class ReceivableEvent:
    """An event of `contracts/receivables.odcs.yaml`."""

    CONTRACT: ClassVar[str] = "receivables"
    event_id: str
    kind: str
    invoice_id: str
    customer_id: str
    due_date: date | None
    amount: Decimal
    currency: str
    occurred_at: int


@dataclass(slots=True)
class CustomerEvent:
    """An event of `contracts/customers.odcs.yaml`."""

    CONTRACT: ClassVar[str] = "customers"
    event_id: str
    customer_id: str
    name: str | None
    email: str | None
    country: str | None
    segment: str | None
    credit_limit: Decimal | None
    currency: str
    consent: str
    occurred_at: int


# What may be sent, by contract: all but what a job of the platform writes itself.
EVENT_TYPES: dict[str, type[Any]] = {
    kind.CONTRACT: kind for kind in (OrderEvent, FeedbackEvent, ReceivableEvent, CustomerEvent)
}


class Encoder:
    """Turns events of one contract into the key and value of a Kafka record."""

    def __init__(self, contract: Contract, event_type: type) -> None:
        self._names = tuple(field.name for field in fields(event_type))
        self._values: Callable[[Any], tuple[Any, ...]] = attrgetter(*self._names)
        self._moments = tuple(column.name for column in contract.columns if column.logical_type == "timestamp")
        self._days = tuple(column.name for column in contract.columns if column.logical_type == "date")
        self._key = contract.partition_key

    def __call__(self, event: Event, shift: int = 0) -> tuple[bytes, bytes]:
        """Key and value of `event`, with `shift` milliseconds added to each of its moments, and its whole days to each date.

        The key is the first column of the contract's partition key that is not null.
        """
        record = dict(zip(self._names, self._values(event), strict=True))
        for name in self._moments:
            if record[name] is not None:
                record[name] = utc_text(record[name] + shift)
        for name in self._days if shift else ():
            if record[name] is not None:
                record[name] += timedelta(milliseconds=shift) // DAY * DAY
        key = next(record[name] for name in self._key if record[name] is not None)
        return key.encode(), orjson.dumps(record, default=_plain)


def _plain(value: object) -> str:
    # Money as text: a JSON number is a double in most readers, and 0.1 + 0.2 is not 0.3 there.
    if isinstance(value, Decimal):
        return f"{value:f}"
    raise TypeError(f"{type(value).__name__} has no JSON form")


def utc_text(moment: int) -> str:
    """Milliseconds since 1970 as `YYYY-MM-DDThh:mm:ss.mmmZ`."""
    seconds, milliseconds = divmod(moment, 1000)
    return f"{_seconds_text(seconds)}.{milliseconds:03d}Z"


@lru_cache(maxsize=1 << 16)
def _seconds_text(seconds: int) -> str:
    return (EPOCH + timedelta(seconds=seconds)).isoformat()[:19]


@lru_cache(maxsize=1 << 16)
def local_moment(text: str, zone: ZoneInfo) -> int:
    """An ISO 8601 date and time as milliseconds since 1970 UTC; without a zone of its own it is local to `zone`.

    Of the two moments that a clock shows when it is set back, the first is meant; a moment that it skips when it is set
    forward counts as so long after the last moment before. Raises ValueError where `text` is no date and time.
    """
    found = datetime.fromisoformat(text)
    if len(text) < len("YYYY-MM-DD hh:mm"):
        raise ValueError(f"not a date and time: {text!r}")
    return moment(found if found.tzinfo else found.replace(tzinfo=zone))


def moment(at: datetime) -> int:
    """An aware datetime as whole milliseconds since 1970 UTC, rounded down."""
    return (at - EPOCH) // timedelta(milliseconds=1)


def whole(text: str) -> int:
    """A whole number. Raises ValueError where `text` is none."""
    _refuse_underscores(text)
    return int(text)


def money(text: str) -> Decimal:
    """A plain decimal number, unrounded. Raises ValueError where `text` is none, is not finite, or is too large to count with."""
    _refuse_underscores(text)
    try:
        value = Decimal(text)
    except InvalidOperation:
        raise ValueError(f"not a number: {text!r}") from None
    # A product with 1e1000000 would be no ValueError but an Overflow.
    if not value.is_finite() or value.copy_abs() >= LARGEST_AMOUNT:
        raise ValueError(f"not an amount of money: {text!r}")
    return value


def _refuse_underscores(text: str) -> None:
    # Python reads 1_0 as 10, as its source code may have it. In a file it is a slip.
    if "_" in text:
        raise ValueError(f"not a number: {text!r}")


def cents(value: Decimal) -> Decimal:
    """`value` rounded to the cent, a half to the even cent so that many roundings do not add up in one direction.

    Raises ValueError where it is too large for the platform.
    """
    if value.copy_abs() >= LARGEST_AMOUNT:  # abs() would round, and overflow
        raise ValueError(f"not an amount of money: {value}")
    return value.quantize(CENT, ROUND_HALF_EVEN) + 0  # + 0 turns -0.00 into 0.00


def encoders() -> dict[type[Any], Encoder]:
    """An encoder for each type of event that may be sent."""
    return {kind: Encoder(contracts()[name], kind) for name, kind in EVENT_TYPES.items()}
