"""From a file to events: what a mapping's keys do."""

import re
from collections import Counter
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from sources.mapping.document import MappingError
from sources.mapping.rows import Rows
from tests.mapped import ORDERS, events, load, mapped


def test_the_least_that_a_mapping_may_have(tmp_path: Path) -> None:
    found, rejects = load(tmp_path, ORDERS, "at,amount,id,other\n2026-01-31 10:00, 12.5 ,A1,x\n")
    assert rejects == []
    assert found == [
        {
            "event_id": "shop:A1", "kind": "placed", "order_id": "A1", "line_no": 1, "customer_id": None, "product_id": None,
            "category": None, "quantity": 1, "amount": "12.50", "currency": "EUR", "status": None,
            "occurred_at": "2026-01-31T10:00:00.000Z",
        }
    ]  # fmt: skip


def test_several_currencies_signs_null_spellings_and_a_footer(tmp_path: Path) -> None:
    text = """
name: till
contract: orders
file: {encoding: cp1252, separator: ";", line_ends: any, skip_lines: 1}
decimal: ","
thousands: "."
nulls: ["", "-", n/a]
where: {Beleg: {not: Summe}}
columns:
  Beleg: string
  customer: {from: Kunde, type: id, default: walk-in}
  currency: {from: Betrag, extract: '([€$£])', values: {€: EUR, $: USD, £: GBP}}
  amount: {from: Betrag, extract: '([-(]?[\\d.,]+\\)?)', type: number}
  refund: {product: [amount, -1], type: number}
  Datum: {type: timestamp, formats: ["%d.%m.%Y", iso]}
fields:
  event_id: till:$file:$line
  order_id: $Beleg
  line_no: {count_by: Beleg}
  customer_id: $customer
  quantity: 1
  currency: $currency
  occurred_at: $Datum
match: first
events:
  - {where: {amount: {below: 0}}, fields: {kind: returned, amount: $refund}}
  - fields: {kind: placed, amount: $amount}
"""
    content = (
        "Kassenbuch\r\nBeleg;Kunde;Betrag;Datum\r\n1;1930571429.0;€ 1.234,50;31.01.2026\r\n1;n/a;$ 3,00;2026-02-01\r\n"
        "2;-;£ (2,50);31.01.2026\r\nSumme;;1235,00;\r\n"
    )
    found, rejects = load(tmp_path, text, content.encode("cp1252"))
    assert rejects == []
    wanted = ("event_id", "kind", "order_id", "line_no", "customer_id", "amount", "currency")
    assert [tuple(event[name] for name in wanted) for event in found] == [
        ("till:data.csv:3", "placed", "1", 1, "1930571429", "1234.50", "EUR"),
        ("till:data.csv:4", "placed", "1", 2, "walk-in", "3.00", "USD"),
        ("till:data.csv:5", "returned", "2", 1, "walk-in", "2.50", "GBP"),
    ]


def test_without_a_header_and_of_fixed_width(tmp_path: Path) -> None:
    by_position = ORDERS.replace("id: string", "id: {position: 1}").replace(
        "amount: number", "amount: {position: 3, type: number}"
    )
    by_position = by_position.replace("at: timestamp", "at: {position: 2, type: timestamp, formats: '%m/%d/%Y'}")
    csv = by_position.replace("columns:", "file: {header: false, encoding: mac_roman}\ncolumns:")
    first, rejects = load(tmp_path, csv, "Ä1,1/31/2026,3\rÖ2,2/1/2026,4\r".encode("mac_roman"))
    fixed = by_position.replace("position: 1", "position: 1-4").replace("position: 2", "position: 5-14")
    fixed = fixed.replace("position: 3", "position: 15-20").replace("columns:", "file: {format: fixed}\ncolumns:")
    second, more = load(tmp_path, fixed, "Ä1  1/31/2026      3\nÖ2  2/1/2026       4\n", "data.txt")
    assert first == second and len(first) == 2 and rejects == more == []
    assert [event["order_id"] for event in first] == ["Ä1", "Ö2"]


def test_columns_that_a_record_is_too_short_for(tmp_path: Path) -> None:
    text = ORDERS.replace("columns:", "file: {header: false}\ncolumns:").replace(
        "amount: number", "amount: {position: 9, type: number}"
    )
    text = text.replace("id: string", "id: {position: 1}").replace(
        "at: timestamp", "at: {position: 2, type: timestamp}"
    )
    assert load(tmp_path, text, "1,2026-01-01\n")[1] == ["1: amount: there is no column 9; the record has 2"]


def test_a_row_is_loaded_whole_or_not_at_all(tmp_path: Path) -> None:
    text = ORDERS.replace("at: timestamp", "at: timestamp\n  huge: {type: number, product: [amount, 1e15]}")
    text += "  - where: {amount: {above: 5}}\n    fields: {event_id: 'shop:$id:paid', kind: paid, order_id: $id, "
    text += "line_no: {count_by: id}, quantity: 1, amount: $huge, occurred_at: $at}\n"
    found, rejects = load(tmp_path, text, "id,amount,at\n1,4,2026-01-01\n2,6,2026-01-01\n")
    assert [event["order_id"] for event in found] == ["1"]
    assert [reason[:20] for reason in rejects] == ["3: amount: 600000000"]


def test_ids_that_occur_twice(tmp_path: Path) -> None:
    content = "id,amount,at\n1,4,2026-01-01\n1,5,2026-01-01\n2,0.001,2026-01-01\n2,7,2026-01-01\n"
    found, rejects = load(tmp_path, ORDERS, content)
    assert [event["amount"] for event in found] == ["4.00", "7.00"]  # what was rejected holds no id
    assert rejects[0] == "3: event_id: data.csv line 2 has the same: shop:1"
    found, rejects = load(tmp_path, ORDERS.replace("events:\n  - ", "events:\n  - repeated: skip\n    "), content)
    assert [event["amount"] for event in found] == ["4.00", "7.00"] and len(rejects) == 1


def test_ids_that_occur_twice_on_a_line(tmp_path: Path) -> None:
    """On the first line of the first file, whose number is like any other's."""
    text = ORDERS.replace("columns:", "file: {format: jsonl, each: /lines}\ncolumns:")
    text = text.replace("amount: number", "amount: {from: /lines/*/sum, type: number}")
    content = '{"id": "1", "at": "2026-01-01", "lines": [{"sum": 4}, {"sum": 5}]}\n'
    found, rejects = load(tmp_path, text, content, "data.jsonl")
    assert [event["amount"] for event in found] == ["4.00"]
    assert rejects == ["1: event_id: data.jsonl line 1 has the same: shop:1"]
    skipping = text.replace("events:\n  - ", "events:\n  - repeated: skip\n    ")
    found, rejects = load(tmp_path, skipping, content, "data.jsonl")
    assert [event["amount"] for event in found] == ["4.00"] and rejects == []


@pytest.mark.parametrize(
    "event_id",
    ["shop:$file:$line$n", "shop:$n$line:$file", "shop:$file:$line:$n", "shop:$file:${line}1$n", "shop:$line:$n"],
)
def test_ids_of_file_and_line_that_other_columns_make_equal(tmp_path: Path, event_id: str) -> None:
    """All that is not file and line alone is remembered: of line 2 and 12, and of line 21 and 2, `$line$n` makes 212."""
    text = ORDERS.replace("columns:", "columns:\n  n: string").replace("shop:$id", event_id)
    made = mapped(tmp_path, text)
    assert not Rows(made.document, made.mapping, ZoneInfo("UTC"), "EUR", Counter())._rules[0].is_unique
    content = "id,n,amount,at\n" + "".join(f"{line},{12 if line == 2 else 2},4,2026-01-01\n" for line in range(2, 23))
    found, rejects = load(tmp_path, text, content)
    assert len({event["event_id"] for event in found}) == len(found)
    if event_id == "shop:$file:$line$n":
        assert rejects == ["21: event_id: data.csv line 2 has the same: shop:data.csv:212"]


@pytest.mark.parametrize(
    ("event_id", "file", "is_unique"),
    [
        ("$file:$line", "", True), ("shop:$line-$file", "", True), ("$file:$line:$checksum", "", True),
        ("$file$line", "", False), ("shop1$line:$file", "", False), ("$file:$line$checksum", "", False),
        ("$line", "", False), ("$file:$line:$line", "", False), ("$file:$line", "file: {pattern: '*/*.csv'}", False),
        ("$file:$line", "file: {format: jsonl, each: /l}", False),
        ("$file:$line:$element", "file: {format: jsonl, each: /l}", True),
        ("$file:$line$element", "file: {format: jsonl, each: /l}", False),
    ],
)  # fmt: skip
def test_which_ids_need_not_be_remembered(tmp_path: Path, event_id: str, file: str, is_unique: bool) -> None:
    text = ORDERS.replace("shop:$id", event_id).replace("columns:", f"{file}\ncolumns:")
    made = mapped(tmp_path, text)
    rows = Rows(made.document, made.mapping, ZoneInfo("UTC"), "EUR", Counter())
    assert [rule.is_unique for rule in rows._rules] == [is_unique]


def two_events(first: str, second: str) -> str:
    """ORDERS with two events of a row and their ids; the second is that of twice the amount."""
    rule = ORDERS.partition("events:\n")[2].replace("amount: $amount", "amount: $twice")
    text = ORDERS.replace("at: timestamp", "at: timestamp\n  twice: {type: number, product: [amount, 2]}")
    return text.replace("shop:$id", first) + rule.replace("shop:$id", second)


@pytest.mark.parametrize("ids", [("shop:$file:$line",) * 2, ("shop:$file:$line:$id", "shop:$file:$line:$amount")])
def test_two_events_of_a_row_with_one_id(tmp_path: Path, ids: tuple[str, str]) -> None:
    content = "id,amount,at\n4,4,2026-01-01\n"
    found, rejects = load(tmp_path, two_events(*ids), content)
    assert found == []
    assert [reason[:44] for reason in rejects] == ["2: event_id: data.csv line 2 has the same: s"]
    first = two_events(*ids).replace("events:", "match: first\nevents:")
    found, rejects = load(tmp_path, first, content)
    assert len(found) == 1 and rejects == []


def test_two_elements_of_a_line_with_one_id(tmp_path: Path) -> None:
    text = ORDERS.replace("columns:", "file: {format: jsonl, each: /lines}\ncolumns:")
    text = text.replace("amount: number", "amount: {from: /lines/*/sum, type: number}").replace(
        "shop:$id", "shop:$file:$line"
    )
    content = '{"id": "1", "at": "2026-01-01", "lines": [{"sum": 4}, {"sum": 5}]}\n'
    found, rejects = load(tmp_path, text, content, "data.jsonl")
    assert [event["amount"] for event in found] == ["4.00"]
    assert rejects == ["1: event_id: data.jsonl line 1 has the same: shop:data.jsonl:1"]
    assert len(load(tmp_path, text.replace("$line", "$line:$element"), content, "data.jsonl")[0]) == 2


def test_a_row_whose_second_event_is_rejected_holds_no_id(tmp_path: Path) -> None:
    content = "id,amount,at\n1,9e14,2026-01-01\n1,5,2026-01-01\n"
    found, rejects = load(tmp_path, two_events("shop:$id", "shop:$id:twice"), content)
    assert [(event["event_id"], event["amount"]) for event in found] == [("shop:1", "5.00"), ("shop:1:twice", "10.00")]
    assert [reason[:10] for reason in rejects] == ["2: amount:"]


def test_files_of_several_folders_with_one_name(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "day.csv").write_text(f"id,amount,at\n{name},4,2026-01-01\n", encoding="utf-8")
    text = ORDERS.replace("shop:$id", "shop:$file:$line").replace("columns:", "file: {pattern: '*/*.csv'}\ncolumns:")
    found, rejects = events(mapped(tmp_path, text), tmp_path)
    assert len(found) == 1 and rejects == ["2: event_id: day.csv line 2 has the same: shop:day.csv:2"]


def test_an_id_is_not_made_of_nothing(tmp_path: Path) -> None:
    assert load(tmp_path, ORDERS, "id,amount,at\n,4,2026-01-01\n")[1] == ["2: event_id: missing"]


def test_conditions(tmp_path: Path) -> None:
    content = "id,amount,at\n1,4,2026-01-01\nC2,5.0,2026-02-01\nC3,,2026-03-01\n"
    for where, expected in (
        ("{id: C2}", ["C2"]), ("{id: [1, C2]}", ["1", "C2"]), ("{id: {not: C2}, amount: {empty: false}}", ["1"]),
        ("{amount: 5}", ["C2"]), ("{amount: {at_least: 5.00}}", ["C2"]), ("{amount: {above: 4}}", ["C2"]),
        ("{amount: {below: 5, empty: no}}", ["1"]), ("{at: {at_most: 2026-02-01}, id: {starts_with: C}}", ["C2"]),
    ):  # fmt: skip
        text = ORDERS.replace("events:", f"where: {where}\nevents:")
        assert [event["order_id"] for event in load(tmp_path, text, content)[0]] == expected, where


def test_nested_fields_and_paths_that_end_in_an_object(tmp_path: Path) -> None:
    text = ORDERS.replace("columns:", "file: {format: jsonl}\ncolumns:").replace(
        "id: string", "id: {from: /o~1r/id, type: id}"
    )
    text = text.replace("amount: number", "amount: {from: [/paid/0/sum, price], type: number}")
    lines = (
        '{"o/r": {"id": 1930571429.0}, "paid": [{"sum": 19.99}], "at": "2026-01-01T10:00:00+01:00"}\n'
        '{"o/r": {"id": "B"}, "paid": [], "price": "7", "at": "2026-01-01"}\n'
        '{"o/r": {"id": {"x": 1}}, "price": 1, "at": "2026-01-01"}\n'
    )
    found, rejects = load(tmp_path, text, lines, "data.jsonl")
    assert [(e["order_id"], e["amount"], e["occurred_at"]) for e in found] == [
        ("1930571429", "19.99", "2026-01-01T09:00:00.000Z"), ("B", "7.00", "2026-01-01T00:00:00.000Z"),
    ]  # fmt: skip
    assert rejects[0].startswith("3: id: an object, and no value")


def test_a_folder_is_read_in_the_order_of_names(tmp_path: Path) -> None:
    for name in ("b.csv", "a.csv"):
        (tmp_path / name).write_text(f"id,amount,at\n{name},4,2026-01-01\n", encoding="utf-8")
    assert [event["order_id"] for event in events(mapped(tmp_path, ORDERS), tmp_path)[0]] == ["a.csv", "b.csv"]


def test_a_column_that_the_file_does_not_have_is_an_error_of_the_mapping(tmp_path: Path) -> None:
    with pytest.raises(
        MappingError, match=r"mapping\.yaml:7: columns\.amount: data\.csv: amount is missing; the header has id, at"
    ):
        load(tmp_path, ORDERS, "id,at\n1,2026-01-01\n")
    with pytest.raises(MappingError, match="more than once"):
        load(tmp_path, ORDERS, "id,amount,amount,at\n")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("amount: number|amount: numbr", "mapping.yaml:7: columns.amount.type: Input should be 'string', 'id'"),
        ("amount: number|amount: string", "mapping.yaml:16: events.0.fields.amount: the contract wants a number, and column amount is a string"),
        ("order_id: $id|order: $id", "mapping.yaml:13: events.0.fields.order: orders has no such field; it has event_id, kind"),
        ("order_id: $id|order: $id", "mapping.yaml:10: events.0.fields: order_id is missing: The order."),
        ("order_id: $id|order_id: $idd", "mapping.yaml:13: events.0.fields.order_id: there is no column idd in columns; there are id, amount"),
        ("order_id: $id|order_id: {$id}", "mapping.yaml:13: events.0.fields.order_id"),
        ("order_id: $id|order_id: 10$", "a $ stands before the name of a column; $$ is a dollar sign"),
        ("line_no: 1|line_no: one", "mapping.yaml:14: events.0.fields.line_no: not a number like 1234.50: 'one'"),
        ("contract: orders|contract: feedback_enriched", "mapping.yaml:3: contract: 'feedback_enriched' is no contract that is fed: choose among"),
        ("kind: placed|kind: sold", "mapping.yaml:12: events.0.fields.kind: 'sold' is none of adjusted, cancelled"),
        ("currency: EUR|curency: EUR", "mapping.yaml:4: curency: no such key"),
        ("currency: EUR|currency: EUR\ncurrency: USD", "mapping.yaml:5: currency: stated twice"),
        ("currency: EUR|time_zone: Mars/Olympus", "mapping.yaml:4: time_zone: 'Mars/Olympus' is no time zone"),
        ("currency: EUR|file: {encoding: utf-9}", "mapping.yaml:4: file.encoding: 'utf-9' is no encoding"),
        ("currency: EUR|file: {encoding: base64}", "no encoding of text"),
        ("currency: EUR|file: {separator: ';;'}", "more than one character"),
        ("currency: EUR|file: {header: false}", "columns.id: the file has no header: say the column's position"),
        ("currency: EUR|where: {total: 1}", "mapping.yaml:4: where.total: there is no column total"),
        ("at: timestamp|at: {type: timestamp, formats: '%H:%M'}", "mapping.yaml:8: columns.at.formats.0: '%H:%M' does not say year, month and day"),
        ("at: timestamp|at: {type: timestamp, decimal: ','}", "columns.at: decimal: is for type number or integer"),
        ("currency: EUR|thousands: '.'", "mapping.yaml:4: thousands: '.' would be both decimal sign and sign between thousands: state two that differ"),
        ("amount: number|amount: {type: number, thousands: '.'}", "mapping.yaml:7: columns.amount.thousands: '.' would be both"),
        ("currency: EUR|thousands: ','|amount: number|amount: {type: integer, decimal: ','}", "mapping.yaml:7: columns.amount.decimal: ',' would be both"),
        ("currency: EUR|decimal: ' '|amount: number|amount: {type: number, thousands: '\u202f'}", "columns.amount.thousands: '\\u202f' would be both"),
        ("amount: number|amount: {type: number, decimal: ''}", "mapping.yaml:7: columns.amount.decimal: "),
        ("at: timestamp|at: {type: timestamp, default: never}", "columns.at.default: in none of the formats iso: 'never'"),
        ("at: timestamp|at: {extract: 'x+'}", "columns.at.extract: 'x+' has 0 groups"),
        ("id: string|file: string", "$file is what the platform says of a row"),
        ("amount: number|amount: {type: number, product: [at, 2]}", "columns.amount.product: at is no column of type number"),
        ("amount: number|amount: {type: number, product: [1e1000000, 2]}", "columns.amount.product: '1e1000000' is more than"),
        ("events:|events: [", "mapping.yaml:"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_mapping_is_said_with_its_line(tmp_path: Path, change: str, message: str) -> None:
    text, parts = ORDERS, change.split("|")
    for before, after in zip(parts[::2], parts[1::2], strict=True):
        assert before in text
        text = text.replace(before, after)
    with pytest.raises(MappingError, match=re.escape(message)):
        mapped(tmp_path, text)


def test_signs_of_numbers_that_no_column_has_are_no_fault(tmp_path: Path) -> None:
    """A mapping's sign between thousands, where each column states a decimal sign of its own."""
    text = ORDERS.replace("currency: EUR", "currency: EUR\nthousands: '.'")
    text = text.replace("amount: number", "amount: {type: number, decimal: ','}")
    found, rejects = load(tmp_path, text, 'id,amount,at\n1,"1.234,50",2026-01-01\n')
    assert [event["amount"] for event in found] == ["1234.50"] and rejects == []


def test_all_that_is_wrong_is_said_at_once(tmp_path: Path) -> None:
    with pytest.raises(MappingError) as found:
        mapped(tmp_path, ORDERS.replace("kind: placed", "kinds: placed").replace("$at", "$when"))
    assert str(found.value).count("\n") == 2


def test_a_mapping_is_text_to_the_letter(tmp_path: Path) -> None:
    text = ORDERS.replace("id: string", "id: {values: {NO: '007', 1.0: 1.0, 2026-01-01: on}}")
    found, _ = load(tmp_path, text, "id,amount,at\nNO,1,2026-01-01\n1.0,1,2026-01-01\n2026-01-01,1,2026-01-01\n")
    assert [event["order_id"] for event in found] == ["007", "1.0", "on"]


def test_products_are_exact(tmp_path: Path) -> None:
    text = ORDERS.replace("at: timestamp", "at: timestamp\n  total: {type: number, product: [amount, 0.01]}").replace(
        "$amount", "$total"
    )
    found, _ = load(tmp_path, text, "id,amount,at\n1,1005,2026-01-01\n2,,2026-01-01\n")
    assert [Decimal(event["amount"]) for event in found] == [Decimal("10.05")]


def test_a_number_that_is_too_large_rejects_its_row(tmp_path: Path) -> None:
    """Whatever is computed with it: an Overflow would end the load."""
    product = ", ".join(["amount"] * 1_100)
    text = ORDERS.replace("at: timestamp", f"at: timestamp\n  total: {{type: number, product: [{product}]}}").replace(
        "$amount", "$total"
    )
    found, rejects = load(tmp_path, text, "id,amount,at\n1,1e999,2026-01-01\n2,1e1000000,2026-01-01\n3,1,2026-01-01\n")
    assert [event["order_id"] for event in found] == ["3"]
    assert [reason[:17] for reason in rejects] == ["2: total: too lar", "3: amount: not a "]
    rounding = ORDERS.replace("amount: number", "amount: {type: number, round: 2}")
    assert load(tmp_path, rounding, "id,amount,at\n1,1e999,2026-01-01\n")[1] == ["2: amount: too large: 1E+999"]


def test_a_time_beyond_the_years_of_a_calendar_rejects_its_row(tmp_path: Path) -> None:
    text = ORDERS.replace("shop:$id", "shop:$id:$at")
    content = "id,amount,at\n1,4,0001-01-01T00:00:00+14:00\n2,4,2026-01-01\n"
    found, rejects = load(tmp_path, text, content)
    assert [event["event_id"] for event in found] == ["shop:2:2026-01-01T00:00:00.000Z"]
    assert rejects == ["2: no time in the years 1 to 9999 of UTC"]
