"""A customer's documents: how many there are, and how they go for good."""

from collections.abc import Iterable
from typing import Any

from elasticsearch import Elasticsearch, helpers

from batch_layer.locks import exclusively
from search import index, node, topic
from search.rebuild import REBUILDING

# Fields in which the same characters may stand for something else, or be quoted.
ELSEWHERE = ("event_id", "feedback_id", "order_id", "product_id", "category", "channel")


def _of(customers: Iterable[str]) -> dict[str, Any]:
    return {"terms": {"customer_id": sorted(set(customers))}}


def verify() -> None:
    """Raise NotReadyError where this stack has an index that cannot be reached: nobody could be erased from it."""
    if node.enabled():
        node.connect()


def forget(customers: Iterable[str]) -> int:
    """Delete the customers' documents, from disk, too; returns how many there were. Nothing where search was never enabled.

    Call it once the erasure is recorded in ops.erasures: from then on no event of theirs is written. Whoever is just writing
    is waited for, as they may not have seen it.
    """
    if not node.enabled():
        return 0
    client = node.connect()
    with exclusively(REBUILDING), exclusively(topic.WRITING):
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
    """Rewrite the files that hold deleted documents."""
    client.indices.flush(index=name, wait_if_ongoing=True)
    client.options(request_timeout=600).indices.forcemerge(index=name, only_expunge_deletes=True)
    client.indices.flush(index=name, force=True, wait_if_ongoing=True)
    client.indices.refresh(index=name)


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
