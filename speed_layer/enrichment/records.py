"""One record's value: received bytes to enriched bytes."""

import codecs
import json
from collections.abc import Callable

from speed_layer.enrichment import model

# Above this a value is cut, so that it is no JSON any more and both layers reject it, instead of stopping the stream at
# the broker's limit. A valid event is at most 240 KB: 20,000 characters of text, each at most twelve bytes (two \\uXXXX).
MAX_BYTES = 4 * 1024 * 1024
# What the enriched topic (its contract's maxMessageBytes) and the job's producer take: value, fields and key.
MAX_ENRICHED_BYTES = 2 * MAX_BYTES


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")


def _number(_digits: str) -> None:
    """Numbers are not read: their value is not asked for, and Python refuses to convert very long ones."""


_DECODER = json.JSONDecoder(object_pairs_hook=list, parse_int=_number, parse_float=_number, parse_constant=_refuse)


def _fields(value: bytes) -> list[tuple[str, object]] | None:
    """Names and values of a JSON object, in order; None for anything else. Raises RecursionError for very deep nesting."""
    # a byte order mark is no part of the document: both layers read on behind it
    text = value.decode("utf-8-sig")
    # arrays and objects are both lists here: the first character tells them apart
    found = _DECODER.decode(text)
    return found if text.lstrip(" \t\n\r").startswith("{") else None


def _inserted(enrichment: model.Enrichment) -> bytes:
    language = "null" if enrichment.language is None else f'"{enrichment.language}"'
    return (
        f'"text_language":{language},"sentiment":{enrichment.sentiment:.3f},'
        f'"sentiment_label":"{enrichment.label}","enrichment_model":{json.dumps(model.name())}'
    ).encode()


def enriched(value: bytes | None, enrich: Callable[[str | None], model.Enrichment] = model.enrich) -> bytes | None:
    """The value with the model's four fields behind its first brace; unchanged where it is no JSON object.

    The first of equal names wins on this platform, so a sender cannot state these fields, and the `text` that is read is
    the first one.
    """
    if value is None:
        return None
    if len(value) > MAX_BYTES:
        return value[:MAX_BYTES]
    try:
        fields = _fields(value)
    except RecursionError:
        # Deeper than Python reads, but perhaps not than the layers do. What is no JSON after all stays none.
        is_object = value.removeprefix(codecs.BOM_UTF8).lstrip(b" \t\n\r").startswith(b"{")
        return _insert(value, model.Enrichment(label="failed"), empty=False) if is_object else value
    except ValueError:
        return value
    if fields is None:
        return value
    text = next((content for key, content in fields if key == "text"), None)
    return _insert(value, enrich(text if isinstance(text, str) else None), empty=not fields)


def _insert(value: bytes, enrichment: model.Enrichment, empty: bool) -> bytes:
    at = value.index(b"{") + 1
    return value[:at] + _inserted(enrichment) + (b"" if empty else b",") + value[at:]
