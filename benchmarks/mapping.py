"""How fast one process makes events of a file by a mapping: rows that are read, typed, checked against the contract, encoded.

Nothing is sent, and no service runs: what is measured is what a mapping adds to a load.
"""

import csv
import json
import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

from benchmarks.results import Figure, Row
from benchmarks.stack import Bench
from crm.contracts import contracts
from crm.errors import CrmError
from crm.settings import settings
from sources.events import EVENT_TYPES, Encoder
from sources.files import Rejects
from sources.loads import zone_of
from sources.mapping import source

MAPPINGS = Path(__file__).with_name("mappings")
ROWS = 1_000_000
HEADER = ("order", "line", "customer", "article", "group", "pieces", "total", "bought")


def measure(bench: Bench) -> Row:
    """Rows/s by the process's CPU time, for CSV and for JSON lines with nested fields."""
    count = bench.scaled(ROWS)
    folder = settings().var / "mapping"
    folder.mkdir(parents=True, exist_ok=True)
    runs: dict[str, list[dict[str, Any]]] = {"csv": [], "jsonl": []}
    for kind, write in (("csv", _csv), ("jsonl", _jsonl)):
        file = folder / f"rows.{kind}"
        amount = write(file, count)
        for number in range(1, bench.runs + 1):
            bench.say(f"mapping of {kind}, run {number} of {bench.runs}")
            runs[kind].append(_run(kind, file, count, amount))
        file.unlink()
    figures = [
        figure
        for kind, title in (("csv", "CSV"), ("jsonl", "JSONL"))
        for figure in (
            Figure(title, "rows/s per core", tuple(run["rows_per_second"] for run in runs[kind])),
            Figure(
                f"{title}, with the JSON for Kafka",
                "rows/s per core",
                tuple(run["encoded_per_second"] for run in runs[kind]),
            ),
        )
    ]
    return Row(
        "mapping",
        f"{count:,} rows of a CSV file and of JSON lines by a mapping",
        figures,
        [*runs["csv"], *runs["jsonl"]],
    )


def _orders(count: int) -> Iterator[tuple[Any, ...]]:
    """Order lines as a shop exports them: ids as floats, American dates, some customers unknown. The same at every call."""
    random = Random(7)
    for number in range(count):
        order, customer = number // 3, random.randrange(50_000)
        day, second = 1 + number * 28 // count, random.randrange(86_400)
        at = f"{1 + number % 12}/{day}/2025 {second // 3600:02d}:{second // 60 % 60:02d}:{second % 60:02d}"
        pieces, cents = 1 + random.randrange(9), 1 + random.randrange(100_000)
        person = f"{1_930_000_000 + customer}.0" if customer % 10 else ""
        yield (
            order,
            number % 3 + 1,
            person,
            f"A{number % 5_000}",
            f"group {number % 40}",
            pieces,
            Decimal(cents) / 100,
            at,
        )


def _csv(file: Path, count: int) -> Decimal:
    total = Decimal(0)
    with file.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle)
        writer.writerow(HEADER)
        for row in _orders(count):
            writer.writerow(row)
            total += row[6]
    return total


def _jsonl(file: Path, count: int) -> Decimal:
    total = Decimal(0)
    with file.open("w", encoding="utf-8") as handle:
        for order, line, person, article, group, pieces, money, at in _orders(count):
            item = {"article": {"id": article, "group": group}, "pieces": pieces, "total": float(money)}
            buyer = float(person) if person else None
            handle.write(
                json.dumps({"order": {"id": order, "at": at, "buyer": buyer}, "line": line, "item": item}) + "\n"
            )
            total += money
    return total


def _run(kind: str, file: Path, count: int, amount: Decimal) -> dict[str, Any]:
    mapped = source.read(MAPPINGS / f"{kind}.yaml")
    encode = Encoder(contracts()["orders"], EVENT_TYPES["orders"])
    result: dict[str, Any] = {"format": kind, "rows": count, "bytes": file.stat().st_size}
    for name, each in (("rows_per_second", _nothing), ("encoded_per_second", encode)):
        with Rejects(file.with_suffix(".rejects")) as rejects:
            begun, total, made = time.process_time(), Decimal(0), 0
            for _, _, events in mapped.rows(file, zone_of(mapped.mapping.time_zone), rejects):
                for event in events:
                    each(event)
                    total += event.amount  # type: ignore[attr-defined]
                    made += 1
            seconds = time.process_time() - begun
        if (made, total, rejects.count) != (count, amount, 0):
            raise CrmError(
                f"{file}: {made:,} events of {total} instead of {count:,} of {amount}; {rejects.count} rejects"
            )
        result[name] = round(count / seconds)
    return result


def _nothing(_event: Any) -> None:
    """What becomes of an event where only the mapping is measured."""
