import os
from collections import Counter
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from crm.errors import CrmError
from crm.settings import ROOT
from sources import olist, olist_orders
from sources.events import OrderEvent, utc_text
from sources.files import Rejects
from sources.loads import SOURCES
from tests.reading import read

DATA = Path(os.environ.get("CRM_DATA", ROOT / ".." / "shared" / "data")) / "olist"
SAO_PAULO = ZoneInfo("America/Sao_Paulo")
FILES = {
    olist_orders.CUSTOMERS: "customer_id,customer_unique_id\nk1,ana\nk2,ana\n",
    olist_orders.ORDERS: ",".join(("order_id", "customer_id", "order_status", *olist_orders.MOMENTS)) + "\n"
    "o1,k1,delivered,2017-11-01 10:00:00,2017-11-01 11:00:00,,2017-11-05 10:00:00\n"
    "o2,k2,canceled,2017-11-02 10:00:00,,,\n"
    "o3,nobody,unavailable,2017-11-03 10:00:00,,,\n",
    olist.ITEMS: "order_id,order_item_id,product_id,price,freight_value\n"
    "o1,3,p2,5.0,1\no1,1,p1,10.5,1\no2,1,p3,7,1\nlost,1,p1,9,1\no1,x,p1,9,1\n",
    olist.PAYMENTS: "order_id,payment_sequential,payment_value\no1,2,16.5\no2,1,8\n",
    olist_orders.PRODUCTS: "product_id,product_category_name\np1,artes\np2,pc_gamer\np3,\n",
    olist_orders.TRANSLATIONS: "product_category_name,product_category_name_english\nartes,art\n",
}


def folder(path: Path, without: str = "", **changes: str) -> Path:
    for name, text in (FILES | changes).items():
        if name != without:
            (path / name).write_text(text, encoding="utf-8")
    return path


def events_of(path: Path) -> tuple[list[OrderEvent], Rejects]:
    rejects = Rejects(path / "rejects" / "r.csv")
    with rejects:
        found = read(SOURCES["olist"], path, SAO_PAULO, rejects)
    return [event for event in found if isinstance(event, OrderEvent)], rejects


def test_events_in_the_order_of_time(tmp_path: Path) -> None:
    found, rejects = events_of(folder(tmp_path))
    assert [
        (
            utc_text(e.occurred_at)[:16],
            e.kind,
            e.order_id,
            e.line_no,
            e.customer_id,
            e.category,
            str(e.amount),
            e.status,
        )
        for e in found
    ] == [
        ("2017-11-01T12:00", "placed", "o1", 1, "ana", "art", "10.50", None),
        ("2017-11-01T12:00", "placed", "o1", 2, "ana", "pc_gamer", "5.00", None),
        ("2017-11-01T13:00", "paid", "o1", 2, "ana", None, "16.50", None),
        ("2017-11-02T12:00", "placed", "o2", 1, "ana", None, "7.00", None),
        ("2017-11-02T12:00", "paid", "o2", 1, "ana", None, "8.00", None),
        ("2017-11-02T12:00", "cancelled", "o2", 1, "ana", None, "7.00", None),
        ("2017-11-02T12:00", "status_changed", "o2", 0, "ana", None, "0.00", "canceled"),
        ("2017-11-03T12:00", "status_changed", "o3", 0, None, None, "0.00", "unavailable"),
        ("2017-11-05T12:00", "status_changed", "o1", 0, "ana", None, "0.00", "delivered"),
    ]
    # An item of an order that is not there, and one whose number is none.
    assert rejects.count == 2
    # The person of the third order, and the reviews.
    assert sum(rejects.notes.values()) == 2


def test_ids_outlive_a_new_sorting_and_stay_unique_where_the_files_key_is_not(tmp_path: Path) -> None:
    first, _ = events_of(folder(tmp_path))
    header, *lines = FILES[olist.ITEMS].splitlines()
    (tmp_path / olist.ITEMS).write_text("\n".join([header, *reversed(lines)]), encoding="utf-8")
    assert {event.event_id for event in events_of(tmp_path)[0]} == {event.event_id for event in first}
    (tmp_path / olist.ITEMS).write_text("\n".join([header, lines[0], lines[0]]), encoding="utf-8")
    placed = [event for event in events_of(tmp_path)[0] if event.kind == "placed"]
    assert len({event.event_id for event in placed}) == 2
    assert [event.line_no for event in placed] == [1, 2]


def test_an_item_that_is_rejected_takes_no_number_and_is_not_cancelled(tmp_path: Path) -> None:
    """The line with the number 1 counts its order."""
    items = "order_id,order_item_id,product_id,price\n"
    items += f"o1,1,{'p' * 201},9\no1,2,p1,10.5\no1,3,p1,5\no2,1,{'p' * 201},7\no2,2,p3,8\n"
    found, rejects = events_of(folder(tmp_path, **{olist.ITEMS: items}))
    assert [(e.order_id, e.kind, e.line_no, e.event_id) for e in found if e.kind in ("placed", "cancelled")] == [
        ("o1", "placed", 1, "olist:order_items:o1:2"),
        ("o1", "placed", 2, "olist:order_items:o1:3"),
        ("o2", "placed", 1, "olist:order_items:o2:2"),
        ("o2", "cancelled", 1, "olist:order_items:o2:2:cancelled"),
    ]
    assert rejects.count == 2
    assert "product_id: " in rejects.path.read_text(encoding="utf-8")


def test_a_payment_that_is_no_amount_is_rejected(tmp_path: Path) -> None:
    payments = "order_id,payment_sequential,payment_value\no1,1,1e1000000\no1,2,1_6\no1,1_0,3\no1,3,16.5\n"
    found, rejects = events_of(folder(tmp_path, **{olist.PAYMENTS: payments}))
    assert [event.line_no for event in found if event.kind == "paid"] == [3]
    assert rejects.count == 2 + 3


def test_categories_stay_portuguese_without_the_translation(tmp_path: Path) -> None:
    found, _ = events_of(folder(tmp_path, without=olist_orders.TRANSLATIONS))
    assert found[0].category == "artes"


@pytest.mark.parametrize(
    "name", [olist_orders.CUSTOMERS, olist_orders.ORDERS, olist.ITEMS, olist.PAYMENTS, olist_orders.PRODUCTS]
)
def test_a_missing_file_is_refused_by_name(tmp_path: Path, name: str) -> None:
    with pytest.raises(CrmError, match=name):
        events_of(folder(tmp_path, without=name))


def test_an_unknown_state_is_rejected_and_the_orders_money_stays(tmp_path: Path) -> None:
    text = FILES[olist_orders.ORDERS].replace("delivered,", "teleported,")
    found, rejects = events_of(folder(tmp_path, **{olist_orders.ORDERS: text}))
    assert sum(event.amount for event in found if event.kind == "placed") == Decimal("22.50")
    assert "status: 'teleported'" in rejects.path.read_text(encoding="utf-8")


@pytest.mark.skipif(not DATA.is_dir(), reason=f"real data is not at {DATA} (set CRM_DATA)")
def test_the_figures_of_the_real_files(tmp_path: Path) -> None:
    rejects = Rejects(tmp_path / "rejects.csv")
    with rejects:
        everything = read(SOURCES["olist"], DATA, SAO_PAULO, rejects)
    assert rejects.count == 0
    assert [event.occurred_at for event in everything] == sorted(event.occurred_at for event in everything)
    found = [event for event in everything if isinstance(event, OrderEvent)]
    assert len(found) == 63_595

    def amount(kind: str) -> Decimal:
        return sum((event.amount for event in found if event.kind == kind), Decimal(0))

    assert amount("placed") == Decimal("2768685.99")
    assert amount("paid") == Decimal("3249579.78")
    assert len({event.customer_id for event in found}) == 19_831
    assert Counter(event.status for event in found if event.kind == "status_changed") == {
        "delivered": 19_430, "shipped": 215, "canceled": 124, "unavailable": 117, "invoiced": 57, "processing": 55,
        "created": 2,
    }  # fmt: skip
    assert len({event.event_id for event in found}) == len(found)
    # The month as Brazil's clocks show it: from 02:00 to 02:00 UTC in summer time.
    november = [event for event in found if "2017-11-01T02" <= utc_text(event.occurred_at) < "2017-12-01T02"]
    assert sum(event.amount for event in november if event.kind == "placed") == Decimal("210541.99")
