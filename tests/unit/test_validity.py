"""The validity rule in ClickHouse: pinned verdicts, types and the pruning of ranges. The engine runs inside the test."""

import json
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

import pytest

from crm.contracts import Contract, ContractError, contracts
from crm.rules import bounds, check
from tests.raw_view import View, opened

EVENT = {
    "event_id": '"e"', "kind": '"placed"', "order_id": '"o"', "line_no": "1", "quantity": "1", "amount": '"1.50"',
    "currency": '"EUR"', "occurred_at": '"2026-01-31T23:59:59Z"',
}  # fmt: skip
SECOND = 1_769_903_999_000  # 2026-01-31T23:59:59Z in milliseconds
DOUBLE = "not exact as a double: send it as a string"
PLACES = "not a decimal with at most 2 places"
MOMENT = "not a timestamp like 2026-01-31T23:59:59.999Z"


def spelled(**fields: str | None) -> bytes:
    """The valid event with some fields spelled otherwise, or left out (None)."""
    event = {name: text for name, text in {**EVENT, **fields}.items() if text is not None}
    return ("{" + ",".join(f"{json.dumps(name)}:{text}" for name, text in event.items()) + "}").encode()


# Not JSON as ClickHouse's parser has it, JSON that is no object, and no value at all.
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

REJECTED = [
    ("event_id", None, "missing"), ("event_id", "null", "missing"), ("event_id", "5", "not a string"), ("event_id", "true", "not a string"),
    ("event_id", '["e"]', "not a string"), ("event_id", '{"e":1}', "not a string"), ("event_id", '""', "shorter than 1"),
    ("event_id", json.dumps("é" * 201), "longer than 200"),
    ("kind", '"Placed"', "not one of placed, cancelled, returned, adjusted, paid, status_changed"),
    ("status", '""', "not one of created, approved, processing, invoiced, shipped, delivered, unavailable, canceled"),
    ("customer_id", '""', "shorter than 1"), ("customer_id", "7", "not a string"), ("currency", '"EU"', "shorter than 3"),
    ("line_no", '"1"', "not an integer"), ("line_no", "5.5", "not an integer"), ("line_no", "false", "not an integer"),
    ("line_no", "9223372036854775808", "not an integer"), ("line_no", "18446744073709551616", "not an integer"),
    ("line_no", "1e15", "not exact as a double: send it as an integer"), ("line_no", "-1", "less than 0"), ("line_no", "1000001", "greater than 1000000"),
    ("amount", "0.001", PLACES), ("amount", "1e-7", PLACES), ("amount", "0.30000000000000004", PLACES), ("amount", "1e22", PLACES),
    *(("amount", json.dumps(text), PLACES) for text in ["", "1.", ".5", "+1", "1e3", " 1", "1.555", "1,5", "NaN", "12345678901234567", "١"]),
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

ACCEPTED = [
    ("event_id", r'"\u0041\n\""', 'A\n"'), ("event_id", r'"\ud83d\ude00"', "😀"), ("event_id", json.dumps("é" * 200), "é" * 200),
    ("event_id", "18446744073709551616", "18446744073709551616"),  # beyond UInt64 the parser makes a string of it
    ("customer_id", "null", None), ("customer_id", None, None), ("status", '"created"', "created"),
    ("line_no", "5.0", 5), ("line_no", "1e2", 100), ("line_no", "-0.0", 0),
    ("amount", "1.50", Decimal("1.5")), ("amount", "-0", Decimal(0)), ("amount", "1e3", Decimal(1000)), ("amount", "1e-400", Decimal(0)),
    ("amount", "12345678901234", Decimal(12345678901234)), ("amount", "9999999999999.99", Decimal("9999999999999.99")),
    ("amount", '"00012.5"', Decimal("12.5")), ("amount", '"-1000000000000000.00"', Decimal(-(10**15))), ("amount", r'"1\u002e5"', Decimal("1.5")),
    ("occurred_at", '"2026-01-31 23:59:59"', SECOND), ("occurred_at", '"2026-01-31T23:59:59z"', SECOND),
    ("occurred_at", '"2026-01-31T23:59:59.1239999Z"', SECOND + 123), ("occurred_at", '"2026-01-31T23:59:59.1"', SECOND + 100),
    ("occurred_at", '"2026-02-01T14:58:59+14:59"', SECOND), ("occurred_at", '"2026-01-31T09:00:59.5-14:59"', SECOND + 500),
    ("occurred_at", '"1970-01-01T00:00:00Z"', 0), ("occurred_at", '"2024-02-29T00:00:00Z"', 1_709_164_800_000),
]  # fmt: skip


@pytest.fixture(scope="module")
def contract() -> Contract:
    return contracts()["orders"]


@pytest.fixture(scope="module")
def view(contract: Contract) -> Iterator[View]:
    with opened(contract) as view:
        yield view


def test_a_value_that_is_no_object_is_rejected(view: View) -> None:
    found = view.verdicts([value for value, _ in WHOLE])
    assert [(value, reason) for (value, _), (_, reason) in zip(WHOLE, found, strict=True)] == WHOLE


def test_a_field_that_breaks_its_rule_is_named(view: View) -> None:
    found = view.verdicts([spelled(**{name: text}) for name, text, _ in REJECTED])
    expected = [(name, text, f"{name}: {reason}") for name, text, reason in REJECTED]
    assert [(name, text, reason) for (name, text, _), (_, reason) in zip(REJECTED, found, strict=True)] == expected


def test_a_valid_field_keeps_its_value(view: View, contract: Contract) -> None:
    found = view.verdicts([spelled(**{name: text}) for name, text, _ in ACCEPTED])
    names = [column.name for column in contract.columns]
    seen = [
        (name, text, row[names.index(name)] if row else reason)
        for (name, text, _), (row, reason) in zip(ACCEPTED, found, strict=True)
    ]
    assert seen == ACCEPTED


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (b"\xef\xbb\xbf \t\r\n" + spelled() + b"\n", ""),
        (spelled()[:-1] + b',"x":' + b"[" * 1022 + b"1" + b"]" * 1022 + b"}", ""),
        (spelled()[:-1] + b',"kind":"nonsense"}', ""),
        (spelled(**{"kind": "null"})[:-1] + b',"kind":"placed"}', "kind: missing"),
        (spelled(order_id="1", kind='"x"', amount="true"), "kind: not one of"),
    ],
    ids=["mark and space", "deep unknown field", "first of two", "first of two is null", "first column that fails"],
)
def test_a_document_as_a_whole(view: View, value: bytes, reason: str) -> None:
    [(row, found)] = view.verdicts([value])
    assert found.startswith(reason) and (row is None) == bool(reason)


def test_columns_have_the_types_of_the_contract_and_hold_nothing_where_rejected(view: View, contract: Contract) -> None:
    view.land([spelled(amount='"x"', customer_id='"someone"')])
    types = {name: kind for name, kind, *_ in view.query("DESCRIBE raw.orders_events")}
    assert types == {
        "partition": "Int32", "offset": "Int64", "append_time": "DateTime64(3, 'UTC')",
        **{column.name: column.clickhouse_type for column in contract.columns}, "reject_reason": "String",
    }  # fmt: skip
    assert view.query("SELECT event_id, customer_id, quantity FROM raw.orders_events") == [["", None, 0]]


def test_a_range_of_append_times_reads_only_its_part_of_the_table(view: View) -> None:
    view.land([b"{}"] * 50_000)  # a second each: about 14 hours, seven granules
    plan = view.query(
        "EXPLAIN indexes = 1 SELECT count() FROM raw.orders_events WHERE reject_reason = '' "
        "AND append_time >= '2026-01-01 05:00:00' AND append_time < '2026-01-01 05:10:00'"
    )
    lines = [line.strip() for [line] in plan]
    granules = [line for line in lines[lines.index("PrimaryKey") :] if line.startswith("Granules:")]
    read, of = map(int, granules[0].removeprefix("Granules: ").split("/"))
    assert read == 1 < 5 < of


def test_names_and_values_that_need_escapes(contract: Contract) -> None:
    odd = replace(contract.column("status"), name="sta`t'u\\s é", allowed=("it's", "a\\b", "玩具", '"'), required=True)
    columns = tuple(odd if column.name == "status" else column for column in contract.columns)
    with opened(replace(contract, columns=columns)) as view:
        values = [spelled(**{odd.name: json.dumps(value)}) for value in (*odd.allowed, "its")]
        *valid, (_, reason) = view.verdicts(values)
    assert [row and row[columns.index(odd)] for row, _ in valid] == list(odd.allowed)
    assert reason == f"{odd.name}: not one of it's, a\\b, 玩具, \""


def test_a_contract_that_cannot_be_a_table_is_refused(contract: Contract) -> None:
    def changed(name: str, **changes: object) -> Contract:
        columns = tuple(replace(c, **changes) if c.name == name else c for c in contract.columns)  # type: ignore[arg-type]
        return replace(contract, columns=columns)

    for broken, message in [
        (changed("status", name="offset"), "offset: the platform uses this name"),
        (changed("amount", clickhouse_type="Decimal(38, 2)"), "Decimal\\(38, 2\\)"),
        (changed("event_id", required=False), "event_id: the deduplication key"),
    ]:
        with pytest.raises(ContractError, match=message):
            check(broken)


def test_bounds_end_where_the_type_ends(contract: Contract) -> None:
    quantity = replace(contract.column("quantity"), minimum=None, maximum=None)
    assert bounds(quantity) == (-(2**31), 2**31 - 1)
    assert bounds(replace(quantity, clickhouse_type="Int64")) == (-(2**63) + 1, 2**63 - 1)
    assert bounds(contract.column("amount")) == (-(10**17), 10**17)
    assert bounds(contract.column("occurred_at")) == (0, 4_102_444_799_999)
