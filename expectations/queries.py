"""The SQL of expectations: each file selects the rows that must not exist.

Great Expectations takes a query as text, so a run's figures are filled in, not bound: names, whole numbers and moments only.
"""

from datetime import datetime
from pathlib import Path
from typing import Any

import jinja2

from crm.quoting import literal

SQL = Path(__file__).parent / "sql"
SHOWN = 10  # rows that a failure shows


def _literal(value: str | int | datetime) -> str:
    if isinstance(value, datetime):
        return f"toDateTime('{value:%Y-%m-%d %H:%M:%S}', 'UTC')"
    if isinstance(value, int):
        return str(value)
    return literal(value)


def _moment(value: datetime) -> str:
    """For columns to the millisecond: against a DateTime, ClickHouse's index loses the last second (decision 14)."""
    return f"toDateTime64('{value:%Y-%m-%d %H:%M:%S}', 3, 'UTC')"


def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(SQL), undefined=jinja2.StrictUndefined, autoescape=False, trim_blocks=True
    )
    environment.filters |= {"literal": _literal, "moment": _moment}
    environment.globals["shown"] = SHOWN
    return environment


def unexpected(file: str, **values: Any) -> str:
    """The text of one file, ready for Great Expectations. In it `batch` stands for the rows under test."""
    return _environment().get_template(file).render(batch="{batch}", **values)


def has(file: str) -> bool:
    """Whether there is such a file."""
    return (SQL / file).exists()
