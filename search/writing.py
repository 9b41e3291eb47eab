"""Documents into the index, in bulk. Writing them again changes nothing."""

import logging
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from clickhouse_connect.driver.client import Client
from elasticsearch import Elasticsearch, helpers

from crm import clickhouse
from crm.errors import CrmError
from search.documents import ID_BYTES, Row, actions, contract, fits
from search.index import begun, definition
from search.node import BUSY

log = logging.getLogger("search")
# Documents and bytes of a request: well below what a heap of 512 MB takes at once (a document has 80 KB at the most).
DOCUMENTS, BYTES = 1_000, 4 * 2**20
# The node's own "too many requests" for single documents: waited for here, a second longer each time.
BUSY_RETRIES = 3
REFUSED = Path(__file__).parent / "sql" / "refused.sql"
FAILED = ["topic", "partition", "offset", "reason"]


class BusyError(Exception):
    """Elasticsearch took a part of the documents and has no room for the others: write all of them again later."""


class MissingIndexError(CrmError):
    """The index is gone: it must be built anew."""


def _reason(error: Any) -> str:
    """Why a document was refused: the kinds of the error and the field. Messages quote values, and those are personal."""
    if not isinstance(error, dict):
        return "unknown"
    fields = definition()["mappings"]["properties"]
    named = [f"field {name}" for name in fields if f"[{name}]" in str(error.get("reason"))]
    return ", ".join([str(error.get("type")), *named[:1], *filter(None, [(error.get("caused_by") or {}).get("type")])])


def write(
    client: Elasticsearch, database: Client, index: str, rows: Iterable[Row], gone: frozenset[str]
) -> Counter[str]:
    """Write the documents of judged records; tallies `indexed`, `known` (an earlier event of the id is there), `rejected`,
    `erased` and `failed`.

    A document that Elasticsearch refuses for what it holds, or would refuse for its id, is recorded in ops.search_failures, and
    the others go on. Raises BusyError, MissingIndexError, or what the client raises; then nothing is counted, and everything
    may be written again.
    """
    counted: Counter[str] = Counter()
    places: dict[str, tuple[int, int]] = {}
    failures: list[list[Any]] = []

    def refuse(place: tuple[int, int], reason: str) -> None:
        log.error("refused: partition %d, offset %d: %s", *place, reason)
        failures.append([contract().topic, *place, reason])

    def fitting() -> Iterable[dict[str, Any]]:
        for action in actions(rows, gone, counted):
            place = (action["_source"]["partition"], action["_source"]["offset"])
            if fits(action["_id"]):
                places.setdefault(action["_id"], place)
                yield action
            else:
                refuse(place, f"longer than {ID_BYTES} bytes, field event_id")

    done = helpers.streaming_bulk(
        client, fitting(), index=index, chunk_size=DOCUMENTS, max_chunk_bytes=BYTES,
        max_retries=BUSY_RETRIES, initial_backoff=1, raise_on_error=False, yield_ok=True,
    )  # fmt: skip
    for _, item in done:
        found = item["index"]
        status, place = found["status"], places[found["_id"]]
        if status in (200, 201):
            counted["indexed"] += 1
        elif status == 409:
            counted["known"] += 1
        elif status in BUSY:
            raise BusyError(_reason(found.get("error")))
        elif status == 404:
            raise MissingIndexError(f"index {index} is gone: {_reason(found.get('error'))}")
        else:
            refuse(place, _reason(found.get("error")))
    if failures:
        database.insert("ops.search_failures", failures, column_names=FAILED, settings={"async_insert": 0})
        counted["failed"] = len(failures)
    return counted


def refused(client: Elasticsearch, database: Client, index: str) -> int:
    """How many documents an index has not taken, since it was begun."""
    return int(clickhouse.rows(database, clickhouse.sql(REFUSED), {"begun": begun(client, index)})[0]["documents"])
