"""JSON Pointers (RFC 6901), and `/*` for the current element of the list that a mapping goes through."""

from collections.abc import Callable
from typing import Any


def steps(pointer: str) -> list[str]:
    """The keys of a pointer."""
    return [step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:]]


def resolve(value: Any, pointer: str) -> Any:
    """What a pointer leads to; None where there is nothing."""
    return _follow(value, steps(pointer))


def _follow(value: Any, keys: list[str]) -> Any:
    for key in keys:
        if isinstance(value, dict):
            value = value.get(key)
        elif isinstance(value, list) and key.isdecimal() and int(key) < len(value):
            value = value[int(key)]
        else:
            return None
    return value


def reader(path: str, each: str) -> Callable[[tuple[dict[str, Any], Any]], Any]:
    """A function that takes (object, element) and returns what `path` leads to: a key, a pointer, or one through an element."""
    if not path.startswith("/"):
        return lambda pair: pair[0].get(path)
    if each and (path + "/").startswith(f"{each}/*/"):
        keys = steps(path.removeprefix(f"{each}/*"))
        return lambda pair: _follow(pair[1], keys)
    keys = steps(path)
    return lambda pair: _follow(pair[0], keys)
