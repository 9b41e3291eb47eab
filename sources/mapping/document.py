"""Reading a mapping: YAML whose scalars are all text, and errors that name its line."""

from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from crm.errors import UsageError
from sources.mapping.model import Mapping


class MappingError(UsageError):
    """A mapping that cannot be used; each line of the message names file, line and key, and says what to do."""


class Document:
    """A YAML document in which `no` is no boolean, `007` no number and a date no date; it knows where each key stands."""

    def __init__(self, file: Path) -> None:
        self.file = file
        try:
            self.text = file.read_text(encoding="utf-8-sig")
            self._root = yaml.compose(self.text, yaml.BaseLoader)
        except (OSError, UnicodeDecodeError) as error:
            raise MappingError(f"{file}: cannot be read: {error}") from error
        except yaml.MarkedYAMLError as error:
            line = error.problem_mark.line + 1 if error.problem_mark else 1
            raise MappingError(f"{file}:{line}: not YAML: {error.problem}") from error
        if not isinstance(self._root, yaml.MappingNode):
            raise MappingError(f"{file}:1: no mapping: expected are keys such as name, columns and events")
        self.content: dict[str, Any] = self._plain(self._root)

    def _plain(self, node: yaml.Node) -> Any:
        if isinstance(node, yaml.MappingNode):
            found: dict[str, Any] = {}
            for key, value in node.value:
                if key.value in found:
                    raise MappingError(f"{self.file}:{key.start_mark.line + 1}: {key.value}: stated twice: keep one")
                found[key.value] = self._plain(value)
            return found
        if isinstance(node, yaml.SequenceNode):
            return [self._plain(item) for item in node.value]
        return node.value

    def line(self, path: tuple[str | int, ...]) -> int:
        """The line of a key, or of what is nearest above it."""
        node, line = self._root, 1
        for step in path:
            if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
                node = node.value[step]
                line = node.start_mark.line + 1
            elif isinstance(node, yaml.MappingNode):
                # pydantic's path also has the names of alternatives, which are no keys
                found = next(((key, value) for key, value in node.value if key.value == step), None)
                if found:
                    line, node = found[0].start_mark.line + 1, found[1]
        return line

    def error(self, path: tuple[str | int, ...], what: str) -> str:
        """One line of a message: file, line, key, what is wrong."""
        return f"{self.file}:{self.line(path)}: {'.'.join(map(str, path))}: {what}"


def read(file: Path) -> tuple[Document, Mapping]:
    """The mapping that a file states; raises MappingError with a line for each thing that is wrong."""
    document = Document(file)
    try:
        return document, Mapping.model_validate(document.content)
    except ValidationError as error:
        raise MappingError("\n".join(dict.fromkeys(_said(document, each) for each in error.errors()))) from None


def _said(document: Document, error: Any) -> str:
    path = tuple(step for step in error["loc"] if step not in ("CountBy", "str", "[key]"))
    what = error["msg"].removeprefix("Value error, ")
    match error["type"]:
        case "extra_forbidden":
            what = "no such key; docs/reference/mapping.md lists them"
        case "missing":
            what = "missing"
        case "string_type" if isinstance(error["input"], dict):
            what = "a text was expected; a value that begins with { or [ needs quotes, and a column is written $name"
    return document.error(path, what)
