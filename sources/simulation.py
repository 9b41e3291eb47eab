"""What can be set about a simulated stream, and what it consists of."""

from dataclasses import dataclass
from enum import IntEnum

from crm.errors import UsageError

DAY = 86_400.0


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
    `late` is the share of events that arrive up to `late_max` seconds (log-uniform, from 1 s) after they occurred;
    `disorder` is by how many seconds any two events can change places.
    """

    seed: int = 1
    count: int | None = 100_000
    start: int = 1_767_225_600_000  # milliseconds since 1970: 2026-01-01
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

    def __post_init__(self) -> None:
        for name in ("anonymous", "duplicates", "late", "malformed"):
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

    @property
    def records_per_second(self) -> float:
        """Records per second of simulated time, in the mean."""
        return self.rate or max(self.count or 100_000, 1) / (self.days * DAY)


@dataclass(frozen=True)
class Block:
    """Consecutive records: key and value for Kafka, and what each is (`Label`)."""

    keys: list[bytes]
    values: list[bytes]
    labels: list[int]
