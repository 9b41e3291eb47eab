"""Flink's compiled plan is corrected where a deduplication only inserts, and left alone where rows may be withdrawn."""

import copy
from typing import Any

import pytest

from speed_layer.insert_only import corrected

COUNTED = (
    "ROW<`customer_id` VARCHAR(2147483647), `count1$0` BIGINT, `sum$1` DECIMAL(38, 2), `count$2` BIGINT, `min$3` DATE>"
)


def _plan(first: dict[str, Any]) -> dict[str, Any]:
    """Source, `first`, a two-phase aggregate: as Flink compiles them, with the fields that matter here."""
    retracting = {"needRetraction": True, "aggCalls": [{}, {}], "aggCallNeedRetractions": [True, True]}
    nodes: list[dict[str, Any]] = [
        {"type": "stream-exec-table-source-scan_2", "outputType": "ROW<`event_id` VARCHAR(2147483647)>"},
        first,
        {"type": "stream-exec-local-group-aggregate_1", "outputType": COUNTED, **retracting},
        {"type": "stream-exec-exchange_1", "outputType": COUNTED},
        {"type": "stream-exec-global-group-aggregate_1", "outputType": "ROW<`events` BIGINT>", **retracting},
    ]
    return {
        "nodes": [{"id": number, **node} for number, node in enumerate(nodes, 1)],
        "edges": [{"source": number, "target": number + 1} for number in range(1, len(nodes))],
    }


def _deduplicate(**options: bool) -> dict[str, Any]:
    return {
        "type": "stream-exec-deduplicate_1",
        "configuration": {"table.exec.mini-batch.enabled": "true", "table.exec.mini-batch.size": "20000"},
        "outputInsertOnly": False,
        "keepLastRow": False,
        "isRowtime": False,
        "outputType": "ROW<`event_id` VARCHAR(2147483647)>",
    } | options


def test_what_keeps_the_first_row_inserts_and_aggregates_rely_on_it() -> None:
    _, first, local, exchange, aggregate = corrected(_plan(_deduplicate()))["nodes"]
    assert first["outputInsertOnly"] is True
    assert first["configuration"] == {"table.exec.mini-batch.enabled": "false", "table.exec.mini-batch.size": "20000"}
    for node in (local, aggregate):
        assert (node["needRetraction"], node["aggCallNeedRetractions"]) == (False, [False, False])
    assert local["outputType"] == exchange["outputType"]
    assert "`sum$1` DECIMAL(38, 2), `min$3` DATE" in local["outputType"]
    assert "`count1$0` BIGINT" in local["outputType"]


@pytest.mark.parametrize(
    "first",
    [
        _deduplicate(keepLastRow=True),
        _deduplicate(isRowtime=True),
        {"type": "stream-exec-rank_1", "outputType": "ROW<`event_id` VARCHAR(2147483647)>"},
        {"type": "stream-exec-changelog-normalize_1", "outputType": "ROW<`event_id` VARCHAR(2147483647)>"},
    ],
    ids=("keeps the last row", "by event time", "rank", "changelog"),
)
def test_where_rows_may_be_withdrawn_nothing_changes(first: dict[str, Any]) -> None:
    plan = _plan(first)
    assert corrected(copy.deepcopy(plan)) == plan
