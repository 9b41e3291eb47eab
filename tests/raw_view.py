"""The validity rule as ClickHouse runs it: the real view over the real table, in the test's process."""

import json
import struct
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

from chdb.session import Session

from crm import validity
from crm.contracts import Column, Contract
from crm.quoting import literal, quoted
from crm.row_binary import nullable_string
from tests import embedded

Row = tuple[Any, ...]


def _output(column: Column) -> str:
    name = quoted(column.name)
    match column.logical_type:
        case "number":
            return f"toString({name})"
        case "date":
            return f"toInt32({name})"
        case "timestamp":
            return f"toUnixTimestamp64Milli({name})"
        case _:
            return name


def row(contract: Contract, values: Sequence[Any]) -> Row:
    """An event's values so that both engines' texts compare: numbers as Decimal, dates as days, timestamps as milliseconds."""
    pairs = zip(contract.columns, values, strict=True)
    return tuple(Decimal(v) if c.logical_type == "number" and v is not None else v for c, v in pairs)


class View:
    """`raw.<topic>_events` of one contract."""

    def __init__(self, session: Session, contract: Contract) -> None:
        self.session, self.contract = session, contract
        for statement in ("CREATE DATABASE IF NOT EXISTS raw", validity.table(contract), validity.view(contract)):
            session.query(statement)

    def query(self, sql: str) -> list[list[Any]]:
        """Rows of a query."""
        text = self.session.query(sql, "JSONCompactEachRow").bytes().decode()
        return [json.loads(line) for line in text.split("\n") if line]

    def land(self, records: Sequence[bytes | None]) -> None:
        """Replace the table's records; the offset is the place in the list, append times are a second apart."""
        topic = quoted(self.contract.topic)
        self.session.query(f"TRUNCATE TABLE raw.{topic}")
        with tempfile.NamedTemporaryFile(suffix=".bin") as file:
            for offset, value in enumerate(records):
                file.write(struct.pack("<q", offset) + nullable_string(value))
            file.flush()
            self.session.query(
                f"INSERT INTO raw.{topic} (partition, offset, append_time, value) "  # noqa: S608  # our own names
                f"SELECT 0, o, toDateTime64('2026-01-01 00:00:00', 3, 'UTC') + o, v "
                f"FROM file({literal(str(Path(file.name)))}, 'RowBinary', 'o Int64, v Nullable(String)')"
            )

    def verdicts(self, records: Sequence[bytes | None]) -> list[tuple[Row | None, str]]:
        """For each record its row, None where it is rejected, and the reason."""
        self.land(records)
        events = quoted(self.contract.topic + "_events")
        outputs = ", ".join(map(_output, self.contract.columns))
        found = self.query(f"SELECT offset, reject_reason, {outputs} FROM raw.{events} ORDER BY offset")  # noqa: S608
        assert [int(offset) for offset, *_ in found] == list(range(len(records)))
        return [(None if reason else row(self.contract, values), reason) for _, reason, *values in found]


@contextmanager
def opened(contract: Contract) -> Iterator[View]:
    """The view in an engine of its own, on a temporary folder."""
    with embedded.session() as session:
        yield View(session, contract)
