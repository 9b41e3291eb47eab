"""Compare the index with ClickHouse: the same events, by number and by id.

Compared is what both must have: in each partition, what lies before the offset that has landed and before the one that is
indexed. Expected: no difference.
"""

import time
from typing import Any

from clickhouse_connect.driver.client import Client
from elasticsearch import Elasticsearch, helpers

from batch_layer.topics import landed_offsets
from crm import clickhouse
from crm.errors import NotReadyError
from crm.subjects import ERASED
from search import index, node, topic
from search.documents import contract, erased_digests, fits, is_kept, landed_table, sql
from search.writing import refused

SAMPLE = 20
PATIENCE_SECONDS = 60.0
Place = tuple[int, int]


def check(patience_seconds: float = PATIENCE_SECONDS) -> dict[str, Any]:
    """Compare, after waiting `patience_seconds` at the most for the indexer to catch up.

    Returns `landed` and `indexed`, the numbers of events compared; `missing`, `unexpected` and `different` (another event of
    the id), each a number with at most SAMPLE ids as `…_ids`; `refused`, documents that Elasticsearch did not take; and
    `differences` in all. A refused document is missing, too, unless no index could take it for its id. Raises NotReadyError, CrmError.
    """
    with node.answering():
        return _compared(patience_seconds)


def _compared(patience_seconds: float) -> dict[str, Any]:
    client, database = node.connect(), clickhouse.connect("batch")
    name = index.live(client)
    if name is None:
        raise NotReadyError(index.BEING_BUILT)
    deadline = time.monotonic() + patience_seconds
    while topic.pending() and time.monotonic() < deadline:
        time.sleep(0.5)
    ends = _common(topic.committed(), landed_offsets(database, contract().topic))
    expected = _landed(database, ends)
    client.indices.refresh(index=index.ALIAS)
    there = _indexed(client, ends)
    missing = _without_earlier(client, sorted(expected.keys() - there.keys()))
    unexpected = sorted(there.keys() - expected.keys())
    different = sorted(one for one, place in there.items() if expected.get(one, place) != place)
    ids = {"missing": missing, "unexpected": unexpected, "different": different}
    return {
        "landed": len(expected),
        "indexed": len(there),
        "differences": sum(map(len, ids.values())),
        "refused": refused(client, database, name),
        **{name: len(found) for name, found in ids.items()},
        **{f"{name}_ids": found[:SAMPLE] for name, found in ids.items()},
        "ends": {str(number): end for number, end in ends.items()},
    }


def _common(indexed: dict[int, int], landed: dict[int, int]) -> dict[int, int]:
    return {number: min(end, indexed.get(number, 0)) for number, end in sorted(landed.items())}


def _landed(database: Client, ends: dict[int, int]) -> dict[str, Place]:
    """Where the first valid event of each id is that can be a document."""
    gone = erased_digests(database)
    bound = {"partitions": list(ends), "ends": list(ends.values()), "erased": ERASED}
    rows = clickhouse.rows(database, sql("first_events.sql", landed_table()), bound) if ends else []
    return {
        row["event_id"]: (row["partition"], row["offset"])
        for row in rows
        if is_kept(row, gone) and fits(row["event_id"])
    }


def _indexed(client: Elasticsearch, ends: dict[int, int]) -> dict[str, Place]:
    found: dict[str, Place] = {}
    everything = {"query": {"match_all": {}}, "_source": ["partition", "offset"]}
    for hit in helpers.scan(client, index=index.ALIAS, query=everything, size=5_000):
        place = (hit["_source"]["partition"], hit["_source"]["offset"])
        if place[1] < ends.get(place[0], 0):
            found[hit["_id"]] = place
    return found


def _without_earlier(client: Elasticsearch, missing: list[str]) -> list[str]:
    """Of the ids that were not found among what is compared, those that are not in the index at all.

    An event that was appended earlier, to a partition of which less is compared, has taken the place of the one expected.
    """
    left = []
    for start in range(0, len(missing), 1_000):
        found = client.mget(index=index.ALIAS, ids=missing[start : start + 1_000], source=False)
        left += [one["_id"] for one in found["docs"] if not one.get("found")]
    return left
