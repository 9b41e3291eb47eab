"""Real files through mappings alone; what must come out is computed from the files by other means."""

import csv
import hashlib
import json
from collections import Counter, defaultdict
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

from crm.contracts import contracts
from crm.settings import ROOT
from sources.events import EVENT_TYPES, Encoder, encoders
from sources.files import Rejects
from sources.loads import SOURCES
from sources.mapping import source
from sources.source import Source
from tests.mapped import events
from tests.reading import read

MAPPINGS = ROOT / "tests" / "mappings"
SHIPPED = ROOT / "sources" / "mappings"


def fingerprint(made: Source, place: Path, zone: str, folder: Path) -> tuple[int, str]:
    """Number of events, and a checksum of all that would be sent, in order."""
    encode = encoders()
    digest = hashlib.sha256()
    with Rejects(folder / "rejects.csv") as rejects:
        found = read(made, place, ZoneInfo(zone), rejects)
    assert rejects.count == 0
    for event in found:
        key, value = encode[type(event)](event)
        digest.update(key + b"\0" + value + b"\n")
    return len(found), digest.hexdigest()


def test_ibms_events_stay_what_they_were(data: Path, tmp_path: Path) -> None:
    """Ids that change count twice. The checksums are those of the events that the module before the mapping made."""
    assert fingerprint(SOURCES["ibm-ar"], data / "ibm_ar", "UTC", tmp_path) == (
        6_054, "e3323bcbd89813b4e9f46732d43fd30b9269d7893ba0fe5176c3e7ce561e04fb",
    )  # fmt: skip
    assert fingerprint(SOURCES["ibm-ar"], data / "ibm_ar", "America/New_York", tmp_path)[1] == (
        "8296105d1d72789d632d41331ae066f4ba4693a3a908cda989ae79436c8cb694"
    )


def test_online_retail_by_a_mapping_is_what_its_module_makes(data: Path, tmp_path: Path) -> None:
    folder = tmp_path / "days"
    folder.mkdir()
    # every kind of line occurs in these: cancellations, bad debts, fractions of a penny, lines without a customer
    for day in ("2010-12-01", "2011-08-12", "2011-09-26", "2011-12-09"):
        (folder / f"{day}.csv").symlink_to((data / "online_retail_by_day" / f"{day}.csv").resolve())
    mapped = source.source(source.read(MAPPINGS / "online_retail.yaml"))
    expected = fingerprint(SOURCES["online-retail"], folder, "Europe/London", tmp_path)
    assert fingerprint(mapped, folder, "Europe/London", tmp_path) == expected
    assert expected[0] > 5_000


def test_chinese_reviews_are_feedback(data: Path) -> None:
    found, rejects = events(source.read(SHIPPED / "zh_reviews.yaml"), data / "zh_reviews")
    with (data / "zh_reviews" / "online_shopping_10_cats.csv").open(encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle))
    assert rejects == []
    assert len(found) == len({event["event_id"] for event in found}) == len(rows) == 62_774
    kinds = {"1": "commented", "0": "complained"}
    assert Counter((event["category"], event["kind"]) for event in found) == Counter(
        (row["cat"], kinds[row["label"]]) for row in rows
    )
    assert [event["text"] or "" for event in found] == [row["review"] for row in rows]


def test_nested_json_of_real_orders(data: Path, tmp_path: Path) -> None:
    def table(name: str) -> list[dict[str, str]]:
        with (data / "olist" / f"olist_{name}_dataset.csv").open(encoding="utf-8", newline="") as handle:
            return list(csv.DictReader(handle))

    items = defaultdict(list)
    for item in table("order_items"):
        items[item["order_id"]].append(item)
    persons = {row["customer_id"]: row["customer_unique_id"] for row in table("customers")}
    lines, cancelled = [], Decimal(0)
    for number, order in enumerate(table("orders")):
        person = persons[order["customer_id"]]
        bought = datetime.fromisoformat(order["order_purchase_timestamp"]).replace(tzinfo=ZoneInfo("America/Sao_Paulo"))
        basket = [
            {
                "no": int(item["order_item_id"]),
                "sku": item["product_id"],
                "price": {"cents": int(Decimal(item["price"]) * 100)},
            }
            for item in items[order["order_id"]]
        ]
        buyer = {"person": person} if number % 2 else [person]
        moments = [int(bought.timestamp() * 1000)]
        head = {"id": order["order_id"], "state": order["order_status"], "buyer": buyer, "moments": moments}
        lines.append(json.dumps({"order": head, "basket": {"items": basket}}))
        if order["order_status"] == "canceled":
            cancelled += sum(Decimal(item["price"]) for item in items[order["order_id"]])
    file = tmp_path / "orders.jsonl"
    # as a Macintosh of old would have written it
    file.write_bytes("\r".join(lines).encode("utf-8-sig"))

    found, rejects = events(source.read(MAPPINGS / "nested_orders.yaml"), file)
    assert rejects == []
    money = defaultdict(Decimal)
    for event in found:
        money[event["kind"]] += Decimal(event["amount"])
    assert money == {"placed": Decimal("2768685.99"), "cancelled": cancelled}
    # the same customers, products and moments as the loader of Olist's own files finds
    with Rejects(tmp_path / "rejects.csv") as no:
        ours = [
            e
            for e in read(SOURCES["olist"], data / "olist", ZoneInfo("America/Sao_Paulo"), no)
            if e.CONTRACT == "orders"
        ]
    encode = Encoder(contracts()["orders"], EVENT_TYPES["orders"])
    wanted = ("order_id", "customer_id", "product_id", "amount", "occurred_at")
    expected = [json.loads(encode(event)[1]) for event in ours if event.kind == "placed"]
    placed = [event for event in found if event["kind"] == "placed"]
    assert Counter(tuple(event[name] for name in wanted) for event in placed) == Counter(
        tuple(event[name] for name in wanted) for event in expected
    )
