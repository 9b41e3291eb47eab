"""How long a reader of the dashboard waits, in a real browser: for the first complete page, and for a refresh of an open one."""

import shutil
import time
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.results import Figure, Row, percentile
from benchmarks.stack import SEED, Bench
from crm.errors import CrmError
from crm.settings import HOST, settings
from dashboard.questions import KEPT_SECONDS
from local.services import CORE

EVENTS = 100_000
PAINTS, REFRESHES, WARM_UP = 10, 12, 2
# Charts of the page of demand, and the tiles above them.
CHARTS, TILES = 3, 6
COMPLETE = f"""() => document.querySelectorAll('[data-testid=stVegaLiteChart] svg.marks').length >= {CHARTS}
    && document.querySelectorAll('[data-testid=stMetricValue]').length >= {TILES}
    && document.querySelector('[data-testid=stApp]').dataset.testScriptState === 'notRunning'"""
# A refresh begins when the page asks for it. It has ended when the line that names the time has changed and the page is
# idle again, which is when everything else has been drawn, too.
WATCH = """() => {
    window.asked = 0; window.refreshes = [];
    const line = () => document.querySelector('.st-key-freshness')?.innerText;
    const idle = () => document.querySelector('[data-testid=stApp]').dataset.testScriptState === 'notRunning';
    let shown = line();
    const send = WebSocket.prototype.send;
    WebSocket.prototype.send = function (...data) { window.asked = performance.now(); return send.apply(this, data); };
    new MutationObserver(() => {
        if (window.asked && idle() && line() !== shown) {
            window.refreshes.push(performance.now() - window.asked);
            window.asked = 0; shown = line();
        }
    }).observe(document.body, {subtree: true, childList: true, characterData: true, attributes: true});
}"""


def measure(bench: Bench) -> Row:
    """p50 and greatest of the first paint of the page of demand, each in a browser without a cache, and of its refreshes."""
    count = bench.scaled(EVENTS)
    _fill(bench, count)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=_chromium(), args=["--no-sandbox"])
        runs = [_run(browser) for _ in range(bench.runs)]
        browser.close()
    return Row(
        "dashboard",
        f"the page of demand in chromium, {count:,} events",
        [
            Figure("first paint, p50", "s", tuple(run["paint_p50"] for run in runs), 2.0),
            Figure("first paint, greatest", "s", tuple(run["paint_greatest"] for run in runs)),
            Figure("refresh, p50", "s", tuple(run["refresh_p50"] for run in runs), 0.5),
            Figure("refresh, greatest", "s", tuple(run["refresh_greatest"] for run in runs)),
        ],
        runs,
    )


def _chromium() -> str:
    found = shutil.which("chromium")
    if not found:
        raise CrmError("chromium is missing: apt-get install chromium")
    return found


def _fill(bench: Bench, count: int) -> None:
    """Simulated orders of a month, nearly all of them in the batch layer."""
    from batch_layer import run
    from sources import simulator
    from sources.simulation import Simulation

    bench.empty(*CORE, "dashboard")
    bench.say(f"dashboard: {count:,} events")
    simulator.run(Simulation(SEED, count, days=bench.days))
    run.everything(grace_seconds=0, say=bench.say)


def _run(browser: Browser) -> dict[str, Any]:
    paints = [_paint(browser) for _ in range(WARM_UP + PAINTS)][WARM_UP:]
    context = browser.new_context()
    page = context.new_page()
    _complete(page)
    page.evaluate(WATCH)
    page.wait_for_function(f"window.refreshes.length >= {REFRESHES}", timeout=300_000)
    refreshes = [one / 1000 for one in page.evaluate("window.refreshes")]
    context.close()
    return {
        "paint_p50": round(percentile(paints, 0.5), 3),
        "paint_greatest": round(max(paints), 3),
        "refresh_p50": round(percentile(refreshes, 0.5), 3),
        "refresh_greatest": round(max(refreshes), 3),
        "paints": [round(one, 3) for one in paints],
        "refreshes": [round(one, 3) for one in refreshes],
    }


def _paint(browser: Browser) -> float:
    """Seconds until the page is complete, in a browser that has never seen it, of a dashboard that must ask ClickHouse for it."""
    # Answers serve every browser: what the paint before has asked would not be asked again.
    time.sleep(KEPT_SECONDS + 1)
    context = browser.new_context()
    page = context.new_page()
    _complete(page)
    # of the page's own clock, which starts when it is asked for
    seconds = float(page.evaluate("performance.now()")) / 1000
    context.close()
    return seconds


def _complete(page: Page) -> None:
    page.goto(f"http://{HOST}:{settings().ports.dashboard}/", wait_until="commit")
    page.wait_for_function(COMPLETE, polling="raf", timeout=60_000)
