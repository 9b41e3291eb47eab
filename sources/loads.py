"""Loading real files: events in the order of their time, recorded, resumed where it was interrupted.

The order of a load's events is fixed: by time, then as they come from the files. So a position in it says what is
done. It is recorded as events are acknowledged; what was sent beyond the last recorded position is sent again by a
resume, and the platform drops it by its event id.
"""

import hashlib
import re
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from crm.contracts import contracts
from crm.errors import CrmError, UsageError
from crm.settings import settings
from sources import ibm_ar, olist, online_retail
from sources.events import Encoder, Event, moment, utc_text
from sources.files import Rejects, Row
from sources.ledger import Ledger, LoadState
from sources.producer import Producer
from sources.progress import Progress, shown
from sources.stopping import stoppable
from sources.summary import summarise, totals
from sources.validity import Validity

# How much a kill can make a resume send again, in seconds of producing.
RECORD_SECONDS = 2.0


@dataclass(frozen=True)
class Source:
    """A kind of files that can be loaded. To add one, add a module with `files` and `events` and a line to SOURCES.

    `currency` is for files that name none: what is meant without a word, and `events` takes what the user says.
    """

    name: str
    time_zone: str
    files: Callable[[Path], list[Path]]
    events: Callable[..., Iterator[tuple[Row, Any]]]
    currency: str = ""
    takes_file: bool = False


SOURCES = {
    source.name: source
    for source in (
        Source("olist", "America/Sao_Paulo", olist.files, olist.events),
        Source("online-retail", "Europe/London", online_retail.files, online_retail.events),
        Source("ibm-ar", "UTC", ibm_ar.files, ibm_ar.events, currency=ibm_ar.CURRENCY, takes_file=True),
    )
}


@dataclass(frozen=True)
class Options:
    """How to load. Speed does not change what is loaded; the others do, and make another load of it."""

    time_zone: str = ""
    currency: str = ""
    shift_to_now: bool = False
    limit: int | None = None
    speed: float = 0.0
    again: bool = False


DEFAULT = Options()


def load(
    name: str,
    directory: Path,
    options: Options = DEFAULT,
    *,
    progress: Progress | None = None,
    ledger: Ledger | None = None,
) -> dict[str, Any]:
    """Load the files of `directory` (or, of some sources, a single file) as source `name` into Kafka, beginning where the same load was interrupted.

    A load that has finished is not repeated, unless `options.again`. Returns a Summary as a dictionary; its state is
    `running` where Ctrl-C or SIGTERM stopped it. Raises CrmError for files that are not the source's, NotReadyError
    where Kafka or ClickHouse is missing.
    """
    source, directory = SOURCES[name], directory.resolve()
    _require(source, directory, options)
    zone = _zone(options.time_zone or source.time_zone)
    load_id = identity(source, directory, zone, options)
    ledger = ledger or Ledger()
    rejects = Rejects(settings().var / "rejects" / f"{load_id}.csv")
    found = ledger.newest(load_id, source.name, str(directory))
    if found and found.state == "finished" and not options.again:
        return asdict(summarise(found, rejects, produced=0, resumed_from=found.position))
    with shown(progress) as show:
        show("reading", 0, 0)
        with rejects:
            events = read(source, directory, zone, rejects, options.currency)[: options.limit]
        now = datetime.now(UTC)
        state = LoadState(load_id, source.name, str(directory), "running", 0, len(events), rejects.count, now, now)
        # A newer version of this program may make other events of the same files, in which a position means nothing.
        if found and found.state != "finished" and found.events == len(events):
            state = replace(state, position=found.position, started_at=found.started_at)
        # The moment of the first start, so that a resume shifts by as much.
        shift = moment(state.started_at) - events[-1].occurred_at if options.shift_to_now and events else 0
        started, resumed_from = time.monotonic(), state.position
        state = _produce(ledger, state, events, shift, speed=options.speed, progress=show)
    summary = summarise(state, rejects, produced=state.position - resumed_from, resumed_from=resumed_from)
    summary.seconds = round(time.monotonic() - started, 3)
    summary.totals = totals(events)
    if events:
        summary.first_occurred_at, summary.last_occurred_at = (
            utc_text(events[at].occurred_at + shift) for at in (0, -1)
        )
    return asdict(summary)


def _require(source: Source, place: Path, options: Options) -> None:
    if not place.is_dir() and not (source.takes_file and place.is_file()):
        raise UsageError(f"{place}: no such {'file or ' if source.takes_file else ''}directory")
    if options.currency and not re.fullmatch("[A-Z]{3}", options.currency):
        raise UsageError(f"{options.currency!r} is no currency; use a code of ISO 4217 like EUR")


def read(source: Source, directory: Path, zone: ZoneInfo, rejects: Rejects, currency: str = "") -> list[Any]:
    """The valid events of a directory by time; events of the same moment as they come from the files."""
    rules = {name: Validity(contract) for name, contract in contracts().items()}
    events = []
    unnamed = {"currency": currency or source.currency} if source.currency else {}
    for row, event in source.events(directory, zone, rejects, **unnamed):
        if reason := rules[event.CONTRACT].reason_of(event):
            rejects.add(row, reason)
        else:
            events.append(event)
    events.sort(key=lambda event: event.occurred_at)
    return events


def identity(source: Source, directory: Path, zone: ZoneInfo, options: Options) -> str:
    """What makes a load the same load: the source, its files' names and bytes, and the options that change its events.

    Raises CrmError where a file is missing.
    """
    digest = hashlib.sha256(f"{source.name}\0{zone.key}\0{options.shift_to_now}\0{options.limit}\0".encode())
    if source.currency:
        digest.update(f"{options.currency or source.currency}\0".encode())
    for file in source.files(directory):
        try:
            with file.open("rb") as handle:
                content = hashlib.file_digest(handle, "sha256").hexdigest()
        except OSError as error:
            raise CrmError(
                f"{file}: {error.strerror}; it is one of the files that {source.name} consists of"
            ) from error
        digest.update(f"{file.name}\0{content}\0".encode())
    return f"{source.name}-{digest.hexdigest()[:16]}"


def _produce(
    ledger: Ledger, state: LoadState, events: Sequence[Event], shift: int, *, speed: float, progress: Progress
) -> LoadState:
    kinds = {type(event) for event in events}
    encode = {kind: Encoder(contracts()[kind.CONTRACT], kind) for kind in kinds}
    state = ledger.record(state)
    begin, recorded_at = state.position, time.monotonic()
    pace = _Pace(events[begin].occurred_at, speed) if speed and begin < len(events) else None

    def record(name: str) -> LoadState:
        return ledger.record(replace(state, state=name, position=begin + producer.acknowledged))  # type: ignore[arg-type]

    with stoppable() as stop, Producer() as producer:
        try:
            for number in range(begin, len(events)):
                event = events[number]
                if pace and (wait := pace.due_in(event.occurred_at)) > 0:
                    producer.flush()
                    progress("producing", begin + producer.acknowledged, len(events))
                    stop.wait(wait)
                if number % 500 == 0 or pace:
                    progress("producing", begin + producer.acknowledged, len(events))
                    if time.monotonic() - recorded_at >= RECORD_SECONDS:
                        state, recorded_at = record("running"), time.monotonic()
                if stop.is_set():
                    break
                producer.send(*encode[type(event)](event, shift), topic=contracts()[event.CONTRACT].topic)
            producer.flush()
        except CrmError:
            # What was acknowledged before the error is worth keeping; the error itself goes on to the user.
            ledger.record(replace(state, state="failed"))
            raise
        progress("producing", begin + producer.acknowledged, len(events))
        return record("running" if begin + producer.acknowledged < len(events) else "finished")


class _Pace:
    """When an event is due, if event time runs `speed` times as fast as the clock from the first event on."""

    def __init__(self, first: int, speed: float) -> None:
        self._first, self._speed, self._begun = first, speed, time.monotonic()

    def due_in(self, occurred_at: int) -> float:
        """Seconds until the event is due; negative where it is late."""
        return self._begun + (occurred_at - self._first) / 1000 / self._speed - time.monotonic()


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise UsageError(f"{name!r} is no time zone; use a name like America/Sao_Paulo or UTC") from error
