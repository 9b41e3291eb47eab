"""Olist's reviews: what customers answered to the survey about an order.

| of a row | event | when |
|---|---|---|
| review_score, review_comment_message | rated, with the text if there is one | review_answer_timestamp, or else review_creation_date |

The publisher describes review_creation_date as the day on which the survey was sent, and review_answer_timestamp as the moment
at which the customer answered it: the rating happened then. The files know of no reply to a review.
A review_id occurs on up to two orders, so that a case is a review of an order. Titles are not loaded: the text is the
message, as it was written. Of an order with several products (or categories) nothing says which one is meant, so the event
names none.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

from sources.events import FeedbackEvent, local_moment, whole
from sources.files import Rejects, Row, rows

REVIEWS = "olist_order_reviews_dataset.csv"
# The files do not say how a review came in. The publisher says that it asked each customer by e-mail.
CHANNEL = "survey"
COLUMNS = (
    "review_id", "order_id", "review_score", "review_comment_message", "review_creation_date", "review_answer_timestamp",
)  # fmt: skip


@dataclass(frozen=True)
class Orders:
    """What a review takes from its order: the person, the products, and the category of each product that has one."""

    persons: Mapping[str, str | None]
    products: Mapping[str, Collection[str]]
    categories: Mapping[str, str]

    def subject(self, order_id: str) -> tuple[str | None, str | None]:
        """The product and the category that all items of an order share; None where they differ or where there are none."""
        products = {product for product in self.products.get(order_id, ()) if product}
        categories = {self.categories.get(product) for product in products}
        return _only(products), _only(categories)


def reviews(directory: Path, zone: ZoneInfo, rejects: Rejects, orders: Orders) -> Iterator[tuple[Row, FeedbackEvent]]:
    """Each review as an event. Without the file, which may be missing, there are none."""
    if not (directory / REVIEWS).exists():
        rejects.notes[f"{REVIEWS} is missing, so no feedback is loaded"] += 1
        return
    lines: dict[tuple[str, str], int] = {}
    for row in rows(directory / REVIEWS, COLUMNS, rejects):
        review_id, order_id, score, text, created, answered = row.values
        if order_id not in orders.persons:
            rejects.add(row, f"order_id: {order_id!r} is no order that was loaded")
            continue
        if (line := lines.setdefault((review_id, order_id), row.line)) != row.line:
            rejects.add(row, f"review_id and order_id: line {line} has the same")
            continue
        try:
            rating, rated_at = whole(score), local_moment(answered or created, zone)
        except ValueError as error:
            rejects.add(row, f"review_score, review_creation_date or review_answer_timestamp: {error}")
            continue
        product, category = orders.subject(order_id)
        case = f"{review_id}:{order_id}"
        yield (
            row,
            FeedbackEvent(
                event_id=f"olist:order_reviews:{case}:rated",
                kind="rated",
                feedback_id=case,
                customer_id=orders.persons[order_id],
                order_id=order_id,
                product_id=product,
                category=category,
                channel=CHANNEL,
                rating=rating,
                nps=None,
                text=text or None,
                language=None,
                occurred_at=rated_at,
            ),
        )


def _only(found: Collection[str | None]) -> str | None:
    return next(iter(found)) if len(found) == 1 else None
