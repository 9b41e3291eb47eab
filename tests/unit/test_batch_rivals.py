"""Several builds, publications and prunings at once, or one after the other where one died: the real statements on an engine in this process."""

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from batch_layer import boundary, build, checks, locks, pruning, publication, recompute
from batch_layer.errors import BuildError, OvertakenError, PublicationError, TopicError
from batch_layer.migrate import migrate
from batch_layer.moments import EPOCH, aware
from batch_layer.topics import LANDED
from crm import clickhouse
from crm.contracts import landed_contracts
from crm.errors import UsageError
from crm.models import definition, delta_models, table
from crm.settings import settings
from speed_layer.tables import clickhouse_table
from tests import embedded

T0 = datetime(2026, 1, 1)
HOURS = [T0 + timedelta(hours=number) for number in range(9)]
(MODEL,) = (model for model in delta_models() if model.name == "product_demand_deltas")
OTHER = "0123456789"


@pytest.fixture
def client(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """An installed ClickHouse: generation 1 is published up to the fourth hour, everything has landed up to the eighth; dbt does nothing."""
    monkeypatch.setattr(settings(), "var", tmp_path)
    monkeypatch.setattr(build, "run_dbt", lambda *_, **__: None)
    with embedded.session() as session:
        found: Any = embedded.Client(session)
        migrate(found)
        monkeypatch.setattr(clickhouse, "connect", lambda *_: found)
        columns = "generation UInt32, partition Int32, offset Int64, ingest_minute DateTime('UTC')"
        for contract in landed_contracts().values():
            name = f"batch.{table(f'stg_{contract.name}')}"
            found.command(f"CREATE TABLE {name} ({columns}) ENGINE = MergeTree PARTITION BY generation ORDER BY ()")
            for number in range(contract.partitions):
                found.insert("ops.landed", [[contract.topic, number, 0, 1, aware(HOURS[8]), 0, 0]], column_names=LANDED)
        found.command(clickhouse_table(MODEL))
        for sequence in (1, 2, 3, 4):
            _publish(found, sequence, HOURS[sequence])
        yield found


def _publish(client: Any, sequence: int, until: datetime, of: str | None = None, generation: int = 1) -> None:
    row = [sequence, of or definition(), generation, aware(until), "batch"]
    client.insert(
        "ops.publications", [row], column_names=["sequence", "definition", "generation", "boundary", "reason"]
    )


def _begin(client: Any, build_id: str, generation: int = 1) -> None:
    """Record a build that begins after all others."""
    columns = ["begun_at", "definition", "generation", "build_id", "range_start", "range_end"]
    at = datetime.now(UTC) + timedelta(minutes=1)
    client.insert(
        "ops.builds",
        [[at, definition(), generation, build_id, aware(HOURS[4]), aware(HOURS[5])]],
        column_names=columns,
    )


def _build(client: Any, **options: Any) -> build.Built:
    return build.build(client, 1, HOURS[4], HOURS[5], say=lambda _: None, **({"after": 4} | options))


def _make_live(client: Any, build_id: str, until: datetime = HOURS[5], after: int = 4) -> publication.Publication:
    return publication.publish(client, 1, until, "batch", after=after, build_id=build_id)


def test_what_was_built_is_published(client: Any) -> None:
    assert _make_live(client, _build(client).build_id).sequence == 5
    assert publication.live(client).boundary == HOURS[5]


def test_a_build_that_another_one_has_cleared_is_not_published(client: Any) -> None:
    """Nor does an attempt pass for the one before it, that was checked: the second may have died half-way."""
    first = _build(client)
    second = _build(client)
    with pytest.raises(OvertakenError, match="Another build of generation 1 has begun"):
        _make_live(client, first.build_id)
    assert publication.live(client).sequence == 4
    assert _make_live(client, second.build_id).sequence == 5


def test_a_build_ends_between_its_pieces_where_another_one_has_begun(
    client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other cleared what the first piece made; going on would leave a hole behind the newest build."""
    middle = HOURS[4] + timedelta(minutes=30)
    pieces = [build.Range(HOURS[4], middle), build.Range(middle, HOURS[5])]
    monkeypatch.setattr(build, "ranges", lambda *_: pieces)
    assert len(_build(client).ranges) == 2
    monkeypatch.setattr(build, "run_dbt", lambda *_, **__: _begin(client, "rival"))
    with pytest.raises(OvertakenError, match="replaces what it built"):
        _build(client)


def test_a_build_goes_on_from_an_earlier_one_only_while_that_is_the_newest(client: Any) -> None:
    first = _build(client)
    assert _build(client, continuing=first.build_id).build_id == first.build_id
    _begin(client, "rival")
    with pytest.raises(OvertakenError, match="replaces what it built"):
        _build(client, continuing=first.build_id)


def test_files_that_change_while_they_are_built_are_no_build(client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """dbt reads them at each call, into the tables of the definition that the process began with."""
    monkeypatch.setattr(build, "written_definition", lambda: OTHER)
    with pytest.raises(BuildError, match=f"have changed to those of {OTHER}"):
        _build(client)


def test_a_range_that_readers_see_is_not_built_again(client: Any) -> None:
    _publish(client, 5, HOURS[5])
    with pytest.raises(OvertakenError, match="Publication 5 was made"):
        _build(client)


@pytest.mark.parametrize(
    ("until", "after", "message"),
    [
        (HOURS[5], 3, "Publication 4 .* was made"),
        (HOURS[3], 4, "lies before the live one"),
        (HOURS[8] + timedelta(minutes=1), 4, "Not every partition has landed"),
    ],
)
def test_what_would_show_wrong_figures_is_not_published(client: Any, until: datetime, after: int, message: str) -> None:
    made = _build(client).build_id
    with pytest.raises((OvertakenError, PublicationError), match=message):
        _make_live(client, made, until, after)
    assert publication.live(client).sequence == 4


def test_what_was_never_built_is_not_published(client: Any) -> None:
    with pytest.raises(PublicationError, match="never been built"):
        _make_live(client, "")


def test_a_definition_that_was_replaced_meanwhile_is_not_published(client: Any) -> None:
    made = _build(client).build_id
    _publish(client, 5, HOURS[5], of=OTHER)
    with pytest.raises(UsageError, match=f"Definition {OTHER} is published"):
        _make_live(client, made)


def test_a_rollback_looks_while_nobody_builds(client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A build that begins after the look would take away what the rollback shows."""
    held: list[bool] = []

    def verify(*_: Any) -> None:
        with locks.if_free("batch") as free:
            held.append(not free)

    row = [aware(EPOCH), definition(), "a", aware(EPOCH), ""]
    columns = ["started_at", "definition", "job_id", "covers_from", "restored_from"]
    client.insert("ops.speed_jobs", [row], column_names=columns)
    monkeypatch.setattr(publication, "_verify_held", verify)
    publication.rollback(client)
    assert held == [True]


@pytest.fixture
def checked(monkeypatch: pytest.MonkeyPatch) -> tuple[list[tuple[datetime, datetime]], list[Callable[[], None]]]:
    """Ranges that recomputations hold against the expectations, and what happens meanwhile."""
    ranges: list[tuple[datetime, datetime]] = []
    meanwhile: list[Callable[[], None]] = []

    def check(_: int, start: datetime, end: datetime, *__: Any, **___: Any) -> None:
        ranges.append((start, end))
        if meanwhile:
            meanwhile.pop(0)()

    monkeypatch.setattr(checks, "check", check)
    monkeypatch.setattr(recompute, "compare", lambda *_: None)
    return ranges, meanwhile


def test_a_recomputation_adds_what_a_batch_run_publishes_while_it_is_checked(client: Any, checked: Any) -> None:
    """Else none would end where checking all of history takes longer than the time between two batch runs."""
    ranges, meanwhile = checked
    meanwhile += [lambda: _publish(client, 5, HOURS[5]), lambda: _publish(client, 6, HOURS[6])]
    made = recompute.recompute()
    assert ranges == [(EPOCH, HOURS[4]), (HOURS[4], HOURS[5]), (HOURS[5], HOURS[6])]
    assert (made["sequence"], made["generation"], made["boundary"]) == (7, 2, HOURS[6])


def test_a_recomputation_gives_way_to_another_one(client: Any, checked: Any) -> None:
    _, meanwhile = checked
    meanwhile.append(lambda: _publish(client, 5, HOURS[4], generation=2))
    with pytest.raises(OvertakenError):
        recompute.recompute()
    assert publication.live(client).sequence == 5


def _speed_hours(client: Any) -> list[int]:
    return [
        row["hour"]
        for row in clickhouse.rows(
            client,
            f"SELECT DISTINCT toHour(ingest_minute) AS hour FROM speed.{table(MODEL.name)} ORDER BY hour",  # noqa: S608
        )
    ]


def test_pruning_leaves_what_a_rollback_may_return_to(client: Any) -> None:
    """Of four publications three are retained, the oldest up to 02:00: the hours from it on stay, also for readers before a rollback."""
    rows = ", ".join(f"('p', toDateTime('{hour:%Y-%m-%d %H}:59:00', 'UTC'))" for hour in HOURS[:6])
    client.command(f"INSERT INTO speed.{table(MODEL.name)} (product_id, ingest_minute) VALUES {rows}")  # noqa: S608
    assert pruning._speed(client) and _speed_hours(client) == [2, 3, 4, 5]
    assert pruning._speed(client) == []
    (kept,) = clickhouse.rows(client, "SELECT speed_kept_from FROM ops.prunings")
    assert kept["speed_kept_from"] == HOURS[2]


def test_pruning_waits_for_as_many_publications_as_are_retained(client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before that, a rollback may return to nothing published."""
    client.command(
        f"INSERT INTO speed.{table(MODEL.name)} (product_id, ingest_minute) VALUES ('p', toDateTime('{HOURS[0]}', 'UTC'))"  # noqa: S608
    )
    monkeypatch.setattr(settings(), "retained_publications", 5)
    assert pruning._speed(client) == [] and _speed_hours(client) == [0]


def test_pruning_leaves_the_generations_that_are_retained_or_being_computed(client: Any) -> None:
    name = f"batch.{table('stg_orders')}"
    client.command(f"INSERT INTO {name} (generation) VALUES (1), (2), (3), (4)")  # noqa: S608
    for sequence, generation in ((5, 2), (6, 3), (7, 3)):
        _publish(client, sequence, HOURS[sequence], generation=generation)
    pruning._generations(client)
    left = clickhouse.rows(client, f"SELECT DISTINCT generation FROM {name} ORDER BY generation")  # noqa: S608
    assert [row["generation"] for row in left] == [2, 3, 4]


def test_tables_that_readers_are_bound_to_stay(client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A deployment that died before it switched the views: a day later they still read the former definition."""
    monkeypatch.setattr(pruning, "ABANDONED_AFTER", timedelta(0))
    for name in (OTHER, "ffffffffff"):
        client.command(f"CREATE TABLE batch.stg_orders__{name} (n UInt8) ENGINE = MergeTree ORDER BY ()")
    client.command(f"CREATE VIEW serving.orders AS SELECT n FROM batch.stg_orders__{OTHER}")  # noqa: S608
    client.command("SELECT sleep(1.1)")  # a table counts as changed until the next second
    assert publication.bound_definitions(client) == {OTHER}
    assert pruning._tables(client) == ["batch.stg_orders__ffffffffff"]


def test_who_comes_second_waits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings(), "var", tmp_path)
    entered = threading.Event()

    def enter() -> None:
        with locks.exclusively("batch"):
            entered.set()

    second = threading.Thread(target=enter)
    with locks.exclusively("batch"):
        second.start()
        assert not entered.wait(0.3)
        with locks.if_free("batch") as free:
            assert not free
    second.join(10)
    assert entered.is_set()
    with locks.if_free("batch") as free:
        assert free


def test_a_clock_that_went_back_is_told_before_anything_is_chosen() -> None:
    """What is appended meanwhile lies below the published boundary; nothing else would say so."""
    boundary.verify_clock(HOURS[4], HOURS[4] + timedelta(minutes=1))
    with pytest.raises(TopicError, match="the clock went back"):
        boundary.verify_clock(HOURS[4], HOURS[5])
