"""Corrects one inference of Flink's planner in a compiled plan: a deduplication that keeps the first row only inserts.

With mini-batches the planner takes it for one that also updates and deletes (`RankUtil.outputInsertOnlyInDeduplicate`). It then
holds each row back to look for its key's others, and every aggregate behind it counts rows withdrawn. No setting has the
one without the other; a compiled plan says both for each operator.

Runs in the environment that holds apache-flink, and needs nothing else.
"""

import re
from typing import Any

Node = dict[str, Any]

_AGGREGATES = ("local-group-aggregate", "global-group-aggregate")
# Operators that only insert where all their inputs do.
_PASSING = ("table-source-scan", "mini-batch-assigner", "calc", "exchange", "deduplicate", "local-group-aggregate")
# A partial sum with the counter that tells a sum of nothing from one whose rows were all withdrawn.
_COUNTED_SUM = re.compile(r"(`sum\$\d+` \w+(?:\(\d+(?:, \d+)?\))?), `count\$\d+` BIGINT")


def _kind(node: Node) -> str:
    return str(node["type"]).removeprefix("stream-exec-").rpartition("_")[0]


def corrected(plan: Node) -> Node:
    """The plan, as Flink compiles it to JSON, whose deduplications and aggregates rely on what really arrives."""
    nodes: dict[int, Node] = {node["id"]: node for node in plan["nodes"]}
    inputs: dict[int, list[int]] = {number: [] for number in nodes}
    for edge in plan["edges"]:
        inputs[edge["target"]].append(edge["source"])

    def inserts_only(number: int) -> bool:
        node = nodes[number]
        passes = _kind(node) in _PASSING and not (node.get("keepLastRow") or node.get("isRowtime"))
        return passes and all(map(inserts_only, inputs[number]))

    for number, node in nodes.items():
        if not all(map(inserts_only, inputs[number])):
            continue
        if _kind(node) == "deduplicate" and inserts_only(number):
            node["outputInsertOnly"] = True
            node["configuration"]["table.exec.mini-batch.enabled"] = "false"
        if _kind(node) in _AGGREGATES:
            node["needRetraction"] = False
            node["aggCallNeedRetractions"] = [False] * len(node["aggCalls"])
        if "local-group-aggregate" in (_kind(node), *(_kind(nodes[source]) for source in inputs[number])):
            node["outputType"] = _COUNTED_SUM.sub(r"\1", node["outputType"])
    return plan
