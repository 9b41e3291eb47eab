"""What a mapping may say. The reference of its keys (docs/reference/mapping.md) and the JSON schema are made from here."""

import codecs
import re
from datetime import UTC, datetime
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema, model_validator

# A mapping's scalars are all text (sources.mapping.document); an editor's YAML has numbers and booleans as well.
Text = Annotated[str, WithJsonSchema({"type": ["string", "number", "boolean"]})]
Name = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]
# What a template may name beside the columns.
BUILT_IN = ("file", "line", "checksum", "element")
# Forms of dates that are no strptime format.
ISO, UNIX, UNIX_MS = "iso", "unix", "unix_ms"


def _listed(value: object) -> object:
    return value if isinstance(value, list | tuple) else [value]


def _encoding(name: str) -> str:
    try:
        known = codecs.lookup(name)
    except LookupError:
        raise ValueError(f"{name!r} is no encoding; use a name like utf-8, cp1252, mac_roman or utf-16") from None
    if not known._is_text_encoding:
        raise ValueError(f"{name!r} is no encoding of text; use a name like utf-8, cp1252, mac_roman or utf-16")
    return name


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"{name!r} is no time zone; use a name like America/Sao_Paulo or UTC") from None
    return name


def _regex(text: str) -> str:
    try:
        groups = re.compile(text).groups
    except re.error as error:
        raise ValueError(f"{text!r} is no regular expression: {error}") from None
    if groups != 1:
        raise ValueError(f"{text!r} has {groups} groups; put what is wanted, and only that, into one pair of ( )")
    return text


def _format(text: str) -> str:
    if text in (ISO, UNIX, UNIX_MS):
        return text
    day = datetime(2013, 12, 31, 22, 58, 59, tzinfo=UTC)
    try:
        back = datetime.strptime(day.strftime(text), text)
    except (ValueError, re.error) as error:
        raise ValueError(f"{text!r} is no date format ({error}); use one like %d.%m.%Y %H:%M, or iso") from None
    if back.date() != day.date():
        raise ValueError(f"{text!r} does not say year, month and day, like %d.%m.%Y")
    return text


def _character(text: str) -> str:
    if len(text) > 1:
        raise ValueError(f"{text!r} is more than one character")
    return text


Listed = BeforeValidator(_listed)
Encoding = Annotated[str, AfterValidator(_encoding)]
Zone = Annotated[str, AfterValidator(_zone)]
Regex = Annotated[str, AfterValidator(_regex)]
Formats = Annotated[tuple[Annotated[str, AfterValidator(_format)], ...], Listed]
Character = Annotated[Text, AfterValidator(_character)]
Texts = Annotated[tuple[Text, ...], Listed]
Position = Annotated[Text, Field(pattern=r"^[1-9][0-9]*(-[1-9][0-9]*)?$")]


class Part(BaseModel):
    """A part of a mapping: a key that is not known is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class FileForm(Part):
    """`file`: how the bytes become records."""

    format: Literal["csv", "fixed", "jsonl"] = Field(
        "csv", description="`csv`: values with a separator; `fixed`: columns of fixed width; `jsonl`: a JSON object per line."
    )
    pattern: str = Field("", description="Which files of a folder are meant; `*.csv`, or `*.jsonl`, where not given.")
    encoding: Encoding = Field("utf-8", description="As Python names it: utf-8, cp1252, mac_roman, utf-16 … A byte order mark is no text.")
    line_ends: Literal["any", "lf", "crlf", "cr"] = Field(
        "any", description="What ends a line. `any`: LF, CRLF and CR; state one where texts without quotes contain another."
    )
    skip_lines: int = Field(0, ge=0, description="Lines before the header, or before the first record.")
    header: bool = Field(True, description="csv: whether a line names the columns. Without one, columns have a `position`.")
    separator: Character = Field(",", min_length=1, description='csv: between two values; a tab is `"\\t"`.')
    quote: Character = Field('"', description="csv: around a value that contains separators or line ends; `''`: there is no such sign.")
    escape: Character = Field(
        "", description="csv: stands before a quote within a value; where not given, the quote is written twice."
    )
    each: str = Field(
        "", description="jsonl: JSON Pointer to a list; each element is a row, and `/*` in a path of a column is the element."
    )

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if self.each and self.format != "jsonl":
            raise ValueError("each: is for format jsonl")
        return self


class Column(Part):
    """`columns.<name>`: how one value is read. `name: TYPE` is short for `name: {type: TYPE}`."""

    type: Literal["string", "id", "integer", "number", "date", "timestamp"] = Field(
        "string",
        description="`id`: text in which `17850.0` is `17850`, as programs write ids that they took for numbers. `number`: exact, not binary.",
    )
    from_: Texts = Field(
        (), alias="from", description="The column's name in the header; jsonl: a key, or a JSON Pointer such as `/buyer/id`. "
        "Of several, the first that is not empty. The name itself where not given.",
    )  # fmt: skip
    position: Position | None = Field(
        None, description="In place of `from`: the number of the column, from 1; fixed: first and last character, such as `1-10`."
    )
    product: Texts = Field(
        (), description="In place of `from`: the product of these columns and numbers, such as `[quantity, price]` or `[cents, 0.01]`."
    )
    trim: bool = Field(True, description="Whether white space around the value is dropped.")
    extract: Regex | None = Field(None, description="A regular expression with one group: the part of the text that is meant.")
    nulls: Texts | None = Field(None, description="Texts that mean that there is no value; the mapping's `nulls` where not given.")
    default: Text | None = Field(None, description="What is read, as it would stand in the file, where there is no value.")
    values: dict[Text, Text] = Field(
        {}, description="What each text in the file means, as it would stand in the file. A text that is not listed rejects the row."
    )
    otherwise: Text | None = Field(None, description="With `values`: what a text means that is not listed.")
    decimal: Character | None = Field(None, description="number, integer: the decimal sign; the mapping's `decimal` where not given.")
    thousands: Character | None = Field(None, description="number, integer: the sign between thousands; the mapping's where not given.")
    round: int | None = Field(None, ge=0, le=12, description="number: round to so many places, half to even. More places than the contract has reject the row.")
    formats: Formats = Field(
        (ISO,),
        description="date, timestamp: forms that are tried in turn: `iso`, a strptime format such as `%m/%d/%Y`, "
        "`unix` (seconds) or `unix_ms`.",
    )
    time_zone: Zone | None = Field(None, description="timestamp: whose clock it shows, where the text does not say; the mapping's where not given.")

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if sum(map(bool, (self.from_, self.position, self.product))) > 1:
            raise ValueError("from, position and product exclude each other: keep one")
        if self.otherwise is not None and not self.values:
            raise ValueError("otherwise: needs values, or did you mean default?")
        only = {
            "decimal": ("number", "integer"), "thousands": ("number", "integer"), "round": ("number",),
            "formats": ("date", "timestamp"), "time_zone": ("timestamp",), "product": ("number", "integer"),
        }  # fmt: skip
        for key in self.model_fields_set & only.keys():
            if self.type not in only[key]:
                raise ValueError(f"{key}: is for type {' or '.join(only[key])}, and this column is a {self.type}")
        return self


class Condition(Part):
    """`where.<column>`: what must be so. A text, or a list of them, is short for `is`."""

    is_: Texts | None = Field(None, alias="is", description="One of these values, as they would stand in the file.")
    not_: Texts | None = Field(None, alias="not", description="None of these values; no value is not one of them.")
    empty: bool | None = Field(None, description="Whether there is no value.")
    starts_with: Texts | None = Field(None, description="string, id: one of these beginnings.")
    above: Text | None = Field(None, description="integer, number, date, timestamp: more than this.")
    at_least: Text | None = Field(None, description="This or more.")
    below: Text | None = Field(None, description="Less than this.")
    at_most: Text | None = Field(None, description="This or less.")

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.model_fields_set:
            raise ValueError(f"says nothing; give one of {', '.join(key.rstrip('_') for key in type(self).model_fields)}")
        return self


class CountBy(Part):
    """A number that counts the rows: the n-th event of this kind of event with the same values in these columns, from 1."""

    count_by: Annotated[tuple[Name, ...], Listed] = Field(min_length=1, description="The columns, such as `[invoice]`.")


def _column(value: object) -> object:
    return {"type": value or "string"} if isinstance(value, str) else value


def _condition(value: object) -> object:
    return value if isinstance(value, dict) else {"is": value}


Where = dict[Name, Annotated[Condition, BeforeValidator(_condition)]]


class EventRule(Part):
    """`events`: an event that is made of a row."""

    contract: str = Field("", description="The contract that it obeys; the mapping's `contract` where not given.")
    where: Where = Field({}, description="Of which rows it is made: all that is said must hold. Of all where not given.")
    repeated: Literal["reject", "skip"] = Field(
        "reject", description="What becomes of a row whose event_id has occurred: rejected, or (only this event of it) left out."
    )
    fields: dict[Name, CountBy | Text] = Field(
        {}, description="Field of the contract to value: a column `$name`, a text with columns in it, a constant, or `{count_by: [column]}`."
    )


class Mapping(Part):
    """The keys of the document."""

    name: Name = Field(description="Names the source: in `ops.loads`, and by convention at the beginning of the event ids.")
    description: str = Field("", description="What the file is, for people.")
    contract: str = Field("", description="The contract that the events obey: orders, feedback, receivables or customers.")
    file: FileForm = Field(FileForm(), description="How the bytes become records.")
    time_zone: Zone = Field("UTC", description="Whose clock the file shows. `--time-zone` says another.")
    currency: str = Field(
        "", pattern="^([A-Z]{3})?$", description="ISO 4217 code of amounts of which the file says none: the events' `currency` where no field says it. `--currency` says another.",
    )  # fmt: skip
    clock_changes: Literal["first", "second", "reject"] = Field(
        "first",
        description="What is meant by a time that the clock shows twice, when it is set back: the `first` or `second` moment, or the row is "
        "rejected. A time that it skips, when it is set forward, is as long after the last moment before; with `reject`, rejected.",
    )
    nulls: Texts = Field(("",), description="Texts that mean that there is no value, after trimming.")
    decimal: Character = Field(".", min_length=1, description="The decimal sign of the file's numbers.")
    thousands: Character = Field("", description="The sign between thousands; a space stands for every kind of space.")
    columns: dict[Name, Annotated[Column, BeforeValidator(_column)]] = Field(
        min_length=1, description="Your name of a value to how it is read. Only what the events need."
    )
    where: Where = Field({}, description="Which rows are meant; the others are left out, and counted. All where not given.")
    match: Literal["all", "first"] = Field(
        "all", description="Which of `events` are made of a row: `all` whose `where` holds, or the `first` of them only."
    )
    fields: dict[Name, CountBy | Text] = Field(
        {}, description="Fields that all `events` have, where they say nothing else. `''` is no value."
    )
    events: tuple[EventRule, ...] = Field(min_length=1, description="The events that are made of a row.")
