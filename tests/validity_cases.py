# tables of cases read better wide
"""Events at the edges of the validity rule, with the verdict that both engines must give."""

import json
from decimal import Decimal

EVENT = {
    "event_id": '"e"', "kind": '"placed"', "order_id": '"o"', "line_no": "1", "quantity": "1", "amount": '"1.50"',
    "currency": '"EUR"', "occurred_at": '"2026-01-31T23:59:59Z"',
}  # fmt: skip
RECEIVABLE = {
    "event_id": '"e"', "kind": '"invoiced"', "invoice_id": '"007"', "customer_id": '"c"', "amount": '"1.50"', "currency": '"EUR"',
    "occurred_at": '"2026-01-31T23:59:59Z"',
}  # fmt: skip
SECOND = 1_769_903_999_000  # 2026-01-31T23:59:59Z in milliseconds
DOUBLE = "not exact as a double: send it as a string"
PLACES = "not a decimal with at most 2 places"
MOMENT = "not a timestamp like 2026-01-31T23:59:59.999Z"
CAPITALS = "not like ^[A-Z]{3}$"
NEGATIVE = "less than 0 where kind is placed or cancelled or returned"
NEGATIVE_PIECES = f"{NEGATIVE} or paid or status_changed"
DATE = "not a date like 2026-01-31"


def spelled(base: dict[str, str] = EVENT, **fields: str | None) -> bytes:
    """The valid event with some fields spelled otherwise, or left out (None)."""
    event = {name: text for name, text in {**base, **fields}.items() if text is not None}
    return ("{" + ",".join(f"{json.dumps(name)}:{text}" for name, text in event.items()) + "}").encode()


# (value, reason): not JSON as ClickHouse's parser has it, JSON that is no object, and no value at all.
WHOLE = [
    (None, "value: null"),
    (b"null", "value: not a JSON object"), (b"[]", "value: not a JSON object"), (b'"x"', "value: not a JSON object"),
    (b"{}", "event_id: missing"),
    *((value, "value: not JSON") for value in [
        b"", b" ", b"{", b"{}{}", b"{}x", b"{}\x00", b"{'a':1}", b'{"a":01}', b'{"a":+1}', b'{"a":NaN}', b'{"a":1,}', b'{"a":1e400}',
        b'{"a":[{"b":1e400}]}', b'{"a":"\\ud800"}', b'{"a":"\\udc00"}', b'{"a":"\x1f"}', b'{"a":"\xff"}', b'{"a":"\xc0\x80"}',
        b'{"a":"\xed\xa0\x80"}', b'{"a":' + b"[" * 1023 + b"1" + b"]" * 1023 + b"}",
    ]),
]  # fmt: skip

# (field, how it is spelled, what is wrong with it)
REJECTED = [
    ("event_id", None, "missing"), ("event_id", "null", "missing"), ("event_id", "5", "not a string"), ("event_id", "true", "not a string"),
    ("event_id", '["e"]', "not a string"), ("event_id", '{"e":1}', "not a string"), ("event_id", '""', "shorter than 1"),
    ("event_id", json.dumps("é" * 201), "longer than 200"),
    ("kind", '"Placed"', "not one of placed, cancelled, returned, adjusted, paid, status_changed"),
    ("status", '""', "not one of created, approved, processing, invoiced, shipped, delivered, unavailable, canceled"),
    ("customer_id", '""', "shorter than 1"), ("customer_id", "7", "not a string"), ("currency", '"EU"', "shorter than 3"),
    *(("currency", json.dumps(text), CAPITALS) for text in ["eur", "Eur", "E R", "EU\n", "EU1", "E\u00c9R", "\u0415UR"]),
    ("currency", r'"EUR\n"', "longer than 3"),
    ("line_no", '"1"', "not an integer"), ("line_no", "5.5", "not an integer"), ("line_no", "false", "not an integer"),
    ("line_no", "9223372036854775808", "not an integer"), ("line_no", "18446744073709551616", "not an integer"),
    ("line_no", "1e15", "not exact as a double: send it as an integer"),
    ("line_no", "-1", "less than 0"), ("line_no", "0", "less than 1 where kind is placed"), ("line_no", "1000001", "greater than 1000000"),
    ("amount", "0.001", PLACES), ("amount", "1e-7", PLACES), ("amount", "0.30000000000000004", PLACES), ("amount", "1e22", PLACES),
    *(("amount", json.dumps(text), PLACES) for text in ["", "1.", ".5", "+1", "1e3", " 1", "1.555", "1,5", "NaN", "12345678901234567", "\u0661"]),
    ("amount", "[1]", PLACES), ("amount", "true", PLACES),
    ("amount", "12345678901234.0", DOUBLE), ("amount", "10000000000000.5", DOUBLE), ("amount", "1e13", DOUBLE), ("amount", "123456789012345.99", DOUBLE),
    ("amount", '"1000000000000000.01"', "greater than 1000000000000000"), ("amount", '"-1000000000000000.01"', "less than -1000000000000000"),
    *(("occurred_at", json.dumps(text), MOMENT) for text in [
        "2023-02-29T00:00:00Z", "2023-02-30 00:00:00", "2023-04-31 00:00:00", "1900-02-29 00:00:00", "2023-13-01 00:00:00", "2023-01-01 24:00:00",
        "2023-01-01 23:59:60", "2023-01-01", "2023-1-1 00:00:00", "2023-01-01t00:00:00", "2023-01-01T00:00:00.", "2023-01-01T00:00:00.1234567890",
        "2023-01-01T00:00:00+15:00", "2023-01-01T00:00:00+01:60", "2023-01-01T00:00:00+0100", "2023-01-01T00:00:00 Z", "2023-01-01T00:00:00Z ", "",
    ]),
    ("occurred_at", "1700000000", MOMENT),
    ("occurred_at", '"1969-12-31T23:59:59.999Z"', "less than 1970-01-01T00:00:00.000Z"),
    ("occurred_at", '"1970-01-01T00:00:00+00:01"', "less than 1970-01-01T00:00:00.000Z"),
    ("occurred_at", '"2100-01-01T00:00:00Z"', "greater than 2099-12-31T23:59:59.999Z"),
]  # fmt: skip

# (field, how it is spelled, its value)
ACCEPTED = [
    ("event_id", r'"\u0041\n\""', 'A\n"'), ("event_id", r'"\ud83d\ude00"', "😀"), ("event_id", json.dumps("é" * 200), "é" * 200),
    ("event_id", "18446744073709551616", "18446744073709551616"),  # beyond UInt64 the parser makes a string of it
    ("customer_id", "null", None), ("customer_id", None, None), ("status", '"created"', "created"),
    ("line_no", "5.0", 5), ("line_no", "1e2", 100), ("quantity", "-0.0", 0), ("currency", r'"\u0045UR"', "EUR"),
    ("amount", "1.50", Decimal("1.5")), ("amount", "-0", Decimal(0)), ("amount", "1e3", Decimal(1000)), ("amount", "1e-400", Decimal(0)),
    ("amount", "12345678901234", Decimal(12345678901234)), ("amount", "9999999999999.99", Decimal("9999999999999.99")),
    ("amount", '"00012.5"', Decimal("12.5")), ("amount", r'"1\u002e5"', Decimal("1.5")),
    ("occurred_at", '"2026-01-31 23:59:59"', SECOND), ("occurred_at", '"2026-01-31T23:59:59z"', SECOND),
    ("occurred_at", '"2026-01-31T23:59:59.1239999Z"', SECOND + 123), ("occurred_at", '"2026-01-31T23:59:59.1"', SECOND + 100),
    ("occurred_at", '"2026-02-01T14:58:59+14:59"', SECOND), ("occurred_at", '"2026-01-31T09:00:59.5-14:59"', SECOND + 500),
    ("occurred_at", '"1970-01-01T00:00:00Z"', 0), ("occurred_at", '"2024-02-29T00:00:00Z"', 1_709_164_800_000),
]  # fmt: skip

# (kind, field, how it is spelled, what is wrong with it, if anything): what differs by the kind of event.
OF_KINDS = [
    ("placed", "line_no", "1", ""), ("cancelled", "line_no", "0", ""), ("placed", "quantity", "-1", NEGATIVE_PIECES),
    ("paid", "quantity", "-1", NEGATIVE_PIECES), ("adjusted", "quantity", "-1", ""), ("placed", "quantity", "0", ""), ("placed", "amount", '"-0.01"', NEGATIVE),
    ("cancelled", "amount", "-1", NEGATIVE),
    ("returned", "amount", '"-1000000000000000"', NEGATIVE), ("returned", "amount", '"0.00"', ""), ("returned", "amount", '"-0.00"', ""),
    ("adjusted", "amount", '"-1000000000000000.00"', ""), ("paid", "amount", "-1", ""),
    ("adjusted", "amount", '"-1000000000000000.01"', "less than -1000000000000000"),
    ("status_changed", "status", None, "missing where kind is status_changed"), ("status_changed", "status", "null", "missing where kind is status_changed"),
    ("status_changed", "status", '"shipped"', ""), ("placed", "status", None, ""),
]  # fmt: skip

# (how due_date is spelled, what is wrong with it)
NO_DATES = [
    *((json.dumps(text), DATE) for text in [
        "", "2026-1-31", "2026-01-3", "26-01-31", "20260131", "2026/01/31", "31.01.2026", "1/31/2026", "2026-01-31 ", " 2026-01-31", "+2026-01-31",
        "-2026-01-31", "2026-01-31Z", "2026-01-31T00:00:00Z", "2026-01-31 00:00:00", "2026-02-30", "2023-02-29", "1900-02-29", "2100-02-29", "2026-04-31",
        "2026-13-01", "2026-00-10", "2026-01-00", "2026-01-32", "0000-00-00", "2026-W05-6", "2026-031", "\u0662026-01-31", "2026-01-3\u0661", "today",
    ]),
    ("20484", DATE), ("20260131", DATE), ("2026.5", DATE), ("true", DATE), ('["2026-01-31"]', DATE), ("18446744073709551616", DATE),
    ('"1969-12-31"', "less than 1970-01-01"), ('"2200-01-01"', "greater than 2199-12-31"),
]  # fmt: skip

# (how due_date is spelled, days since 1970)
DATES = [
    (None, None), ("null", None), ('"1970-01-01"', 0), ('"2026-01-31"', 20_484), (r'"2026\u002d01-31"', 20_484), ('"2024-02-29"', 19_782),
    ('"2000-02-29"', 11_016), ('"2100-02-28"', 47_540), ('"2100-03-01"', 47_541), ('"2199-12-31"', 84_005),
]  # fmt: skip


def pinned(contract: str) -> list[bytes | None]:
    """The events here that are of this contract."""
    return {"orders": every, "receivables": dated}.get(contract, list)()


def dated() -> list[bytes | None]:
    """Receivables with these dates."""
    return [spelled(RECEIVABLE, due_date=text) for text, _ in (*NO_DATES, *DATES)]


def every() -> list[bytes | None]:
    """All of these events but those with dates, which orders do not have."""
    fields = [{name: text} for name, text, _ in (*REJECTED, *ACCEPTED)]
    fields += [{"kind": f'"{kind}"', name: text} for kind, name, text, _ in OF_KINDS]
    return [*(value for value, _ in WHOLE), *(spelled(**changed) for changed in fields)]
