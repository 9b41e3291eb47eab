"""Events by time, beyond what memory holds."""

from dataclasses import astuple
from decimal import Decimal
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sources.events import CustomerEvent, FeedbackEvent
from sources.ordering import Ordered


def feedback(number: int, at: int) -> FeedbackEvent:
    return FeedbackEvent(f"e{number}", "rated", "f", None, None, None, None, "web", 5, None, "text 好", None, at)


def customer(number: int, at: int) -> CustomerEvent:
    return CustomerEvent(f"e{number}", "c", None, None, "BR", None, Decimal("10.50"), "BRL", "unknown", at)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    times=st.lists(st.integers(0, 20), max_size=60),
    part=st.integers(1, 70),
    limit=st.none() | st.integers(1, 70),
)
def test_it_is_a_stable_sort_whatever_the_size_of_the_parts(
    tmp_path: Path, times: list[int], part: int, limit: int | None
) -> None:
    events = [(feedback if number % 3 else customer)(number, at) for number, at in enumerate(times)]
    expected = sorted(events, key=lambda event: event.occurred_at)[:limit]
    with Ordered(iter(events), limit=limit, folder=tmp_path, part=part) as ordered:
        assert list(ordered) == list(ordered) == expected
        assert len(ordered) == len(expected)
        assert ordered.ends() == ((expected[0].occurred_at, expected[-1].occurred_at) if expected else None)


def test_what_comes_back_from_the_disk_is_equal_and_leaves_no_file(tmp_path: Path) -> None:
    events = [customer(number, -number) for number in range(1_500)]
    with Ordered(events, folder=tmp_path / "made", part=1_000) as ordered:
        assert [astuple(event) for event in ordered] == [astuple(event) for event in reversed(events)]
        assert list((tmp_path / "made").iterdir()) == []
