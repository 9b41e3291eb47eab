"""Mappings and files for tests: both are written to a folder, and read as `crm load` reads them."""

from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import orjson

from sources.events import encoders
from sources.files import Rejects
from sources.mapping import source
from sources.mapping.source import Mapped

# A mapping of orders with as little as it may have; tests change what they are about.
ORDERS = """
name: shop
contract: orders
currency: EUR
columns:
  id: string
  amount: number
  at: timestamp
events:
  - fields:
      event_id: shop:$id
      kind: placed
      order_id: $id
      line_no: 1
      quantity: 1
      amount: $amount
      occurred_at: $at
"""


def mapped(folder: Path, text: str) -> Mapped:
    """The mapping that a text states."""
    file = folder / "mapping.yaml"
    file.write_text(text, encoding="utf-8")
    return source.read(file)


def events(made: Mapped, place: Path, zone: str = "") -> tuple[list[dict[str, Any]], list[str]]:
    """The events as their JSON in Kafka, in the order of the file, and the rejects as `line: reason`."""
    encode = encoders()
    reasons: list[str] = []

    class Kept(Rejects):
        def add(self, row: Any, reason: str) -> None:
            reasons.append(f"{row.line}: {reason}")

    found = made.events(place, ZoneInfo(zone or made.mapping.time_zone), Kept(place / "rejects.csv"))
    return [orjson.loads(encode[type(event)](event)[1]) for _, event in found], reasons


def load(
    folder: Path, mapping: str, content: bytes | str, name: str = "data.csv"
) -> tuple[list[dict[str, Any]], list[str]]:
    """What a mapping makes of a file with this content."""
    file = folder / name
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    return events(mapped(folder, mapping), file)
