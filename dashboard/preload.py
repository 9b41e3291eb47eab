"""What a browser is told to fetch at once that opens a page for the first time.

Streamlit's own page loads the code of charts, tiles and filters only when the first of each has arrived, which is after
the browser has waited for the rest: a third of a second on a machine of two cores.
"""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path

import streamlit
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

FILES = Path(streamlit.__file__).parent / "static" / "static" / "js"
# What each page shows, by the names of Streamlit's files up to the first dot; what these import comes with them.
SHOWN = (
    "Html",
    "Metric",
    "Selectbox",
    "Multiselect",
    "ArrowVegaLiteChart",
    "loadVegaEmbed",
    "embed",
    "vega-interpreter",
)
IMPORTED = re.compile(r'(?:from|import)\s*"\./([\w.-]+\.js)"')


def _imported(names: Iterable[str]) -> Iterator[str]:
    """The files and all that they import, each once."""
    seen: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            yield name
            waiting += IMPORTED.findall((FILES / name).read_text(encoding="utf-8"))


def files() -> list[str]:
    """Names of the files to fetch ahead: those of SHOWN, without what the page itself names."""
    page = (FILES.parents[1] / "index.html").read_text(encoding="utf-8")
    shown = [file.name for name in SHOWN for file in FILES.glob(f"{name}.*.js")]
    return [name for name in _imported(shown) if name not in page]


@lru_cache(maxsize=1)
def links() -> str:
    """The value of an HTTP header Link."""
    return ", ".join(f"<./static/js/{name}>; rel=modulepreload" for name in files())


class Preloading:
    """Adds the header to every page of HTML (ASGI middleware)."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                if headers.get("content-type", "").startswith("text/html"):
                    headers.append("link", links())
            await send(message)

        await self._app(scope, receive, sending)
