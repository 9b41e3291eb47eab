"""The days of arrears: calendar days where the business is, as the views have them, and the instants that they end at."""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import yaml

from crm.settings import ROOT
from dashboard.questions import REFRESH_SECONDS

PROJECT = ROOT / "dbt_project" / "dbt_project.yml"
DAY, MILLISECOND = timedelta(days=1), timedelta(milliseconds=1)


@lru_cache(maxsize=1)
def zone() -> ZoneInfo:
    """Where the business is: the zone that the views are made with."""
    variables = yaml.safe_load(PROJECT.read_text(encoding="utf-8"))["vars"]
    return ZoneInfo(variables["arrears_time_zone"])


def today(now: datetime) -> date:
    """The day that has not ended."""
    return now.astimezone(zone()).date()


def end_of(day: date, now: datetime) -> str:
    """The last millisecond of a day, in UTC as the views take it; of today, `now`: what is dated later has not happened.

    Now is that of the page's refresh, so that pages that are open at the same time share their answers.
    """
    if day >= today(now):
        end = now.astimezone(UTC).replace(microsecond=0) - timedelta(seconds=now.second % REFRESH_SECONDS)
    else:
        end = datetime.combine(day + DAY, time(), zone()).astimezone(UTC) - MILLISECOND
    return f"{end:%Y-%m-%d %H:%M:%S}.{end.microsecond // 1000:03d}"
