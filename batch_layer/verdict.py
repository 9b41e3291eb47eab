"""What a check found: kept in ops.checks, told, and raised where it must stop a publication."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from batch_layer.errors import ExpectationError
from batch_layer.moments import aware
from crm import clickhouse
from crm.settings import settings

if TYPE_CHECKING:
    from great_expectations.checkpoint.checkpoint import CheckpointResult

Say = Callable[[str], None]


def record(result: "CheckpointResult", generation: int, start: datetime, end: datetime) -> None:
    """Keep what held and what did not in ops.checks, by suite and without the values observed: they may be personal."""
    at = datetime.now(UTC)
    rows = [
        [
            at,
            generation,
            aware(start),
            aware(end),
            suite,
            held,
            [_what(one) for one in warned],
            [_what(one) for one in failed],
        ]
        for suite, held, warned, failed in _by_suite(result)
    ]
    columns = ("checked_at", "generation", "range_start", "range_end", "suite", "held", "warned", "failed")
    clickhouse.connect("batch").insert("ops.checks", rows, column_names=columns)


def _by_suite(result: "CheckpointResult") -> Iterator[tuple[str, int, list[Any], list[Any]]]:
    """Of each suite: its name, how many expectations held, and those that did not: that only warn, and that stop."""
    for validation in result.run_results.values():
        warned: list[Any] = []
        failed: list[Any] = []
        for one in validation.results:
            config: Any = one.expectation_config
            if not one.success:
                (warned if config.severity == "warning" else failed).append(one)
        yield validation.suite_name, len(validation.results) - len(warned) - len(failed), warned, failed


def _what(one: Any) -> str:
    """What was expected, in words."""
    config = one.expectation_config
    limits = ", ".join(f"{name}={value}" for name, value in config.kwargs.items() if name != "batch_id")
    return config.description or f"{config.type}({limits})"


def judge(result: "CheckpointResult", say: Say) -> dict[str, Any]:
    """Tell `say` of the warnings, and how many expectations hold; raises ExpectationError where a critical one does not."""
    failed: list[str] = []
    warned: list[str] = []
    held = 0
    for suite, holding, warning, failing in _by_suite(result):
        held += holding
        for found, lines in ((warning, warned), (failing, failed)):
            lines += [f"{suite}: {_what(one)}\n    observed: {_observed(one)}" for one in found]
    for line in warned:
        say(f"warning: {line}")
    if failed:
        raise ExpectationError(
            f"{len(failed)} of {held + len(failed) + len(warned)} expectations failed; readers keep the older boundary.\n"
            + "\n".join(failed)
            + f"\nData Docs: http://127.0.0.1:{settings().ports.data_docs}/index.html"
        )
    say(f"{held} expectations hold" + (f", {len(warned)} warn" if warned else ""))
    return {"expectations": held + len(warned), "warnings": warned}


def _observed(one: Any) -> str:
    if one.result.get("observed_value") is None and (message := _exception(one.exception_info or {})):
        return f"the check itself failed: {message}"
    result = one.result
    if rows := result.get("details", {}).get("unexpected_rows"):
        return f"{result['observed_value']} rows, such as\n" + "\n".join(f"      {row}" for row in rows[:5])
    if "unexpected_count" in result:
        return f"{result['unexpected_count']} of {result['element_count']} values, such as {result['partial_unexpected_list'][:5]}"
    return str(result.get("observed_value"))


def _exception(info: dict[str, Any]) -> str:
    # Either one exception, or one for each metric that the expectation needs.
    for one in (info, *(value for value in info.values() if isinstance(value, dict))):
        if one.get("raised_exception"):
            return str(one["exception_message"])[:1000]
    return ""
