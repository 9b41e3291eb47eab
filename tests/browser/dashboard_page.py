"""The dashboard as a reader meets it: addresses, tiles, tables, and when a page is complete."""

import time
from urllib.parse import urlencode

from playwright.sync_api import Page

from crm.settings import HOST, settings

PAGES = ("demand", "feedback", "arrears", "customer", "search", "health")
TILES = """() => Object.fromEntries([...document.querySelectorAll('[data-testid=stMetric]')].map(tile => [
    tile.querySelector('[data-testid=stMetricLabel]').innerText.trim(),
    tile.querySelector('[data-testid=stMetricValue]').innerText.trim()]))"""
# What is drawn again keeps its old version until the new one is there: an hourglass would be a flicker.
IDLE = "document.querySelector('[data-testid=stApp]')?.dataset.testScriptState === 'notRunning'"


def open_page(page: Page, name: str, **query: str | list[str]) -> None:
    """Go there by its address and wait until it is drawn."""
    address = f"http://{HOST}:{settings().ports.dashboard}/{'' if name == 'demand' else name}"
    page.goto(f"{address}?{urlencode(query, doseq=True)}" if query else address)
    page.get_by_test_id("stHeading").first.wait_for()
    page.wait_for_function(IDLE)
    assert not page.get_by_test_id("stException").count(), page.get_by_test_id("stException").first.inner_text()


def tiles(page: Page) -> dict[str, str]:
    """Each figure by its name, as shown."""
    found: dict[str, str] = page.evaluate(TILES)
    return found


def shows(page: Page, expected: dict[str, str], patience_seconds: float = 20) -> None:
    """Wait until the tiles show these figures, without loading the page again."""
    deadline = time.monotonic() + patience_seconds
    while (found := {name: tiles(page).get(name) for name in expected}) != expected:
        assert time.monotonic() < deadline, f"the page shows {found}, SQL gives {expected}"
        page.wait_for_timeout(200)


def cells(page: Page, key: str) -> list[list[str]]:
    """The rows of a table, without its headings, as a screen reader is given them."""
    grid = page.locator(f".st-key-table_{key} table[role=grid]")
    grid.wait_for(state="attached")
    found: list[list[str]] = grid.evaluate(
        "grid => [...grid.querySelectorAll('tbody tr')].map(row => [...row.querySelectorAll('td')].map(cell => cell.innerText))"
    )
    return found


def fits(page: Page) -> bool:
    """Whether nothing sticks out at the side."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))
