"""The page of the keys of a mapping, from its pydantic models."""

from collections.abc import Iterator
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from reference import markdown
from sources.mapping.form import FileForm
from sources.mapping.model import BUILT_IN, Column, Condition, CountBy, EventRule, Mapping

# Heading to model, in the order in which a mapping is written.
PARTS: dict[str, type[BaseModel]] = {
    "The document": Mapping,
    "`file`": FileForm,
    "`columns.<name>`": Column,
    "`where.<column>`": Condition,
    "`events`": EventRule,
    "`{count_by: …}`": CountBy,
}
LEGEND = (
    "[docs/mappings.md](../mappings.md) teaches them. All values are text to the letter: `no` is no boolean, `007` no number. "
    "A list of one may be written without brackets. `crm mapping schema` prints the same as a JSON schema."
)


def page() -> str:
    """A table for each part of a mapping: its keys, what they may be, what they are where not given."""
    tables = [part for heading, model in PARTS.items() for part in (f"## {heading}", _said(model), _table(model))]
    names = ", ".join(f"`${name}`" for name in BUILT_IN)
    built_in = (
        f"## What a text may name beside the columns\n\n{names}: the file's name, the line where the record begins (the first is 1), "
        "a checksum (CRC-32) of the record, and with `file.each` the number of the element, from 1."
    )
    return markdown.page(
        "Keys of a mapping", "`sources/mapping/model.py`, `sources/mapping/form.py`", LEGEND, *tables, built_in
    )


def _said(model: type[BaseModel]) -> str:
    return " ".join((model.__doc__ or "").split())


def _table(model: type[BaseModel]) -> str:
    return markdown.table(("key", "values", "default", "meaning"), _rows(model))


def _rows(model: type[BaseModel]) -> Iterator[tuple[str, str, str, str]]:
    for name, field in model.model_fields.items():
        key = markdown.code(field.alias or name)
        yield key, _choices(field), _default(field), field.description or ""


def _choices(field: FieldInfo) -> str:
    if get_origin(field.annotation) is Literal:
        return ", ".join(markdown.code(choice) for choice in get_args(field.annotation))
    return "`true`, `false`" if field.annotation in (bool, bool | None) else ""


def _default(field: FieldInfo) -> str:
    default: Any = field.default
    if field.is_required():
        return "required"
    if isinstance(default, tuple):
        return ", ".join(markdown.code(item or "''") for item in default)
    return (
        markdown.code(str(default).lower() if isinstance(default, bool) else default)
        if isinstance(default, str | int)
        else ""
    )
