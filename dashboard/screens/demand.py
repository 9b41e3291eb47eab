"""Demand: what is sold, when, and to whom it comes back."""

from itertools import groupby
from operator import itemgetter
from typing import Any

import streamlit as st

from dashboard import charts, filters, formats
from dashboard.filters import Period
from dashboard.live import live, nothing, panel
from dashboard.questions import Rows, ask, begin
from dashboard.tiles import tile, tiles

# Figures that are 0 where nothing happened.
ADDED = ("net", "gross", "orders", "units")
NO_LINES = "Nothing was ordered in this period: its money comes from payments, returns or adjustments."


def page() -> None:
    """The page."""
    live("Demand", _draw, "demand_choices")


def _draw() -> None:
    known = ask("demand_choices")
    if not known:
        nothing("No orders yet. They appear here about a second after they arrive: `crm load`, or `crm simulate`.")
        return
    with st.container(horizontal=True, key="filters"):
        period = filters.period()
        currency = filters.currency([row["currency"] for row in known])
        (extent,) = (row for row in known if row["currency"] == currency)
        categories = filters.some("Categories", extent["categories"], "category")
    bucket = period.bucket(extent["first_hour"], extent["last_hour"])
    figures = begin("demand_figures", currency=currency, categories=categories, bucket=bucket, **period.bound())
    repeat, trending = begin("repeat_purchase", currency=currency), begin("trending_products")
    parts = {part: [*rows] for part, rows in groupby(figures(), itemgetter("part"))}
    if "total" not in parts:
        nothing(
            f"Nothing was sold in {currency} in this period{' and these categories' if categories else ''}. "
            f"The newest sale is of {extent['last_hour']:%Y-%m-%d}: choose a period that holds it."
        )
        return
    _tiles(parts, currency, period, of_categories=bool(categories))
    _charts(parts, bucket, currency)
    left, right = st.columns(2)
    with left, panel("Do customers come back?", "Of all customers with an order in this currency, over all time."):
        _repeat(repeat())
    with right, panel("What sells more than usual right now?", "Since the previous hour, in all currencies."):
        _trending(trending())


def _tiles(parts: dict[str, Rows], currency: str, period: Period, of_categories: bool) -> None:
    (total,) = parts["total"]
    compared: dict[bool, dict[str, Any]] = {bool(row["is_current"]): row for row in parts.get("compared", [])}
    # Hours without a row had no sale.
    now, before = (compared.get(is_current, dict.fromkeys(ADDED, 0)) for is_current in (True, False))
    # An order counts under the category of its first line: money of all lines over such orders would be no mean of orders.
    mean = ("Average line", "average_line_value") if of_categories else ("Average order", "average_order_value")
    with tiles("demand_totals"):
        for label, name, shown in (
            (f"Net, {currency}", "net", formats.money),
            (f"Gross, {currency}", "gross", formats.money),
            ("Orders", "orders", formats.count),
            ("Units", "units", formats.count),
            (f"{mean[0]}, {currency}", mean[1], formats.money),
        ):
            grown = formats.change(now.get(name), before.get(name))
            note = "Those whose first line is of a chosen category." if of_categories and name == "orders" else ""
            tile(label, shown(total[name]), grown, against=period.against, note=note)
        tile(
            "Cancelled lines",
            formats.share(total["cancellation_rate"]),
            note="Lines cancelled, of as many lines placed in the same time. Those placed before are no part of the whole.",
        )


def _charts(parts: dict[str, Rows], bucket: str, currency: str) -> None:
    with panel("How do sales develop?", f"Net in {currency} for each {bucket}, by when it was ordered, UTC."):
        charts.over_time(
            _columns(parts, "bucket", "bucket", "net", "orders"), "net", f"net, {currency}", bucket, "over_time"
        )
    left, right = st.columns(2)
    with left, panel("Which categories bring the most?", f"Net in {currency}."):
        if rows := _columns(parts, "category", "category", "net", "orders"):
            charts.ranked(rows, "category", "net", f"net, {currency}", "by_category")
        else:
            nothing(NO_LINES)
    with right, panel("When do customers order?", "Orders by weekday and hour, UTC."):
        if rows := _columns(parts, "weekday", "weekday", "hour", "orders"):
            charts.weekly(rows, "by_weekday")
        else:
            nothing(NO_LINES)


def _columns(parts: dict[str, Rows], part: str, *names: str) -> Rows:
    return [{name: row[name] for name in names} for row in parts.get(part, [])]


def _repeat(rows: Rows) -> None:
    if not rows:
        nothing("No customer is known: these are anonymous sales.")
        return
    (row,) = rows
    with tiles("repeat"):
        tile("Customers", formats.count(row["customers"]))
        tile("Came back", formats.share(row["repeat_rate"]), note="Customers with two orders or more.")
        tile("Days between orders", formats.number(row["median_days_between_orders"], 0), note="The median.")


def _trending(rows: Rows) -> None:
    if not rows:
        nothing("Nothing unusual: no product sells twice as much as at this hour of the last seven days.")
        return
    columns = {
        "product_id": "product",
        "category": "category",
        "units": st.column_config.NumberColumn("units", format="localized"),
        "lift": st.column_config.NumberColumn("times usual", format="%.1f"),
    }
    charts.table(rows, columns, "trending")
