"""In which order a rebuilt index gets to its readers, and whether the indexer then goes on or builds another one."""

import threading
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from types import SimpleNamespace
from typing import Any

import pytest

from search import indexer, rebuild


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What a rebuild did, in order; the services are left out."""
    found: list[str] = []

    def step(name: str) -> Callable[..., Any]:
        return lambda *_: found.append(name)

    def lock(_: str) -> AbstractContextManager[None]:
        return nullcontext()

    client = SimpleNamespace(count=lambda index: {"count": 0})
    monkeypatch.setattr(rebuild, "exclusively", lock)
    monkeypatch.setattr(rebuild.node, "connect", lambda: client)
    monkeypatch.setattr(rebuild.clickhouse, "connect", lambda _: None)
    monkeypatch.setattr(rebuild, "landed_offsets", lambda *_: {0: 5})
    monkeypatch.setattr(rebuild, "_from_raw", lambda *_: Counter())
    monkeypatch.setattr(rebuild, "_from_topic", lambda *_: Counter())
    monkeypatch.setattr(rebuild.index, "create", lambda _: "feedback-000001")
    monkeypatch.setattr(rebuild.index, "publish", step("publish"))
    monkeypatch.setattr(rebuild.topic, "consumer", lambda: SimpleNamespace(close=step("close")))
    monkeypatch.setattr(rebuild.topic, "commit", step("commit"))
    return found


def test_readers_have_the_index_before_offsets_say_that_it_is_complete(steps: list[str]) -> None:
    rebuild.rebuild()
    assert steps == ["publish", "commit", "close"]


def test_an_index_that_is_not_shown_moves_no_offset(steps: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """The index that readers see would never get the records in between."""

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(rebuild.index, "publish", killed)
    with pytest.raises(KeyboardInterrupt):
        rebuild.rebuild()
    assert steps == []


@pytest.mark.parametrize(
    ("current", "committed", "built"),
    [
        (False, {}, True),
        # another definition
        (False, {0: 7}, True),
        # killed between the change of the alias and the commit, for the first time and later
        (True, {}, True),
        (True, {0: 7}, False),
    ],
)
def test_the_indexer_goes_on_from_offsets_that_are_older_than_the_index(
    monkeypatch: pytest.MonkeyPatch, current: bool, committed: dict[int, int], built: bool
) -> None:
    done: list[bool] = []
    monkeypatch.setattr(indexer.node, "client", lambda: None)
    monkeypatch.setattr(indexer.node, "connect", lambda: None)
    monkeypatch.setattr(indexer.index, "is_current", lambda _: current)
    monkeypatch.setattr(indexer.topic, "committed", lambda: committed)
    monkeypatch.setattr(indexer, "rebuild", lambda _: done.append(True))
    indexer.Indexer(threading.Event())._prepare()
    assert bool(done) == built
