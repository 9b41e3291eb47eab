"""Hypothesis strategies of any contract's events as a hostile world sends them."""

import json
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from random import Random
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from crm.contracts import Column, Contract
from crm.rules import KIND, bounds, kinds
from tests.plausible import matching

Values = st.SearchStrategy[Any]

IDS = st.integers(0, 3000).map(lambda n: f"e{n}")  # few ids: many duplicates, with other content
TEXT = st.text(st.characters(codec="utf-8"), min_size=0, max_size=12)
ANY = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**70), 2**70), st.floats(allow_nan=False, allow_infinity=False), TEXT, st.lists(st.integers(), max_size=2),
    st.dictionaries(TEXT, st.integers(), max_size=2),
)  # fmt: skip
SCRIPTS = st.sampled_from(
    ["bücher", "玩具", "\U0001f4da", "a'b\\c", 'say "hi"\r\n\tok', "\u0000", "\u2028", "e\u0301", "اللغة"]
)
ODD_INTEGER = st.one_of(
    st.integers(-(2**70), 2**70),
    st.sampled_from([5.0, 1e2, 5.5, -0.0, 1e15, "5", "", 2**31, -(2**31) - 1, 2**53 + 1, 2**63 - 1, 2**63, 2**64, True]),
)  # fmt: skip
ODD_NUMBER = (
    st.sampled_from([
        "0", "-0", "0.00", "-0.00", "00012.5", "1e3", "12.345", "12.", ".5", "+1", " 1", "9999999999999999.99", "999999999999999.99",
        "1000000000000000", "1000000000000000.01", "-1000000000000000", "12345678901234567", "١٢", "1,5", "NaN", "",
    ]),
    st.integers(-(10**17), 10**17),
    st.integers(-(10**6), 10**6).map(lambda cents: cents / 100),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from([0.1 + 0.2, 1e-7, 1e22, -0.0, 9999999999999.99, 99999999999999.99, 2.675, 1e300]),
)  # fmt: skip
PLAIN_MOMENT = st.datetimes(datetime(1971, 1, 1), datetime(2099, 1, 1)).map(
    lambda moment: moment.isoformat(sep=" ", timespec="milliseconds")
)
ODD_MOMENT = (
    st.datetimes().map(lambda moment: moment.isoformat(sep=" ")),
    st.builds(
        lambda moment, separator, zone: moment.strftime("%Y-%m-%d") + separator + moment.strftime("%H:%M:%S") + zone,
        st.datetimes(min_value=datetime(1970, 1, 2), max_value=datetime(2099, 12, 30)),
        st.sampled_from(["T", " "]),
        st.sampled_from(["", "Z", "z", ".1Z", ".1239999Z", "+00:00", "-03:00", "+05:30", "+14:00", "-14:59"]),
    ),
    st.sampled_from([
        "2023-02-29T10:00:00Z", "2024-02-29T10:00:00Z", "2023-02-30 10:00:00", "2023-13-01 10:00:00", "2023-00-10 10:00:00", "2023-01-01 24:00:00",
        "2023-01-01 23:59:60", "2023-01-01", "2023-01-01T10:00", "2023-01-01T10:00:00 Z", "2023-01-01T10:00:00+15:00", "2023-01-01T10:00:00+0300",
        "1969-12-31T23:59:59.999Z", "1970-01-01T00:00:00+00:01", "2099-12-31T23:59:59.999Z", "2100-01-01T00:00:00Z", "2023-1-1 10:00:00",
        "02/01/2023 10:00:00", "1700000000", "2023-01-01T10:00:00.Z", "2023-01-01T10:00:00.1234567890Z", "٢٠٢٣-01-01T10:00:00Z",
    ]),
)  # fmt: skip
PLAIN_DATE = st.dates(date(2023, 1, 1), date(2026, 12, 31)).map(date.isoformat)  # few enough for several events a day
ODD_DATE = (
    st.dates().map(date.isoformat),
    st.sampled_from([
        "2023-02-29", "2024-02-29", "1900-02-29", "2000-02-29", "2023-04-31", "2023-13-01", "2023-00-10", "2023-01-00", "0000-00-00", "9999-12-31",
        "1899-12-31", "1900-01-01", "1969-12-31", "1970-01-01", "2099-12-31", "2100-01-01", "2149-06-06", "2149-06-07", "2299-12-31", "2300-01-01",
        "2023-1-1", "20230101", "2023/01/01", "01.02.2023", "2023-01-01T00:00:00Z", "2023-01-01 00:00:00", "2023-01-01Z", " 2023-01-01", "2023-01-01 ",
        "-2023-01-01", "+02023-01-01", "٢٠٢٣-01-01", "19358", "",
    ]),
    st.integers(-10**6, 10**10),
)  # fmt: skip


def _edges(column: Column) -> list[str]:
    """The column's bounds and what lies just beyond them, as text; for dates and timestamps see the pinned ones above."""
    if column.logical_type not in ("integer", "number"):
        return []
    return [f"{Decimal(edge + by).scaleb(-column.scale):f}" for edge in bounds(column) for by in (-1, 0, 1)]


def _strings(column: Column, key: str) -> list[Values]:
    if column.name == key:
        return [*[IDS] * 20, TEXT, SCRIPTS]
    least, most = column.min_length or 0, column.max_length or 1000
    if column.allowed:
        odd = [
            changed for one in column.allowed for changed in (one.upper(), one.title(), f"{one} ", one[:-1], f" {one}")
        ]
        return [*[st.sampled_from(column.allowed)] * 20, st.sampled_from([*odd, "", "é", "\u0000"])]
    if column.pattern:
        like = st.integers(0, 5).map(lambda seed: matching(column.pattern, Random(seed)))
        changes = (str.lower, str.title, "{}\n".format, "{}x".format, "é{}".format, lambda text: text[:-1] + "É")
        odd = st.builds(lambda text, change: change(text), like, st.sampled_from(changes))
        return [*[like] * 40, odd, odd, TEXT, SCRIPTS]
    few = st.integers(0, 20).map(lambda n: f"{n}{column.name[0]}x"[:most].ljust(least, "x"))
    wild = st.one_of(SCRIPTS, TEXT).filter(lambda text: least <= len(text) <= most) if most > least else few
    lengths = st.sampled_from([max(least - 1, 0), least, most, most + 1])
    odd_length = st.builds(lambda length, letter: letter * length, lengths, st.sampled_from("aé玩😀"))
    return [*[few] * 20, *[wild] * 6, TEXT, odd_length]


def _choices(column: Column, key: str) -> list[Values]:
    """Ways to draw a column's value, each as likely as any other; what is repeated, since most events must be valid, is so
    in a list: `one_of` would take equal strategies as one.
    """
    match column.logical_type:
        case "string":
            found = _strings(column, key)
        case "integer":
            low, high = bounds(column)
            least = min(max(low, -3), high)
            edges = st.sampled_from(_edges(column)).map(int)
            found = [*[st.integers(least, min(high, least + 10))] * 16, edges, ODD_INTEGER]
        case "number":
            low, high = (Decimal(bound).scaleb(-column.scale) for bound in bounds(column))
            plain = st.decimals(max(low, Decimal(-(10**9))), min(high, Decimal(10**9)), places=column.scale)
            found = [*[plain.map("{:f}".format)] * 10, st.sampled_from(_edges(column)), plain.map(float), *ODD_NUMBER]
        case "timestamp":
            found = [*[PLAIN_MOMENT] * 5, *ODD_MOMENT]
        case "date":
            found = [*[PLAIN_DATE] * 5, *ODD_DATE]
        case unknown:
            raise ValueError(f"{column.name}: no strategy of the type {unknown}: add one here")
    return found if column.required else [*found, *[st.none()] * (len(found) // 3)]


@st.composite
def _values(draw: st.DrawFn, by_kind: dict[str, dict[str, Values]]) -> bytes:
    """One record's bytes: an event with none, one or two fields spoiled, in some spelling of JSON, or no JSON at all."""
    kind = draw(by_kind[""][KIND]) if KIND in by_kind[""] else ""
    fields = by_kind.get(kind, by_kind[""])
    event: dict[str, Any] = {name: kind if name == KIND else draw(strategy) for name, strategy in fields.items()}
    if draw(st.integers(0, 2)) == 0:
        for name in draw(st.lists(st.sampled_from([*fields, "unknown"]), max_size=2)):
            if draw(st.booleans()):
                event[name] = draw(ANY)
            else:
                event.pop(name, None)
    text = json.dumps(
        event, ensure_ascii=draw(st.booleans()), separators=draw(st.sampled_from([(",", ":"), (", ", " : ")]))
    )
    match draw(st.integers(0, 30)):
        case 0:
            return draw(st.binary(max_size=30))
        case 1:
            return text[: draw(st.integers(0, len(text)))].encode()
        case 2:
            return (text + draw(st.sampled_from(["{}", " ", "\n", ",", "\x00", "x"]))).encode()
        case 3:
            return b"\xef\xbb\xbf" + text.encode()
        case 4:
            encoded, splinters = text.encode(), [b"\xff", b"\xc0\x80", b"\\ud800", b"\\u0000", b"\x01"]
            at = draw(st.integers(0, len(encoded)))
            return encoded[:at] + draw(st.sampled_from(splinters)) + encoded[at:]
        case 5:
            # The first of equal names counts.
            name = draw(st.sampled_from([*fields]))
            first = "".join(f"{json.dumps(name)}:{json.dumps(value)}," for value in (draw(fields[name]), draw(ANY)))
            return ("{" + first + text[1:]).encode()
        case _:
            return text.encode()


def _key(contract: Contract, value: bytes) -> bytes:
    """A key that gives duplicates of an id the same partition."""
    try:
        found = json.loads(value, object_pairs_hook=lambda pairs: dict(reversed(pairs)))
        return str(found[contract.key]).encode(errors="replace")
    except (ValueError, KeyError, TypeError):
        return b"none"


@cache
def generated(contract: Contract, count: int) -> Sequence[tuple[bytes, bytes]]:
    """So many records with their keys, drawn one by one: engines take them all at once, since starting one costs seconds."""
    drawn: list[bytes] = []
    by_kind = {
        kind: {
            column.name: st.sampled_from(_choices(column.of_kind(kind), contract.key)).flatmap(lambda chosen: chosen)
            for column in contract.columns
        }
        for kind in ("", *kinds(contract))
    }

    @settings(
        max_examples=count,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(_values(by_kind))
    def draw(value: bytes) -> None:
        drawn.append(value)

    while len(drawn) < count:
        draw()
    return [(_key(contract, value), value) for value in drawn[:count]]
