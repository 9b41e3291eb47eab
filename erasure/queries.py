"""SQL of `erasure/sql/`, filled in as `batch_layer.queries` does."""

from pathlib import Path
from typing import Any

import jinja2

from batch_layer.queries import identifier

_FILES = jinja2.Environment(
    loader=jinja2.FileSystemLoader(Path(__file__).parent / "sql"),
    undefined=jinja2.StrictUndefined,
    autoescape=False,
    trim_blocks=True,
)
_FILES.filters["identifier"] = identifier


def query(file: str, **names: Any) -> str:
    """The text of one file with its names filled in; a name that is missing is an error."""
    return _FILES.get_template(file).render(names)
