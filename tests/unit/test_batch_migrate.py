"""The frozen DDL: applied once, in order, and never changed."""

from collections.abc import Iterator

import pytest
from chdb.session import Session

from batch_layer.migrate import DDL, pending, statements
from batch_layer.queries import query
from crm.errors import CrmError


def test_files_are_applied_in_order_and_once() -> None:
    files = {"0002_b.sql": "b", "0001_a.sql": "a"}
    assert pending(files, {}) == ["0001_a.sql", "0002_b.sql"]
    assert pending(files, {"0001_a.sql": "a"}) == ["0002_b.sql"]


def test_a_changed_file_is_refused() -> None:
    with pytest.raises(CrmError, match=r"ddl/0001_a\.sql has changed"):
        pending({"0001_a.sql": "new"}, {"0001_a.sql": "old"})


def test_statements_keep_semicolons_in_texts_and_drop_comments() -> None:
    text = "-- A; comment;\nCREATE TABLE a (x String COMMENT 'one; two')\n;\nSELECT 1;\n"
    assert statements(text) == ["CREATE TABLE a (x String COMMENT 'one; two')", "SELECT 1"]


@pytest.fixture(scope="module")
def migrated() -> Iterator[Session]:
    """An engine in the test's process to which every file has been applied, and then once more, as after a crash."""
    session = Session()
    try:
        for statement in statements(query("schema_migrations.sql")):
            session.query(statement)
        for file in sorted(DDL.glob("*.sql")):
            for statement in statements(file.read_text(encoding="utf-8")) * 2:
                session.query(statement)
        yield session
    finally:
        session.close()


def test_files_are_numbered_without_a_gap() -> None:
    files = sorted(DDL.glob("*.sql"))
    assert [file.name[:4] for file in files] == [f"{number:04}" for number in range(1, len(files) + 1)]


def test_final_never_merges_rows_of_two_partitions(migrated: Session) -> None:
    """FINAL merges equal keys across partitions: a key must contain what its table is partitioned by."""
    rows = migrated.query(
        "SELECT name, partition_key, sorting_key FROM system.tables WHERE database = 'ops' AND engine = 'ReplacingMergeTree'",
        "TabSeparated",
    )
    tables = [line.split("\t") for line in str(rows).splitlines()]
    assert "rejects" in {name for name, *_ in tables}
    for name, partition_key, sorting_key in tables:
        assert not partition_key or partition_key in sorting_key.split(", "), name


def test_rejects_of_two_generations_stay_apart(migrated: Session) -> None:
    migrated.query(
        "INSERT INTO ops.rejects (generation, topic, partition, offset, reason) "
        "SELECT arrayJoin([1, 2]), 'orders', 0, 7, 'no JSON'"
    )
    for _ in range(2):  # also after what is there has been copied
        found = migrated.query("SELECT generation FROM ops.rejects FINAL WHERE topic = 'orders' ORDER BY generation")
        assert str(found).split() == ["1", "2"]
        for statement in statements((DDL / "0006_rejects_by_generation.sql").read_text(encoding="utf-8")):
            migrated.query(statement)
