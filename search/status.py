"""How the index is."""

from typing import Any

from crm import clickhouse
from search import index, node, topic
from search.writing import refused


def status() -> dict[str, Any]:
    """`index`, `documents`, `pending_records` (in the topic and not yet in the index) and `refused` documents. Raises NotReadyError, CrmError."""
    client = node.connect()
    with node.answering():
        name = index.live(client)
        documents = client.count(index=index.ALIAS)["count"] if name else 0
        is_current = index.is_current(client)
        failed = refused(client, clickhouse.connect("batch"), name) if name else 0
    return {
        "index": name or "is being built",
        "is_current": is_current,
        "documents": documents,
        "pending_records": topic.pending(),
        "refused": failed,
    }
