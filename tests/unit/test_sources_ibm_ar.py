import os
from collections import Counter
from datetime import date
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from crm.errors import CrmError, UsageError
from crm.settings import ROOT
from sources import loads
from sources.events import ReceivableEvent, utc_text
from sources.files import Rejects
from sources.loads import SOURCES, Options
from tests.reading import read

DATA = Path(os.environ.get("CRM_DATA", ROOT / ".." / "shared" / "data")) / "ibm_ar"
HEADER = (
    "countryCode,customerID,PaperlessDate,invoiceNumber,InvoiceDate,DueDate,InvoiceAmount,Disputed,SettledDate,"
    "PaperlessBill,DaysToSettle,DaysLate\n"
)
UTC = ZoneInfo("UTC")


def line(
    number: str = "0000611365",
    *,
    due: str = "2/1/2013",
    amount: str = "55.94",
    disputed: str = "No",
    settled: str = "1/15/2013",
) -> str:
    return f"391,0379-NEVHP,4/6/2013,{number},1/2/2013,{due},{amount},{disputed},{settled},Paper,13,0\n"


def events_of(folder: Path, text: str, currency: str = "") -> tuple[list[ReceivableEvent], Rejects]:
    file = folder / "ar.csv"
    file.write_text(HEADER + text, encoding="utf-8")
    rejects = Rejects(folder / "rejects" / "r.csv")
    with rejects:
        return read(SOURCES["ibm-ar"], file, UTC, rejects, currency), rejects


def test_an_invoice_is_invoiced_and_paid_and_keeps_its_zeros(tmp_path: Path) -> None:
    found, rejects = events_of(tmp_path, line())
    assert rejects.count == 0
    assert [
        (e.event_id, e.kind, e.invoice_id, e.due_date, str(e.amount), e.currency, utc_text(e.occurred_at))
        for e in found
    ] == [
        (
            "ibm_ar:0000611365:invoiced",
            "invoiced",
            "0000611365",
            date(2013, 2, 1),
            "55.94",
            "USD",
            "2013-01-02T00:00:00.000Z",
        ),
        ("ibm_ar:0000611365:paid", "paid", "0000611365", None, "55.94", "USD", "2013-01-15T00:00:00.000Z"),
    ]


def test_a_dispute_lasts_while_the_invoice_is_open_and_one_that_is_not_settled_stays_so(tmp_path: Path) -> None:
    found, _ = events_of(tmp_path, line("1", disputed="Yes") + line("2", disputed="Yes", settled=""), "EUR")
    assert [(e.invoice_id, e.kind) for e in found] == [
        ("1", "invoiced"), ("1", "disputed"), ("2", "invoiced"), ("2", "disputed"), ("1", "paid"), ("1", "dispute_resolved"),
    ]  # fmt: skip
    assert {e.currency for e in found} == {"EUR"}


def test_rows_that_cannot_be_loaded_name_the_column(tmp_path: Path) -> None:
    text = (
        line("1", due="31/1/2013") + line("2", amount="much") + line("3", amount="1.005") + line("4", disputed="Perhaps")
        + line("5", amount="-1") + line("", amount="1") + line("6") + line("6")
    )  # fmt: skip
    found, rejects = events_of(tmp_path, text)
    assert [(e.invoice_id, e.kind) for e in found] == [("6", "invoiced"), ("6", "paid")]
    reasons = rejects.path.read_text(encoding="utf-8")
    for reason in (
        "DueDate: in none of the formats %m/%d/%Y: '31/1/2013'", "InvoiceAmount: not a number like 1234.50: 'much'",
        "amount: 1.005 has more than two decimal places", "Disputed: 'Perhaps' is none of the values Yes, No",
        "amount: -1.00 is not between 0 and", "event_id: missing", "event_id: ar.csv line 8 has the same: ibm_ar:6:invoiced",
    ):  # fmt: skip
        assert reason in reasons


def test_a_file_or_a_folder_is_the_same_load_and_another_currency_another(tmp_path: Path) -> None:
    (tmp_path / "ar.csv").write_text(HEADER + line(), encoding="utf-8")
    source = SOURCES["ibm-ar"]
    ids = {loads.identity(source, place, UTC, Options()) for place in (tmp_path, tmp_path / "ar.csv")}
    assert len(ids) == 1
    assert loads.identity(source, tmp_path, UTC, Options(currency="USD")) in ids
    assert loads.identity(source, tmp_path, UTC, Options(currency="EUR")) not in ids


def test_what_cannot_be_loaded_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CrmError, match=r"no \*\.csv files"):
        SOURCES["ibm-ar"].files(tmp_path)
    with pytest.raises(UsageError, match="no such file or directory"):
        loads.load("ibm-ar", tmp_path / "missing.csv")
    with pytest.raises(UsageError, match="no such directory"):
        loads.load("olist", Path(__file__))
    with pytest.raises(UsageError, match="'dollars' is no currency"):
        loads.load("ibm-ar", tmp_path, Options(currency="dollars"))


@pytest.mark.skipif(not DATA.is_dir(), reason=f"real data is not at {DATA} (set CRM_DATA)")
def test_the_figures_of_the_real_file(tmp_path: Path) -> None:
    rejects = Rejects(tmp_path / "rejects.csv")
    with rejects:
        found = read(SOURCES["ibm-ar"], DATA, UTC, rejects)
    assert rejects.count == 0
    assert Counter(e.kind for e in found) == {
        "invoiced": 2_466,
        "paid": 2_466,
        "disputed": 561,
        "dispute_resolved": 561,
    }
    due = {e.invoice_id: e.due_date for e in found if e.kind == "invoiced"}
    paid = {e.invoice_id: date.fromisoformat(utc_text(e.occurred_at)[:10]) for e in found if e.kind == "paid"}
    late = [days for number, day in due.items() if day and (days := (paid[number] - day).days) > 0]
    assert sum((e.amount for e in found if e.kind == "invoiced"), Decimal(0)) == Decimal("147703.18")
    assert (len(late), sum(late)) == (877, 8_489)
    assert len({e.customer_id for e in found}) == 100
