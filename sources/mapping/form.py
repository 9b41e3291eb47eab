"""`file`: what a mapping may say of the bytes of a file."""

from typing import Literal, Self

from pydantic import Field, model_validator

from sources.mapping.kinds import Character, Encoding, Part


class FileForm(Part):
    """`file`: how the bytes become records."""

    format: Literal["csv", "fixed", "jsonl"] = Field(
        default="csv",
        description="`csv`: values with a separator; `fixed`: columns of fixed width; `jsonl`: a JSON object per line.",
    )
    pattern: str = Field(
        default="", description="Which files of a folder are meant; `*.csv`, or `*.jsonl`, where not given."
    )
    encoding: Encoding = Field(
        default="utf-8",
        description="As Python names it: utf-8, cp1252, mac_roman, utf-16 … A byte order mark is no text.",
    )
    line_ends: Literal["any", "lf", "crlf", "cr"] = Field(
        default="any",
        description="What ends a line. `any`: LF, CRLF and CR; state one where texts without quotes contain another, which is then text.",
    )
    skip_lines: int = Field(default=0, ge=0, description="Lines before the header, or before the first record.")
    header: bool = Field(
        default=True, description="csv: whether a line names the columns. Without one, columns have a `position`."
    )
    separator: Character = Field(default=",", min_length=1, description='csv: between two values; a tab is `"\\t"`.')
    quote: Character = Field(
        default='"',
        description="csv: around a value that contains separators or line ends; `''`: there is no such sign.",
    )
    escape: Character = Field(
        default="",
        description="csv: stands before a quote within a value; where not given, the quote is written twice.",
    )
    each: str = Field(
        default="",
        description="jsonl: JSON Pointer to a list; each element is a row, and `/*` in a path of a column is the element.",
    )

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if self.each and self.format != "jsonl":
            raise ValueError("each: is for format jsonl")
        return self
