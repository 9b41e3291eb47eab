import signal
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Self

import orjson
import pytest
from typer.testing import CliRunner

from crm.cli.main import app
from crm.errors import CrmError, UsageError
from crm.settings import settings
from sources import loads
from sources.ledger import LoadState
from sources.loads import Options
from sources.producer import DeliveryError

HEADER = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"
LINES = 1_200


class Ledger:
    """`ops.loads` in memory."""

    def __init__(self) -> None:
        self.states: list[LoadState] = []

    def newest(self, load_id: str, _source: str, _location: str) -> LoadState | None:
        return next((state for state in reversed(self.states) if state.load_id == load_id), None)

    def record(self, state: LoadState) -> LoadState:
        self.states.append(replace(state, updated_at=datetime.now(UTC)))
        return self.states[-1]


class Kafka:
    """A producer that keeps what it is sent, fails after `fails_after` records, and is stopped by Ctrl-C after `stops_after`."""

    records: list[tuple[bytes, bytes]]
    fails_after: int | None
    stops_after: int | None

    def __init__(self) -> None:
        self.acknowledged = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def send(self, key: bytes, value: bytes, topic: str) -> None:
        assert topic in ("orders", "receivables")
        if self.fails_after is not None and len(type(self).records) >= self.fails_after:
            raise DeliveryError("gone")
        type(self).records.append((key, value))
        self.acknowledged += 1
        if len(type(self).records) == self.stops_after:
            signal.raise_signal(signal.SIGINT)

    def flush(self) -> None:
        pass


@pytest.fixture
def kafka(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[type[Kafka]]:
    Kafka.records, Kafka.fails_after, Kafka.stops_after = [], None, None
    monkeypatch.setattr(loads, "Producer", Kafka)
    monkeypatch.setattr(loads, "RECORD_SECONDS", 0.0)
    monkeypatch.setattr(settings(), "var", tmp_path / "var")
    yield Kafka


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "retail"
    made.mkdir()
    text = "".join(
        f"{number},85123A,LAMP,1,2011-06-{1 + number % 28:02d} 08:{number % 60:02d}:00,2.55,,UK\n"
        for number in range(LINES)
    )
    (made / "all.csv").write_text(HEADER + text + "1,85123A,LAMP,many,2011-06-01 08:26:00,2.55,,UK\n", encoding="utf-8")
    return made


def load(folder: Path, ledger: Ledger, **options: Any) -> dict[str, Any]:
    return loads.load("online-retail", folder, Options(**options), progress=lambda *_: None, ledger=ledger)  # type: ignore[arg-type]


def sent(kafka: type[Kafka], field: str) -> list[str]:
    return [orjson.loads(value)[field] for _, value in kafka.records]


def test_a_load_sends_everything_in_the_order_of_time(kafka: type[Kafka], folder: Path) -> None:
    summary = load(folder, Ledger())
    times = sent(kafka, "occurred_at")
    assert len(times) == LINES == summary["produced"] == summary["events"]
    assert times == sorted(times)
    assert summary["state"] == "finished"
    assert summary["rejected_rows"] == 1
    assert "many" in Path(summary["rejects_file"]).read_text(encoding="utf-8")
    assert summary["totals"] == [
        {"contract": "orders", "kind": "placed", "currency": "GBP", "events": LINES, "amount": f"{LINES * 2.55:.2f}"}
    ]


def test_a_finished_load_is_not_sent_again_unless_asked(kafka: type[Kafka], folder: Path) -> None:
    ledger = Ledger()
    load(folder, ledger)
    assert load(folder, ledger)["produced"] == 0
    assert len(kafka.records) == LINES
    assert load(folder, ledger, again=True)["produced"] == LINES
    ids = sent(kafka, "event_id")
    assert ids[:LINES] == ids[LINES:]


@pytest.mark.parametrize("shift", [False, True])
def test_an_interrupted_load_goes_on_where_it_was_recorded(kafka: type[Kafka], folder: Path, shift: bool) -> None:
    ledger = Ledger()
    kafka.fails_after = 700
    with pytest.raises(DeliveryError):
        load(folder, ledger, shift_to_now=shift)
    assert (ledger.states[-1].state, ledger.states[-1].position) == ("failed", 500)
    kafka.fails_after = None
    summary = load(folder, ledger, shift_to_now=shift)
    assert (summary["state"], summary["resumed_from"], summary["produced"]) == ("finished", 500, LINES - 500)
    # What was sent beyond the recorded position was sent twice, with the same bytes.
    assert kafka.records[500:700] == kafka.records[700:900]
    assert len(set(sent(kafka, "event_id"))) == LINES


def test_a_load_that_is_stopped_keeps_its_place_and_goes_on(kafka: type[Kafka], folder: Path) -> None:
    ledger = Ledger()
    kafka.stops_after = 700
    summary = load(folder, ledger)
    assert (summary["state"], summary["produced"], summary["events"]) == ("running", 700, LINES)
    assert (ledger.states[-1].state, ledger.states[-1].position) == ("running", 700)
    summary = load(folder, ledger)
    assert (summary["state"], summary["resumed_from"], summary["produced"]) == ("finished", 700, LINES - 700)
    assert len(set(sent(kafka, "event_id"))) == len(kafka.records) == LINES


def test_the_command_says_that_it_was_stopped(
    kafka: type[Kafka], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = Ledger()
    monkeypatch.setattr(loads, "Ledger", lambda: ledger)
    kafka.stops_after = 700
    done = CliRunner().invoke(app, ["load", "online-retail", str(folder)])
    assert done.exit_code == 130
    assert "Run the same command again" in done.output
    assert CliRunner().invoke(app, ["load", "online-retail", str(folder)]).exit_code == 0
    assert len(kafka.records) == LINES


def test_a_position_in_other_events_means_nothing(kafka: type[Kafka], folder: Path) -> None:
    ledger = Ledger()
    kafka.fails_after = 700
    with pytest.raises(DeliveryError):
        load(folder, ledger)
    ledger.states[-1] = replace(ledger.states[-1], events=LINES - 1)
    kafka.fails_after = None
    assert load(folder, ledger)["resumed_from"] == 0


def test_shifted_to_now_the_last_event_is_now_and_distances_stay(kafka: type[Kafka], folder: Path) -> None:
    load(folder, Ledger())
    plain = [datetime.fromisoformat(text) for text in sent(kafka, "occurred_at")]
    kafka.records.clear()
    load(folder, Ledger(), shift_to_now=True)
    shifted = [datetime.fromisoformat(text) for text in sent(kafka, "occurred_at")]
    assert abs((datetime.now(UTC) - shifted[-1]).total_seconds()) < 60
    assert {later - earlier for earlier, later in zip(plain, shifted, strict=True)} == {shifted[0] - plain[0]}


def test_a_placeholder_for_a_date_is_not_made_now(kafka: type[Kafka], folder: Path) -> None:
    """It would take all others before 1970, where they are sent and count nothing."""
    with (folder / "all.csv").open("a", encoding="utf-8") as handle:
        handle.write("9999,85123A,LAMP,1,12/31/2099 00:00,2.55,,UK\n")
    ledger = Ledger()
    with pytest.raises(UsageError, match=r"all\.csv:1203.* is of 2099-12-31T00:00:00\.000Z.*without --shift-to-now"):
        load(folder, ledger, shift_to_now=True)
    assert ledger.states == kafka.records == []
    assert load(folder, ledger)["events"] == LINES + 1
    # The first events only, without the one that is in the way.
    assert load(folder, ledger, shift_to_now=True, limit=LINES)["state"] == "finished"


def receivables(folder: Path, *rows: str) -> Path:
    made = folder / "ar"
    made.mkdir()
    header = (
        "countryCode,customerID,PaperlessDate,invoiceNumber,InvoiceDate,DueDate,InvoiceAmount,Disputed,SettledDate,"
    )
    text = "\n".join([header + "PaperlessBill,DaysToSettle,DaysLate", *rows])
    (made / "ar.csv").write_text(text, encoding="utf-8")
    return made


def test_what_has_due_dates_is_shifted_by_whole_days(kafka: type[Kafka], tmp_path: Path) -> None:
    """A payment on the day on which it was due stays one in time."""
    place = receivables(tmp_path, "391,c,1/1/2013,007,1/2/2013,2/1/2013,55.94,No,2/1/2013,Paper,30,0")
    summary = loads.load("ibm-ar", place, Options(shift_to_now=True), progress=lambda *_: None, ledger=Ledger())  # type: ignore[arg-type]
    invoiced, paid = (orjson.loads(value) for _, value in kafka.records)
    assert (invoiced["occurred_at"][10:], paid["occurred_at"][10:]) == ("T00:00:00.000Z", "T00:00:00.000Z")
    assert invoiced["due_date"] == paid["occurred_at"][:10]
    now = datetime.now(UTC)
    assert now - timedelta(days=1, minutes=1) < datetime.fromisoformat(summary["last_occurred_at"]) <= now


def test_a_due_date_is_not_shifted_beyond_its_contract(kafka: type[Kafka], tmp_path: Path) -> None:
    place = receivables(
        tmp_path,
        "391,c,1/1/2013,006,1/2/2013,2/1/2013,55.94,No,2/1/2013,Paper,30,0",
        "391,c,1/1/2013,007,1/2/2013,12/31/2199,55.94,No,2/1/2013,Paper,30,0",
    )
    with pytest.raises(UsageError, match=r"due_date of ibm_ar:007:invoiced from 2199-12-31 to 22"):
        loads.load("ibm-ar", place, Options(shift_to_now=True), progress=lambda *_: None, ledger=Ledger())  # type: ignore[arg-type]
    assert kafka.records == []


def test_files_of_which_no_event_is_made_are_no_success(kafka: type[Kafka], tmp_path: Path) -> None:
    ledger = Ledger()
    file = tmp_path / "day.csv"
    file.write_text(HEADER, encoding="utf-8")
    with pytest.raises(CrmError, match=r"no event is made of it, so nothing was sent\. It has no rows"):
        load(tmp_path, ledger)
    file.write_text(HEADER + "1,85123A,LAMP,many,2011-06-01 08:26:00,2.55,,UK\n", encoding="utf-8")
    with pytest.raises(CrmError, match=r"1 rows could not be loaded: .*\.csv"):
        load(tmp_path, ledger)
    assert ledger.states == kafka.records == []


def test_speed_paces_the_events(kafka: type[Kafka], folder: Path) -> None:
    span = 27 * 86_400
    summary = load(folder, Ledger(), speed=span / 1.0)
    assert 0.9 < summary["seconds"] < 20
    assert len(kafka.records) == LINES


def test_what_makes_a_load_the_same(kafka: type[Kafka], folder: Path) -> None:
    ledger = Ledger()
    plain = load(folder, ledger)["load_id"]
    assert load(folder, ledger, speed=1e9)["load_id"] == plain
    others = {
        load(folder, ledger, **options)["load_id"]
        for options in ({"limit": 5}, {"shift_to_now": True}, {"time_zone": "UTC"})
    }
    with (folder / "all.csv").open("a", encoding="utf-8") as handle:
        handle.write("9999,85123A,LAMP,1,2011-06-30 08:00:00,2.55,,UK\n")
    others.add(load(folder, ledger)["load_id"])
    (folder / "all.csv").rename(folder / "every.csv")  # the name is part of the ids of its events
    others.add(load(folder, ledger)["load_id"])
    assert len(others - {plain}) == 5


def test_wrong_requests_are_refused(kafka: type[Kafka], folder: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no time zone"):
        load(folder, Ledger(), time_zone="Mars/Olympus")
    with pytest.raises(CrmError, match="absent"):
        load(tmp_path / "absent", Ledger())
    assert kafka.records == []
