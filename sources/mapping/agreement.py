"""Whether a mapping agrees with its contracts and with itself: what pydantic cannot see in one key alone."""

from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from zoneinfo import ZoneInfo

from crm.contracts import Column as Field
from crm.contracts import contracts
from crm.rules import KIND
from sources.events import EVENT_TYPES
from sources.mapping import conditions, values
from sources.mapping.columns import nulls_of, read_text
from sources.mapping.document import Document, MappingError
from sources.mapping.model import BUILT_IN, Column, CountBy, EventRule, Mapping
from sources.mapping.templates import Reference, parse
from sources.validity import column_check

Said = tuple[tuple[str | int, ...], str]
# How many places before and after the point a constant of a product may have: amounts have 16 and 2.
PLACES = 18
# Which types of a column a field of a contract takes as they are; a string takes every one.
FITS = {"integer": ("integer",), "number": ("number", "integer"), "date": ("date",), "timestamp": ("timestamp",)}


def require(document: Document, mapping: Mapping) -> None:
    """Raise MappingError with a line for each thing that does not agree."""
    said: list[Said] = [*_columns(mapping), *_where(mapping, ("where",), mapping)]
    for number, rule in enumerate(mapping.events):
        said += [*_where(mapping, ("events", number, "where"), rule), *_rule(mapping, number, rule)]
    if said:
        raise MappingError("\n".join(dict.fromkeys(document.error(path, what) for path, what in said)))


def fields_of(mapping: Mapping, rule: EventRule) -> dict[str, CountBy | str]:
    """What an event's fields are, those of all events among them; a field that is stated as '' has no value."""
    found = {**mapping.fields, **rule.fields}
    return {name: value for name, value in found.items() if value != ""}


def contract_of(mapping: Mapping, rule: EventRule) -> str:
    """The name of the contract that an event obeys."""
    return rule.contract or mapping.contract


def _columns(mapping: Mapping) -> Iterator[Said]:
    for name, column in mapping.columns.items():
        path = ("columns", name)
        if name in BUILT_IN:
            yield path, f"${name} is what the platform says of a row: choose another name"
        for item in column.product:
            if item in mapping.columns:
                if mapping.columns[item].type not in ("number", "integer") or mapping.columns[item].product:
                    yield (
                        (*path, "product"),
                        f"{item} is no column of type number or integer that is read from the file",
                    )
            elif not _is_number(item):
                yield (*path, "product"), f"{item!r} is neither a column nor a number"
            elif abs(Decimal(item).adjusted()) > PLACES:
                yield (*path, "product"), f"{item!r} is more than an amount can be multiplied with"
        yield from _signs(mapping, path, column)
        if not column.product:
            yield from _place(mapping, path, column)
            yield from _texts(mapping, name, column)


def _signs(mapping: Mapping, path: tuple[str | int, ...], column: Column) -> Iterator[Said]:
    """One sign for two things would make 12.5 of `12.500`; said where the sign of the column is stated, or its mapping's."""
    decimal, thousands = values.signs(column, mapping)
    spaces = decimal in values.SPACES and thousands in values.SPACES
    if column.type in ("number", "integer") and thousands and (thousands == decimal or spaces):
        own = [key for key in ("thousands", "decimal") if getattr(column, key) is not None]
        where = (*path, own[0]) if own else ("thousands",)
        yield where, f"{thousands!r} would be both decimal sign and sign between thousands: state two that differ"


def _place(mapping: Mapping, path: tuple[str | int, ...], column: Column) -> Iterator[Said]:
    """Where in the file a column is, must be said as the file's format needs it."""
    form = mapping.file
    has_names = form.format == "jsonl" or (form.format == "csv" and form.header)
    if form.format == "jsonl" and column.position:
        yield (*path, "position"), "JSON has no positions: say from"
    if form.format == "fixed" and not column.position:
        yield path, "a column of fixed width needs a position, such as 1-10"
    if form.format == "csv" and not form.header and not column.position:
        yield path, "the file has no header: say the column's position"
    if form.format == "csv" and column.position and "-" in column.position:
        yield (*path, "position"), "the number of one column, from 1"
    if not has_names and column.from_:
        yield (*path, "from"), "nothing in the file has names: say the position"


def _texts(mapping: Mapping, name: str, column: Column) -> Iterator[Said]:
    """What the mapping itself gives in place of a text of the file must be one that can be read."""
    read = read_text(column, mapping, ZoneInfo(mapping.time_zone))
    plain = values.reader(column, mapping, ZoneInfo(mapping.time_zone))
    nulls = nulls_of(column, mapping)
    given: list[tuple[tuple[str, ...], str | None, values.Read]] = [
        (("default",), column.default, read),
        (("otherwise",), column.otherwise, plain),
    ]
    given += [(("values", key), meaning, plain) for key, meaning in column.values.items()]
    for path, text, reads in given:
        if text is not None and text not in nulls:
            try:
                reads(text)
            except ValueError as error:
                yield ("columns", name, *path), str(error)


def _where(mapping: Mapping, path: tuple[str | int, ...], part: Mapping | EventRule) -> Iterator[Said]:
    for name, condition in part.where.items():
        column = mapping.columns.get(name)
        if column is None:
            yield (*path, name), f"there is no column {name} in columns"
            continue
        if condition.starts_with is not None and column.type not in ("string", "id"):
            yield (*path, name), f"starts_with is for string and id, and {name} is a {column.type}"
        try:
            conditions.compiled(
                {name: condition}, {name: 0}, {name: read_text(column, mapping, ZoneInfo(mapping.time_zone))}
            )
        except ValueError as error:
            yield (*path, name), str(error)


def _rule(mapping: Mapping, number: int, rule: EventRule) -> Iterator[Said]:
    name, path = contract_of(mapping, rule), ("events", number)
    if name not in EVENT_TYPES:
        wrong = f"{name!r} is no contract that is fed" if name else "missing"
        yield (*path, "contract") if rule.contract else ("contract",), f"{wrong}: choose among {', '.join(EVENT_TYPES)}"
        return
    contract = contracts()[name]
    stated = fields_of(mapping, rule)
    # A kind that is taken from the file is known event by event only.
    kind = str(stated.get(KIND, ""))
    columns = {column.name: column.of_kind(kind) for column in contract.columns}
    for field, value in stated.items():
        where = (*path, "fields", field) if field in rule.fields else ("fields", field)
        if field not in columns:
            yield where, f"{name} has no such field; it has {', '.join(columns)}"
        elif isinstance(value, CountBy):
            for item in value.count_by:
                if item not in mapping.columns:
                    yield where, f"count_by: there is no column {item} in columns"
            if columns[field].logical_type != "integer":
                yield where, "count_by gives a whole number, and this field is none"
        else:
            yield from ((where, why) for why in _value(mapping, columns[field], value))
    given = stated.keys() | ({"currency"} if mapping.currency else set())
    for column in columns.values():
        if column.required and column.name not in given:
            yield (*path, "fields"), f"{column.name} is missing: {column.description}"


def _value(mapping: Mapping, field: Field, text: str) -> Iterator[str]:
    try:
        parts = parse(text)
    except ValueError as error:
        yield str(error)
        return
    names = [part.name for part in parts if isinstance(part, Reference)]
    if unknown := [name for name in names if name not in mapping.columns and name not in BUILT_IN]:
        have = ", ".join([*mapping.columns, *BUILT_IN])
        yield f"there is no column {', '.join(unknown)} in columns; there are {have}"
        return
    if "element" in names and not mapping.file.each:
        yield "$element is the number of an element of file.each, which is not given"
    kind = field.logical_type
    if not names:
        try:
            fixed = constant(kind, "".join(map(str, parts)), mapping)
        except ValueError as error:
            yield str(error)
        else:
            if why := column_check(field)(fixed):
                yield why
    elif kind == "string":
        return
    elif len(parts) > 1:
        yield f"a text with columns in it is no {kind}"
    else:
        have = mapping.columns[names[0]].type if names[0] in mapping.columns else "integer"
        if have not in FITS[kind]:
            yield f"the contract wants a {kind}, and column {names[0]} is a {have}: say type: {kind}"


def constant(kind: str, text: str, mapping: Mapping) -> object:
    """What a constant means for a field of a type; raises ValueError. Dates and times are ISO 8601, decimals have a point."""
    if kind == "string":
        return text
    plain = mapping.model_copy(update={"decimal": ".", "thousands": ""})
    value = values.reader(Column.model_validate({"type": kind}), plain, ZoneInfo(mapping.time_zone))(text)
    return values.money(value) if kind == "number" else value


def _is_number(text: str) -> bool:
    try:
        return Decimal(text).is_finite()
    except InvalidOperation:
        return False
