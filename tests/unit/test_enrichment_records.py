"""Bytes in, bytes out: what is inserted, where, and what is left alone."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.contracts import contracts
from speed_layer.enrichment.model import Enrichment
from speed_layer.enrichment.records import MAX_BYTES, MAX_ENRICHED_BYTES, enriched

ADDED = ("text_language", "sentiment", "sentiment_label", "enrichment_model")
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
SPACE = st.text(" \t\n\r", max_size=3)


def said(text: str | None) -> Enrichment:
    """Stands for the model where only the bytes matter: it says what text it got, by its length."""
    return Enrichment() if text is None else Enrichment("en", min(len(text), 1000) / 1000, "positive")


def read(value: bytes | None) -> dict[str, Any]:
    """The first of equal names wins, as in both layers."""
    assert value is not None
    return json.loads(value, object_pairs_hook=lambda pairs: dict(reversed(pairs)))


@given(
    st.dictionaries(st.sampled_from(["text", "kind", *ADDED]) | st.text(max_size=5), JSON, max_size=6),
    SPACE,
    SPACE,
    SPACE,
)
def test_an_object_keeps_its_bytes_and_gets_four_fields(
    event: dict[str, Any], before: str, inside: str, behind: str
) -> None:
    text = before + json.dumps(event, ensure_ascii=False).replace("{", "{" + inside, 1) + behind
    value = text.encode()
    result = enriched(value, said)
    assert result is not None
    at = value.index(b"{") + 1
    assert result.startswith(value[:at]) and result.endswith(value[at:])
    found = read(result)
    content = event.get("text")
    expected = said(content if isinstance(content, str) else None)
    assert tuple(found[name] for name in ADDED[:3]) == (expected.language, expected.sentiment, expected.label)
    assert {name: value for name, value in found.items() if name not in ADDED} == {
        name: value for name, value in event.items() if name not in ADDED
    }


@given(
    st.binary(max_size=60)
    | JSON.filter(lambda value: not isinstance(value, dict)).map(lambda v: json.dumps(v).encode())
)
def test_what_is_no_object_is_forwarded_byte_for_byte(value: bytes) -> None:
    try:
        is_object = isinstance(json.loads(value.decode("utf-8")), dict)
    except ValueError:
        is_object = False
    assert is_object or enriched(value, said) == value


@pytest.mark.parametrize(
    "value",
    [
        b"", b"{", b'{"text":"good"', b'{"text":"good"} {}', b"not json", b'[["text","good"]]', b"\xff\xfe",
        b'{"text":"\xff"}', b'{"text":NaN}', b'{"a":Infinity}', b"{'text':1}",
        b'{"text":"a\nb"}', b"[" * 5000 + b"]" * 5000,
    ],
)  # fmt: skip
def test_malformed_records_are_forwarded(value: bytes) -> None:
    assert enriched(value, said) == value


def test_a_tombstone_stays_one() -> None:
    assert enriched(None) is None


def test_the_first_of_equal_names_is_read_and_a_nested_one_is_not() -> None:
    assert read(enriched(b'{"x":{"text":"12345"},"text":"123","text":"1"}', said))["sentiment"] == 0.003


def test_very_long_numbers_are_no_obstacle() -> None:
    assert read(enriched(b'{"text":"ab","quantity":' + b"9" * 5000 + b".5}", said))["sentiment"] == 0.002


def test_deeper_than_python_reads_is_marked_as_failed() -> None:
    value = b'{"text":"good","x":' + b"[" * 5000 + b"1" + b"]" * 5000 + b"}"
    result = enriched(value, said)
    assert result is not None and result.endswith(value[1:]) and b'"sentiment_label":"failed"' in result


def test_the_longest_value_fits_the_topic_and_one_byte_more_is_cut() -> None:
    fits = b'{"x":"' + b"a" * (MAX_BYTES - 8) + b'"}'
    result = enriched(fits, said)
    assert result is not None and len(fits) == MAX_BYTES < len(result) < MAX_ENRICHED_BYTES
    assert enriched(fits + b" ", said) == fits
    assert enriched(b" " + fits, said) == b" " + fits[:-1]
    assert contracts()["feedback_enriched"].max_message_bytes == MAX_ENRICHED_BYTES


def test_the_fields_are_those_of_the_contract_with_the_real_model() -> None:
    before = len(contracts()["feedback"].columns)
    own = [column.name for column in contracts()["feedback_enriched"].columns[before:]]
    result = enriched(b'{"text":"Muito bom, gostei do produto"}')
    found = read(result)
    assert [name for name, _ in json.loads(result or b"", object_pairs_hook=list)] == [*own, "text"]
    assert (found["text_language"], found["sentiment_label"]) == ("pt", "positive")
    assert 0 < found["sentiment"] <= 1


def test_a_byte_order_mark_stays_in_front() -> None:
    result = enriched(b'\xef\xbb\xbf {"text":"abc"}', said)
    assert result is not None and result.startswith(b'\xef\xbb\xbf {"text_language":"en","sentiment":0.003,')
