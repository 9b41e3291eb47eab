"""The validity rule of an event, as ClickHouse text computed from its contract.

`raw.<topic>` holds what Kafka received, byte for byte; the view `raw.<topic>_events` parses it, types it and says why
an event is no event. The speed layer applies the same rule in Java (`speed_layer/connectors`, format `contract-json`),
and tests/parity holds the two equal. docs/decisions/0002-contract-json-format.md states the rule and why.

The view parses each value once, with JSONExtractKeysAndValuesRaw. Its texts are canonical: numbers in their shortest
form, strings with only the escapes they need, and integers that fit neither Int64 nor UInt64 as strings of digits.
A second pass is made only where a value has no fields, or where a number is too long to tell an integer from a double.
"""

import re

from crm import column_validity
from crm.contracts import Column, Contract, ContractError
from crm.quoting import literal, quoted
from crm.rules import KIND, check


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


def _faults(contract: Contract) -> tuple[str, list[str]]:
    """What is wrong with the fields, as one number, and the reasons by its bits: the lowest is the first in the columns' order."""
    reasons: list[str] = []
    shifted: list[tuple[int, int]] = []
    for n, column in enumerate(contract.columns, 1):
        of_kinds = f" where {KIND} is {' or '.join(column.required_by_kind)}" if column.required_by_kind else ""
        found = [f"missing{of_kinds}", *(reason for _, reason in column_validity.checks(column, n))]
        shifted.append((n, len(reasons)))
        reasons += [f"{column.name}: {reason}" for reason in found]
    number = next((f"toUInt{bits}" for bits in (64, 128, 256) if len(reasons) <= bits), None)
    if not number:
        raise ContractError(
            f"{contract.file.name}: its columns can fail in {len(reasons)} ways, and 256 are told apart: drop checks"
        )
    return " + ".join(f"bitShiftLeft({number}(__faults_{n}), {by})" for n, by in shifted), reasons


def _reason(reasons: list[str]) -> str:
    """The reason of a rejected event. Looked up: a branch for each check takes an eighth of a build, however few events fail."""
    listed = f"[{', '.join(map(literal, reasons))}][bitCount(bitXor(__faults, __faults - 1))]"
    tests = [
        ("isNull(value)", "value: null"),
        ("__is_blank AND NOT isValidJSON(assumeNotNull(value))", "value: not JSON"),
        ("__is_blank AND JSONType(assumeNotNull(value)) != 'Object'", "value: not a JSON object"),
    ]
    return f"if(__is_valid, '', multiIf({', '.join(f'{test}, {literal(reason)}' for test, reason in tests)}, {listed}))"


def judged(contract: Contract, source: str, kept: tuple[str, ...] = ()) -> str:
    """A SELECT that judges the records of `source`: partition, offset, append_time, `kept`, the contract's columns and `reject_reason`.

    `source` is the name of a table with the columns of `raw.<topic>`; `kept` names some of these. The reason is '' for a valid
    event, else "field: what is wrong" for the first failing check in the columns' order. Nothing is deduplicated.
    """
    check(contract)
    columns = [(column, n) for n, column in enumerate(contract.columns, 1)]
    picks = [f"__fields.2[indexOf(__fields.1, {literal(column.name)})] AS __raw_{n}" for column, n in columns]
    steps = (column_validity.texts, column_validity.parts, column_validity.values, column_validity.faults)
    levels = [[line for column, n in columns for line in step(column, n)] for step in steps]
    faults, reasons = _faults(contract)
    record = ("partition", "offset", "append_time", *kept)
    read = ", ".join(dict.fromkeys((*record, "value")))
    query = f"(SELECT {read}, JSONExtractKeysAndValuesRaw(assumeNotNull(value)) AS __fields\nFROM {source})"
    verdict = ([f"{faults} AS __faults"], ["bitAnd(NOT __is_blank, __faults = 0) AS __is_valid"])
    for level in ([*picks, "empty(__fields) AS __is_blank"], *levels, *verdict):
        if level:
            query = f"(SELECT *, {', '.join(level)} FROM\n{query})"
    outputs = ",\n    ".join(_typed(column, n) for column, n in columns)
    return f"""SELECT {", ".join(record)},
    {outputs},
    {_reason(reasons)} AS reject_reason
FROM
{query}"""  # noqa: S608  # names and rules of a checked contract


def view(contract: Contract) -> str:
    """DDL of `raw.<topic>_events`, which judges what has landed; see `judged`. It keeps `value`, the bytes as received."""
    name = f"raw.{quoted(contract.topic + '_events')}"
    return f"CREATE OR REPLACE VIEW {name} AS\n{judged(contract, f'raw.{quoted(contract.topic)}', kept=('value',))}"
