"""Which events the index is expected to have."""

from typing import Any, cast

import pytest
from clickhouse_connect.driver.client import Client

from crm.subjects import digest
from search import reconciliation
from tests.unit.test_search_documents import row


def test_what_can_be_no_document_is_not_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    """512 bytes of UTF-8 are an id, and one more is none; nor is an erased customer's event a document."""
    longest, too_long = "é" * 256, "é" * 256 + "a"
    rows: list[dict[str, Any]] = [
        row(event_id=longest, offset=1),
        row(event_id=too_long, offset=2),
        row(event_id="e", offset=3, customer_id="gone"),
    ]
    monkeypatch.setattr(reconciliation, "erased_digests", lambda _: frozenset({digest("gone")}))
    monkeypatch.setattr(reconciliation.clickhouse, "rows", lambda *_: rows)
    assert reconciliation._landed(cast(Client, None), {1: 9}) == {longest: (1, 1)}
