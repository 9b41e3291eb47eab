"""What Olist's other files are joined with: the orders, with who placed each and when, and the categories of the products."""

from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

from sources.events import local_moment
from sources.files import Rejects, Row, rows

ORDERS = "olist_orders_dataset.csv"
CUSTOMERS = "olist_customers_dataset.csv"
PRODUCTS = "olist_products_dataset.csv"
TRANSLATIONS = "product_category_name_translation.csv"
# What an order's row says of its course. The estimated delivery is a promise and no event.
MOMENTS = (
    "order_purchase_timestamp",
    "order_approved_at",
    "order_delivered_carrier_date",
    "order_delivered_customer_date",
)


@dataclass(slots=True)
class Order:
    """An order's row: its person (None: anonymous), its moments in milliseconds since 1970 UTC."""

    row: Row
    order_id: str
    customer: str | None
    status: str
    purchased_at: int
    approved_at: int
    last_known_at: int


def categories(directory: Path, rejects: Rejects) -> dict[str, str]:
    """Category by product: English where there is a translation, else as in the file."""
    english: dict[str, str] = {}
    if (directory / TRANSLATIONS).exists():
        translations = rows(
            directory / TRANSLATIONS, ("product_category_name", "product_category_name_english"), rejects
        )
        english = {row.values[0]: row.values[1] for row in translations}
    products = (row.values for row in rows(directory / PRODUCTS, ("product_id", "product_category_name"), rejects))
    return {product: english.get(category) or category for product, category in products if category}


def orders(directory: Path, zone: ZoneInfo, rejects: Rejects) -> dict[str, Order]:
    """Orders by id, of the rows that say when."""
    persons = {
        row.values[0]: row.values[1]
        for row in rows(directory / CUSTOMERS, ("customer_id", "customer_unique_id"), rejects)
    }
    found: dict[str, Order] = {}
    for row in rows(directory / ORDERS, ("order_id", "customer_id", "order_status", *MOMENTS), rejects):
        order_id, customer, status, *texts = row.values
        try:
            moments = [local_moment(text, zone) if text else None for text in texts]
        except ValueError as error:
            rejects.add(row, str(error))
            continue
        purchased_at, approved_at = moments[0], moments[1]
        if purchased_at is None:
            rejects.add(row, f"{MOMENTS[0]}: empty, so nothing says when")
            continue
        if order_id in found:
            rejects.add(row, f"order_id: line {found[order_id].row.line} has the same")
            continue
        person = persons.get(customer) or None
        if person is None:
            rejects.notes[f"orders whose customer is not in {CUSTOMERS}, loaded as anonymous"] += 1
        last_known_at = max(moment for moment in moments if moment is not None)
        paid_at = purchased_at if approved_at is None else approved_at
        found[order_id] = Order(row, order_id, person, status, purchased_at, paid_at, last_known_at)
    return found
