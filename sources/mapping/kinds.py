"""The kinds of text that a mapping's keys take."""

import codecs
import re
from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from crm.errors import UsageError
from sources.zones import zone_of

# A mapping's scalars are all text (sources.mapping.document); an editor's YAML has numbers and booleans as well.
Text = Annotated[str, WithJsonSchema({"type": ["string", "number", "boolean"]})]
Name = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]
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
        return zone_of(name).key
    except UsageError as error:
        raise ValueError(str(error)) from None


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
