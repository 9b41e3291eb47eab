"""Hypothesis strategies of events as a hostile world sends them."""

import json
from datetime import date, datetime
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

IDS = st.integers(0, 3000).map(lambda n: f"e{n}")  # few ids: many duplicates, with other content
TEXT = st.text(st.characters(codec="utf-8"), min_size=0, max_size=12)
ANY = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**70), 2**70), st.floats(allow_nan=False, allow_infinity=False), TEXT, st.lists(st.integers(), max_size=2),
    st.dictionaries(TEXT, st.integers(), max_size=2),
)  # fmt: skip
PLAIN_AMOUNT = st.decimals(-(10**9), 10**9, places=2).map(str)
AMOUNT = st.one_of(
    *[PLAIN_AMOUNT] * 5,
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
MOMENT = st.one_of(
    *[PLAIN_MOMENT] * 4,
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

VALID = {
    "event_id": IDS,
    "kind": st.sampled_from(["placed", "cancelled", "returned", "adjusted", "paid", "status_changed"]),
    "order_id": st.integers(0, 50).map(lambda n: f"o{n}"),
    "line_no": st.integers(0, 4),
    "customer_id": st.one_of(st.none(), st.integers(0, 20).map(lambda n: f"c{n}"), TEXT.filter(bool)),
    "product_id": st.one_of(st.none(), st.integers(0, 10).map(lambda n: f"p{n}")),
    "category": st.one_of(st.none(), st.sampled_from(["bücher", "玩具", "books", "\U0001f4da", "a'b\\c"])),
    "quantity": st.integers(-3, 10),
    "amount": AMOUNT,
    "currency": st.sampled_from(["BRL", "GBP", "EUR"]),
    "status": st.one_of(st.none(), st.sampled_from(["created", "delivered"])),
    "occurred_at": MOMENT,
}
DATE = st.one_of(
    *[st.none()],
    *[st.dates().map(str)] * 2,
    *[st.dates(date(1970, 1, 1), date(2199, 12, 31)).map(str)] * 4,
    st.sampled_from([
        "2023-02-29", "2024-02-29", "2100-02-29", "1969-12-31", "1970-01-01", "2199-12-31", "2200-01-01", "2023-1-1", "20230101", "2023-01-01T00:00:00Z",
        "01/02/2023", "2023-01-01 ", "", "٢٠٢٣-01-01",
    ]),
)  # fmt: skip
RECEIVABLE = {
    "event_id": IDS,
    "kind": st.sampled_from([
        "invoiced", "paid", "credited", "penalised", "reversed", "written_off", "disputed", "dispute_resolved", "promised",
    ]),
    "invoice_id": st.integers(0, 50).map(lambda n: f"{n:04d}"),
    "customer_id": st.one_of(st.integers(0, 20).map(lambda n: f"c{n}"), TEXT.filter(bool)),
    "due_date": DATE,
    "amount": st.one_of(st.decimals(0, 10**9, places=2).map(str), AMOUNT),
    "currency": st.sampled_from(["BRL", "GBP", "EUR"]),
    "occurred_at": MOMENT,
}  # fmt: skip
# The events of each contract whose topic the world writes to.
EVENTS: dict[str, dict[str, Any]] = {"orders": VALID, "receivables": RECEIVABLE}


@st.composite
def values(draw: st.DrawFn, valid: dict[str, Any]) -> bytes:
    """One record's bytes: an event with none, one or two fields spoiled, in some spelling of JSON, or no JSON at all."""
    event: dict[str, Any] = {name: draw(strategy) for name, strategy in valid.items()}
    for name in (
        draw(st.lists(st.sampled_from([*valid, "unknown"]), max_size=2)) if draw(st.integers(0, 2)) == 0 else []
    ):
        if draw(st.booleans()):
            event[name] = draw(ANY)
        else:
            event.pop(name, None)
    text = json.dumps(
        event, ensure_ascii=draw(st.booleans()), separators=draw(st.sampled_from([(",", ":"), (", ", " : ")]))
    )
    spelling = draw(st.integers(0, 30))
    if spelling == 0:
        return draw(st.binary(max_size=30))
    if spelling == 1:
        return text[: draw(st.integers(0, len(text)))].encode()
    if spelling == 2:
        return (text + draw(st.sampled_from(["{}", " ", "\n", ",", "\x00", "x"]))).encode()
    if spelling == 3:
        return b"\xef\xbb\xbf" + text.encode()
    if spelling == 4:
        return text.encode().replace(
            b"c1", draw(st.sampled_from([b"\xff", b"\xc0\x80", b"\\ud800", b"\\u0000", b"\x01"]))
        )
    if spelling == 5:
        return text.replace("{", '{"kind":"placed","kind":"returned",', 1).encode()
    return text.encode()


@st.composite
def records(draw: st.DrawFn, valid: dict[str, Any]) -> tuple[bytes, bytes]:
    """A record, keyed so that duplicates of an id share a partition."""
    value = draw(values(valid))
    try:
        key = str(json.loads(value)["event_id"]).encode(errors="replace")
    except (ValueError, KeyError, TypeError):
        key = b"none"
    return key, value


def generated(count: int, contract: str = "orders") -> list[tuple[bytes, bytes]]:
    """So many records of a contract's topic, drawn one by one: engines take them all at once, since starting one costs seconds."""
    drawn: list[tuple[bytes, bytes]] = []

    @settings(
        max_examples=count,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(records(EVENTS[contract]))
    def draw(record: tuple[bytes, bytes]) -> None:
        drawn.append(record)

    while len(drawn) < count:
        draw()
    return drawn[:count]
