"""Drop what no reader and no rollback can need any more.

The limit is the oldest retained publication: speed rows below its boundary are answered by the batch layer whatever
happens, and a generation that none of the retained publications names is out of reach. So retention can never pass the
published boundary.
"""

from datetime import timedelta
from typing import Any

from clickhouse_connect.driver.client import Client

from batch_layer.cutting import cut
from batch_layer.moments import aware
from batch_layer.publication import bound_definitions, live_definition, retained
from batch_layer.queries import query
from crm import clickhouse
from crm.models import definition
from crm.settings import settings
from crm.subjects import erased

# Tables of a definition that was replaced stay this long, so that deploying the old checkout again finds them filled.
ABANDONED_AFTER = timedelta(hours=24)


def prune() -> dict[str, Any]:
    """Drop speed hours, batch generations and tables out of reach; returns their names. Repeating it drops nothing more."""
    client = clickhouse.connect("batch")
    dropped = [*_speed(client), *_generations(client), *_tables(client), *_topics(client)]
    return {"dropped": dropped}


def _topics(client: Client) -> list[str]:
    # An erasure cuts by itself, as its last step: before that, its speed job reads a horizon back for the ids of events, and an
    # event sent again would count twice were they gone.
    return [] if any(one.state == "requested" for one in erased(client)) else cut(client)


def _speed(client: Client) -> list[str]:
    kept = retained(client)
    # With fewer publications than are retained, nothing published (the whole history from speed) can still be returned to.
    if len(kept) < settings().retained_publications:
        return []
    oldest = min(publication.boundary for publication in kept)
    hour = oldest.replace(minute=0)
    bound = {"suffix": f"__{definition()}", "before": oldest}
    found = clickhouse.rows(client, query("speed_partitions.sql"), bound)
    if found:
        # Recorded first: a reconciliation must not expect rows that are about to go.
        names = [f"speed.{row['table']} {row['hour']}" for row in found]
        client.insert(
            "ops.prunings",
            [[definition(), aware(hour), names]],
            column_names=["definition", "speed_kept_from", "dropped"],
        )
    return [_drop_partition(client, "speed", row) for row in found]


def _generations(client: Client) -> list[str]:
    published = clickhouse.rows(client, query("generations.sql"), {"count": settings().retained_publications})
    needed = {row["definition"]: set(row["generations"]) for row in published}
    newest = max((generation for generations in needed.values() for generation in generations), default=0)
    anyone = set().union(*needed.values())
    dropped = []
    for row in clickhouse.rows(client, query("batch_partitions.sql"), {"suffix": f"__{definition()}"}):
        kept = anyone if row["database"] == "ops" else needed.get(definition(), set())
        # A generation above every published one is being computed just now.
        if row["generation"] not in kept and row["generation"] < newest:
            dropped.append(_drop_partition(client, row["database"], row))
    return dropped


def _tables(client: Client) -> list[str]:
    kept = {definition(), live_definition(client) or definition(), *bound_definitions(client)}
    bound = {"kept": sorted(kept), "seconds": int(ABANDONED_AFTER.total_seconds())}
    found = clickhouse.rows(client, query("abandoned_tables.sql"), bound)
    for row in found:
        client.command(query("drop_table.sql", database=row["database"], table=row["name"]))
    return [f"{row['database']}.{row['name']}" for row in found]


def _drop_partition(client: Client, database: str, row: dict[str, Any]) -> str:
    client.command(query("drop_partition.sql", database=database, table=row["table"], partition_id=row["partition_id"]))
    return f"{database}.{row['table']} partition {row['partition_id']}"
