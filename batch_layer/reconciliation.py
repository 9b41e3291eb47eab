"""Compare the two layers, row by row and measure by measure, over everything that both hold.

Expected: no difference. A row that differs is counted under the reason that explains it, and a sample is stored.
"""

import time
import uuid
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from clickhouse_connect.driver.client import Client
from kafka.errors import KafkaError

from batch_layer.build import ranges
from batch_layer.moments import EPOCH, aware
from batch_layer.publication import live
from batch_layer.queries import query
from batch_layer.topics import partitions
from crm import clickhouse, kafka
from crm.contracts import landed_contracts
from crm.models import DeltaModel, definition, delta_models, table
from speed_layer import positions

SAMPLE = 100  # stored rows per model; the count is always complete
# Time given to the speed layer to write what it has read: its mini-batch, its sink and a replay after a restart.
PATIENCE_SECONDS = 60.0


@dataclass
class Compared:
    """The outcome for one model. `reasons` counts the rows that differ; `sample` holds some of them."""

    rows_compared: int = 0
    rows_different: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    sample: list[dict[str, Any]] = field(default_factory=list)


def names(model: DeltaModel, against: str) -> dict[str, Any]:
    """What the comparing queries are filled in with."""
    columns = {
        "table": table(model.name),
        "grain": model.grain,
        "measures": model.measures,
        "columns": tuple(model.columns),
    }
    return {**columns, "against": against}


def lagging(boundary: datetime) -> bool:
    """Whether the speed layer has not committed to have read every partition up to the boundary."""
    admin = kafka.admin()
    try:
        committed = admin.list_group_offsets(f"crm-speed-{definition()}").get(f"crm-speed-{definition()}", {})
        for contract in landed_contracts().values():
            for partition in partitions(admin, contract):
                at = admin.list_partition_offsets({partition.key: int((boundary - EPOCH).total_seconds() * 1000)})[
                    partition.key
                ].offset
                needed = partition.end if at < 0 else at
                # Flink commits nothing of a partition that it has read nothing of.
                reached = committed[partition.key].offset if partition.key in committed else partition.earliest
                if positions.records(contract.topic, partition.number, max(reached, partition.earliest), needed):
                    return True
    except KafkaError:
        return True
    finally:
        admin.close()
    return False


def _explain(client: Client, model: DeltaModel, bound: dict[str, Any], outcome: Compared) -> None:
    duplicated: set[datetime] = set()
    for contract in landed_contracts().values():
        if f"stg_{contract.name}" in model.sources:
            sql = query(
                "minutes_with_duplicates.sql",
                topic=contract.topic,
                key=contract.key,
                staging=table(f"stg_{contract.name}"),
            )
            found = clickhouse.rows(client, sql, bound | {"horizon_seconds": int(contract.horizon.total_seconds())})
            duplicated |= {row["minute"] for row in found}
    other = clickhouse.rows(client, query("newest_speed_definition.sql"))[0]["definition"]
    reasons = {
        "minutes_with_duplicates": sorted(duplicated),
        "other_definition": other != definition(),
        "is_lagging": lagging(bound["range_end"]),
    }
    for row in clickhouse.rows(client, query("differences_by_reason.sql", **names(model, "speed")), bound | reasons):
        outcome.reasons[row["reason"]] += row["number_of_rows"]
    if wanted := SAMPLE - len(outcome.sample):
        outcome.sample += clickhouse.rows(
            client, query("differences.sql", **names(model, "speed")), bound | reasons | {"sample": wanted}
        )


def compare(client: Client, model: DeltaModel, generation: int, start: datetime, end: datetime) -> Compared:
    """Compare one model's rows of both layers over [start, end), range by range so that memory stays bounded."""
    outcome = Compared()
    for piece in ranges(client, start, end):
        bound = {"generation": generation, "range_start": piece.start, "range_end": piece.end}
        (counts,) = clickhouse.rows(client, query("compare.sql", **names(model, "speed")), bound)
        outcome.rows_compared += counts["rows_compared"]
        if counts["rows_different"]:
            outcome.rows_different += counts["rows_different"]
            _explain(client, model, bound, outcome)
    return outcome


def reconcile(patience_seconds: float = PATIENCE_SECONDS) -> dict[str, Any]:
    """Compare both layers up to the live boundary and record the outcome.

    What the speed layer has read but not yet written is waited for, `patience_seconds` at the most. Returns
    `rows_compared`, `rows_different`, `range_start`, `range_end`, and the figures of each model with its reasons.
    """
    client, deadline = clickhouse.connect("batch"), time.monotonic() + patience_seconds
    published = live(client)
    start = clickhouse.rows(client, query("comparable_from.sql"), {"definition": definition()})[0]["range_start"]
    end = max(published.boundary, start)
    while True:
        outcomes = {model.name: compare(client, model, published.generation, start, end) for model in delta_models()}
        transient = any(outcome.reasons.keys() & {"lag", "unexplained"} for outcome in outcomes.values())
        if not transient or time.monotonic() > deadline:
            break
        time.sleep(2)
    _record(client, outcomes, published.generation, start, end)
    return {
        "rows_compared": sum(outcome.rows_compared for outcome in outcomes.values()),
        "rows_different": sum(outcome.rows_different for outcome in outcomes.values()),
        "range_start": start,
        "range_end": end,
        "models": {
            name: {
                "rows_compared": outcome.rows_compared,
                "rows_different": outcome.rows_different,
                "reasons": dict(outcome.reasons),
            }
            for name, outcome in outcomes.items()
        },
    }


def _record(client: Client, outcomes: dict[str, Compared], generation: int, start: datetime, end: datetime) -> None:
    run = uuid.uuid4().hex
    summary, sample = [], []
    for name, outcome in outcomes.items():
        figures = [outcome.rows_compared, outcome.rows_different, dict(outcome.reasons)]
        summary.append([run, definition(), generation, name, aware(start), aware(end), *figures])
        sample += [[run, name, row["grain"], row["batch"], row["speed"], row["reason"]] for row in outcome.sample]
    columns = [
        "run_id",
        "definition",
        "generation",
        "model",
        "range_start",
        "range_end",
        "rows_compared",
        "rows_different",
        "reasons",
    ]
    client.insert("ops.reconciliations", summary, column_names=columns)
    if sample:
        client.insert("ops.differences", sample, column_names=["run_id", "model", "grain", "batch", "speed", "reason"])
