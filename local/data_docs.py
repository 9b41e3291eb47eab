"""Data Docs: Great Expectations' pages in `var/data_docs`, over HTTP."""

import sys
from pathlib import Path

from crm.settings import HOST, settings
from local.readiness import data_docs_ready
from local.service import CONFIG, Service


def folder() -> Path:
    """What is served."""
    return settings().var.resolve() / "data_docs"


def first_page() -> None:
    """A page that says why there is none yet; the first checkpoint replaces it."""
    folder().mkdir(parents=True, exist_ok=True)
    if not (folder() / "index.html").exists():
        page = (CONFIG / "data_docs" / "index.html").read_text(encoding="utf-8")
        (folder() / "index.html").write_text(page, encoding="utf-8")


def services() -> list[Service]:
    """The file server."""
    port = settings().ports.data_docs
    return [
        Service(
            name="data-docs",
            group="data-docs",
            command=(sys.executable, "-m", "http.server", str(port), "--bind", HOST, "--directory", str(folder())),
            ready=data_docs_ready,
            deadline=60,
            address=f"http://{HOST}:{port}",
            ports={"data_docs": port},
            initialise=first_page,
            stop_seconds=5,
        )
    ]
