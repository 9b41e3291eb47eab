from collections import Counter
from contextlib import nullcontext
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from itertools import islice
from types import TracebackType
from typing import Any, Self

import orjson
import pytest
from typer.testing import CliRunner

from crm.cli.main import app
from crm.contracts import contracts
from crm.errors import UsageError
from sources import ending, simulator
from sources.events import moment
from sources.malformed import BYTES, CHANGES, malformed
from sources.simulation import SUBJECTS
from sources.simulator import Label, Simulation, blocks, events
from sources.validity import Validity

ORDERS = contracts()["orders"]
RULE = Validity(ORDERS)
SPOILED = Simulation(count=40_000, seed=5, duplicates=0.03, late=0.05, late_max=31_536_000, disorder=5, malformed=0.01)


def typed(value: bytes) -> dict[str, Any]:
    """A record's fields as Validity wants them; raises ValueError where they cannot be read."""
    event = orjson.loads(value)
    if not isinstance(event, dict):
        raise ValueError("not an object")
    for column in ORDERS.columns:
        if isinstance(text := event.get(column.name), str):
            if column.logical_type == "number":
                event[column.name] = Decimal(text)
                if not event[column.name].is_finite():
                    raise ValueError("not finite")
            elif column.logical_type == "timestamp":
                event[column.name] = moment(datetime.fromisoformat(text))
    return event


def reason(value: bytes) -> str:
    try:
        return RULE.reason(typed(value))
    except (ValueError, InvalidOperation) as error:
        return str(error) or "unreadable"


def labelled(simulation: Simulation) -> list[tuple[bytes, bytes, int]]:
    return [
        record for block in blocks(simulation) for record in zip(block.keys, block.values, block.labels, strict=True)
    ]


def test_the_same_dials_make_the_same_bytes_and_another_seed_does_not() -> None:
    small = Simulation(count=2_000, seed=5, duplicates=0.1, malformed=0.1, late=0.1, disorder=9)
    assert list(events(small)) == list(events(small))
    assert list(events(small)) != list(
        events(Simulation(count=2_000, seed=6, duplicates=0.1, malformed=0.1, late=0.1, disorder=9))
    )


def test_a_longer_stream_begins_with_the_shorter_one_at_the_same_rate() -> None:
    long = islice(events(Simulation(count=60_000, rate=100, duplicates=0.1)), 1_000)
    assert list(long) == list(events(Simulation(count=1_000, rate=100, duplicates=0.1)))


def test_labels_tell_the_truth() -> None:
    seen: dict[str, bytes] = {}
    counts: Counter[int] = Counter()
    records = labelled(SPOILED)
    for key, value, label in records:
        counts[label] += 1
        if label == Label.MALFORMED:
            assert reason(value), value
            continue
        assert reason(value) == "", value
        event = orjson.loads(value)
        assert key == (event["customer_id"] or event["order_id"]).encode()
        if label == Label.DUPLICATE:
            assert seen[event["event_id"]] == value
        else:
            assert event["event_id"] not in seen
            seen[event["event_id"]] = value
    assert len(records) == 40_000
    assert 0.02 < counts[Label.DUPLICATE] / len(records) < 0.04
    assert 0.005 < counts[Label.MALFORMED] / len(records) < 0.015


def test_every_way_to_break_a_record_breaks_it() -> None:
    value = next(events(Simulation(count=1)))[1]
    ways = len(CHANGES["orders"]) + len(BYTES)
    broken = {malformed(number, "sim:1:malformed:1", value) for number in range(ways)}
    assert len(broken) == ways
    assert [value for value in broken if not reason(value)] == []


def test_the_shop_is_plausible() -> None:
    found = [orjson.loads(value) for _, value in events(Simulation(count=60_000))]
    placed = [event for event in found if event["kind"] == "placed"]
    lines: dict[str, list[int]] = {}
    for event in placed:
        lines.setdefault(event["order_id"], []).append(event["line_no"])
    assert all(numbers == list(range(1, len(numbers) + 1)) for numbers in lines.values())
    assert max(map(len, lines.values())) == 6
    anonymous = sum(event["customer_id"] is None for event in placed) / len(placed)
    assert 0.12 < anonymous < 0.18
    by_product = Counter(event["product_id"] for event in placed)
    assert by_product.most_common(1)[0][1] > 20 * len(placed) / len(by_product)
    by_hour = Counter(event["occurred_at"][11:13] for event in placed)
    assert by_hour["20"] > 5 * by_hour["03"]
    paid = {event["order_id"]: Decimal(event["amount"]) for event in found if event["kind"] == "paid"}
    order = next(iter(paid))
    assert paid[order] == sum(Decimal(event["amount"]) for event in placed if event["order_id"] == order)
    of_line = {(event["order_id"], event["line_no"]): event for event in placed}
    undone = [event for event in found if event["kind"] in ("cancelled", "returned")]
    assert {event["kind"] for event in undone} == {"cancelled", "returned"}
    for event in undone:
        line = of_line[event["order_id"], event["line_no"]]
        assert event["occurred_at"] > line["occurred_at"]
        assert 0 < event["quantity"] <= line["quantity"]
        assert Decimal(event["amount"]) * line["quantity"] == Decimal(line["amount"]) * event["quantity"]


def test_arrival_is_in_order_but_for_what_is_asked() -> None:
    def steps_back(simulation: Simulation) -> list[int]:
        times = [moment(datetime.fromisoformat(orjson.loads(value)["occurred_at"])) for _, value in events(simulation)]
        latest = 0
        back = []
        for time in times:
            latest = max(latest, time)
            back.append(latest - time)
        return back

    assert max(steps_back(Simulation(count=20_000))) == 0
    disordered = steps_back(Simulation(count=20_000, rate=1_000, disorder=5))
    assert 0 < max(disordered) <= 5_000
    late = steps_back(Simulation(count=20_000, late=0.1, late_max=31_536_000))
    assert 0.08 < sum(delay > 0 for delay in late) / len(late) < 0.12
    assert 86_400_000 < max(late) <= 31_536_000_000


class Clock:
    """Stands in for the clock, and for the event that stops: who waits finds that the time has passed."""

    now = 0.0

    def monotonic(self) -> float:
        return self.now

    def wait(self, seconds: float) -> None:
        self.now += max(seconds, 0)

    def is_set(self) -> bool:
        return False


class Unsent:
    """Stands in for the producer."""

    acknowledged = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        pass

    def send(self, *_: object) -> None:
        self.acknowledged += 1

    def flush(self) -> None:
        pass


@pytest.mark.parametrize(("rate", "sent"), [(0.1, 1), (0.25, 2), (1.0, 5), (100.0, 500)])
def test_a_duration_ends_also_between_two_events(monkeypatch: pytest.MonkeyPatch, rate: float, sent: int) -> None:
    clock = Clock()
    monkeypatch.setattr(simulator, "Producer", Unsent)
    monkeypatch.setattr(simulator, "time", clock)
    monkeypatch.setattr(simulator, "stoppable", lambda: nullcontext(clock))
    done = simulator.run(Simulation(rate=rate), duration=5, progress=lambda *_: None)
    assert (done["produced"], done["seconds"]) == (sent, 5)


def test_with_a_rate_time_runs_like_the_clock() -> None:
    found = [orjson.loads(value)["occurred_at"] for _, value in events(Simulation(count=50_000, rate=1_000))]
    span = moment(datetime.fromisoformat(max(found))) - moment(datetime.fromisoformat(min(found)))
    assert 40_000 < span < 60_000


@pytest.mark.parametrize(
    "dials",
    [{"duplicates": 1.5}, {"malformed": -0.1}, {"customers": 0}, {"days": 0}, {"duplicates": 0.5, "malformed": 0.5}],
)
def test_dials_that_make_no_sense_are_refused(dials: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match=next(iter(dials))):
        Simulation(**dials)


@pytest.mark.parametrize(
    ("options", "count"),
    [([], 100_000), (["--duration", "9"], 100_000), (["--rate", "5"], None), (["--count", "7"], 7)],
)
def test_without_a_rate_there_is_a_last_record(
    monkeypatch: pytest.MonkeyPatch, options: list[str], count: int | None
) -> None:
    """Their times are spread over the days until now: one more would lie in the future."""
    asked: list[simulator.Simulation] = []
    monkeypatch.setattr(simulator, "run", lambda simulation, duration: asked.append(simulation) or {})
    monkeypatch.setattr(ending, "ending_at", lambda simulation, _: simulation)
    done = CliRunner().invoke(app, ["simulate", *options])
    assert done.exit_code == 0, done.output
    assert asked[0].count == count


def times(simulation: Simulation) -> list[datetime]:
    """When the events of all topics happen that are not malformed."""
    return [
        datetime.fromisoformat(orjson.loads(value)["occurred_at"])
        for block in blocks(simulation)
        for value, label in zip(block.values, block.labels, strict=True)
        if label != Label.MALFORMED
    ]


@pytest.mark.parametrize("hour", [0, 4, 20])
@pytest.mark.parametrize(
    "dials",
    [{}, {"days": 1, "subjects": SUBJECTS}, {"count": 7, "subjects": SUBJECTS}, {"duplicates": 0.1, "malformed": 0.1, "late": 0.1}],
)  # fmt: skip
def test_the_last_event_is_now_at_every_hour(hour: int, dials: dict[str, Any]) -> None:
    now = datetime(2026, 11, 24, hour, 17, 3, 5_000, tzinfo=UTC)
    asked = Simulation(**{"count": 4_000, "seed": 3} | dials)
    asked = replace(asked, start=moment(now - timedelta(days=asked.days)))
    ended = ending.ending_at(asked, moment(now))
    found = times(ended)
    assert max(found) == now
    assert sum(len(block.keys) for block in blocks(ended)) == asked.count
    # The rhythm keeps its hours but for a few, in which by night few records are.
    assert abs(ended.offset) < 8 * 3_600_000 or asked.count == 7


@pytest.mark.parametrize(
    ("options", "ends"),
    [([], True), (["--rate", "5"], False), (["--start", "2026-01-01"], False)],
)
def test_the_command_ends_now_unless_it_is_told_when_to_begin(
    monkeypatch: pytest.MonkeyPatch, options: list[str], ends: bool
) -> None:
    asked: list[simulator.Simulation] = []
    monkeypatch.setattr(simulator, "run", lambda simulation, duration: asked.append(simulation) or {})
    assert CliRunner().invoke(app, ["simulate", "--count", "2000", *options]).exit_code == 0
    late = datetime.now(UTC) - max(times(asked[0]))
    assert (timedelta(0) <= late < timedelta(minutes=1)) is ends
