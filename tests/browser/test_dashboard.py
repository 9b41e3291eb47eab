"""The dashboard in a browser: empty, with real data, live, on a phone, and while ClickHouse is down.

Its figures are held against statements of this test's own over other views than the pages read, where there are two.
"""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from crm import clickhouse
from crm.settings import settings
from sources import loads
from tests.browser.dashboard_page import PAGES, cells, fits, open_page, shows, tiles
from tests.engine import caught_up, produce, served

pytestmark = pytest.mark.stack
Picture = Callable[..., None]
SQL = Path(__file__).parent / "sql"
ROWS = 4_000
# What a refresh must leave in its place, and how one would be seen that fades the page.
PARTS = "[...document.querySelectorAll('[data-testid=stMetric], [data-testid=stSelectbox]')]"
MARK = f"{PARTS}.forEach(node => node.marked = true)"
KEPT = f"{PARTS}.every(node => node.marked)"
WATCH = """() => {
    const faint = node => node && (getComputedStyle(node).opacity < 1 || faint(node.parentElement));
    const look = () => { window.faded += [...document.querySelectorAll('[data-testid=stMetric]')].some(faint); };
    window.faded = 0;
    new MutationObserver(look).observe(document.body, {subtree: true, childList: true, attributes: true});
}"""
ORDER = {
    "kind": "placed", "line_no": 1, "product_id": "p-live", "category": "tested live", "quantity": 2, "amount": 12.34,
    "currency": "BRL",
}  # fmt: skip


@pytest.fixture(scope="module")
def dashboard(stack: None) -> None:
    """The dashboard beside the shared stack."""
    from local import stack as embedded

    embedded.up(only=("dashboard",))


@pytest.fixture(scope="module")
def loaded(dashboard: None, data: Path, request: pytest.FixtureRequest) -> Iterator[None]:
    """Real data: orders and reviews in BRL, sales in GBP, invoices in USD."""
    limit = None if request.config.getoption("--screenshots") else ROWS
    for name, folder in (("olist", "olist"), ("online-retail", "online_retail_by_day"), ("ibm-ar", "ibm_ar")):
        loads.load(name, data / folder, loads.Options(limit=limit if name != "ibm-ar" else None))
    caught_up(600)
    yield


def other_currency() -> str:
    """The currency that a page does not show by itself: the address names only what was chosen."""
    busiest = served("SELECT currency FROM serving.demand_by_hour GROUP BY currency ORDER BY sum(order_lines) DESC")
    return str(busiest[-1]["currency"])


def money(value: Any) -> str:
    return f"{value:,.2f}"


def one(sql: str, **bound: Any) -> dict[str, Any]:
    (row,) = served(sql, **bound)
    return row


def test_pages_without_data_say_so(dashboard: None, laptop: Page) -> None:
    """Nothing has arrived: each page says what is missing and how to get it, and shows no empty chart and no error."""
    if served("SELECT count() AS n FROM serving.demand_by_day")[0]["n"]:
        pytest.skip("another test of this session has loaded data")
    for name, text in {
        "feedback": "No feedback yet",
        "arrears": "No invoices yet",
        "customer": "No customer has ordered yet",
        "search": "",
        "health": "The batch layer has not run yet",
        # Not the first: the first page that a server is asked for has been a trap.
        "demand": "No orders yet",
    }.items():
        open_page(laptop, name)
        expect(laptop.get_by_test_id("stAlert").filter(has_text=text).first).to_be_visible()
        assert not laptop.get_by_test_id("stVegaLiteChart").count(), name
    assert laptop.strangers == []  # type: ignore[attr-defined]


def test_demand_shows_the_figures_of_sql(loaded: None, laptop: Page, picture: Picture) -> None:
    """Per currency, never added across; narrowed by period and category."""
    open_page(laptop, "demand")
    for currency in ("BRL", "GBP"):
        open_page(laptop, "demand", currency=currency)
        shows(laptop, _demand(currency))
    expect(laptop.get_by_test_id("stVegaLiteChart")).to_have_count(3)
    category = one(
        "SELECT category FROM serving.demand_by_day WHERE currency = 'BRL' AND category != '' GROUP BY category ORDER BY sum(orders) DESC LIMIT 1"
    )["category"]
    open_page(laptop, "demand", currency="BRL", category=category)
    shows(
        laptop,
        _demand("BRL", category),
    )
    open_page(laptop, "demand", currency="BRL", period="Between two days", days=["2017-01-01", "2017-12-31"])
    shows(laptop, _demand("BRL", year=2017))
    open_page(laptop, "demand", currency="GBP", period="Last 7 days")
    expect(laptop.get_by_text("Nothing was sold in GBP in this period")).to_be_visible()
    open_page(laptop, "demand", currency="BRL")
    picture(laptop, "dashboard-demand", 1250)


def _demand(currency: str, category: str = "", year: int = 0) -> dict[str, str]:
    row = one(clickhouse.sql(SQL / "demand.sql"), currency=currency, category=category, year=year)
    of = "line" if category else "order"
    return {
        f"Net, {currency}": money(row["net"]),
        f"Gross, {currency}": money(row["gross"]),
        "Orders": f"{row['orders']:,}",
        "Units": f"{row['units']:,}",
        f"Average {of}, {currency}": money(round(row["gross"] / row["placed_lines" if category else "orders"], 2)),
        "Cancelled lines": f"{100 * row['cancelled']:.1f} %",
    }


def test_feedback_shows_the_figures_of_sql(loaded: None, laptop: Page, picture: Picture) -> None:
    """Counts over customers on one side, over hours on the other."""
    row = one(
        "SELECT sum(responses) AS responses, sum(ratings_4 + ratings_5) / sum(ratings) AS csat, sum(texts) AS texts,"
        " sumOrNull(ratings_1 + 2 * ratings_2 + 3 * ratings_3 + 4 * ratings_4 + 5 * ratings_5) / sum(ratings) AS mean,"
        " sum(complaints) AS complaints FROM serving.customer_feedback"
    )
    open_page(laptop, "feedback")
    expected = {
        "Responses": f"{row['responses']:,}",
        "Satisfied": f"{100 * row['csat']:.1f} %",
        "Mean rating": f"{row['mean']:.2f}",
        "Complaints": f"{row['complaints']:,}",
        "Texts": f"{row['texts']:,}",
    }
    shows(laptop, expected)
    expect(laptop.get_by_test_id("stVegaLiteChart")).to_have_count(2)
    picture(laptop, "dashboard-feedback", 1300)


def test_arrears_show_the_figures_of_sql(loaded: None, laptop: Page, picture: Picture) -> None:
    """As of a past day, by its invoices one by one; as of now nothing is open in IBM's sample."""
    open_page(laptop, "arrears", currency="USD", as_of="2013-06-30")
    row = one(
        "SELECT sumIf(balance, balance > 0) AS open, countIf(balance > 0) AS invoices, sumIf(balance, days_past_due > 0) AS overdue,"
        " countIf(days_past_due > 0) AS late FROM serving.open_invoices_as_of(as_of = '2013-06-30 23:59:59') WHERE currency = 'USD'"
    )
    assert row["open"] > row["overdue"] > 0
    expected = {
        "Open, USD": money(row["open"]),
        "Open invoices": f"{row['invoices']:,}",
        "Overdue, USD": money(row["overdue"]),
        "Overdue invoices": f"{row['late']:,}",
        "Overdue of open": f"{100 * row['overdue'] / row['open']:.1f} %",
    }
    shows(laptop, expected)
    worst = served(
        "SELECT customer_id, overdue FROM serving.customer_arrears_as_of(as_of = '2013-06-30 23:59:59')"
        " WHERE currency = 'USD' AND overdue > 0 ORDER BY overdue DESC, customer_id LIMIT 15"
    )
    shown = cells(laptop, "overdue_customers")
    found = [(row[0].rsplit("=", 1)[-1], float(row[1])) for row in shown]
    assert found == [(row["customer_id"], float(row["overdue"])) for row in worst]
    picture(laptop, "dashboard-arrears", 1250)
    open_page(laptop, "arrears", currency="USD")
    expect(laptop.get_by_text("Nothing is owed in USD as of")).to_be_visible()


def test_a_customer_is_found_from_the_list_of_the_best(loaded: None, laptop: Page, picture: Picture) -> None:
    """One customer's figures and timeline; an unknown id is said to be unknown, and is not taken for markup."""
    best = one(
        "SELECT customer_id FROM serving.customer_demand WHERE currency = 'BRL' ORDER BY net DESC, customer_id LIMIT 1"
    )
    customer = best["customer_id"]
    open_page(laptop, "customer")
    assert customer in {row[0].rsplit("=", 1)[-1] for row in cells(laptop, "best_customers")}
    open_page(laptop, "customer", customer=customer)
    row = one("SELECT * FROM serving.customer_360 WHERE customer_id = {customer:String}", customer=customer)
    shows(laptop, {"Orders": f"{row['orders']:,}", "Complaints": f"{row['complaints']:,}"})
    assert row["name"] in ("", "***") and row["net"]["BRL"] > 0
    currency, net, *_ = cells(laptop, "customer_money")[0]
    assert (currency, float(net)) == ("BRL", float(row["net"]["BRL"]))
    entries = one(
        "SELECT count() AS n FROM serving.customer_timeline WHERE customer_id = {customer:String}", customer=customer
    )
    assert len(cells(laptop, "timeline")) == min(entries["n"], 200)
    picture(laptop, "dashboard-customer", 1000)
    open_page(laptop, "customer", customer="<b>nobody</b> [x](http://example.com)")
    expect(laptop.get_by_text("no subject knows a customer '<b>nobody</b>", exact=False)).to_be_visible()


def test_search_answers_or_says_how_to_have_it(loaded: None, laptop: Page) -> None:
    """Without the service the page says what starts it, and nothing breaks."""
    open_page(laptop, "search", text="produto")
    expect(laptop.get_by_test_id("stAlert").filter(has_text="crm up --with search")).to_be_visible()


def test_health_shows_the_status(loaded: None, laptop: Page) -> None:
    """The jobs run and are not behind; what is rejected is counted by reason."""
    open_page(laptop, "health")
    row = one("SELECT rejects, late_records, rows_different FROM serving.status")
    expected = {"Rejected records": "rejects", "Late records": "late_records", "Rows that differ": "rows_different"}
    shows(laptop, {label: f"{row[name]:,}" for label, name in expected.items()} | {"Speed layer is behind": "0"})


def test_an_open_page_counts_what_arrives_without_being_made_anew(loaded: None, laptop: Page) -> None:
    """A manager's page, left open: a new order is in its figures within seconds; tiles and filters stay the same nodes."""
    open_page(laptop, "demand", currency="BRL", category="tested live")
    open_page(laptop, "demand", currency="BRL")
    expect(laptop.get_by_test_id("stVegaLiteChart")).to_have_count(3)
    before = tiles(laptop)
    laptop.evaluate(MARK)
    laptop.evaluate(WATCH)
    at = datetime.now(UTC)
    order = ORDER | {
        "event_id": f"live-{at.timestamp()}",
        "order_id": f"live-{at.timestamp()}",
        "customer_id": "live",
        "occurred_at": at.isoformat(),
    }
    produce([(b"live", json.dumps(order).encode())])
    shows(laptop, {"Orders": f"{int(before['Orders'].replace(',', '')) + 1:,}"})
    shows(laptop, _demand("BRL"))
    assert laptop.evaluate(KEPT), "a refresh made parts of the page anew: they flicker"
    assert laptop.evaluate("window.faded") == 0, "a refresh fades the page"


def test_pages_can_be_read_on_a_phone(loaded: None, phone: Page, picture: Picture) -> None:
    """Nothing sticks out at the side, figures are as on the laptop, and the menu leads on."""
    for name in PAGES:
        query = {"arrears": {"currency": "USD", "as_of": "2013-06-30"}, "demand": {"currency": "BRL"}}.get(name, {})
        open_page(phone, name, **query)
        if name in ("demand", "feedback", "arrears"):
            expect(phone.get_by_test_id("stVegaLiteChart").first).to_be_visible()
        assert fits(phone), f"{name} is wider than a phone"
        sizes = phone.evaluate(
            "[...document.querySelectorAll('[data-testid=stMetricValue]')].map(node => [node.innerText, node.scrollWidth - node.clientWidth])"
        )
        assert [text for text, hidden in sizes if hidden > 1] == [], f"{name} cuts figures off"
        picture(phone, f"phone-{name}", 1400 if name in ("demand", "feedback", "arrears") else 0)
    open_page(phone, "demand")
    phone.get_by_test_id("stExpandSidebarButton").click()
    phone.get_by_test_id("stSidebarNavLink").filter(has_text="Health").click()
    expect(phone.get_by_test_id("stHeading").first).to_have_text("Health")


def test_a_page_says_that_clickhouse_is_down_and_goes_on_by_itself(
    loaded: None, laptop: Page, picture: Picture
) -> None:
    """Left open meanwhile: a message with what to do, then the figures again, with the filters as they were."""
    from local import stack as embedded

    other = other_currency()
    open_page(laptop, "demand", currency=other)
    expected = _demand(other)
    shows(laptop, expected)
    embedded.down(only=("clickhouse",))
    try:
        message = laptop.get_by_test_id("stAlert").filter(has_text="ClickHouse does not answer")
        expect(message).to_be_visible(timeout=30_000)
        expect(message).to_contain_text("crm up")
        expect(message).to_contain_text(str(settings().ports.clickhouse_http))
        assert not tiles(laptop), "figures of before are shown as if they were of now"
        picture(laptop, "dashboard-down")
    finally:
        embedded.up(only=("clickhouse",))
    shows(laptop, expected, 60)
    assert f"currency={other}" in laptop.url
    assert laptop.strangers == []  # type: ignore[attr-defined]
