"""The texts of an event's fields: `$column` and `${column}` stand for a column's value, `$$` for a dollar sign."""

import re
from typing import NamedTuple

TOKEN = re.compile(r"\$(?:(?P<dollar>\$)|(?P<name>[A-Za-z_]\w*)|\{(?P<braced>[A-Za-z_]\w*)\}|(?P<wrong>))")


class Reference(NamedTuple):
    """A column within a text."""

    name: str


def parse(text: str) -> list[str | Reference]:
    """The constant and the variable parts of a text; raises ValueError for a dollar sign that is neither."""
    parts: list[str | Reference] = []
    end = 0
    for found in TOKEN.finditer(text):
        if found["wrong"] is not None:
            raise ValueError(f"{text!r}: a $ stands before the name of a column; $$ is a dollar sign")
        parts += [text[end : found.start()], "$" if found["dollar"] else Reference(found["name"] or found["braced"])]
        end = found.end()
    joined: list[str | Reference] = []
    for part in [*parts, text[end:]]:
        if isinstance(part, str) and joined and isinstance(joined[-1], str):
            joined[-1] += part
        elif part:
            joined.append(part)
    return joined


def references(text: str) -> set[str]:
    """The names of the columns in a text."""
    return {part.name for part in parse(text) if isinstance(part, Reference)}
