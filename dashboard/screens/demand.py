"""Demand: what is sold, when, and to whom it comes back."""

from typing import Any

import streamlit as st

from dashboard import charts, filters, formats
from dashboard.filters import Period
from dashboard.live import live, nothing, panel
from dashboard.questions import Answer, Rows, ask, begin
from dashboard.tiles import tile, tiles


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
    bound: dict[str, Any] = {"currency": currency, "categories": categories}
    charted = bound | {"since": period.bound()["since"], "until": period.bound()["until"]}
    bucket = period.bucket(extent["first_hour"], extent["last_hour"])
    answers = {
        "totals": begin("demand_totals", **bound, **period.bound()),
        "over_time": begin("demand_over_time", bucket=bucket, **charted),
        "by_category": begin("demand_by_category", **charted),
        "by_weekday": begin("demand_by_weekday", **charted),
        "repeat_purchase": begin("repeat_purchase", currency=currency),
        "trending": begin("trending_products"),
    }
    totals = {bool(row["is_current"]): row for row in answers["totals"]()}
    if True not in totals:
        nothing(
            f"Nothing was sold in {currency} in this period{' and these categories' if categories else ''}. "
            f"The newest sale is of {extent['last_hour']:%Y-%m-%d}: choose a period that holds it."
        )
        return
    _tiles(totals, currency, period)
    _charts(answers, bucket, currency)


def _tiles(totals: dict[bool, dict[str, Any]], currency: str, period: Period) -> None:
    now, before = totals[True], totals.get(False, {})
    with tiles("demand_totals"):
        for label, name, shown in (
            (f"Net, {currency}", "net", formats.money),
            (f"Gross, {currency}", "gross", formats.money),
            ("Orders", "orders", formats.count),
            ("Units", "units", formats.count),
            (f"Average order, {currency}", "average_order_value", formats.money),
        ):
            grown = formats.change(now[name], before.get(name))
            tile(label, shown(now[name]), grown, against=period.against)
        tile("Cancelled lines", formats.share(now["cancellation_rate"]), note="Cancelled of all lines placed.")


def _charts(answers: dict[str, Answer], bucket: str, currency: str) -> None:
    with panel("How do sales develop?", f"Net in {currency} for each {bucket}, by when it was ordered, UTC."):
        charts.over_time(answers["over_time"](), "net", f"net, {currency}", bucket, "over_time")
    left, right = st.columns(2)
    with left, panel("Which categories bring the most?", f"Net in {currency}."):
        charts.ranked(answers["by_category"](), "category", "net", f"net, {currency}", "by_category")
    with right, panel("When do customers order?", "Orders by weekday and hour, UTC."):
        charts.weekly(answers["by_weekday"](), "by_weekday")
    left, right = st.columns(2)
    with left, panel("Do customers come back?", "Of all customers with an order in this currency, over all time."):
        _repeat(answers["repeat_purchase"]())
    with right, panel("What sells more than usual right now?", "Since the previous hour, in all currencies."):
        _trending(answers["trending"]())


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
