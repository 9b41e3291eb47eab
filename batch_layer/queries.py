"""SQL of `batch_layer/sql/`. Names of tables and columns are filled in; values are bound by the caller as `{name:Type}`."""

import re
from functools import lru_cache
from pathlib import Path
from typing import Any

import jinja2

SQL = Path(__file__).parent / "sql"


@lru_cache(maxsize=1)
def _environment() -> jinja2.Environment:
    # {{ }} and {% %} are Jinja's; {name:Type}, with single braces, stays as it is for ClickHouse.
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(SQL), undefined=jinja2.StrictUndefined, autoescape=False, trim_blocks=True
    )
    environment.filters["identifier"] = identifier
    return environment


def identifier(name: str) -> str:
    """`name` in backticks; raises ValueError for anything but letters, digits and underscores."""
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", str(name)):
        raise ValueError(f"not a name: {name!r}")
    return f"`{name}`"


def query(file: str, **names: Any) -> str:
    """The text of one file with its names filled in; a name that is missing is an error."""
    return _environment().get_template(file).render(names)
