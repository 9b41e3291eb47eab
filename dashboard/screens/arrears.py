"""Arrears: what is owed, since when, and by whom, as of now or as of a past day."""

from datetime import UTC, date, datetime, timedelta

import streamlit as st

from dashboard import charts, filters, formats
from dashboard.business_days import end_of, today
from dashboard.live import live, nothing, panel
from dashboard.questions import Answer, Rows, ask, begin
from dashboard.screens.customer import linked
from dashboard.tiles import tile, tiles

BUCKETS = ("credit", "current", "1-30", "31-60", "61-90", "over 90")
ROLLED = ("new", *BUCKETS, "settled")
ROLL_DAYS = 30


def page() -> None:
    """The page."""
    live("Arrears", _draw, "arrears_choices")


def _draw() -> None:
    known = ask("arrears_choices")
    if not known:
        nothing("No invoices yet. They appear here about a second after they arrive: `crm load`, or `crm simulate`.")
        return
    now = datetime.now(UTC)
    with st.container(horizontal=True, key="filters"):
        currency = filters.currency([row["currency"] for row in known])
        day = st.date_input(
            "At the end of", today(now), max_value=today(now), min_value=date(1970, 1, 1), key="as_of", bind="query-params",
            format="YYYY-MM-DD", width=160, help="Today means now.",
        )  # fmt: skip
    (extent,) = (row for row in known if row["currency"] == currency)
    bound = {"currency": currency, "as_of": end_of(day, now)}
    answers = {
        "aging": begin("arrears_aging", **bound),
        "performance": begin("arrears_performance", **bound),
        "by_day": begin("arrears_by_day", **bound),
        "customers": begin("arrears_customers", **bound),
        "roll_rates": begin("roll_rates", since=end_of(day - timedelta(days=ROLL_DAYS), now), **bound),
    }
    aging = answers["aging"]()
    if aging:
        _tiles(aging, answers["performance"](), currency)
    else:
        nothing(
            f"Nothing is owed in {currency} as of {day}. The last day with an open invoice is {extent['last_open_day']}: choose it above."
        )
    _charts(aging, answers, currency)


def _tiles(aging: Rows, performance: Rows, currency: str) -> None:
    owed = [row for row in aging if row["bucket"] != "credit"]
    late = [row for row in owed if row["bucket"] != "current"]
    open_, overdue = (sum((row["balance"] for row in rows), start=0) for rows in (owed, late))
    with tiles("arrears_totals"):
        tile(f"Open, {currency}", formats.money(open_))
        tile("Open invoices", formats.count(sum(row["open_invoices"] for row in owed)))
        tile(f"Overdue, {currency}", formats.money(overdue))
        tile("Overdue invoices", formats.count(sum(row["open_invoices"] for row in late)))
        tile("Overdue of open", formats.share(float(overdue / open_) if open_ else None))
        for row in performance:
            days = f"Over the {row['period_days']} days before."
            tile("DSO, days", formats.number(row["days_sales_outstanding"], 1), note=f"Days sales outstanding. {days}")
            tile(
                "CEI",
                formats.number(row["collection_effectiveness_index"], 1),
                note=f"Collection effectiveness, of 100. {days}",
            )


def _charts(aging: Rows, answers: dict[str, Answer], currency: str) -> None:
    left, right = st.columns(2)
    with left, panel("How old is what is owed?", "Balances by days past due."):
        if aging:
            charts.classes(aging, "bucket", BUCKETS, "balance", f"balance, {currency}", "aging")
        else:
            nothing("Nothing is owed.")
    with right, panel("Is it getting better or worse?", "Open and overdue at the end of each day."):
        rows = answers["by_day"]()
        if rows:
            charts.lines(rows, "arrears_day", {"open": "open", "overdue": "overdue"}, currency, "arrears_by_day")
        else:
            nothing("Nothing had been invoiced by then.")
    left, right = st.columns(2)
    with left, panel("Who owes the most past due?"):
        _customers(answers["customers"]())
    with (
        right,
        panel("Do late invoices get paid, or later still?", f"Where the invoices of {ROLL_DAYS} days before are now."),
    ):
        rows = answers["roll_rates"]()
        if rows:
            charts.transitions(rows, ROLLED, "roll_rates")
        else:
            nothing("Nothing was open, then or now.")


def _customers(rows: Rows) -> None:
    if not rows:
        nothing("Nobody is past due.")
        return
    columns = {
        "customer": charts.customer_link(),
        "overdue": st.column_config.NumberColumn("overdue", format="%.2f"),
        "open": st.column_config.NumberColumn("open", format="%.2f"),
        "days_past_due": "days past due",
        "disputed": st.column_config.NumberColumn("disputed", format="%.2f"),
        "broken_promises": "broken promises",
    }
    charts.table(linked(rows), columns, "overdue_customers")
