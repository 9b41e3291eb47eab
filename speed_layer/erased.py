"""What the speed layer makes of events that customers send after their erasure; batch_layer/screening.py is its counterpart."""

from collections.abc import Iterable, Sequence
from itertools import groupby

from crm.contracts import Column, Contract
from crm.credentials import password
from crm.subjects import ERASED, Erased
from speed_layer.source import RECORD, literal
from speed_layer.tables import render

# The table of what was received of a topic, where a view without the erased has the topic's name. Flink names its figures after it.
RECEIVED = "{topic}_received"


def _digest(subject: Column) -> str:
    return f"SHA2(CONCAT({literal(password('erasure'))}, `{subject.name}`), 256)"


def _of(subject: Column, customers: Iterable[Erased]) -> str:
    """Whether an event is one of the customers', whenever it was sent."""
    digests = ", ".join(literal(one.digest) for one in customers)
    return f"{_digest(subject)} IN ({digests})"


def _later_of(subject: Column, customers: Iterable[Erased]) -> str:
    """Whether an event was sent by one of the customers after their erasure. Empty where there are none."""
    by_start = groupby(sorted(customers, key=lambda one: one.effective_from), key=lambda one: one.effective_from)
    tests = []
    for start, group in by_start:
        since = f"CAST(append_time AS TIMESTAMP(3)) >= TIMESTAMP '{start:%Y-%m-%d %H:%M:%S}'"
        tests.append(f"{_of(subject, group)} AND {since}")
    return " OR ".join(tests)


def _kept(contract: Contract, column: Column, subject: Column, erased: Sequence[Erased], pseudonymised: str) -> str:
    """A column of an event that stays, without the person."""
    name, known = f"`{column.name}`", pseudonymised
    instead = f"CONCAT('erased-', SUBSTRING({_digest(subject)}, 1, 16))"
    if column.name == contract.key and not column.personal:
        # The erasure has rewritten the ids of earlier events in raw. Here, they are what duplicates are known by.
        known = _of(subject, erased)
    if not known:
        return name
    if column.personal and (column == subject or column.logical_type != "string" or column.required):
        replaced = instead if column.required else f"NULLIF({name}, {name})"
    elif column.personal:
        replaced = f"CASE WHEN {name} = '' THEN '' WHEN {name} IS NULL THEN {name} ELSE '{ERASED}' END"
    elif column.name in contract.names:
        replaced = f"REPLACE({name}, `{subject.name}`, {instead})"
    else:
        return name
    return f"CASE WHEN `{subject.name}` IS NOT NULL AND ({known}) THEN {replaced} ELSE {name} END"


def view(contract: Contract, erased: Sequence[Erased]) -> str | None:
    """CREATE VIEW named as the topic over the table of what was received; None where no event can be a later one."""
    subject = contract.subject
    if subject is None or not erased:
        return None
    dropped = _later_of(subject, (one for one in erased if one.drops(contract)))
    pseudonymised = _later_of(subject, (one for one in erased if not one.drops(contract)))
    columns = {column.name: _kept(contract, column, subject, erased, pseudonymised) for column in contract.columns}
    select = render(
        "flink/without_erased.sql",
        columns=columns,
        record=[column.split()[0] for column in RECORD],
        received=RECEIVED.format(topic=contract.topic),
        subject=f"`{subject.name}`",
        dropped=dropped,
    )
    return f"CREATE TEMPORARY VIEW `{contract.topic}` AS\n{select}"
