"""Compute a whole generation anew from raw, beside the live one, compare the two, check it, and publish it."""

from collections import Counter
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from typing import Any

from clickhouse_connect.driver.client import Client

from batch_layer import build as building
from batch_layer import checks, publication, run
from batch_layer.errors import OvertakenError
from batch_layer.moments import EPOCH, text
from batch_layer.queries import query
from batch_layer.reconciliation import names
from crm import clickhouse
from crm.errors import CrmError
from crm.models import definition, delta_models

Say = Callable[[str], None]
Totals = dict[str, Counter[str]]


def recompute(reason: publication.Reason = "recompute", say: Say = lambda _: None) -> dict[str, Any]:
    """Build generation n + 1 from everything that has landed, up to the live boundary, and publish it.

    Differences from the live generation are reported and do not stop it: they are what a recomputation is for (corrected
    logic or contract, records that came late). A generation of another definition is not compared row by row.
    """
    client = clickhouse.connect("batch")
    if reason != "deploy":
        # It would be published beside views that stay bound to another definition.
        publication.verify_definition(client)
    live = publication.live(client)
    published = publication.live(client, publication.live_definition(client))
    if published.boundary == EPOCH:
        raise CrmError(
            "Nothing has been published yet, so there is nothing to compute again. Run `crm batch run` first."
        )
    generation = publication.next_generation(client)
    records, built, checked, build_id = 0, EPOCH, EPOCH, ""
    totals: Totals = {}
    while True:
        # Batch runs go on meanwhile: what they publish is added until the new generation has caught up.
        while built < published.boundary:
            if publication.landed_until(client) < published.boundary:
                say("landing what no batch run has landed: of a new contract, all of it")
                run.land_all(published.boundary, say)
            say(f"generation {generation} of definition {definition()}, up to {text(published.boundary)}")
            added = building.build(
                client, generation, built, published.boundary, after=None, continuing=build_id, say=say
            )
            records, built, build_id = records + added.records, published.boundary, added.build_id
            live = publication.live(client)
            published = publication.live(client, publication.live_definition(client))
        checks.check(generation, checked, built, say, only_served=True)
        if live.generation:
            compare(client, generation, live.generation, checked, built, totals)
        checked = built
        try:
            made = publication.publish(client, generation, built, reason, after=live.sequence, build_id=build_id)
            break
        except OvertakenError:
            newest = publication.live(client)
            # Only of what a batch run has added is the rest still the same.
            if newest.sequence == live.sequence or newest.reason != "batch" or newest.generation != live.generation:
                raise
            say(f"a batch run has published {text(newest.boundary)} meanwhile: adding that")
            live = newest
            published = publication.live(client, publication.live_definition(client))
    for name, counts in totals.items():
        say(
            f"{name}: {counts['rows_different']} of {counts['rows_compared']} rows differ from generation {live.generation}"
        )
    differences = {name: dict(counts) for name, counts in totals.items()}
    return {**asdict(made), "records": records, "compared_with": live.generation, "differences": differences}


def compare(client: Client, generation: int, other: int, start: datetime, end: datetime, totals: Totals) -> None:
    """Add up, for each delta model, the rows of either of two generations, and how many of them differ."""
    for model in delta_models():
        totals.setdefault(model.name, Counter(rows_compared=0, rows_different=0))
        for piece in building.ranges(client, start, end):
            bound = {
                "generation": generation,
                "other_generation": other,
                "range_start": piece.start,
                "range_end": piece.end,
            }
            (counts,) = clickhouse.rows(client, query("compare.sql", **names(model, "batch")), bound)
            totals[model.name].update(counts)
