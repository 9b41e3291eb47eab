"""The validity rule in ClickHouse: pinned verdicts, types and pruned ranges. The engine runs inside the test."""

import json
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

import pytest

from crm.contracts import Contract, ContractError, contracts
from crm.rules import bounds, check
from crm.validity import judged
from tests.raw_view import View, opened
from tests.validity_cases import ACCEPTED, DATES, NO_DATES, OF_KINDS, PLACES, RECEIVABLE, REJECTED, WHOLE, spelled


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


def test_what_is_asked_of_events_of_one_kind(view: View) -> None:
    found = view.verdicts([spelled(**{"kind": f'"{kind}"', name: text}) for kind, name, text, _ in OF_KINDS])
    expected = [(kind, name, text, f"{name}: {reason}" if reason else "") for kind, name, text, reason in OF_KINDS]
    assert [
        (kind, name, text, reason) for (kind, name, text, _), (_, reason) in zip(OF_KINDS, found, strict=True)
    ] == expected


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
        "partition": "Int32", "offset": "Int64", "append_time": "DateTime64(3, 'UTC')", "value": "Nullable(String)",
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
    assert read == 1
    assert of > 5


def test_names_and_values_that_need_escapes(contract: Contract) -> None:
    odd = replace(contract.column("status"), name="sta`t'u\\s é", allowed=("it's", "a\\b", "玩具", '"'), required=True)
    columns = tuple(odd if column.name == "status" else column for column in contract.columns)
    with opened(replace(contract, columns=columns)) as view:
        values = [spelled(**{odd.name: json.dumps(value)}) for value in (*odd.allowed, "its")]
        *valid, (_, reason) = view.verdicts(values)
    assert [row and row[columns.index(odd)] for row, _ in valid] == list(odd.allowed)
    assert reason == f"{odd.name}: not one of it's, a\\b, 玩具, \""


def widened(contract: Contract, columns: int) -> Contract:
    """The contract with so many columns more, of three ways to fail each."""
    status = replace(contract.column("status"), allowed=("a",), required_by_kind=())
    return replace(
        contract, columns=contract.columns + tuple(replace(status, name=f"more_{n}") for n in range(columns))
    )


@pytest.mark.parametrize("columns", [12, 60])
def test_however_many_ways_there_are_to_fail_the_first_is_the_reason(contract: Contract, columns: int) -> None:
    last = f"more_{columns - 1}"
    with opened(widened(contract, columns)) as view:
        found = view.verdicts(
            [
                spelled(),
                spelled(**{last: '"b"'}),
                spelled(**{last: "7", "more_0": '"b"'}),
                spelled(**{last: "7", "amount": "[]"}),
            ]
        )
    assert [reason for _, reason in found] == ["", f"{last}: not one of a", "more_0: not one of a", f"amount: {PLACES}"]


def test_more_ways_to_fail_than_are_told_apart_are_refused(contract: Contract) -> None:
    with pytest.raises(
        ContractError, match=r"orders\.odcs\.yaml: its columns can fail in 443 ways, and 256 are told apart"
    ):
        judged(widened(contract, 130), "raw.orders")


def test_a_contract_that_cannot_be_a_table_is_refused(contract: Contract) -> None:
    def changed(column: str, **changes: object) -> Contract:
        columns = tuple(replace(c, **changes) if c.name == column else c for c in contract.columns)  # type: ignore[arg-type]
        return replace(contract, columns=columns)

    for broken, message in [
        (changed("status", name="offset"), "offset: the platform uses this name"),
        (changed("amount", clickhouse_type="Decimal(38, 2)"), "Decimal\\(38, 2\\)"),
        (changed("event_id", required=False), "event_id: the deduplication key"),
        (
            changed("status", required_by_kind=("shipped",)),
            "status: shipped: none of the values that the required column kind",
        ),
        (changed("amount", minimum_by_kind=(("sold", Decimal(0)),)), "amount: sold: none of"),
        (changed("kind", required=False), "line_no: placed: none of"),
        (changed("status", minimum_by_kind=(("placed", Decimal(0)),)), "status: minimumByKind: a text has no minimum"),
        (changed("line_no", minimum_by_kind=(("placed", Decimal(-1)),)), "line_no: minimumByKind: placed: less than"),
        *(
            (changed("currency", pattern=pattern), "currency: pattern")
            for pattern in (
                "[A-Z]+",
                "^[A-Z]{3}",
                "^\\w$",
                "^.$",
                "^[^a]$",
                "^(a|b)$",
                "^é$",
                "^a$\n",
                "^[[:alpha:]]$",
                "^$",
            )
        ),
        (changed("line_no", pattern="^[0-9]$"), "line_no: pattern"),
    ]:
        with pytest.raises(ContractError, match=message):
            check(broken)


def test_bounds_end_where_the_type_ends(contract: Contract) -> None:
    quantity = replace(contract.column("quantity"), minimum=None, maximum=None)
    assert bounds(quantity) == (-(2**31), 2**31 - 1)
    assert bounds(replace(quantity, clickhouse_type="Int64")) == (-(2**63) + 1, 2**63 - 1)
    assert bounds(contract.column("amount")) == (-(10**17), 10**17)
    assert bounds(contract.column("occurred_at")) == (0, 4_102_444_799_999)


def test_dates() -> None:
    receivables = contracts()["receivables"]
    at = [column.name for column in receivables.columns].index("due_date")
    with opened(receivables) as view:
        wrong = view.verdicts([spelled(RECEIVABLE, due_date=text) for text, _ in NO_DATES])
        right = view.verdicts([spelled(RECEIVABLE, due_date=text) for text, _ in DATES])
    assert [reason for _, reason in wrong] == [f"due_date: {reason}" for _, reason in NO_DATES]
    assert [row and row[at] for row, _ in right] == [days for _, days in DATES]
    assert bounds(receivables.column("due_date")) == (0, 84_005)
    assert bounds(replace(receivables.column("due_date"), minimum=None, maximum=None)) == (-25_567, 120_529)
