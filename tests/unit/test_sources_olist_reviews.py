import os
import re
from collections import Counter
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import orjson
import pytest

from crm.contracts import contracts
from crm.settings import ROOT
from sources.events import Encoder, FeedbackEvent, utc_text
from sources.files import Rejects
from sources.loads import SOURCES
from sources.olist_reviews import COLUMNS, REVIEWS, Orders, reviews
from tests.reading import read

DATA = Path(os.environ.get("CRM_DATA", ROOT / ".." / "shared" / "data")) / "olist"
SAO_PAULO = ZoneInfo("America/Sao_Paulo")
ORDERS = Orders(
    persons={"o1": "ana", "o2": None, "o3": "eva", "o4": "eva"},
    products={"o1": ["p1", "p1"], "o2": ["p1", "p2"], "o3": ["p2", "p3"]},
    categories={"p1": "art", "p2": "books", "p3": "books"},
)
HEADER = ",".join((*COLUMNS[:3], "review_comment_title", *COLUMNS[3:]))


def events_of(path: Path, *lines: str, orders: Orders = ORDERS) -> tuple[list[FeedbackEvent], Rejects]:
    (path / REVIEWS).write_text("\n".join((HEADER, *lines)), encoding="utf-8")
    rejects = Rejects(path / "rejects.csv")
    with rejects:
        return [event for _, event in reviews(path, SAO_PAULO, rejects, orders)], rejects


def test_a_review_is_rated_when_the_customer_answered(tmp_path: Path) -> None:
    line = 'r1,o1,4,a title,"ótimo 👍\n\nchegou, sim",2018-01-18 00:00:00,2018-01-19 21:46:59'
    (rated,), rejects = events_of(tmp_path, line)
    assert (rated.kind, utc_text(rated.occurred_at)) == ("rated", "2018-01-19T23:46:59.000Z")
    assert (rated.rating, rated.text) == (4, "ótimo 👍\n\nchegou, sim")
    assert (rated.feedback_id, rated.customer_id, rated.order_id, rated.channel) == ("r1:o1", "ana", "o1", "survey")
    assert rejects.count == 0


def test_where_no_answer_is_dated_the_survey_is(tmp_path: Path) -> None:
    (rated,), _ = events_of(tmp_path, "r1,o1,4,,,2018-01-18 00:00:00,")
    assert utc_text(rated.occurred_at) == "2018-01-18T02:00:00.000Z"


def test_a_review_names_what_all_items_share_and_nothing_else(tmp_path: Path) -> None:
    lines = [f"r,{order},5,,,2018-01-18 00:00:00," for order in ("o1", "o2", "o3", "o4")]
    found, _ = events_of(tmp_path, *lines)
    assert [(e.product_id, e.category) for e in found] == [("p1", "art"), (None, None), (None, "books"), (None, None)]
    # One review_id on several orders makes a case each.
    assert len({e.feedback_id for e in found}) == 4


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("r1,lost,5,,,2018-01-18 00:00:00,", "order_id: 'lost'"),
        ("r1,o1,five,,,2018-01-18 00:00:00,", "review_score.*five"),
        ("r1,o1,5,,,,", "review_creation_date"),
        ("r0,o1,5,,,2018-01-18 00:00:00,", "line 2 has the same"),
    ],
)
def test_rows_that_cannot_be_loaded_are_kept_with_the_reason(tmp_path: Path, line: str, reason: str) -> None:
    found, rejects = events_of(tmp_path, "r0,o1,5,,,2018-01-18 00:00:00,", line)
    assert (len(found), rejects.count) == (1, 1)
    assert re.search(reason, rejects.path.read_text(encoding="utf-8"))


def test_without_the_file_orders_load_and_a_note_says_what_is_missing(tmp_path: Path) -> None:
    rejects = Rejects(tmp_path / "rejects.csv")
    assert list(reviews(tmp_path, SAO_PAULO, rejects, ORDERS)) == []
    assert REVIEWS in "".join(rejects.notes)


@pytest.mark.skipif(not DATA.is_dir(), reason=f"real data is not at {DATA} (set CRM_DATA)")
def test_the_figures_of_the_real_reviews(tmp_path: Path) -> None:
    rejects = Rejects(tmp_path / "rejects.csv")
    with rejects:
        found = [
            event for event in read(SOURCES["olist"], DATA, SAO_PAULO, rejects) if isinstance(event, FeedbackEvent)
        ]
    assert rejects.count == 0
    assert Counter(event.rating for event in found) == {5: 11_528, 4: 3_893, 3: 1_676, 2: 632, 1: 2_257}
    assert round(Decimal(sum(event.rating or 0 for event in found)) / len(found), 4) == Decimal("4.0909")
    texts = [event.text for event in found if event.text]
    assert len(texts) == 8_253
    assert sum("\n" in text for text in texts) == 807
    assert len(found) == len({event.feedback_id for event in found}) == 19_986
    assert len({event.event_id for event in found}) == len(found)
    assert utc_text(max(event.occurred_at for event in found)) == "2018-10-22T06:33:14.000Z"
    assert all(event.customer_id for event in found)
    assert sum(event.product_id is None for event in found) == 152 + 625
    # What leaves for Kafka is what was written, emoji and line breaks included, keyed by the person.
    encode = Encoder(contracts()["feedback"], FeedbackEvent)
    for event in found:
        key, value = encode(event)
        assert orjson.loads(value)["text"] == event.text
        assert key.decode() == event.customer_id
