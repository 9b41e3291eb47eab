"""The page of search with an index behind it: from a word to a text, and from the text to the customer's figures."""

import json
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Page, expect

from tests.browser.dashboard_page import open_page
from tests.engine import caught_up, indexed, produce

pytestmark = pytest.mark.stack
Picture = Callable[..., None]
# With words that nobody else writes: other tests of the session load real reviews.
TEXTS = {
    "s-1": ("c/1 & co", 1, "Chegou zarpelhado, <b>péssimo</b> [aqui](http://example.com)"),
    "s-2": ("c-2", 5, "鑫淼的质量很好，下次还会买"),
    "s-3": (None, 4, "Zarpelhado? Nada disso chegou"),
}


@pytest.fixture(scope="module")
def reviews(searching: None) -> None:
    """Texts as their senders send them, through the enrichment job into the index, and the dashboard beside it."""
    from local import stack as embedded

    embedded.up(only=("dashboard",))
    produce(
        (
            (
                (customer or name).encode(),
                json.dumps({
                    "event_id": name, "kind": "rated", "feedback_id": name, "customer_id": customer, "channel": "page",
                    "rating": rating, "text": text, "occurred_at": datetime.now(UTC).isoformat(),
                }).encode(),
            )
            for name, (customer, rating, text) in TEXTS.items()
        ),
        "feedback",
    )  # fmt: skip
    caught_up()
    indexed()


def _hits(page: Page) -> list[str]:
    return page.locator("[class*=st-key-hit_] p").all_inner_texts()


def test_words_lead_to_texts_and_on_to_the_customer(reviews: None, laptop: Page, picture: Picture) -> None:
    """What matched is marked, markup that a customer wrote is shown as they wrote it, and the link names the customer as they are."""
    open_page(laptop, "search", text="zarpelhado")
    expect(laptop.locator(".st-key-total")).to_contain_text("2 match")
    assert sorted(_hits(laptop)) == [TEXTS["s-1"][2], TEXTS["s-3"][2]]
    marked = laptop.locator("[class*=st-key-hit_] p em").all_inner_texts()
    assert sorted(word.lower() for word in marked) == ["zarpelhado", "zarpelhado"]
    picture(laptop, "dashboard-search")
    laptop.get_by_role("link", name="customer c/1 & co").click()
    laptop.wait_for_url("**/customer?customer=**")
    expect(laptop.get_by_test_id("stTextInput").locator("input").first).to_have_value("c/1 & co")
    expect(laptop.get_by_test_id("stMetric").first).to_be_visible()


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"text": "鑫淼"}, ["s-2"]),
        ({"text": "zarpelhado", "ratings": "1"}, ["s-1"]),
        ({"text": '"zarpelhado nada"'}, ["s-3"]),
        ({"text": "ninguémescreveu"}, []),
    ],
)
def test_filters_narrow_and_nothing_found_says_so(
    reviews: None, laptop: Page, query: dict[str, str], expected: list[str]
) -> None:
    open_page(laptop, "search", **query)
    assert _hits(laptop) == [TEXTS[name][2] for name in expected]
    assert laptop.get_by_test_id("stAlert").count() == (0 if expected else 1)
