"""Whether this stack has a search index at all: asked at every start of a command, so Elasticsearch's client is not loaded for it."""

from pathlib import Path

from crm.settings import settings


def state() -> Path:
    """What search keeps beside the node's data."""
    return settings().var / "search"


def enabled() -> bool:
    """Whether this stack has, or had, a search index: `crm up` then starts it, and an erasure must reach it."""
    return (state() / "enabled").exists()


def enable() -> None:
    """Make search a part of this stack, until `var/search` and `var/elasticsearch` are deleted."""
    state().mkdir(parents=True, exist_ok=True, mode=0o700)
    (state() / "enabled").touch()
