"""Records that no contract of this platform allows: what a sick producer sends."""

import re
from collections.abc import Callable
from typing import Any

import orjson

Change = Callable[[dict[str, Any]], Any]


def _with(**fields: Any) -> Change:
    return lambda event: event.update(fields)


def _without(field: str) -> Change:
    return lambda event: event.pop(field)


ORDERS: dict[str, Change] = {
    "without event_id": _without("event_id"),
    "without kind": _without("kind"),
    "without amount": _without("amount"),
    "without occurred_at": _without("occurred_at"),
    "event_id is null": _with(event_id=None),
    "event_id is empty": _with(event_id=""),
    "order_id is too long": _with(order_id="x" * 201),
    "kind is unknown": _with(kind="teleported"),
    "kind in capitals": _with(kind="PLACED"),
    "quantity is a word": _with(quantity="two"),
    "quantity is a fraction": _with(quantity=1.5),
    "quantity is a list": _with(quantity=[2]),
    "quantity is too large": _with(quantity=5_000_000_000),
    "line_no is negative": _with(line_no=-1),
    "amount with a comma": _with(amount="12,50"),
    "amount is NaN": _with(amount="NaN"),
    "amount is an object": _with(amount={"value": 12.5}),
    "amount is too large": _with(amount="1e20"),
    "currency with four letters": _with(currency="EURO"),
    "occurred_at is no date": _with(occurred_at="yesterday"),
    "occurred_at is no day": _with(occurred_at="2026-02-30T10:00:00Z"),
    "occurred_at in month 13": _with(occurred_at="2026-13-01T10:00:00Z"),
    "occurred_at before 1970": _with(occurred_at="1969-12-31T23:59:59Z"),
    "occurred_at after 2099": _with(occurred_at="2100-01-01T00:00:00Z"),
}
# What no contract allows, by a description of it.
EVENT: dict[str, Change] = {
    "without event_id": _without("event_id"),
    "event_id is null": _with(event_id=None),
    "event_id is empty": _with(event_id=""),
    "without occurred_at": _without("occurred_at"),
    "occurred_at is no date": _with(occurred_at="yesterday"),
    "occurred_at is no day": _with(occurred_at="2026-02-30T10:00:00Z"),
    "occurred_at before 1970": _with(occurred_at="1969-12-31T23:59:59Z"),
}
MONEY: dict[str, Change] = {
    "without currency": _without("currency"),
    "currency with four letters": _with(currency="EURO"),
}
FEEDBACK: dict[str, Change] = EVENT | {
    "without kind": _without("kind"),
    "kind is unknown": _with(kind="shrugged"),
    "without feedback_id": _without("feedback_id"),
    "channel is empty": _with(channel=""),
    "rating is too high": _with(rating=6),
    "rating is a word": _with(rating="five"),
    "nps is negative": _with(nps=-1),
    "text is a list": _with(text=["nice"]),
}
RECEIVABLES: dict[str, Change] = (
    EVENT
    | MONEY
    | {
        "without kind": _without("kind"),
        "kind is unknown": _with(kind="forgotten"),
        "invoice_id is too long": _with(invoice_id="x" * 201),
        "without customer_id": _without("customer_id"),
        "amount is negative": _with(amount="-12.50"),
        "amount with a comma": _with(amount="12,50"),
        "due_date is no day": _with(due_date="2026-02-30"),
        "due_date has a time": _with(due_date="2026-02-28T10:00:00Z"),
    }
)
CUSTOMERS: dict[str, Change] = (
    EVENT
    | MONEY
    | {
        "without customer_id": _without("customer_id"),
        "country with three letters": _with(country="PRT"),
        "credit_limit is negative": _with(credit_limit="-1"),
        "without consent": _without("consent"),
        "consent is unknown": _with(consent="maybe"),
    }
)
# By topic.
CHANGES = {"orders": ORDERS, "feedback": FEEDBACK, "receivables": RECEIVABLES, "customers": CUSTOMERS}
INVALID_IN = re.compile(rb'"(order_id|feedback_id|invoice_id|consent)":"')
BYTES: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda _: b"",
    "cut off": lambda value: value[: len(value) // 2],
    "no JSON": lambda _: b"<order><id>1</id></order>",
    "JSON null": lambda _: b"null",
    "a list": lambda value: b"[" + value + b"]",
    # every topic has one of them, as a text
    "invalid UTF-8": lambda value: INVALID_IN.sub(lambda found: found[0] + b"\xff\xfe", value, count=1),
    "trailing bytes": lambda value: value + b"}",
}


def malformed(number: int, event_id: str, value: bytes, topic: str = "orders") -> bytes:
    """Break a valid record of a topic in the `number`-th way, round and round; `event_id` replaces its own."""
    changes = CHANGES[topic]
    way = number % (len(changes) + len(BYTES))
    event = orjson.loads(value) | {"event_id": event_id}
    if way < len(changes):
        list(changes.values())[way](event)
        return orjson.dumps(event)
    return list(BYTES.values())[way - len(changes)](orjson.dumps(event))
