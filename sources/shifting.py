"""By how much a load moves its times so that its last event happens now, and whether the contracts allow that."""

from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from functools import lru_cache
from operator import attrgetter
from typing import Any

from crm.contracts import Column, contracts
from crm.errors import UsageError
from sources.events import Event, moment, utc_text
from sources.validity import column_check

DAY = 86_400_000  # milliseconds


def shift_to(now: datetime, events: Iterable[Event]) -> int:
    """Milliseconds to add to the times of `events`, which come by time, so that the last of them happens at `now`.

    Whole days where a contract of theirs has days, which move by whole days only: else a payment on the day on which it is
    due could become a late one. Raises UsageError where a time or a day would leave what its contract allows: such an event
    would be sent, and count nothing.
    """
    last: Event | None = None
    first_of: dict[tuple[str, str], tuple[Any, str]] = {}
    last_of: dict[tuple[str, str], tuple[Any, str]] = {}
    for event in events:
        last = event
        for key, value_of in _moved(event.CONTRACT):
            if (value := value_of(event)) is None:
                continue
            if key not in first_of or value < first_of[key][0]:
                first_of[key] = value, event.event_id
            if key not in last_of or value > last_of[key][0]:
                last_of[key] = value, event.event_id
    if last is None:
        return 0
    shift = moment(now) - last.occurred_at
    columns = {key: contracts()[key[0]].column(key[1]) for key in first_of}
    if any(column.logical_type == "date" for key in columns for column in contracts()[key[0]].columns):
        shift = shift // DAY * DAY
    for key, column in columns.items():
        _require(last, shift, column, *first_of[key])
        _require(last, shift, column, *last_of[key])
    return shift


@lru_cache
def _moved(contract: str) -> tuple[tuple[tuple[str, str], Callable[[Any], Any]], ...]:
    """The columns of a contract that a shift moves: what names each of them, and what gets its value of an event."""
    columns = [column.name for column in contracts()[contract].columns if column.logical_type in ("timestamp", "date")]
    return tuple(((contract, name), attrgetter(name)) for name in columns)


def _require(last: Event, shift: int, column: Column, value: Any, event_id: str) -> None:
    shifted = value + (timedelta(milliseconds=shift) if isinstance(value, date) else shift)
    if not column_check(column)(shifted):
        return
    lowest, highest = (
        bound.date() if isinstance(bound, datetime) else bound for bound in (column.minimum, column.maximum)
    )
    raise UsageError(
        f"--shift-to-now: the last event, {last.event_id}, is of {utc_text(last.occurred_at)}; to make that now would move "
        f"{column.name} of {event_id} from {_text(value)} to {_text(shifted)}, and allowed is {lowest} to {highest}. "
        "If a time stands for none, correct or leave out its row; else load without --shift-to-now."
    )


def _text(value: Any) -> str:
    return value.isoformat() if isinstance(value, date) else utc_text(value)
