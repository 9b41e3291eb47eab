"""Loading real files: events in the order of their time, recorded, resumed where it was interrupted.

The order of a load's events is fixed: by time, then as they come from the files. So a position in it says what is
done. It is recorded as events are acknowledged; what was sent beyond the last recorded position is sent again by a
resume, and the platform drops it by its event id.
"""

import hashlib
import itertools
import re
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from crm.contracts import contracts
from crm.errors import CrmError, UsageError
from crm.settings import settings
from sources import olist, online_retail
from sources.events import Event, encoders, utc_text
from sources.files import Rejects
from sources.ledger import Ledger, LoadState
from sources.mapping import source as mapping
from sources.ordering import Ordered
from sources.pace import Pace
from sources.producer import Producer
from sources.progress import Progress, shown
from sources.shifting import shift_to
from sources.source import Source
from sources.stopping import stoppable
from sources.summary import nothing, summarise, totals
from sources.validity import Validity
from sources.zones import zone_of

# How much a kill can make a resume send again, in seconds of producing.
RECORD_SECONDS = 2.0
MAPPINGS = Path(__file__).with_name("mappings")


SOURCES = {
    source.name: source
    for source in (
        Source("olist", "America/Sao_Paulo", olist.files, olist.events),
        Source("online-retail", "Europe/London", online_retail.files, online_retail.events, checks=True),
        # Without a version, so that a load of it is the same one as when it was a module.
        mapping.source(mapping.read(MAPPINGS / "ibm_ar.yaml"), "ibm-ar", version=""),
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
    name: str | Source,
    directory: Path,
    options: Options = DEFAULT,
    *,
    progress: Progress | None = None,
    ledger: Ledger | None = None,
) -> dict[str, Any]:
    """Load the files of `directory` (or, of some sources, a single file) into Kafka, beginning where the same load was interrupted.

    `name` is one of SOURCES, or a source itself, as a mapping gives one.

    A load that has finished is not repeated, unless `options.again`. Returns a Summary as a dictionary; its state is
    `running` where Ctrl-C or SIGTERM stopped it. Raises CrmError for files that are not the source's or have no event,
    UsageError where a shift would take an event beyond its contract, NotReadyError where Kafka or ClickHouse is missing.
    """
    source, directory = SOURCES[name] if isinstance(name, str) else name, directory.resolve()
    _require(source, directory, options)
    zone = zone_of(options.time_zone or source.time_zone)
    load_id = identity(source, directory, zone, options)
    ledger = ledger or Ledger()
    rejects = Rejects(settings().var / "rejects" / f"{load_id}.csv")
    found = ledger.newest(load_id, source.name, str(directory))
    if found and found.state == "finished" and not options.again:
        return asdict(summarise(found, rejects, produced=0, resumed_from=found.position))
    with shown(progress) as show:
        show("reading", 0, 0)
        with rejects:
            events = read(source, directory, zone, rejects, options.currency, limit=options.limit, progress=show)
        with events:
            ends = events.ends()
            if ends is None:
                raise CrmError(nothing(directory, rejects))
            now = datetime.now(UTC)
            state = LoadState(load_id, source.name, str(directory), "running", 0, len(events), rejects.count, now, now)
            # A newer version of this program may make other events of the same files, in which a position means nothing.
            if found and found.state != "finished" and found.events == len(events):
                state = replace(state, position=found.position, started_at=found.started_at)
            # The moment of the first start, so that a resume shifts by as much.
            shift = shift_to(state.started_at, events) if options.shift_to_now else 0
            started, resumed_from = time.monotonic(), state.position
            state = _produce(ledger, state, events, shift, speed=options.speed, progress=show)
            of_all = totals(events)
    summary = summarise(state, rejects, produced=state.position - resumed_from, resumed_from=resumed_from)
    summary.seconds = round(time.monotonic() - started, 3)
    summary.totals = of_all
    summary.first_occurred_at, summary.last_occurred_at = (utc_text(end + shift) for end in ends)
    return asdict(summary)


def _require(source: Source, place: Path, options: Options) -> None:
    if not place.is_dir() and not (source.takes_file and place.is_file()):
        raise UsageError(f"{place}: no such {'file or ' if source.takes_file else ''}directory")
    if options.currency and not source.currency:
        raise UsageError(f"{source.name}: its amounts have currencies of their own, which --currency does not change")
    if options.currency and not re.fullmatch("[A-Z]{3}", options.currency):
        raise UsageError(f"{options.currency!r} is no currency; use a code of ISO 4217 like EUR")


def read(
    source: Source,
    directory: Path,
    zone: ZoneInfo,
    rejects: Rejects,
    currency: str = "",
    *,
    limit: int | None = None,
    progress: Progress = lambda *_: None,
) -> Ordered:
    """The valid events of a directory by time; events of the same moment as they come from the files."""
    valid = _valid(source, directory, zone, rejects, currency, progress)
    return Ordered(valid, limit=limit, folder=settings().var / "loads")


def _valid(
    source: Source, directory: Path, zone: ZoneInfo, rejects: Rejects, currency: str, progress: Progress
) -> Iterator[Event]:
    rules = {name: Validity(contract) for name, contract in contracts().items()}
    unnamed = {"currency": currency or source.currency} if source.currency else {}
    for number, (row, event) in enumerate(source.events(directory, zone, rejects, **unnamed)):
        if number % 5_000 == 0:
            progress("reading", number, 0)
        if not source.checks and (reason := rules[event.CONTRACT].reason_of(event)):
            rejects.add(row, reason)
        else:
            yield event


def identity(source: Source, directory: Path, zone: ZoneInfo, options: Options) -> str:
    """What makes a load the same load: the source, its files' names and bytes, and the options that change its events.

    Raises CrmError where a file is missing.
    """
    digest = hashlib.sha256(f"{source.name}\0{zone.key}\0{options.shift_to_now}\0{options.limit}\0".encode())
    if source.currency:
        digest.update(f"{options.currency or source.currency}\0".encode())
    if source.version:
        digest.update(f"{source.version}\0".encode())
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
    ledger: Ledger, state: LoadState, events: Ordered, shift: int, *, speed: float, progress: Progress
) -> LoadState:
    encode = encoders()
    state = ledger.record(state)
    begin, recorded_at = state.position, time.monotonic()
    pace: Pace | None = None

    def record(name: str) -> LoadState:
        return ledger.record(replace(state, state=name, position=begin + producer.acknowledged))  # type: ignore[arg-type]

    with stoppable() as stop, Producer() as producer:
        try:
            for number, event in enumerate(itertools.islice(events, begin, None), begin):
                if speed and pace is None:
                    pace = Pace(event.occurred_at, speed)
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
