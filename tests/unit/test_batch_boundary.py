"""The choice of a boundary, over any log: what it separates stays separated, and no later minute would do."""

from bisect import bisect_left
from dataclasses import dataclass
from datetime import datetime, timedelta

from hypothesis import example, given
from hypothesis import strategies as st

from batch_layer.boundary import settled
from batch_layer.moments import MINUTE, floor_minute

START = datetime(2026, 3, 1, 12, 0)


@dataclass
class Log:
    """A partition: the append time of each offset, and the first offset of an open transaction (the end where none is open)."""

    times: list[datetime]
    stable: int

    def offset_at(self, moment: datetime) -> int:
        return bisect_left(self.times, moment)

    def time_of(self, offset: int) -> datetime:
        return self.times[offset]


@st.composite
def logs(draw: st.DrawFn) -> Log:
    steps = draw(st.lists(st.integers(0, 200), max_size=12))
    times = [START + timedelta(seconds=sum(steps[: index + 1])) for index in range(len(steps))]
    return Log(times, draw(st.integers(0, len(times))))


@given(partitions=st.lists(logs(), max_size=4), seconds=st.integers(0, 3000))
@example(partitions=[Log([START, START + 5 * MINUTE], stable=0)], seconds=600)
def test_boundary_is_stable_and_as_late_as_possible(partitions: list[Log], seconds: int) -> None:
    candidate = START + timedelta(seconds=seconds)
    boundary = settled(candidate, partitions)

    def is_stable(moment: datetime) -> bool:
        return all(log.offset_at(moment) <= log.stable for log in partitions)

    assert boundary == floor_minute(boundary) <= candidate
    assert is_stable(boundary)
    assert boundary == floor_minute(candidate) or not is_stable(boundary + MINUTE)


def test_without_an_open_transaction_the_boundary_is_the_minute() -> None:
    log = Log([START, START + MINUTE], stable=2)
    assert settled(START + timedelta(minutes=10, seconds=59), [log]) == START + timedelta(minutes=10)


def test_an_open_transaction_holds_the_boundary_at_its_minute() -> None:
    log = Log([START, START + timedelta(minutes=3, seconds=20), START + timedelta(minutes=7)], stable=1)
    assert settled(START + timedelta(minutes=10), [log]) == START + timedelta(minutes=3)
