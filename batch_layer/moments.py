"""Moments as ClickHouse gives them: datetimes without a zone, in UTC."""

from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1)
MINUTE = timedelta(minutes=1)


def utcnow() -> datetime:
    """Now, in UTC without a zone."""
    return datetime.now(UTC).replace(tzinfo=None)


def floor_minute(moment: datetime) -> datetime:
    """The minute that `moment` lies in."""
    return moment.replace(second=0, microsecond=0)


def milliseconds(moment: datetime) -> int:
    """Kafka's timestamp of a moment: milliseconds since 1970."""
    return (moment - EPOCH) // timedelta(milliseconds=1)


def from_milliseconds(timestamp: int) -> datetime:
    """The moment of a Kafka timestamp."""
    return EPOCH + timedelta(milliseconds=timestamp)


def aware(moment: datetime) -> datetime:
    """The moment with its zone: clickhouse-connect inserts one without as local time."""
    return moment.replace(tzinfo=UTC)


def parse(moment: str) -> datetime:
    """The moment that `text` wrote."""
    return datetime.strptime(moment, "%Y-%m-%d %H:%M:%S")


def text(moment: datetime) -> str:
    """`YYYY-MM-DD hh:mm:ss`, as dbt's variables and messages have it."""
    return moment.strftime("%Y-%m-%d %H:%M:%S")
