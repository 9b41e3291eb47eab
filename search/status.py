"""How the index is."""

from typing import Any

from crm import clickhouse
from search import index, node, topic
from search.writing import REFUSED


def status() -> dict[str, Any]:
    """`index`, `documents`, `pending_records` (in the topic and not yet in the index) and `refused` documents. Raises NotReadyError."""
    client = node.connect()
    name = index.live(client)
    documents = client.count(index=name)["count"] if name else 0
    refused = clickhouse.rows(clickhouse.connect("batch"), clickhouse.sql(REFUSED))
    return {
        "index": name or "is being built",
        "is_current": index.is_current(client),
        "documents": documents,
        "pending_records": topic.pending(),
        "refused": refused[0]["documents"],
    }
