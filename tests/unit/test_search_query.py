"""What is asked of Elasticsearch, and how it looks in a terminal."""

from datetime import datetime
from typing import Any

import pytest

from crm.cli.search import _marked
from crm.errors import NotReadyError
from search.query import Filters, body, search


def phrases(text: str) -> list[str]:
    clauses = body(text, Filters(), 10)["query"]["bool"]["must"]
    return [clause["match_phrase"]["text"]["query"] for clause in clauses]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("  ", []),
        ("veio quebrado", ["veio", "quebrado"]),
        ('"veio quebrado" loja', ["veio quebrado", "loja"]),
        ("质量很好", ["质量很好"]),
        ("a OR (b) *", ["a", "OR", "(b)", "*"]),
        ('"', ['"']),
    ],
)
def test_every_word_and_phrase_is_asked_for(text: str, expected: list[str]) -> None:
    assert phrases(text) == expected


def test_filters_are_values_and_never_text_of_a_query() -> None:
    filters = Filters((1, 2), 'p" OR *', "web", "c-1", "negative", datetime(2026, 1, 1), datetime(2026, 2, 1, 3, 4, 5))
    clauses = body("", filters, 5)["query"]["bool"]["filter"]
    assert {"term": {"product_id": 'p" OR *'}} in clauses and {"term": {"customer_id": "c-1"}} in clauses
    assert {"term": {"channel": "web"}} in clauses and {"term": {"sentiment_label": "negative"}} in clauses
    assert {"terms": {"rating": [1, 2]}} in clauses
    assert {"range": {"occurred_at": {"gte": "2026-01-01T00:00:00Z", "lt": "2026-02-01T03:04:05Z"}}} in clauses
    assert body("", Filters(), 5)["query"]["bool"]["filter"] == []


def test_the_best_come_first_and_without_a_text_the_newest() -> None:
    newest: list[Any] = [{"occurred_at": "desc"}, {"event_id": "asc"}]
    assert body("x", Filters(), 5)["sort"] == ["_score", *newest]
    assert body("", Filters(), 5)["sort"] == newest


def test_a_stack_without_search_says_how_to_get_it(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("search.presence.state", lambda: tmp_path)
    with pytest.raises(NotReadyError, match="crm up --with search"):
        search("x")


def test_a_fragment_in_the_terminal() -> None:
    """What the customer wrote as it was, what matched in another style; markup of the terminal is only text."""
    shown = _marked("[red]&lt;b&gt; veio <em>quebrado</em> &amp; <em>sujo</em>")
    assert shown.plain == "  [red]<b> veio quebrado & sujo"
    assert [shown.plain[span.start : span.end] for span in shown.spans] == ["quebrado", "sujo"]
