"""What browsers are told to fetch ahead is there in the installed Streamlit, and is told of pages only."""

import asyncio

import pytest
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.types import Message, Scope

from dashboard import preload


@pytest.mark.parametrize("name", preload.SHOWN)
def test_what_pages_show_has_a_file_of_its_own_in_streamlit(name: str) -> None:
    assert [file for file in preload.files() if file.split(".")[0] == name], "has Streamlit renamed it?"


def test_files_exist_each_once_and_the_page_does_not_name_them() -> None:
    found = preload.files()
    page = (preload.FILES.parents[1] / "index.html").read_text(encoding="utf-8")
    assert len(found) == len(set(found))
    assert all((preload.FILES / name).is_file() and name not in page for name in found)


@pytest.mark.parametrize(("response", "told"), [(HTMLResponse("<p>"), True), (PlainTextResponse("ok"), False)])
def test_only_pages_are_told(response: Response, told: bool) -> None:
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request"}

    async def send(message: Message) -> None:
        sent.append(message)

    scope: Scope = {"type": "http", "method": "GET", "path": "/", "headers": []}
    asyncio.run(preload.Preloading(response)(scope, receive, send))
    links = [value.decode() for name, value in sent[0]["headers"] if name == b"link"]
    assert links == ([preload.links()] if told else [])
