"""The validity rule of one column, as ClickHouse text: what `crm.validity` computes of a value, level by level.

Column `n` of a contract is read from `__raw_<n>`, its canonical JSON text. `texts`, `parts`, `values` and `faults` each name
what they compute for the levels after them, and for the view: `__text_<n>`, `__value_<n>`, `__present_<n>`, `__faults_<n>`.
"""

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from crm.contracts import Column
from crm.quoting import literal
from crm.rules import DOUBLE_DIGITS, KIND, bounds, precision

# Texts that no JSON writer puts an escape into.
PLAIN = re.compile(r"[ !#-.0-\[\]-~]*")
# What may follow the seconds of a timestamp.
FRACTION_AND_ZONE = "^([.][0-9]{1,9})?([Zz]|[+-](0[0-9]|1[0-4]):[0-5][0-9])?$"


def texts(column: Column, n: int) -> list[str]:
    """The text that a value is read from: the content of a JSON string, or a number's canonical form.

    A canonical text has escapes only for what no number, date or timestamp contains, so that their contents are compared as
    they stand, and those of values that are enumerated without such characters.
    """
    if column.logical_type == "integer":
        return []
    content = f"substring(__raw_{n}, 2, -1)"
    if column.logical_type == "string" and not (column.allowed and all(map(PLAIN.fullmatch, column.allowed))):
        content = f"if(position(__raw_{n}, '\\\\') = 0, {content}, JSONExtractString(__raw_{n}))"
    if column.logical_type == "number":
        content = f"if(startsWith(__raw_{n}, '\"'), {content}, __raw_{n})"
    return [f"{content} AS __text_{n}"]


def parts(column: Column, n: int) -> list[str]:
    """The local moment of a timestamp in the one form that toString gives, and what follows its seconds."""
    if column.logical_type != "timestamp":
        return []
    text, rest = f"__text_{n}", f"substring(__text_{n}, 20)"
    fraction = f"if(startsWith({rest}, '.'), rightPad(extract({rest}, '^[.]([0-9]{{1,3}})'), 3, '0'), '000')"
    return [
        f"{rest} AS __rest_{n}",
        f"concat(substring({text}, 1, 10), ' ', substring({text}, 12, 8), '.', {fraction}) AS __local_{n}",
    ]


def values(column: Column, n: int) -> list[str]:
    """The typed value; NULL or zero where the text is none. The kind by a name of its own, for other columns' rules."""
    match column.logical_type:
        case "string" if column.name == KIND:
            return [f"__text_{n} AS __kind"]
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


def _one_of(kinds: Iterable[str]) -> str:
    """Whether the event is of one of these kinds."""
    return f"__kind IN ({', '.join(map(literal, kinds))})"


def _checks_by_kind(column: Column, n: int) -> list[tuple[str, str]]:
    """What is less than events of some kinds allow, as in `checks`."""
    kinds: dict[int, list[str]] = {}
    for kind, _ in column.minimum_by_kind:
        kinds.setdefault(bounds(column.of_kind(kind))[0], []).append(kind)
    return [
        (
            f"bitAnd({_one_of(of)}, __value_{n} < {_bound(column, low)})",
            f"less than {_shown(column, low)} where {KIND} is {' or '.join(of)}",
        )
        for low, of in kinds.items()
    ]


def checks(column: Column, n: int) -> list[tuple[str, str]]:
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
        if column.pattern:
            found.append((f"NOT match({text}, {literal(column.pattern)})", f"not like {column.pattern}"))
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
    return found + _checks_by_kind(column, n)


def faults(column: Column, n: int) -> list[str]:
    """What is wrong with the field, as bits: bit 0 that it is missing, bit k that check k failed.

    Bits, not AND, OR or multiIf: those compute their arguments lazily, and once for each use, which takes seconds for
    a thousand rows where arguments share what they are computed from.
    """
    found = checks(column, n)
    wrong = " + ".join(f"({test}) * {2**k}" for k, (test, _) in enumerate(found, 1))
    absent = f"__raw_{n} IN ('', 'null')"
    needed = "1" if column.required else _one_of(column.required_by_kind) if column.required_by_kind else "0"
    return [
        f"if({absent}, 0, {2 ** (len(found) + 1) - 1}) AS __present_{n}",
        f"bitAnd({wrong}, __present_{n}) + ({absent}) * ({needed}) AS __faults_{n}",
    ]
