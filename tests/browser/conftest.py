"""A real browser: Debian's chromium, driven by Playwright."""

import os
import shutil
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, Request, sync_playwright

from crm.settings import HOST

LAPTOP, PHONE = {"width": 1280, "height": 800}, {"width": 390, "height": 844}
# Pages state their moments in UTC: a reader's clock must not change them.
ELSEWHERE = "America/Sao_Paulo"


# Of a module: while Playwright's loop runs in this thread, tests of other parts could not run one of their own.
@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """The browser. A machine without one skips these tests; continuous integration must have one."""
    program = shutil.which("chromium")
    if program is None:
        assert not os.environ.get("CI"), "chromium is missing: apt-get install chromium"
        pytest.skip("chromium is not installed (Debian: apt-get install chromium)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield browser
        browser.close()


def _tab(context: BrowserContext) -> Page:
    """A page that may take 20 s on a busy machine, and asks nobody but this machine."""
    context.set_default_timeout(20_000)
    page = context.new_page()

    def local(request: Request) -> None:
        if not request.url.startswith((f"http://{HOST}:", "data:", "blob:")):
            page.strangers.append(request.url)  # type: ignore[attr-defined]

    page.strangers = []  # type: ignore[attr-defined]
    page.on("request", local)
    return page


@pytest.fixture(scope="module")
def laptop(chromium: Browser) -> Iterator[Page]:
    """A tab as on a laptop."""
    context = chromium.new_context(viewport=LAPTOP, timezone_id=ELSEWHERE)
    yield _tab(context)
    context.close()


@pytest.fixture(scope="module")
def phone(chromium: Browser) -> Iterator[Page]:
    """A tab as on a phone."""
    context = chromium.new_context(viewport=PHONE, timezone_id=ELSEWHERE, is_mobile=True, has_touch=True)
    yield _tab(context)
    context.close()


@pytest.fixture(scope="session")
def picture(request: pytest.FixtureRequest) -> Callable[[Page, str], None]:
    """Keeps what a tab shows as a PNG, where --screenshots names a folder; in 192 colours a page has less than 200 KB."""
    folder: Path | None = request.config.getoption("--screenshots")

    def take(page: Page, name: str, height: int = 0, cut: int = 0) -> None:
        if folder is None:
            return
        folder.mkdir(parents=True, exist_ok=True)
        before = page.viewport_size
        if height and before:
            page.set_viewport_size({"width": before["width"], "height": height})
            page.wait_for_timeout(1_500)
        image = Image.open(BytesIO(page.screenshot())).convert("RGB")
        image = image.crop((0, 0, image.width, cut or image.height)).quantize(192)
        image.save(folder / f"{name}.png", optimize=True)
        if height and before:
            page.set_viewport_size(before)

    return take
