"""Take a person out of landed records: the one place where raw is changed.

A record stays where it is, with its offset and its append time, so that nothing looks lost; its key goes. A valid event keeps
what its contract declares and does not call personal, so that it counts as before, for no customer. What counts nowhere
anyway (a reject, an event to be dropped) loses its whole value. docs/decisions/0006-erasure.md
"""

import json
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import orjson
from clickhouse_connect.driver.client import Client

from batch_layer.locks import exclusively
from batch_layer.moments import aware
from batch_layer.queries import query
from crm import clickhouse
from crm.contracts import Column, Contract
from crm.errors import CrmError
from crm.subjects import ERASED, digest, pseudonym

# Columns of ops.erased_records that a writer fills.
FOUND = ("topic", "partition", "last_offset", "last_append_time", "records")


def mentions(customers: Iterable[str]) -> str:
    """A regular expression, for RE2 and for Python, for any of the ids as a whole word, plain or as JSON escapes it: group 1."""
    spellings = {
        spelling for one in customers for spelling in (one, *(_in_json(one, plain) for plain in (True, False)))
    }
    escaped = sorted(re.sub(r"([!-/:-@\[-^`{-~ ])", r"\\\1", one) for one in spellings)
    return rf"(?:^|[^0-9A-Za-z_])({'|'.join(escaped)})(?:$|[^0-9A-Za-z_])"


def _in_json(text: str, is_ascii: bool) -> str:
    return json.dumps(text, ensure_ascii=is_ascii)[1:-1]


def _plain(value: object) -> str:
    if isinstance(value, Decimal):
        return f"{value:f}"
    raise TypeError(f"{type(value).__name__} has no JSON form")


def _without(column: Column, subject: Column, value: Any) -> Any:
    if column == subject or column.logical_type != "string":
        return None
    return ERASED if value else value


def anonymous(contract: Contract, event: Mapping[str, Any]) -> bytes:
    """The JSON of a typed event without the person: the same columns, each read as before, but for the personal ones.

    The customer becomes null, or a pseudonym where the contract requires one. Other personal text that is there becomes
    ERASED, so that what counts texts counts as many as before. Where an id that is not personal (of the event, of the
    order) contains the customer's, the pseudonym takes its place there.
    """
    subject = contract.subject
    assert subject is not None
    customer = str(event[subject.name])
    instead = pseudonym(digest(customer))
    kept: dict[str, Any] = {}
    for column in contract.columns:
        value = event[column.name]
        if column.personal:
            if column.required and column.logical_type != "string":
                raise CrmError(
                    f"{contract.file.name}: {column.name}: personal and required, so it must be a string: it becomes a pseudonym"
                )
            value = instead if column.required else _without(column, subject, value)
        elif column.name in contract.names:
            value = value.replace(customer, instead) if isinstance(value, str) else value
        elif isinstance(value, datetime):
            value = value.replace(tzinfo=UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        elif isinstance(value, date):
            value = value.isoformat()
        kept[column.name] = value
    return orjson.dumps(kept, default=_plain)


def concerned(
    client: Client, contract: Contract, customers: Iterable[str], start: datetime, end: datetime
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """What in raw is about the customers in [start, end): their valid events, typed, and other records.

    Other records are those keyed by a customer, with their value, and rejected ones that mention one, with value None.
    """
    wanted = sorted(set(customers))
    if contract.subject is None or not wanted or start >= end:
        return [], []
    names = {
        "topic": contract.topic,
        "subject": contract.subject.name,
        "columns": [column.name for column in contract.columns],
    }
    bound = {"range_start": start, "range_end": end, "customers": wanted, "pattern": mentions(wanted)}
    events = clickhouse.rows(client, query("erasable_events.sql", **names), bound)
    return events, clickhouse.rows(client, query("erasable_records.sql", **names), bound)


def rewrite(
    client: Client, contract: Contract, customers: Iterable[str], start: datetime, end: datetime, *, drop: bool
) -> int:
    """Take the customers out of the landed records with append times in [start, end); returns how many records that changed.

    `drop` leaves nothing of their events, so that they count nowhere. Where they were found is recorded before anything is
    changed: repeated after a crash, it finds what is left.
    """
    # One at a time: two would look up each other's rewrites.
    with exclusively("rewriting"):
        client.command(query("kill_rewriting.sql"), parameters={"topic": contract.topic})
        events, records = concerned(client, contract, customers, start, end)
        found = {(row["partition"], row["offset"]): (row["append_time"], row["value"]) for row in records}
        for row in events:
            value = None if drop else anonymous(contract, row).decode()
            found[row["partition"], row["offset"]] = (row["append_time"], value)
        if not found:
            return 0
        _record(client, contract.topic, {place: moment for place, (moment, _) in found.items()})
        client.command("TRUNCATE TABLE ops.rewrites")
        rewrites = [[contract.topic, *place, 1, value] for place, (_, value) in found.items()]
        client.insert("ops.rewrites", rewrites, column_names=["topic", "partition", "offset", "is_rewritten", "value"])
        bound = {"topic": contract.topic, "range_start": start, "range_end": end}
        client.command(query("rewrite_records.sql", topic=contract.topic), parameters=bound)
        client.command("TRUNCATE TABLE ops.rewrites")
    return len(found)


def _record(client: Client, topic: str, found: Mapping[tuple[int, int], datetime]) -> None:
    rows = []
    for partition in sorted({number for number, _ in found}):
        here = [(offset, moment) for (number, offset), moment in found.items() if number == partition]
        last, moment = max(here)
        rows.append([topic, partition, last, aware(moment), len(here)])
    client.insert("ops.erased_records", rows, column_names=list(FOUND))
