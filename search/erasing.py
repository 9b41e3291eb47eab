"""A customer's documents: how many there are, and how they go for good."""

import time
from collections.abc import Iterable
from typing import Any

from elasticsearch import Elasticsearch, helpers

from batch_layer.locks import exclusively
from crm.errors import CrmError
from search import index, node, presence, topic
from search.rebuild import REBUILDING

# Until the files have been rewritten: seconds, but of a large index.
PURGE_SECONDS = 300.0
# Fields in which the same characters may stand for something else, or be quoted.
ELSEWHERE = ("event_id", "feedback_id", "order_id", "product_id", "category", "channel")


def _of(customers: Iterable[str]) -> dict[str, Any]:
    return {"terms": {"customer_id": sorted(set(customers))}}


def verify() -> None:
    """Raise NotReadyError where this stack has an index that cannot be reached: nobody could be erased from it."""
    if presence.enabled():
        node.connect()


def forget(customers: Iterable[str]) -> int:
    """Delete the customers' documents, from disk, too; returns how many there were. Nothing where search was never enabled.

    Call it once the erasure is recorded in ops.erasures: from then on no event of theirs is written. Whoever is just writing
    is waited for, as they may not have seen it.
    """
    if not presence.enabled():
        return 0
    client = node.connect()
    with exclusively(REBUILDING):
        with exclusively(topic.WRITING):
            name = index.live(client)
            if name is None:
                return 0
            # an index that an interrupted rebuild left is not asked, but deleted
            index.drop_others(client)
            client.indices.refresh(index=name)
            found = helpers.scan(client, index=name, query={"query": _of(customers), "_source": False})
            deletions = ({"_op_type": "delete", "_id": hit["_id"], "_index": name} for hit in found)
            deleted, _ = helpers.bulk(client, deletions, stats_only=True)
        _purge(client, name)
    return deleted


def _purge(client: Elasticsearch, name: str) -> None:
    """Rewrite the files that hold deleted documents; raises CrmError where some remain.

    The node keeps what was deleted until its own lease on the index's history has moved on, which it does every 30 seconds.
    """
    deadline = time.monotonic() + PURGE_SECONDS
    while True:
        client.indices.flush(index=name, force=True, wait_if_ongoing=True)
        client.options(request_timeout=PURGE_SECONDS).indices.forcemerge(index=name, only_expunge_deletes=True)
        client.indices.refresh(index=name)
        left = client.indices.stats(index=name, metric="docs")["_all"]["primaries"]["docs"]["deleted"]
        if not left:
            client.indices.flush(index=name, force=True, wait_if_ongoing=True)
            return
        if time.monotonic() > deadline:
            raise CrmError(
                f"Elasticsearch still keeps {left} deleted documents of {name} in its files. Look at `crm status`, then repeat the command."
            )
        time.sleep(1)


def found(customers: Iterable[str]) -> tuple[int, int]:
    """How many documents name one of the customers as theirs, and how many hold the same characters elsewhere."""
    wanted = sorted(set(customers))
    client = node.connect()
    if index.live(client) is None:
        return 0, 0
    client.indices.refresh(index=index.ALIAS)
    mentions = [
        *({"terms": {field: wanted}} for field in ELSEWHERE),
        *({"match_phrase": {"text": one}} for one in wanted),
    ]
    elsewhere = {"bool": {"should": mentions, "minimum_should_match": 1, "must_not": [_of(wanted)]}}
    return tuple(client.count(index=index.ALIAS, query=query)["count"] for query in (_of(wanted), elsewhere))
