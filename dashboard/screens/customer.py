"""One customer: the figures of all subjects, and what happened."""

from datetime import timedelta
from typing import Any
from urllib.parse import quote

import streamlit as st

from crm import customers
from crm.customers import UnknownCustomerError
from dashboard import charts, formats
from dashboard.live import live, nothing, panel
from dashboard.questions import Rows, ask
from dashboard.tiles import tile, tiles

ENTRIES = 200


def address(customer_id: str) -> str | None:
    """The address of a customer's page, relative to the dashboard; None for nobody."""
    return f"./customer?customer={quote(customer_id, safe='')}" if customer_id else None


def linked(rows: Rows) -> Rows:
    """The rows with `customer`, the address of each one's page, for a column of `charts.customer_link`."""
    return [row | {"customer": address(row["customer_id"])} for row in rows]


def page() -> None:
    """The page."""
    live("One customer", _draw)


def _draw() -> None:
    customer_id = st.text_input(
        "Customer", key="customer", bind="query-params", placeholder="the id that orders and invoices have", width=420
    )
    if not (customer_id or "").strip():
        _suggestions()
        return
    try:
        found = customers.customer(str(customer_id).strip(), ENTRIES)
    except UnknownCustomerError as error:
        nothing(f"{error}.")
        return
    _who(found["figures"])
    _figures(found["figures"])
    _money(str(customer_id).strip())
    with panel("What happened?", f"Over all subjects, the newest first; at most {ENTRIES} entries. UTC."):
        _timeline(found["timeline"])


def _suggestions() -> None:
    with panel("Who buys the most?", "The five customers with the most net of each currency."):
        rows = ask("best_customers")
        if not rows:
            nothing("No customer has ordered yet.")
            return
        columns = {
            "customer": charts.customer_link(),
            "net": st.column_config.NumberColumn("net", format="%.2f"),
            "currency": "currency",
            "orders": "orders",
            "segment": "segment",
            "last_order_at": st.column_config.DatetimeColumn("last order, UTC", format="YYYY-MM-DD"),
        }
        charts.table(linked(rows), columns, "best_customers")


def _who(figures: dict[str, Any]) -> None:
    facts = {
        "country": figures["country"],
        "segment": figures["segment"],
        "contact for marketing": figures["consent"],
        "buyer": ", ".join(
            f"{row['segment']} ({row['currency']})" for row in ask("customer_segments", customer=figures["customer_id"])
        ),
    }
    st.caption(
        " · ".join(f"{name}: {value}" for name, value in facts.items() if value)
        or "No record of this customer's profile."
    )


def _figures(figures: dict[str, Any]) -> None:
    with tiles("customer_figures"):
        tile("Orders", formats.count(figures["orders"]))
        days = figures["days_since_last_order"]
        tile("Last order", formats.NONE if days is None else f"{days:,} days ago" if days >= 0 else "dated ahead")
        tile(
            "Mean rating",
            formats.number(figures["mean_rating"]),
            note=f"Of {formats.count(figures['ratings'])} ratings.",
        )
        tile("Complaints", formats.count(figures["complaints"]))
        tile("Open invoices", formats.count(figures["open_invoices"]))
        overdue = figures["overdue_invoices"]
        tile(
            "Overdue invoices",
            formats.count(overdue),
            note=f"The oldest for {formats.duration(timedelta(days=figures['days_past_due']).total_seconds())}."
            if overdue
            else "",
        )


def _money(customer_id: str) -> None:
    rows = ask("customer_money", customer=customer_id)
    if not rows:
        return
    with panel("What is the customer worth, and what is owed?", "Each row in its own currency."):
        amount = {
            name: st.column_config.NumberColumn(name.replace("_", " "), format="%.2f")
            for name in ("net", "gross", "paid", "open", "overdue", "credit_limit")
        }
        charts.table(rows, {"currency": "currency"} | amount, "customer_money")


def _timeline(rows: list[dict[str, Any]]) -> None:
    columns = {
        "moment": st.column_config.DatetimeColumn("when, UTC", format="YYYY-MM-DD HH:mm"),
        "subject": "subject",
        "kind": "what",
        "details": "details",
        "amount": st.column_config.NumberColumn("amount", format="%.2f"),
        "currency": "currency",
        "events": "events",
    }
    charts.table(rows, columns, "timeline")
