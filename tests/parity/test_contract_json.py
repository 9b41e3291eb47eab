# tables of cases read better wide
"""The validity rule in both engines, value by value: Flink's format `contract-json` against ClickHouse's view, without services."""

import json
import random
import struct
import subprocess
from pathlib import Path

import pytest

from crm.contracts import Contract, contracts
from crm.rules import rules
from speed_layer.build_connectors import TARGET, class_path
from tests import plausible, staging
from tests.parity.events import generated
from tests.raw_view import Row, opened, row
from tests.validity_cases import RECEIVABLE, pinned, spelled

# What is likely to end up in a document, put into it anywhere: structure, escapes, broken UTF-8, numbers at their limits.
SPLINTERS = [
    *(bytes([b]) for b in b'"\\{}[],:.-+eE0159 tfn\t\n\r\x00\x1f\x7f\x80\xff'),
    b"\\u0000", b"\\ud83d\\ude00", b"\\ud800", b"\\udc00", b"\\u00e9", b"\\/", b"\\x", b"\xc3\xa9", b"\xf0\x9f\x98\x80", b"\xc0\x80",
    b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xe2\x80\xa8", b"\xef\xbb\xbf", b"null", b"true", b"1e400", b"-0", b"-0.0", b"1e-400",
    b"9223372036854775807", b"9223372036854775808", b"-9223372036854775808", b"-9223372036854775809", b"18446744073709551615",
    b"18446744073709551616", b"9" * 400, b"0" * 30, b"1.50", b"1e2", b"5.0", b"0.30000000000000004", b"12345678901234.5",
    b"9999999999999.99", b"99999999999999", b"123456789012345.0", b"1e15", b"1234567890123456.99", b"0.1e-7", b'"kind":null,',
    b'{"a":[1,{"b":"c"}]}', b"+14:59", b"-15:00", b".123456789", b".1234567890", b"T", b"z", b"2024-02-29", b"2100-02-29", b"0000-00-00", b"9999-12-31",
]  # fmt: skip


def spoiled(draw: random.Random, value: bytes) -> bytes:
    """The value with one to three bytes cut out, doubled or replaced by a splinter."""
    for _ in range(draw.randint(1, 3)):
        at = draw.randint(0, len(value))
        to = min(len(value), at + draw.choice([0, 0, 1, 1, 2, 5, 20]))
        value = value[:at] + draw.choice([b"", value[at:to] * 2, draw.choice(SPLINTERS)]) + value[to:]
    return value


def nested(event: bytes, depth: int, opening: bytes, innermost: bytes) -> bytes:
    """A valid event but for a field of `depth` containers around the innermost value, the event itself included."""
    closing = b"]" if opening == b"[" else b"}"
    return event[:-1] + b',"x":' + opening * (depth - 1) + innermost + closing * (depth - 1) + b"}"


def decoded(contract: Contract, values: list[bytes | None], folder: Path) -> list[Row | None]:
    """Rows as the format makes them; None for a value that it rejects."""
    file = folder / "rules.json"
    file.write_text(rules(contract), encoding="utf-8")
    stream = b"".join(struct.pack(">i", -1) if v is None else struct.pack(">i", len(v)) + v for v in values)
    path = ":".join(map(str, [TARGET, *class_path()]))
    command = ["java", "-XX:TieredStopAtLevel=1", "-cp", path, "org.crmlambda.flink.ContractJsonCheck", str(file)]
    done = subprocess.run(command, input=stream, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    found = [json.loads(line) for line in done.stdout.splitlines()]
    return [None if values is None else row(contract, values) for values in found]


@pytest.mark.parametrize("contract", staging.landed(), ids=lambda contract: contract.name)
def test_both_engines_agree_on_every_value(contract: Contract, pytestconfig: pytest.Config, tmp_path: Path) -> None:
    draw = random.Random(1)
    whole = [value for _, value in generated(contract, pytestconfig.getoption("--parity-events"))]
    event = plausible.encoded(plausible.event(contract, draw, "nested"))
    depths = [
        nested(event, depth, opening, innermost)
        for depth in (2, 1022, 1023, 1024, 1025, 3000)
        for opening in (b"[", b'{"y":')
        for innermost in (b"1", b"[]", b"{}")
    ]
    values = [event, *pinned(contract.name), *whole, *(spoiled(draw, value) for value in whole), *depths]

    assert_equal(contract, values, tmp_path)


def test_both_engines_agree_on_every_date(pytestconfig: pytest.Config, tmp_path: Path) -> None:
    """The days of four centuries around leap years, and dates with a splinter in them."""
    draw = random.Random(2)
    drawn = [
        f"{draw.randint(1960, 2210):04d}-{draw.randint(0, 13):02d}-{draw.choice([0, 1, 27, 28, 29, 30, 31, 32]):02d}"
        for _ in range(pytestconfig.getoption("--parity-events"))
    ]
    whole = [spelled(RECEIVABLE, due_date=json.dumps(text)) for text in drawn]
    cut = [
        spelled(RECEIVABLE, due_date='"' + spoiled(draw, text.encode()).decode(errors="replace") + '"')
        for text in drawn
    ]
    assert_equal(contracts()["receivables"], [spelled(RECEIVABLE), *whole, *cut], tmp_path)


def assert_equal(contract: Contract, values: list[bytes | None], folder: Path) -> None:
    """Hold the rows of both engines against each other; the first value must be valid, so that something is compared."""
    flink = decoded(contract, values, folder)
    with opened(contract) as view:
        clickhouse = view.verdicts(values)

    assert flink[0] is not None, f"the valid event is rejected: {values[0]!r}"
    differences = [
        (value, theirs, *ours)
        for value, theirs, ours in zip(values, flink, clickhouse, strict=True)
        if theirs != ours[0]
    ]
    assert not differences, (
        f"{len(differences)} of {len(values)} differ, e.g. (value, Flink's row, ClickHouse's row, reason): {differences[:3]}"
    )
    valid = sum(found is not None for found in flink)
    assert len(values) / 20 < valid < len(values) * 19 / 20, (
        f"{valid} of {len(values)} are valid: the test compares hardly anything"
    )
