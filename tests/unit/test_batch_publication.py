"""What a rollback may return to and what pruning leaves: the real tables and statements, on an engine in the test's process."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from batch_layer import build, publication, recompute, run
from batch_layer.errors import OvertakenError, PublicationError
from batch_layer.migrate import migrate
from batch_layer.moments import EPOCH, aware
from batch_layer.pruning import ABANDONED_AFTER
from batch_layer.queries import query
from crm import clickhouse
from crm.errors import UsageError
from crm.models import definition, table
from crm.settings import settings
from speed_layer import lifecycle
from tests import embedded

T0 = datetime(2026, 1, 1)
HOURS = [T0 + timedelta(hours=number) for number in range(9)]


@pytest.fixture
def client(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """An installed ClickHouse with generation 1, published up to the first three hours; its speed job began empty before that."""
    monkeypatch.setattr(settings(), "var", tmp_path)
    with embedded.session() as session:
        found: Any = embedded.Client(session)
        migrate(found)
        name = f"batch.{table('customer_demand_deltas')}"
        found.command(f"CREATE TABLE {name} (generation UInt32) ENGINE = MergeTree PARTITION BY generation ORDER BY ()")
        found.insert(name, [[1]], column_names=["generation"])
        for sequence in (1, 2, 3):
            _publish(found, sequence, HOURS[sequence], HOURS[sequence])
        _job(found, HOURS[0], started=HOURS[0])
        yield found


def _publish(client: Any, sequence: int, boundary: datetime, at: datetime, of: str | None = None) -> None:
    row = [sequence, aware(at), of or definition(), 1, aware(boundary), "batch"]
    columns = ["sequence", "published_at", "definition", "generation", "boundary", "reason"]
    client.insert("ops.publications", [row], column_names=columns)


def _job(client: Any, covers_from: datetime, *, started: datetime, restored_from: str = "") -> None:
    row = [aware(started), definition(), "a", aware(covers_from), restored_from]
    columns = ["started_at", "definition", "job_id", "covers_from", "restored_from"]
    client.insert("ops.speed_jobs", [row], column_names=columns)


def _pruned(client: Any, kept_from: datetime, at: datetime) -> None:
    columns = ["pruned_at", "definition", "speed_kept_from", "dropped"]
    client.insert("ops.prunings", [[aware(at), definition(), aware(kept_from), []]], column_names=columns)


def _build(client: Any, start: datetime, at: datetime) -> None:
    row = [aware(at), definition(), 1, "b", aware(start), aware(start + timedelta(hours=1))]
    columns = ["begun_at", "definition", "generation", "build_id", "range_start", "range_end"]
    client.insert("ops.builds", [row], column_names=columns)


def test_a_rollback_returns_to_the_publication_before(client: Any) -> None:
    made = publication.rollback(client)
    assert (made.sequence, made.boundary, made.reason) == (4, HOURS[2], "rollback")


def test_no_rollback_behind_what_the_speed_layer_was_pruned_to(client: Any) -> None:
    _pruned(client, HOURS[3], at=HOURS[4])
    with pytest.raises(PublicationError, match="for none but the live one"):
        publication.rollback(client)
    assert publication.live(client).sequence == 3


def test_a_job_that_began_empty_has_written_anew_what_was_pruned(client: Any) -> None:
    _pruned(client, HOURS[3], at=HOURS[4])
    _job(client, HOURS[0], started=HOURS[5])
    _job(client, HOURS[0], started=HOURS[7], restored_from="savepoint")
    assert publication.rollback(client, 1).boundary == HOURS[1]
    _pruned(client, HOURS[3], at=HOURS[8])
    with pytest.raises(PublicationError):
        publication.rollback(client, 2)


def test_no_return_to_what_a_later_build_has_begun_to_replace(client: Any) -> None:
    """After a rollback, the next build begins at the older boundary, and takes away what was built beyond it."""
    _build(client, HOURS[3], at=HOURS[3])
    assert publication.rollback(client).boundary == HOURS[2]
    assert publication.rollback(client, 3).boundary == HOURS[3]
    assert publication.rollback(client, 4).boundary == HOURS[2]
    _build(client, HOURS[2], at=datetime.now(UTC).replace(tzinfo=None) + timedelta(hours=1))
    with pytest.raises(PublicationError, match="since it was made, a build has begun"):
        publication.rollback(client, 5)


def test_another_definition_takes_the_place_only_by_a_deployment(client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else views would stay bound to one that is published no longer, and its tables be dropped a day later."""
    monkeypatch.setattr(clickhouse, "connect", lambda *_: client)
    _publish(client, 4, HOURS[4], HOURS[4], of="0123456789")
    for ask in (lambda: publication.rollback(client), recompute.recompute, run.resume):
        with pytest.raises(UsageError, match="Definition 0123456789 is published"):
            ask()


def test_a_job_of_a_new_definition_covers_what_the_published_one_may_return_to(
    client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not all of time: of that, Kafka keeps only the end, and the rest would look lost."""
    monkeypatch.setattr(clickhouse, "connect", lambda *_: client)
    assert lifecycle.oldest_boundary() == HOURS[1]
    monkeypatch.setattr(lifecycle, "definition", lambda: "0123456789")
    monkeypatch.setattr(publication, "definition", lambda: "0123456789")
    assert lifecycle.oldest_boundary() == HOURS[1]
    _publish(client, 4, HOURS[4], HOURS[4], of="0123456789")
    assert lifecycle.oldest_boundary() == HOURS[4]


def test_what_is_shown_for_the_first_time_is_tested() -> None:
    def made(generation: int, hour: int, reason: str = "batch") -> publication.Publication:
        return publication.Publication("d", generation, HOURS[hour], reason=reason)

    assert publication.tested_until(made(1, 3), []) == EPOCH
    assert publication.tested_until(made(1, 3), [made(1, 2), made(1, 1)]) == HOURS[2]
    assert publication.tested_until(made(2, 3), [made(1, 3), made(1, 2)]) == EPOCH
    assert publication.tested_until(made(1, 3), [made(1, 3), made(1, 2)]) == HOURS[2]
    assert publication.tested_until(made(2, 3), [made(2, 2, "deploy"), made(1, 1)]) == EPOCH, "nobody has tested it"


def test_nothing_is_built_into_a_generation_that_somebody_published(client: Any) -> None:
    with pytest.raises(OvertakenError, match="Generation 1 was published by another"):
        build.build(client, 1, T0, HOURS[1], after=None, say=lambda _: None)


def test_tables_of_a_definition_stay_for_a_day_after_it_was_replaced(client: Any) -> None:
    """However long before that it was published last."""
    client.command("CREATE TABLE batch.stg_orders__0123456789 (n UInt8) ENGINE = MergeTree ORDER BY ()")
    bound = {"kept": [definition()], "seconds": 0}
    now = datetime.now(UTC).replace(tzinfo=None)
    client.command("SELECT sleep(1.1)")  # a table counts as changed until the next second
    assert [row["name"] for row in clickhouse.rows(client, query("abandoned_tables.sql"), bound)] == [
        "stg_orders__0123456789"
    ]
    bound["seconds"] = int(ABANDONED_AFTER.total_seconds())
    _publish(client, 4, HOURS[4], HOURS[4], of="0123456789")
    _publish(client, 5, HOURS[5], now)
    text = query("abandoned_tables.sql").replace("AND metadata_modification_time <", "AND toDateTime(0) <")
    assert clickhouse.rows(client, text, bound) == []
    bound["seconds"] = 0
    assert len(clickhouse.rows(client, text, bound)) == 1
