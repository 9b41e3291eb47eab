"""What a check found: kept in ops.checks, told, and raised where it must stop a publication."""

from collections.abc import Callable
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
    rows = []
    for validation in result.run_results.values():
        missed = [one for one in validation.results if not one.success]
        warned = [_what(one) for one in missed if _only_warns(one)]
        failed = [_what(one) for one in missed if not _only_warns(one)]
        held = len(validation.results) - len(missed)
        rows.append([at, generation, aware(start), aware(end), validation.suite_name, held, warned, failed])
    columns = ("checked_at", "generation", "range_start", "range_end", "suite", "held", "warned", "failed")
    clickhouse.connect("batch").insert("ops.checks", rows, column_names=columns)


def _only_warns(one: Any) -> bool:
    return bool(one.expectation_config.severity == "warning")


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
    for validation in result.run_results.values():
        for one in validation.results:
            if one.success:
                held += 1
                continue
            line = f"{validation.suite_name}: {_what(one)}\n    observed: {_observed(one)}"
            (warned if _only_warns(one) else failed).append(line)
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
