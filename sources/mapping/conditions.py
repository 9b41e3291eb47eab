"""`where` as a function of a row's values. Numbers and times are compared as such, not as the texts that stand in the file."""

from collections.abc import Callable, Sequence
from operator import ge, gt, le, lt
from typing import Any

from sources.mapping.model import Condition
from sources.mapping.values import Read

Holds = Callable[[Sequence[Any]], bool]
COMPARISONS = {"above": gt, "at_least": ge, "below": lt, "at_most": le}


def compiled(where: dict[str, Condition], index: dict[str, int], reads: dict[str, Read]) -> Holds | None:
    """Whether all conditions hold; None where there are none. Raises ValueError, `column: why`, for a value that cannot be read."""
    tests: list[Holds] = []
    for name, condition in where.items():
        try:
            tests += _tests(condition, index[name], reads[name])
        except ValueError as error:
            raise ValueError(f"{name}: {error}") from None
    if not tests:
        return None
    if len(tests) == 1:
        return tests[0]
    return lambda row: all(test(row) for test in tests)


def _tests(condition: Condition, at: int, read: Read) -> list[Holds]:
    found: list[Holds] = []
    if condition.is_ is not None:
        found.append(_among(at, frozenset(map(read, condition.is_))))
    if condition.not_ is not None:
        among = _among(at, frozenset(map(read, condition.not_)))
        found.append(lambda row: not among(row))
    if condition.empty is not None:
        wanted = condition.empty
        found.append(lambda row: (row[at] is None) is wanted)
    if condition.starts_with is not None:
        beginnings = condition.starts_with
        found.append(lambda row: row[at] is not None and row[at].startswith(beginnings))
    found += [
        _compared(at, holds, read(text))
        for key, holds in COMPARISONS.items()
        if (text := getattr(condition, key)) is not None
    ]
    return found


def _among(at: int, allowed: frozenset[Any]) -> Holds:
    return lambda row: row[at] in allowed


def _compared(at: int, holds: Callable[[Any, Any], bool], bound: Any) -> Holds:
    return lambda row: row[at] is not None and holds(row[at], bound)
