"""The pieces of Markdown that the pages share."""

from collections.abc import Iterable, Sequence

GENERATED = "<!-- Made by `make reference` from {sources}. Change those, not this page. -->"


def page(title: str, sources: str, *parts: str) -> str:
    """A page: its title, what it is made from, its parts with an empty line between them."""
    return "\n\n".join([f"# {title}", GENERATED.format(sources=sources), *(part.strip("\n") for part in parts)]) + "\n"


def cell(value: object) -> str:
    """A value on one line of a table; `|` would end the cell."""
    return " ".join(str(value).split()).replace("|", "\\|")


def code(value: object) -> str:
    """A value in backticks; nothing where there is none."""
    return f"`{value}`" if value not in (None, "") else ""


def table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A table, without the columns that are empty in every row."""
    filled = [[cell(value) for value in row] for row in rows]
    kept = [index for index in range(len(header)) if not filled or any(row[index] for row in filled)]
    lines = [list(header), ["---"] * len(header), *filled]
    return "\n".join("| " + " | ".join(line[index] for index in kept) + " |" for line in lines)
