"""The validity rule of an event, as ClickHouse text computed from its contract.

`raw.<topic>` holds what Kafka received, byte for byte; the view `raw.<topic>_events` parses it, types it and says why
an event is no event. The speed layer applies the same rule in Java (`speed_layer/connectors`, format `contract-json`),
and tests/parity holds the two equal. docs/decisions/0002-contract-json-format.md states the rule and why.

The view parses each value once, with JSONExtractKeysAndValuesRaw. Its texts are canonical: numbers in their shortest
form, strings with only the escapes they need, and integers that fit neither Int64 nor UInt64 as strings of digits.
A second pass is made only where a value has no fields, or where a number is too long to tell an integer from a double.
"""

import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from crm.contracts import Column, Contract
from crm.rules import DOUBLE_DIGITS, bounds, check, precision

# What may follow the seconds of a timestamp.
FRACTION_AND_ZONE = "^([.][0-9]{1,9})?([Zz]|[+-](0[0-9]|1[0-4]):[0-5][0-9])?$"


def literal(text: str) -> str:
    """A ClickHouse string literal."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def quoted(name: str) -> str:
    """A ClickHouse identifier."""
    return "`" + name.replace("\\", "\\\\").replace("`", "\\`") + "`"


def table(contract: Contract) -> str:
    """DDL of `raw.<topic>`: records as received, found by append minute. One that lands twice becomes one row."""
    return f"""CREATE TABLE IF NOT EXISTS raw.{quoted(contract.topic)}
(
    partition Int32,
    offset Int64,
    append_time DateTime64(3, 'UTC') COMMENT 'When the broker appended the record.',
    key Nullable(String) CODEC(ZSTD(1)),
    value Nullable(String) COMMENT 'The bytes as received.' CODEC(ZSTD(1)),
    landed_at DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC')
)
ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(append_time)
ORDER BY (toStartOfMinute(append_time), partition, offset)"""


def _texts(column: Column, n: int) -> list[str]:
    """The text that a value is read from: the content of a JSON string, or a number's canonical form."""
    if column.logical_type == "integer":
        return []
    content = f"if(position(__raw_{n}, '\\\\') = 0, substring(__raw_{n}, 2, -1), JSONExtractString(__raw_{n}))"
    if column.logical_type == "number":
        content = f"if(startsWith(__raw_{n}, '\"'), {content}, __raw_{n})"
    return [f"{content} AS __text_{n}"]


def _parts(column: Column, n: int) -> list[str]:
    """The local moment of a timestamp in the one form that toString gives, and what follows its seconds."""
    if column.logical_type != "timestamp":
        return []
    text, rest = f"__text_{n}", f"substring(__text_{n}, 20)"
    fraction = f"if(startsWith({rest}, '.'), rightPad(extract({rest}, '^[.]([0-9]{{1,3}})'), 3, '0'), '000')"
    return [
        f"{rest} AS __rest_{n}",
        f"concat(substring({text}, 1, 10), ' ', substring({text}, 12, 8), '.', {fraction}) AS __local_{n}",
    ]


def _values(column: Column, n: int) -> list[str]:
    """The typed value; NULL or zero where the text is none."""
    match column.logical_type:
        case "integer":
            return [f"toInt64OrNull(__raw_{n}) AS __whole_{n}", f"assumeNotNull(__whole_{n}) AS __value_{n}"]
        case "number":
            return [f"toDecimal64OrZero(__text_{n}, {column.scale}) AS __value_{n}"]
        case "date":
            return [f"toDate32OrZero(__text_{n}) AS __value_{n}"]
        case "timestamp":
            sign = f"if(substring(__rest_{n}, -6, 1) = '-', -60, 60)"
            minutes = f"toUInt16OrZero(substring(__rest_{n}, -5, 2)) * 60 + toUInt16OrZero(substring(__rest_{n}, -2))"
            return [
                f"toDateTime64OrZero(__local_{n}, 3, 'UTC') AS __moment_{n}",
                f"__moment_{n} - if(length(__rest_{n}) < 6, 0, "
                f"if(substring(__rest_{n}, -3, 1) = ':', {sign} * ({minutes}), 0)) AS __value_{n}",
            ]
        case _:
            return []


def _bound(column: Column, value: int) -> str:
    """A bound as a literal of the value's type."""
    match column.logical_type:
        case "number":
            return f"toDecimal64('{Decimal(value).scaleb(-column.scale):f}', {column.scale})"
        case "date":
            return f"toDate32('{date(1970, 1, 1) + timedelta(days=value)}')"
        case "timestamp":
            moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=value)
            return f"toDateTime64('{moment:%Y-%m-%d %H:%M:%S}.{value % 1000:03d}', 3, 'UTC')"
        case _:
            return f"toInt64({value})"


def _shown(column: Column, value: int) -> str:
    """A bound as a reader of the reason sees it."""
    match column.logical_type:
        case "number":
            return f"{Decimal(value).scaleb(-column.scale).normalize():f}"
        case "date":
            return str(date(1970, 1, 1) + timedelta(days=value))
        case "timestamp":
            moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=value)
            return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        case _:
            return str(value)


def _in_double_form(column: Column, n: int) -> str:
    """Whether a JSON number of more digits than a double keeps was written as a double: then it is not exact."""
    digits = DOUBLE_DIGITS - column.scale + 1
    many = f"bitAnd(length(__raw_{n}) >= {digits}, NOT startsWith(__raw_{n}, '\"'))"
    kind = f"JSONType(assumeNotNull(value), {literal(column.name)})"
    return f"if({many}, bitAnd(match(__raw_{n}, '^-?[0-9]{{{digits}}}'), {kind} = 'Double'), 0)"


def _checks(column: Column, n: int) -> list[tuple[str, str]]:
    """What can be wrong with a present value, as (condition, reason). The first condition that holds is the reason."""
    text, value = f"__text_{n}", f"__value_{n}"
    if column.logical_type == "string":
        found = [(f"NOT startsWith(__raw_{n}, '\"')", "not a string")]
        if column.allowed:
            choice = ", ".join(column.allowed)
            found.append((f"{text} NOT IN ({', '.join(map(literal, column.allowed))})", f"not one of {choice}"))
        if column.min_length is not None:
            found.append((f"lengthUTF8({text}) < {column.min_length}", f"shorter than {column.min_length}"))
        if column.max_length is not None:
            found.append((f"lengthUTF8({text}) > {column.max_length}", f"longer than {column.max_length}"))
        return found
    match column.logical_type:
        case "integer":
            found = [
                (f"isNull(__whole_{n})", "not an integer"),
                (_in_double_form(column, n), "not exact as a double: send it as an integer"),
            ]
        case "number":
            places = f"([.][0-9]{{1,{column.scale}}})?" if column.scale else ""
            form = f"^-?[0-9]{{1,{precision(column) - column.scale}}}{places}$"
            plural = "" if column.scale == 1 else "s"
            found = [
                (f"NOT match({text}, '{form}')", f"not a decimal with at most {column.scale} place{plural}"),
                (_in_double_form(column, n), "not exact as a double: send it as a string"),
            ]
        case "date":
            # Read leniently, but what it reads must be written so: no text of a day that does not exist is.
            written = f"bitAnd(length({text}) = 10, toString({value}) = {text})"
            found = [(f"NOT bitAnd(startsWith(__raw_{n}, '\"'), {written})", "not a date like 2026-01-31")]
        case _:
            written = f"bitAnd(toString(__moment_{n}) = __local_{n}, substring({text}, 11, 1) IN ('T', ' '))"
            ending = f"if(__rest_{n} IN ('', 'Z'), 1, match(__rest_{n}, '{FRACTION_AND_ZONE}'))"
            is_moment = f"bitAnd(startsWith(__raw_{n}, '\"'), bitAnd({written}, {ending}))"
            found = [(f"NOT {is_moment}", "not a timestamp like 2026-01-31T23:59:59.999Z")]
    low, high = bounds(column)
    found.append((f"{value} < {_bound(column, low)}", f"less than {_shown(column, low)}"))
    found.append((f"{value} > {_bound(column, high)}", f"greater than {_shown(column, high)}"))
    return found


def _faults(column: Column, n: int) -> list[str]:
    """What is wrong with the field, as bits: bit 0 that it is missing, bit k that check k failed.

    Bits, not AND, OR or multiIf: those compute their arguments lazily, and once for each use, which takes seconds for
    a thousand rows where arguments share what they are computed from.
    """
    wrong = " + ".join(f"({test}) * {2**k}" for k, (test, _) in enumerate(_checks(column, n), 1))
    absent = f"__raw_{n} IN ('', 'null')"
    return [
        f"if({absent}, 0, 255) AS __present_{n}",
        f"bitAnd({wrong}, __present_{n}) + ({absent}) * {int(column.required)} AS __faults_{n}",
    ]


def _typed(column: Column, n: int) -> str:
    """The value in its column's type; NULL, or else its default, where the field is absent or the event is rejected."""
    kind = column.clickhouse_type
    value = f"__text_{n}" if column.logical_type == "string" else f"__value_{n}"
    present = f"bitAnd(__is_valid, __present_{n} != 0)"
    if "Nullable(" in kind:
        otherwise = "NULL"
    else:
        plain = re.sub(r"^LowCardinality\((.*)\)$", r"\1", kind)
        otherwise = f"defaultValueOfTypeName({literal(plain)})"
    return f"CAST(if({present}, {value}, {otherwise}), {literal(kind)}) AS {quoted(column.name)}"


def _reason(contract: Contract) -> str:
    """The reason, worked out for rejected events only."""
    tests = [
        ("isNull(value)", "value: null"),
        ("__is_blank AND NOT isValidJSON(assumeNotNull(value))", "value: not JSON"),
        ("__is_blank AND JSONType(assumeNotNull(value)) != 'Object'", "value: not a JSON object"),
    ]
    for n, column in enumerate(contract.columns, 1):
        reasons = ["missing", *(reason for _, reason in _checks(column, n))]
        tests += [(f"bitTest(__faults_{n}, {k})", f"{column.name}: {reason}") for k, reason in enumerate(reasons)]
    return f"if(__is_valid, '', multiIf({', '.join(f'{test}, {literal(reason)}' for test, reason in tests)}, ''))"


def judged(contract: Contract, source: str, kept: tuple[str, ...] = ()) -> str:
    """A SELECT that judges the records of `source`: partition, offset, append_time, `kept`, the contract's columns and `reject_reason`.

    `source` is the name of a table with the columns of `raw.<topic>`; `kept` names some of these. The reason is '' for a valid
    event, else "field: what is wrong" for the first failing check in the columns' order. Nothing is deduplicated.
    """
    check(contract)
    columns = [(column, n) for n, column in enumerate(contract.columns, 1)]
    picks = [f"__fields.2[indexOf(__fields.1, {literal(column.name)})] AS __raw_{n}" for column, n in columns]
    steps = (_texts, _parts, _values, _faults)
    levels = [[line for column, n in columns for line in step(column, n)] for step in steps]
    faults = " + ".join(["toUInt32(isNull(value))", "__is_blank", *(f"__faults_{n}" for _, n in columns)])
    record = ("partition", "offset", "append_time", *kept)
    read = ", ".join(dict.fromkeys((*record, "value")))
    query = f"(SELECT {read}, JSONExtractKeysAndValuesRaw(assumeNotNull(value)) AS __fields\nFROM {source})"
    for level in ([*picks, "empty(__fields) AS __is_blank"], *levels, [f"{faults} = 0 AS __is_valid"]):
        if level:
            query = f"(SELECT *, {', '.join(level)} FROM\n{query})"
    outputs = ",\n    ".join(_typed(column, n) for column, n in columns)
    return f"""SELECT {", ".join(record)},
    {outputs},
    {_reason(contract)} AS reject_reason
FROM
{query}"""  # noqa: S608  # names and rules of a checked contract


def view(contract: Contract) -> str:
    """DDL of `raw.<topic>_events`, which judges what has landed; see `judged`. It keeps `value`, the bytes as received."""
    name = f"raw.{quoted(contract.topic + '_events')}"
    return f"CREATE OR REPLACE VIEW {name} AS\n{judged(contract, f'raw.{quoted(contract.topic)}', kept=('value',))}"
