"""What can be set about a simulated stream, and what it consists of."""

from dataclasses import dataclass
from enum import IntEnum

from crm.errors import UsageError
from sources.events import Event

DAY = 86_400.0
SUBJECTS = ("demand", "feedback", "arrears", "customers")
# When something happens, in milliseconds since 1970, and what: most often its occurred_at, but old news are told later.
Timed = tuple[int, Event]


class Label(IntEnum):
    """What a record is, for tests that must know what to expect."""

    VALID = 0
    DUPLICATE = 1
    MALFORMED = 2


@dataclass(frozen=True)
class Simulation:
    """The dials. Shares are of all records.

    `count` records (None: endless) are spread over `days`, by hours and weekdays; with a `rate` (events per second) the
    simulated time runs like the clock instead, evenly, and cancellations and returns follow within minutes.
    `offset` is by how many milliseconds all of it is later than the clock that its hours and weekdays follow (`sources.ending`).
    `late` is the share of events that arrive up to `late_max` seconds (log-uniform, from 1 s) after they occurred;
    `disorder` is by how many seconds any two events can change places.
    `subjects` are what is sent; all follow from the same orders. `business` is the share of the customers who buy on account,
    `rated` and `complained` are shares of the order lines.
    """

    seed: int = 1
    count: int | None = 100_000
    start: int = 1_767_225_600_000  # milliseconds since 1970: 2026-01-01
    offset: int = 0
    days: float = 30.0
    rate: float = 0.0
    customers: int = 20_000
    products: int = 2_000
    anonymous: float = 0.15
    duplicates: float = 0.0
    late: float = 0.0
    late_max: float = 3600.0
    disorder: float = 0.0
    malformed: float = 0.0
    subjects: tuple[str, ...] = ("demand",)
    business: float = 0.12
    rated: float = 0.15
    complained: float = 0.015

    def __post_init__(self) -> None:
        for name in ("anonymous", "duplicates", "late", "malformed", "business", "rated", "complained"):
            if not 0 <= getattr(self, name) <= 1:
                raise UsageError(f"{name}: {getattr(self, name)} is no share; it must be between 0 and 1")
        if self.duplicates + self.malformed > 0.9:
            raise UsageError("duplicates and malformed: together at most 0.9, or too little is left to duplicate")
        for name, least in (
            ("customers", 1),
            ("products", 1),
            ("late_max", 1),
            ("disorder", 0),
            ("rate", 0),
            ("seed", 0),
        ):
            if getattr(self, name) < least:
                raise UsageError(f"{name}: {getattr(self, name)} is less than {least}")
        if self.days <= 0 or (self.count is not None and self.count < 0):
            raise UsageError("days must be above 0 and count at least 0")
        if unknown := [subject for subject in self.subjects if subject not in SUBJECTS]:
            raise UsageError(f"subjects: {', '.join(unknown)}: there are {', '.join(SUBJECTS)}")
        if not self.subjects:
            raise UsageError(f"subjects: none; name some of {', '.join(SUBJECTS)}")
        # Otherwise an endless search for an event that never comes.
        if self.anonymous == 1 and not {"demand", "feedback"} & {*self.subjects}:
            raise UsageError("anonymous: 1 leaves no customer, so there is nothing to send")
        if self.business == 0 and self.subjects == ("arrears",):
            raise UsageError("business: 0 leaves no customer who buys on account, so there is nothing to send")

    @property
    def records_per_second(self) -> float:
        """Records per second of simulated time, in the mean."""
        return self.rate or max(self.count or 100_000, 1) / (self.days * DAY)


@dataclass(frozen=True)
class Block:
    """Consecutive records: topic, key and value for Kafka, and what each is (`Label`)."""

    topics: list[str]
    keys: list[bytes]
    values: list[bytes]
    labels: list[int]

    def first(self, count: int | None) -> "Block":
        """The block up to so many records; None: all of it."""
        return Block(self.topics[:count], self.keys[:count], self.values[:count], self.labels[:count])
