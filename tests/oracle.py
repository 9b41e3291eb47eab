"""Which events count, in plain Python: reads a whole topic and keeps the first valid event of each id.

A third implementation of the rule, independent of both engines: it shares with them nothing but the contract.
`tests/deltas.py` has a third engine add them up.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from confluent_kafka import Consumer, TopicPartition

from crm.contracts import Column, Contract
from crm.credentials import password
from crm.settings import settings
from crm.subjects import Erased

STAMP = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(?:[Zz]|([+-])(0\d|1[0-4]):([0-5]\d))?", re.ASCII
)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Record:
    """One record of a topic."""

    partition: int
    offset: int
    append_time: int  # milliseconds since 1970
    key: bytes | None
    value: bytes | None


class Token(str):
    """A JSON number as it was written, kept apart from a string."""

    __slots__ = ()


class InvalidError(Exception):
    """The value is no valid event."""


def read(topic: str) -> list[Record]:
    """Every committed record of the topic, by partition and offset."""
    consumer = Consumer(
        {
            "bootstrap.servers": settings().bootstrap_servers,
            "group.id": "oracle",
            "isolation.level": "read_committed",
            "enable.auto.commit": False,
        }
    )
    found = []
    try:
        for partition in consumer.list_topics(topic).topics[topic].partitions:
            low, high = consumer.get_watermark_offsets(TopicPartition(topic, partition))
            consumer.assign([TopicPartition(topic, partition, low)])
            position = low
            while position < high:
                for message in consumer.consume(10_000, timeout=1):
                    assert message.error() is None, message.error()
                    found.append(
                        Record(partition, message.offset(), message.timestamp()[1], message.key(), message.value())
                    )
                (at,) = consumer.position([TopicPartition(topic, partition)])
                position = max(position, at.offset)
    finally:
        consumer.close()
    return found


def _double(token: str) -> Token:
    # A number outside a double's range makes the whole document invalid, wherever it stands.
    if float(token) in (float("inf"), float("-inf")):
        raise InvalidError("number out of range")
    return Token(token)


def _refuse(token: str) -> None:
    raise InvalidError(token)


def _first_wins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    return dict(reversed(pairs))


def parse(value: bytes | None) -> dict[str, Any]:
    """The JSON object of a record; raises InvalidError."""
    if value is None:
        raise InvalidError("null")
    try:
        text = value.decode("utf-8-sig")
        document = json.loads(
            text, parse_int=Token, parse_float=_double, parse_constant=_refuse, object_pairs_hook=_first_wins
        )
        json.dumps(document, ensure_ascii=False).encode()  # a lone surrogate is no text
    except (ValueError, RecursionError) as error:
        raise InvalidError(str(error)) from error
    if not isinstance(document, dict):
        raise InvalidError("no object")
    return document


def _integer(token: Any) -> int:
    if not isinstance(token, Token):
        raise InvalidError("no number")
    if re.fullmatch(r"-?\d+", token):
        whole = int(token)
        if not -(2**63) <= whole < 2**64:
            raise InvalidError("beyond 64 bits")
        return whole
    number = float(token)
    if number != int(number):
        raise InvalidError("not integral")
    return int(number)


def _number(token: Any, scale: int) -> Decimal:
    if not isinstance(token, Token) or (re.fullmatch(r"-?\d+", token) and not -(2**63) <= int(token) < 2**64):
        if not isinstance(token, str) or not re.fullmatch(rf"-?[0-9]{{1,16}}(\.[0-9]{{1,{scale}}})?", token):
            raise InvalidError("no decimal")
        return Decimal(token)
    if re.fullmatch(r"-?\d+", token):
        return Decimal(token)
    number = float(token)
    if abs(number) >= 10**13:
        raise InvalidError("more digits than a double keeps")
    rounded = Decimal(number).quantize(Decimal(1).scaleb(-scale), ROUND_HALF_UP)
    if float(rounded) != number:
        raise InvalidError("too many places")
    return rounded


def _timestamp(text: Any) -> datetime:
    if isinstance(text, Token) or not isinstance(text, str) or not (found := STAMP.fullmatch(text)):
        raise InvalidError("no timestamp")
    *parts, fraction, sign, hours, minutes = found.groups()
    try:
        moment = datetime(*map(int, parts), tzinfo=UTC)  # type: ignore[misc]
        moment += timedelta(milliseconds=int((fraction or "0").ljust(3, "0")[:3]))
        if sign:
            offset = timedelta(hours=int(hours), minutes=int(minutes))
            moment = moment - offset if sign == "+" else moment + offset
    except (ValueError, OverflowError) as error:
        raise InvalidError(str(error)) from error
    return moment


def _date(text: Any) -> date:
    if isinstance(text, Token) or not isinstance(text, str) or not re.fullmatch(r"\d{4}-\d\d-\d\d", text, re.ASCII):
        raise InvalidError("no date")
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise InvalidError(str(error)) from error


def _value(column: Column, found: Any) -> Any:
    if found is None:
        if column.required:
            raise InvalidError(f"{column.name} missing")
        return None
    if column.logical_type == "string":
        if isinstance(found, Token) and not (re.fullmatch(r"-?\d+", found) and not -(2**63) <= int(found) < 2**64):
            raise InvalidError("no string")
        if not isinstance(found, str) or not (column.min_length or 0) <= len(found) <= (column.max_length or 10**9):
            raise InvalidError("no string of that length")
        if column.allowed and found not in column.allowed:
            raise InvalidError("not allowed")
        if column.pattern and not re.fullmatch(column.pattern, found):
            raise InvalidError("not of the pattern")
        return str(found)
    value: Any
    if column.logical_type == "integer":
        value = _integer(found)
    elif column.logical_type == "number":
        value = _number(found, column.scale)
    elif column.logical_type == "date":
        value = _date(found)
    else:
        value = _timestamp(found)
    if (column.minimum is not None and value < column.minimum) or (
        column.maximum is not None and value > column.maximum
    ):
        raise InvalidError("out of bounds")
    return value


def event(contract: Contract, value: bytes | None) -> dict[str, Any] | None:
    """The typed event of a record; None where it is not valid."""
    try:
        document = parse(value)
        kind = str(document.get("kind", ""))
        return {c.name: _value(c.of_kind(kind), document.get(c.name)) for c in contract.columns}
    except InvalidError:
        return None


def _left(contract: Contract, found: dict[str, Any], one: Erased) -> dict[str, Any] | None:
    """What of a valid event counts whose subject had been erased; None: nothing. docs/decisions/0006-erasure.md"""
    if one.policy == "refuse" or contract.erasure == "drop":
        return None
    subject = contract.subject
    assert subject is not None
    customer, instead = found[subject.name], f"erased-{one.digest[:16]}"
    kept = dict(found)
    for column in contract.columns:
        value = found[column.name]
        if column.personal and column.required:
            kept[column.name] = instead
        elif column.personal and (column == subject or column.logical_type != "string"):
            kept[column.name] = None
        elif column.personal:
            kept[column.name] = value and "erased"
        elif column.name in (contract.key, *contract.partition_key):
            kept[column.name] = value and value.replace(customer, instead)
    return kept


def _screened(
    contract: Contract, found: dict[str, Any], appended: datetime, known: Mapping[str, Erased]
) -> dict[str, Any] | None:
    subject = contract.subject
    if known and subject and found[subject.name] is not None:
        one = known.get(hashlib.sha256((password("erasure") + found[subject.name]).encode()).hexdigest())
        if one and appended.replace(tzinfo=None) >= one.effective_from:
            return _left(contract, found, one)
    return found


def accepted(
    records: Iterable[Record], contract: Contract, erased: Iterable[Erased] = ()
) -> Iterator[tuple[Record, dict[str, Any] | None]]:
    """Each record in append order, with its typed event; None where it counts nowhere.

    Of what `erased` customers sent later, what the platform's rule leaves.
    """
    known = {one.digest: one for one in erased}
    for record in sorted(records, key=lambda r: (r.append_time, r.partition, r.offset)):
        found = event(contract, record.value)
        yield record, found and _screened(contract, found, EPOCH + timedelta(milliseconds=record.append_time), known)


def distinct(records: Iterable[Record], contract: Contract, erased: Iterable[Erased] = ()) -> Iterator[dict[str, Any]]:
    """The first accepted event of each id in append order, with its record's `partition`, `offset` and `append_time` (UTC)."""
    seen = set()
    for record, found in accepted(records, contract, erased):
        if found and found[contract.key] not in seen:
            seen.add(found[contract.key])
            appended = EPOCH + timedelta(milliseconds=record.append_time)
            yield found | {"partition": record.partition, "offset": record.offset, "append_time": appended}
