"""Time zones by their names."""

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from crm.errors import UsageError


def zone_of(name: str) -> ZoneInfo:
    """A time zone by its name; raises UsageError."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:  # OSError: the name of a folder, such as America
        raise UsageError(f"{name!r} is no time zone; use a name like America/Sao_Paulo or UTC") from error
