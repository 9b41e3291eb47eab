"""Files with schemas that nothing knows, loaded by a mapping alone: what SQL says is what the files say."""

import csv
import json
from collections import defaultdict
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest

from crm.settings import ROOT
from tests.engine import caught_up, crm

pytestmark = pytest.mark.stack
MAPPINGS = ROOT / "tests" / "mappings"


def query(sql: str) -> list[dict]:
    done = crm("query", sql, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def invoices(data: Path) -> list[dict[str, str]]:
    with next((data / "ibm_ar").glob("*.csv")).open(newline="") as handle:
        return list(csv.DictReader(handle))


def export(rows: list[dict[str, str]]) -> bytes:
    """The invoices and their payments as `ledger_export.yaml` describes them."""
    customers = {name: 1930571429 + number for number, name in enumerate(sorted({row["customerID"] for row in rows}))}
    lines = []
    for row in rows:
        currency = "kr" if row["countryCode"] == "391" else "skr"
        amount = row["InvoiceAmount"].replace(".", ",")
        # an invoice's number with its zeros; a text over two lines, with a separator in it
        head = f"{row['invoiceNumber']};{customers[row['customerID']]}.0"
        lines.append(f'{head};{currency} {amount};{row["InvoiceDate"]};{row["DueDate"]};"two\rlines; å"')
        settled = datetime.strptime(row["SettledDate"], "%m/%d/%Y").date()
        lines.append(f"{head};{currency} -{amount};{settled};-;")
    lines.append(";;1.000.000,00;;;TOTAL")
    return "\r".join(lines).encode("utf-16")


def test_an_old_export_by_a_mapping(stack: None, data: Path, tmp_path: Path) -> None:
    rows = invoices(data)
    file = tmp_path / "export.txt"
    file.write_bytes(export(rows))
    mapping = MAPPINGS / "ledger_export.yaml"
    checked = crm("mapping", "check", file, "--mapping", mapping, "--json")
    assert checked.returncode == 0, checked.stderr
    report = json.loads(checked.stdout)
    assert (report["rows"], report["events"], report["rejected_rows"]) == (2 * len(rows), 2 * len(rows), 0)
    for produced in (2 * len(rows), 0):  # the second time, nothing is left to send
        loaded = crm("load", "csv", file, "--mapping", mapping, "--json")
        assert loaded.returncode == 0, loaded.stderr
        assert json.loads(loaded.stdout)["produced"] == produced
    caught_up()

    expected: dict[str, list] = defaultdict(lambda: [0, Decimal(0)])
    instant = datetime(2012, 12, 31)
    for row in rows:
        begun, settled = (datetime.strptime(row[name], "%m/%d/%Y") for name in ("InvoiceDate", "SettledDate"))
        if begun <= instant < settled:
            owed = expected["NOK" if row["countryCode"] == "391" else "SEK"]
            owed[0] += 1
            owed[1] += Decimal(row["InvoiceAmount"])
    found = query(
        "SELECT currency, count() AS invoices, toString(sum(balance)) AS owed "
        "FROM serving.open_invoices_as_of(as_of = '2012-12-31 23:59:59') "
        "WHERE currency IN ('NOK', 'SEK') AND balance > 0 GROUP BY currency"
    )
    assert {row["currency"]: [row["invoices"], Decimal(row["owed"])] for row in found} == expected
    assert sum(owed for _, owed in expected.values()) == Decimal("5725.06")


def test_json_lines_by_a_mapping(stack: None, tmp_path: Path) -> None:
    file = tmp_path / "tickets.jsonl"
    file.write_text(
        "".join(
            json.dumps(
                {
                    "ticket": {"no": float(number), "opened": f"{1 + number % 12}/{1 + number % 28}/2025 10:00"},
                    "from": {"id": 7_000_000 + number % 50.0},
                    "score": number % 5 + 1,
                    "says": "línea uno\nlínea dos" if number % 2 else None,
                }
            )
            + "\n"
            for number in range(3_000)
        ),
        encoding="utf-8",
    )
    mapping = tmp_path / "tickets.yaml"
    mapping.write_text(
        """
name: tickets
contract: feedback
time_zone: America/Bogota
file: {format: jsonl}
columns:
  no: {from: /ticket/no, type: id}
  opened: {from: /ticket/opened, type: timestamp, formats: "%m/%d/%Y %H:%M"}
  who: {from: /from/id, type: id}
  score: integer
  says: {trim: false}
events:
  - fields:
      event_id: tickets:$no
      feedback_id: tickets:$no
      kind: rated
      customer_id: $who
      channel: tickets
      rating: $score
      text: $says
      occurred_at: $opened
""",
        encoding="utf-8",
    )
    loaded = crm("load", "jsonl", file, "--mapping", mapping, "--json")
    assert loaded.returncode == 0, loaded.stderr
    caught_up()
    found = query(
        "SELECT sum(responses) AS responses, sum(ratings_1) AS worst, sum(texts) AS texts, uniqExact(event_hour) AS hours, "
        "toString(min(event_hour)) AS first FROM serving.feedback_by_hour WHERE channel = 'tickets'"
    )
    assert found == [{"responses": 3000, "worst": 600, "texts": 1500, "hours": 84, "first": "2025-01-01 15:00:00"}]
