"""The frozen DDL: applied once, in order, and never changed."""

import re

import pytest

from batch_layer.migrate import DDL, pending, statements
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


def test_every_file_can_be_repeated_after_a_crash() -> None:
    files = sorted(DDL.glob("*.sql"))
    assert [file.name[:4] for file in files] == [f"{number:04}" for number in range(1, len(files) + 1)]
    for file in files:
        for statement in statements(file.read_text()):
            assert re.match(r"CREATE (DATABASE|TABLE) IF NOT EXISTS|ALTER TABLE .* (ADD|DROP) COLUMN IF ", statement), (
                f"{file.name}: {statement}"
            )
