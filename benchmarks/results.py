"""What a benchmark found: figures with their targets, the result file, and its table in Markdown."""

import json
import math
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any


def percentile(values: Iterable[float], share: float) -> float:
    """The least value that `share` (0 to 1) of the values do not exceed: nearest rank, so always one measured."""
    ordered = sorted(values)
    if not ordered:
        raise ValueError("no values, so no percentile")
    return ordered[max(math.ceil(share * len(ordered)), 1) - 1]


@dataclass(frozen=True)
class Figure:
    """One measured quantity: a value for each run, the median of which counts.

    `at_least` says on which side of the target it must lie. Without a target it only informs. Targets are stated for sizes of
    scale 1: what was measured on less says nothing of them.
    """

    name: str
    unit: str
    values: tuple[float, ...]
    target: float | None = None
    at_least: bool = False

    @property
    def value(self) -> float:
        """The median of the runs."""
        return statistics.median(self.values)

    def met(self, scale: float = 1.0) -> bool | None:
        """Whether the target is reached; None where there is none, or where the sizes were below those that it is stated for."""
        if self.target is None or scale < 1:
            return None
        return self.value >= self.target if self.at_least else self.value <= self.target

    def to_json(self, scale: float = 1.0) -> dict[str, Any]:
        """The figure, measured at a scale, as JSON values."""
        return asdict(self) | {"value": self.value, "met": self.met(scale)}


@dataclass
class Row:
    """One row of the table: its figures, and whatever each run recorded beside them."""

    name: str
    title: str
    figures: list[Figure] = field(default_factory=list)
    runs: list[dict[str, Any]] = field(default_factory=list)

    def to_json(self, scale: float = 1.0) -> dict[str, Any]:
        """The row, measured at a scale, as JSON values."""
        return {
            "name": self.name,
            "title": self.title,
            "figures": [figure.to_json(scale) for figure in self.figures],
            "runs": self.runs,
        }


def write(file: Path, circumstances: dict[str, Any], rows: Sequence[Row], order: Sequence[str]) -> dict[str, Any]:
    """Put rows into the result file in one step, each with the circumstances of its measurement; return the content.

    Rows measured earlier stay, so that each can be measured by itself; `order` is that of the names in the file.
    """
    found = json.loads(file.read_text(encoding="utf-8"))["rows"] if file.exists() else []
    known = {row["name"]: row for row in found} | {
        row.name: row.to_json(circumstances["scale"]) | circumstances for row in rows
    }
    content = {"rows": [known[name] for name in order if name in known]}
    file.parent.mkdir(parents=True, exist_ok=True)
    partial = file.with_suffix(".partial")
    partial.write_text(json.dumps(content, indent=1, default=str), encoding="utf-8")
    partial.replace(file)
    return content


def number(value: float | None) -> str:
    """Three significant digits, thousands grouped; whole from 100 on."""
    if value is None:
        return ""
    if value == 0 or abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.{max(2 - math.floor(math.log10(abs(value))), 0)}f}"


def goal(figure: dict[str, Any]) -> str:
    """The target with its side, such as `≥ 80,000`; empty where there is none."""
    if figure["target"] is None:
        return ""
    return f"{'≥' if figure['at_least'] else '≤'} {number(figure['target'])}"


def spread(figure: dict[str, Any]) -> str:
    """The least and the greatest of the runs; empty where there was one run."""
    values = figure["values"]
    return f"{number(min(values))} to {number(max(values))}" if len(values) > 1 else ""


def verdict(figure: dict[str, Any]) -> str:
    """Whether the target is met, in a word; empty where there is no verdict."""
    return {True: "met", False: "missed", None: ""}[figure["met"]]


def markdown(content: dict[str, Any]) -> str:
    """The table of a result file, with the circumstances below it."""
    lines = ["| row | figure | measured | runs | target | |", "|---|---|---:|---|---:|---|"]
    notes: dict[str, list[str]] = {}
    for row in content["rows"]:
        notes.setdefault(_circumstances(row), []).append(f"`{row['name']}`")
        for figure in row["figures"]:
            measured = f"{number(figure['value'])} {figure['unit']}".strip()
            cells = (f"`{row['name']}`", figure["name"], measured, spread(figure), goal(figure), verdict(figure))
            lines.append("| " + " | ".join(cells) + " |")
    return "\n".join([*lines, *(f"\n{', '.join(names)}: {note}" for note, names in notes.items())])


def _circumstances(row: dict[str, Any]) -> str:
    machine = row["machine"]
    load = ", ".join(f"{value:.2f}" for value in machine["load_average"])
    versions = ", ".join(f"{name} {version}" for name, version in machine["versions"].items())
    return (
        f"{row['at']}, `{row['command']}`, median of {row['runs_each']}, revision {machine['revision']}. "
        f"{machine['cores']} cores ({machine['model']}), {machine['memory_gib']:.1f} GiB; load average before: {load}. "
        f"{versions}."
    )
