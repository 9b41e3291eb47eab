"""What a mapping may say. The reference of its keys (docs/reference/mapping.md) and the JSON schema are made from here."""

from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from sources.mapping.form import FileForm
from sources.mapping.kinds import ISO, Character, Formats, Listed, Name, Part, Position, Regex, Text, Texts, Zone

# What a template may name beside the columns.
BUILT_IN = ("file", "line", "checksum", "element")


class Column(Part):
    """`columns.<name>`: how one value is read. `name: TYPE` is short for `name: {type: TYPE}`."""

    type: Literal["string", "id", "integer", "number", "date", "timestamp"] = Field(
        default="string",
        description="`id`: text in which `17850.0` is `17850`, as programs write ids that they took for numbers. `number`: exact, not binary.",
    )
    from_: Texts = Field(
        default=(), alias="from", description="The column's name in the header; jsonl: a key, or a JSON Pointer such as `/buyer/id`. "
        "Of several, the first that is not empty. The name itself where not given.",
    )  # fmt: skip
    position: Position | None = Field(
        default=None,
        description="In place of `from`: the number of the column, from 1; fixed: first and last character, such as `1-10`.",
    )
    product: Texts = Field(
        default=(),
        description="In place of `from`: the product of these columns and numbers, such as `[quantity, price]` or `[cents, 0.01]`.",
    )
    trim: bool = Field(default=True, description="Whether white space around the value is dropped.")
    extract: Regex | None = Field(
        default=None, description="A regular expression with one group: the part of the text that is meant."
    )
    nulls: Texts | None = Field(
        default=None, description="Texts that mean that there is no value; the mapping's `nulls` where not given."
    )
    default: Text | None = Field(
        default=None, description="What is read, as it would stand in the file, where there is no value."
    )
    values: dict[Text, Text] = Field(
        default={},
        description="What each text in the file means, as it would stand in the file. A text that is not listed rejects the row.",
    )
    otherwise: Text | None = Field(default=None, description="With `values`: what a text means that is not listed.")
    decimal: Annotated[Character, Field(min_length=1)] | None = Field(
        default=None, description="number, integer: the decimal sign; the mapping's `decimal` where not given."
    )
    thousands: Character | None = Field(
        default=None, description="number, integer: the sign between thousands; the mapping's where not given."
    )
    round: int | None = Field(
        default=None,
        ge=0,
        le=12,
        description="number: round to so many places, half to even. More places than the contract has reject the row.",
    )
    formats: Formats = Field(
        default=(ISO,),
        description="date, timestamp: forms that are tried in turn: `iso`, a strptime format such as `%m/%d/%Y`, "
        "`unix` (seconds) or `unix_ms`.",
    )
    time_zone: Zone | None = Field(
        default=None,
        description="timestamp: whose clock it shows, where the text does not say; the mapping's where not given.",
    )

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

    is_: Texts | None = Field(
        default=None, alias="is", description="One of these values, as they would stand in the file."
    )
    not_: Texts | None = Field(
        default=None, alias="not", description="None of these values; no value is not one of them."
    )
    empty: bool | None = Field(default=None, description="Whether there is no value.")
    starts_with: Texts | None = Field(default=None, description="string, id: one of these beginnings.")
    above: Text | None = Field(default=None, description="integer, number, date, timestamp: more than this.")
    at_least: Text | None = Field(default=None, description="This or more.")
    below: Text | None = Field(default=None, description="Less than this.")
    at_most: Text | None = Field(default=None, description="This or less.")

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.model_fields_set:
            raise ValueError(
                f"says nothing; give one of {', '.join(key.rstrip('_') for key in type(self).model_fields)}"
            )
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

    contract: str = Field(
        default="", description="The contract that it obeys; the mapping's `contract` where not given."
    )
    where: Where = Field(
        default={}, description="Of which rows it is made: all that is said must hold. Of all where not given."
    )
    repeated: Literal["reject", "skip"] = Field(
        default="reject",
        description="What becomes of a row whose event_id has occurred: rejected, or (only this event of it) left out.",
    )
    fields: dict[Name, CountBy | Text] = Field(
        default={},
        description="Field of the contract to value: a column `$name`, a text with columns in it, a constant, or `{count_by: [column]}`.",
    )


class Mapping(Part):
    """The keys of the document."""

    name: Name = Field(
        description="Names the source: in `ops.loads`, and by convention at the beginning of the event ids."
    )
    description: str = Field(default="", description="What the file is, for people.")
    contract: str = Field(
        default="", description="The contract that the events obey: orders, feedback, receivables or customers."
    )
    file: FileForm = Field(default=FileForm(), description="How the bytes become records.")
    time_zone: Zone = Field(default="UTC", description="Whose clock the file shows. `--time-zone` says another.")
    currency: str = Field(
        default="",
        pattern="^([A-Z]{3})?$",
        description="Of amounts that name none (ISO 4217): `currency` of events that do not say it. `--currency` says "
        "another.",
    )
    clock_changes: Literal["first", "second", "reject"] = Field(
        default="first",
        description="What is meant by a time that the clock shows twice, when it is set back: the `first` or `second` moment, or the row is "
        "rejected. A time that it skips, when it is set forward, is as long after the last moment before; with `reject`, rejected.",
    )
    nulls: Texts = Field(default=("",), description="Texts that mean that there is no value, after trimming.")
    decimal: Character = Field(default=".", min_length=1, description="The decimal sign of the file's numbers.")
    thousands: Character = Field(
        default="", description="The sign between thousands; a space stands for every kind of space."
    )
    columns: dict[Name, Annotated[Column, BeforeValidator(_column)]] = Field(
        min_length=1, description="Your name of a value to how it is read. Only what the events need."
    )
    where: Where = Field(
        default={}, description="Which rows are meant; the others are left out, and counted. All where not given."
    )
    match: Literal["all", "first"] = Field(
        default="all",
        description="Which of `events` are made of a row: `all` whose `where` holds, or the `first` of them only.",
    )
    fields: dict[Name, CountBy | Text] = Field(
        default={}, description="Fields that all `events` have, where they say nothing else. `''` is no value."
    )
    events: tuple[EventRule, ...] = Field(min_length=1, description="The events that are made of a row.")
