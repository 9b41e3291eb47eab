"""A new index beside the one that readers see: from what has landed, then from the topic, then in its place in one step.

From raw, since the topic may be shorter than the history; from the topic, since not everything has landed. The indexer goes on
meanwhile, and pauses only while the last records are read and the alias changes over.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from clickhouse_connect.driver.client import Client
from elasticsearch import Elasticsearch

from batch_layer.build import Range, split
from batch_layer.locks import exclusively
from batch_layer.moments import EPOCH, MINUTE, floor_minute, utcnow
from batch_layer.queries import query
from batch_layer.records import read
from batch_layer.topics import landed_offsets
from crm import clickhouse
from search import index, node, topic
from search.documents import contract, erased_digests, judge, landed_table, sql
from search.writing import write

# Records that ClickHouse sorts at once; a minute with more stays whole.
PIECE = 50_000
# The lock of whoever builds an index, or must know of all that there are.
REBUILDING = "search-rebuild"
Say = Callable[[str], None]


def rebuild(say: Say = lambda _: None) -> dict[str, Any]:
    """Build a new index and show it to readers; returns its name, documents, and what became of the records.

    Interrupted, readers see the index before or all of the new one; the next one deletes what it left. Raises NotReadyError.
    """
    with exclusively(REBUILDING):
        client, database = node.connect(), clickhouse.connect("batch")
        name = index.create(client)
        # Looked up before raw is read: all before it is there.
        positions = landed_offsets(database, contract().topic)
        counted = _from_raw(client, database, name, say)
        counted += _from_topic(client, database, name, positions)
        with exclusively(topic.WRITING):
            counted += _from_topic(client, database, name, positions)
            index.publish(client, name)
            # Afterwards: killed in between, the indexer reads again what is there; before, it would never read what is not.
            consumer = topic.consumer()
            try:
                topic.commit(consumer, positions)
            finally:
                consumer.close()
        documents = client.count(index=name)["count"]
    say(f"index {name}: {documents:,} documents")
    return {"index": name, "documents": documents, **counted}


def pieces(database: Client) -> list[Range]:
    """What has landed, in ranges of append times that ClickHouse sorts in little memory."""
    bound: dict[str, datetime] = {"range_start": EPOCH, "range_end": floor_minute(utcnow()) + 2 * MINUTE}
    found = clickhouse.rows(database, query("records_by_minute.sql", topics=[contract().topic]), bound)
    return split(EPOCH, bound["range_end"], [(row["minute"], row["records"]) for row in found], PIECE)


def _rows(database: Client, piece: Range) -> Iterator[dict[str, Any]]:
    bound = {"range_start": piece.start, "range_end": piece.end}
    with database.query_row_block_stream(sql("landed.sql", landed_table()), parameters=bound) as stream:
        names = getattr(stream.source, "column_names")  # noqa: B009  # the driver's type says less than it returns
        for block in stream:
            for row in block:
                yield dict(zip(names, row, strict=True))


def _from_raw(client: Elasticsearch, database: Client, name: str, say: Say) -> Counter[str]:
    counted: Counter[str] = Counter()
    todo = pieces(database)
    total, done = sum(piece.records for piece in todo), 0
    for piece in todo:
        # Looked up for each piece: an erasure does not wait for the others.
        counted += write(client, database, name, _rows(database, piece), erased_digests(database))
        done += piece.records
        say(f"{done:,} of {total:,} landed records")
    return counted


def _from_topic(client: Elasticsearch, database: Client, name: str, positions: dict[int, int]) -> Counter[str]:
    """Write what lies from `positions` on, and move them to where the topic ends now."""
    counted: Counter[str] = Counter()
    for one in topic.ends():
        start = max(positions.get(one.number, 0), one.earliest)
        for messages in read(one.topic, one.number, start, one.stable):
            counted += write(client, database, name, judge(database, messages), erased_digests(database))
        positions[one.number] = max(start, one.stable)
    return counted
