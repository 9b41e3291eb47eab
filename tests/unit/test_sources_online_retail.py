import os
from collections import defaultdict
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from crm.errors import CrmError
from crm.settings import ROOT
from sources import online_retail
from sources.events import OrderEvent, utc_text
from sources.files import Rejects
from sources.loads import SOURCES
from tests.reading import read

DATA = Path(os.environ.get("CRM_DATA", ROOT / ".." / "shared" / "data")) / "online_retail_by_day"
HEADER = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"
LONDON = ZoneInfo("Europe/London")


def events_of(folder: Path, text: str, name: str = "2011-06-01.csv") -> tuple[list[OrderEvent], Rejects]:
    (folder / name).write_text(HEADER + text, encoding="utf-8")
    rejects = Rejects(folder / "rejects" / "r.csv")
    with rejects:
        return read(SOURCES["online-retail"], folder, LONDON, rejects), rejects


def test_kinds_numbers_ids_and_times(tmp_path: Path) -> None:
    found, rejects = events_of(
        tmp_path,
        "1,85123A,LAMP,6,2011-06-01 08:26:00,2.55,17850.0,United Kingdom\n"
        "1,POST,POSTAGE,1,2011-06-01 08:26:00,18.0,17850,United Kingdom\n"
        "2,22,GIFT,2,2011-06-01 08:27:00,0.0,,United Kingdom\n"
        "C3,85123A,LAMP,-1,2011-06-01 08:28:00,2.55,17850.0,United Kingdom\n"
        "4,22,lost,-3,2011-06-01 08:29:00,1.0,,United Kingdom\n"
        "A5,B,Adjust bad debt,1,2011-06-01 08:30:00,-11062.06,,United Kingdom\n"
        "C6,22,odd,1,2011-06-01 08:31:00,2.0,,United Kingdom\n",
    )
    assert rejects.count == 0
    assert [(e.kind, e.order_id, e.line_no, e.customer_id, e.quantity, str(e.amount)) for e in found] == [
        ("placed", "1", 1, "17850", 6, "15.30"),
        ("placed", "1", 2, "17850", 1, "18.00"),
        ("adjusted", "2", 1, None, 2, "0.00"),
        ("cancelled", "C3", 1, "17850", 1, "2.55"),
        ("adjusted", "4", 1, None, -3, "-3.00"),
        ("adjusted", "A5", 1, None, 1, "-11062.06"),
        ("adjusted", "C6", 1, None, 1, "2.00"),
    ]
    assert [e.category for e in found] == [None, "not a product", None, None, None, "not a product", None]
    assert utc_text(found[0].occurred_at) == "2011-06-01T07:26:00.000Z"


def test_equal_lines_are_different_events_and_the_same_file_gives_the_same_ids(tmp_path: Path) -> None:
    text = "1,85123A,LAMP,6,2011-06-01 08:26:00,2.55,17850.0,United Kingdom\n" * 2
    first, _ = events_of(tmp_path, text)
    again, _ = events_of(tmp_path, text)
    assert len({event.event_id for event in first}) == 2
    assert [event.event_id for event in again] == [event.event_id for event in first]


def test_another_file_of_the_same_name_gives_other_ids(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    first, _ = events_of(tmp_path, "1,85123A,LAMP,6,2011-06-01 08:26:00,2.55,17850.0,United Kingdom\n")
    other, _ = events_of(tmp_path / "other", "9,85123A,LAMP,6,2011-06-01 08:26:00,2.55,17850.0,United Kingdom\n")
    assert first[0].event_id != other[0].event_id


def test_the_date_form_of_the_single_file_and_fractions_of_a_penny(tmp_path: Path) -> None:
    found, rejects = events_of(tmp_path, "1,PADS,PADS,1,6/1/2011 8:26,0.001,,UK\n", "OnlineRetail.csv")
    assert utc_text(found[0].occurred_at) == "2011-06-01T07:26:00.000Z"
    assert (found[0].kind, found[0].amount) == ("placed", 0)
    assert any("0.001" in note for note in rejects.notes)


def test_rows_that_cannot_be_loaded_name_the_field(tmp_path: Path) -> None:
    found, rejects = events_of(
        tmp_path,
        "1,22,a,six,2011-06-01 08:26:00,2.55,,UK\n"
        "1,22,a,6,yesterday,2.55,,UK\n"
        "1,22,a,6,2011-06-01 08:26:00,dear,,UK\n"
        ",22,a,6,2011-06-01 08:26:00,2.55,,UK\n"
        "1,22,a,6,1911-06-01 08:26:00,2.55,,UK\n",
    )
    assert (found, rejects.count) == ([], 5)
    text = rejects.path.read_text(encoding="utf-8")
    assert "six" in text and "yesterday" in text and "order_id: " in text and "occurred_at: " in text


def test_a_line_that_is_rejected_takes_no_number(tmp_path: Path) -> None:
    """The line with the number 1 counts its order."""
    found, rejects = events_of(
        tmp_path,
        "1,22,a,99999999999,2011-06-01 08:26:00,0.01,,UK\n"
        "1,22,a,6,2011-06-01 08:26:00,2.55,,UK\n"
        "1,22,a,7,2011-06-01 08:26:00,2.55,,UK\n",
    )
    assert rejects.count == 1
    assert "quantity: " in rejects.path.read_text(encoding="utf-8")
    assert [(event.line_no, event.quantity, event.event_id.split(":")[2]) for event in found] == [
        (1, 6, "3"),
        (2, 7, "4"),
    ]


def test_one_cell_rejects_its_row_only(tmp_path: Path) -> None:
    found, rejects = events_of(
        tmp_path,
        "1,22,a,6,2011-06-01 08:26:00,1e1000000,,UK\n"
        "1,22,a,1_0,2011-06-01 08:26:00,2.55,,UK\n"
        "1,22,a,6,2011-06-01 08:26:00,2_5,,UK\n"
        "1,22,a,6,2011-06-01 08:26:00,2.55,,UK\n",
    )
    assert [event.line_no for event in found] == [1]
    assert rejects.count == 3


def test_no_customer_has_several_spellings(tmp_path: Path) -> None:
    spellings = ["", " ", "nan", "NaN", "NULL", "null", "17850.0", "Nanette"]
    lines = "".join(f"1,22,a,6,2011-06-01 08:26:00,2.55,{spelling},UK\n" for spelling in spellings)
    found, _ = events_of(tmp_path, lines)
    assert [event.customer_id for event in found] == [None] * 6 + ["17850", "Nanette"]


def test_a_folder_without_files_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CrmError, match="no CSV files"):
        list(online_retail.events(tmp_path, LONDON, Rejects(tmp_path / "r.csv")))


@pytest.mark.skipif(not DATA.is_dir(), reason=f"real data is not at {DATA} (set CRM_DATA)")
def test_the_figures_of_the_real_files(tmp_path: Path) -> None:
    rejects = Rejects(tmp_path / "rejects.csv")
    with rejects:
        found = read(SOURCES["online-retail"], DATA, LONDON, rejects)
    lines: defaultdict[str, int] = defaultdict(int)
    money: defaultdict[str, Decimal] = defaultdict(Decimal)
    of_customer = in_november = Decimal(0)
    first_lines: set[str] = set()
    highest: defaultdict[str, int] = defaultdict(int)
    placed: defaultdict[str, int] = defaultdict(int)
    for event in found:
        lines[event.kind] += 1
        money[event.kind] += event.amount
        net = -event.amount if event.kind == "cancelled" else event.amount
        of_customer += net if event.customer_id == "14646" else 0
        in_november += net if utc_text(event.occurred_at).startswith("2011-11") else 0
        if event.kind == "placed":
            placed[event.order_id] += 1
            highest[event.order_id] = max(highest[event.order_id], event.line_no)
            first_lines |= {event.order_id} if event.line_no == 1 else set()
    assert rejects.count == 0
    assert lines == {"placed": 530_104, "cancelled": 9_288, "adjusted": 2_517}
    assert money["placed"] == Decimal("10666684.54")
    assert money["cancelled"] == Decimal("896812.49")
    assert money["placed"] - money["cancelled"] + money["adjusted"] == Decimal("9747747.93")
    assert in_november == Decimal("1461756.25")
    assert of_customer == Decimal("279489.02")
    assert sum(event.customer_id is None for event in found) == 135_080
    assert len({event.event_id for event in found}) == 541_909
    assert highest == placed and first_lines == set(placed)
