"""Prove that a customer is gone: look at every place that can hold an id, and count.

`found` counts what names the customer; it must be 0. `mentions` counts other fields that happen to hold the same
characters, such as a product with the number of the customer: to be judged by a person.
"""

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import groupby
from typing import Any

from clickhouse_connect.driver.client import Client

from batch_layer.moments import EPOCH, utcnow
from batch_layer.records import read
from batch_layer.rewriting import concerned, mentions
from batch_layer.topics import partitions
from crm import clickhouse, kafka
from crm.contracts import Contract, contracts, landed_contracts
from erasure import files, snapshots
from erasure.queries import query
from search import erasing, presence


@dataclass(frozen=True)
class Place:
    """Where was looked, and how often the customers were found there."""

    place: str
    found: int = 0
    mentions: int = 0


def certify(customers: Iterable[str]) -> dict[str, Any]:
    """Look for the customers everywhere; returns `found` in all, `mentions` in all, and each place that was searched."""
    wanted = sorted(set(customers))
    client = clickhouse.connect("batch")
    places = [*_tables(client, wanted), *_topics(wanted), query_log(wanted)]
    places.append(_flink(client, wanted))
    if presence.enabled():
        places.append(Place("search index", *erasing.found(wanted)))
    quoted = files.mentioning(wanted)
    for folder in files.FOLDERS:
        here = [count for file, count in quoted.items() if f"/{folder}/" in file.as_posix()]
        places.append(Place(f"files in {folder}", found=sum(here)))
    return {
        "found": sum(place.found for place in places),
        "mentions": sum(place.mentions for place in places),
        "places": [asdict(place) for place in places],
        "not searched": [
            f"files, for {one!r}: shorter than {files.SHORTEST}" for one in wanted if len(one) < files.SHORTEST
        ],
    }


def _tables(client: Client, customers: Sequence[str]) -> list[Place]:
    """Each table of the platform, whatever wrote it: all of its columns that can hold text."""
    personal = {column.name for contract in contracts().values() for column in contract.columns if column.personal}
    topics = {contract.topic: contract for contract in contracts().values()}
    bound, places = {"customers": list(customers), "pattern": mentions(customers)}, []
    columns = clickhouse.rows(client, query("text_columns.sql"))
    for (database, table), group in groupby(columns, key=lambda row: (row["database"], row["table"])):
        names = [row["name"] for row in group]
        sql = query("naming_rows.sql", database=database, table=table, columns=names)
        (row,) = clickhouse.rows(client, sql, bound)
        counts = {name: row[f"equal_{n}"] + row[f"mentioned_{n}"] for n, name in enumerate(names, 1)}
        # Nothing in ops is an event's own field; elsewhere a column that no contract calls personal names something else.
        found = sum(count for name, count in counts.items() if database == "ops" or name in personal)
        if database == "raw" and table in topics:
            found = sum(map(len, concerned(client, topics[table], customers, EPOCH, utcnow())))
        places.append(Place(f"{database}.{table}", found, max(sum(counts.values()) - found, 0)))
    return places


def _flink(client: Client, customers: Sequence[str]) -> Place:
    """Files of Flink's state; one that holds the id in nothing but the ids of others' events mentions it."""
    naming = len(snapshots.naming(customers))
    found = len(snapshots.naming(customers, _others_naming(client, customers))) if naming else 0
    return Place("Flink's checkpoints and savepoints (files)", found, naming - found)


def _others_naming(client: Client, customers: Sequence[str]) -> set[str]:
    """Ids of landed events of somebody else, or of nobody, that hold one of the customers' ids: Flink knows duplicates by them."""
    found: set[str] = set()
    for contract in landed_contracts().values():
        if contract.subject is not None:
            sql = query("ids_naming.sql", topic=contract.topic, key=contract.key, subject=contract.subject.name)
            found |= {row["id"] for row in clickhouse.rows(client, sql, {"customers": list(customers)})}
    return found


def _topics(customers: Sequence[str]) -> Iterator[Place]:
    """Each topic from the oldest record that it keeps."""
    admin, pattern = kafka.admin(), re.compile(mentions(customers).encode())
    keys = {one.encode() for one in customers}
    try:
        for contract in contracts().values():
            counts: Counter[bool] = Counter()
            for one in partitions(admin, contract):
                for messages in read(one.topic, one.number, one.earliest, one.stable):
                    for message in messages:
                        value = message.value() or b""
                        if message.key() in keys:
                            counts[True] += 1
                        elif pattern.search(value):
                            counts[_is_about(contract, value, pattern)] += 1
            yield Place(f"topic {contract.topic}", counts[True], counts[False])
    finally:
        admin.close()


def _is_about(contract: Contract, value: bytes, pattern: re.Pattern[bytes]) -> bool:
    """Whether a mention lies in a personal field, in one that the contract does not know, or in what is no event at all."""
    try:
        event = json.loads(value)
    except (ValueError, RecursionError):
        return True
    if not isinstance(event, dict):
        return True
    others = {column.name for column in contract.columns if not column.personal}
    rest = {name: field for name, field in event.items() if name not in others}
    return bool(pattern.search(json.dumps(rest, ensure_ascii=False).encode()))


def query_log(customers: Sequence[str]) -> Place:
    """ClickHouse's log of queries, as of now; needs the rights of admin."""
    admin = clickhouse.connect("admin")
    admin.command("SYSTEM FLUSH LOGS")
    (row,) = clickhouse.rows(admin, query("logged_queries.sql"), {"pattern": mentions(customers)})
    return Place("ClickHouse's query log", found=row["queries"])
