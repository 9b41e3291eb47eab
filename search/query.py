"""Ask the index."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from elasticsearch import NotFoundError

from crm.errors import NotReadyError
from search import index, node

# Ahead of Elasticsearch's own limit for the newest pages.
MOST = 1_000
MARK, UNMARK = "<em>", "</em>"
FRAGMENTS, FRAGMENT_CHARACTERS = 3, 160
# A quoted phrase, or a run without blanks.
PART = re.compile(r'"([^"]+)"|(\S+)')


@dataclass(frozen=True)
class Filters:
    """What hits must have; None and empty: anything. `since` is inclusive and `until` exclusive, UTC, of `occurred_at`."""

    ratings: tuple[int, ...] = ()
    product: str | None = None
    channel: str | None = None
    customer: str | None = None
    sentiment: str | None = None
    since: datetime | None = None
    until: datetime | None = None


def _clauses(filters: Filters) -> list[dict[str, Any]]:
    equal = {
        "product_id": filters.product,
        "channel": filters.channel,
        "customer_id": filters.customer,
        "sentiment_label": filters.sentiment,
    }
    found: list[dict[str, Any]] = [{"term": {name: value}} for name, value in equal.items() if value is not None]
    if filters.ratings:
        found.append({"terms": {"rating": list(filters.ratings)}})
    bounds = {"gte": filters.since, "lt": filters.until}
    if times := {name: f"{moment:%Y-%m-%dT%H:%M:%S}Z" for name, moment in bounds.items() if moment}:
        found.append({"range": {"occurred_at": times}})
    return found


def body(text: str, filters: Filters, limit: int) -> dict[str, Any]:
    """The request: every word and every quoted phrase of `text` must occur, in whatever order.

    A run without blanks is one phrase of the analyzer's tokens. So a Chinese run is found as it stands, and needs no blanks.
    """
    parts = [quoted or word for quoted, word in PART.findall(text)]
    phrases = [{"match_phrase": {"text": {"query": part, "zero_terms_query": "all"}}} for part in parts]
    newest: list[Any] = [{"occurred_at": "desc"}, {"event_id": "asc"}]
    return {
        "query": {"bool": {"must": phrases, "filter": _clauses(filters)}},
        "size": limit,
        "track_total_hits": True,
        "track_scores": True,
        "sort": ["_score", *newest] if phrases else newest,
        "highlight": {
            # a page may show the fragments as they are: what a customer wrote is escaped
            "encoder": "html",
            "pre_tags": [MARK],
            "post_tags": [UNMARK],
            "fields": {"text": {"number_of_fragments": FRAGMENTS, "fragment_size": FRAGMENT_CHARACTERS}},
        },
    }


def search(text: str = "", filters: Filters = Filters(), limit: int = 10) -> dict[str, Any]:  # frozen
    """Find feedback; returns `total`, the number that match, and `hits`, the best `limit` of them (without text: the newest).

    A hit has the fields of its event, `score`, and `highlights`: fragments of the text as HTML, what matched within <em>.
    Raises NotReadyError where search is not enabled, does not answer, or is being built; CrmError where the node refuses.
    """
    client = node.connect()
    with node.answering():
        try:
            found = client.search(index=index.ALIAS, **body(text, filters, min(limit, MOST)))["hits"]
        except NotFoundError as error:
            raise NotReadyError(index.BEING_BUILT) from error
    hits = [
        {**hit["_source"], "score": hit["_score"], "highlights": hit.get("highlight", {}).get("text", [])}
        for hit in found["hits"]
    ]
    return {"total": found["total"]["value"], "hits": hits}
