"""Compute a whole generation anew from raw, beside the live one, compare the two, check it, and publish it."""

from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass
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
    if _published(client).boundary == EPOCH:
        raise CrmError(
            "Nothing has been published yet, so there is nothing to compute again. Run `crm batch run` first."
        )
    new = _New(publication.next_generation(client))
    checked = EPOCH
    totals: Totals = {}
    while True:
        live = _catch_up(client, new, say)
        checks.check(new.generation, checked, new.built, say, only_served=True)
        if live.generation:
            compare(client, new.generation, live.generation, checked, new.built, totals)
        checked = new.built
        try:
            made = publication.publish(
                client, new.generation, new.built, reason, after=live.sequence, build_id=new.build_id
            )
            break
        except OvertakenError:
            newest = publication.live(client)
            # Only of what a batch run has added is the rest still the same.
            if newest.sequence == live.sequence or newest.reason != "batch" or newest.generation != live.generation:
                raise
            say(f"a batch run has published {text(newest.boundary)} meanwhile: adding that")
    for name, counts in totals.items():
        say(
            f"{name}: {counts['rows_different']} of {counts['rows_compared']} rows differ from generation {live.generation}"
        )
    differences = {name: dict(counts) for name, counts in totals.items()}
    return {**asdict(made), "records": new.records, "compared_with": live.generation, "differences": differences}


@dataclass
class _New:
    """How far the new generation has come."""

    generation: int
    built: datetime = EPOCH
    build_id: str = ""
    records: int = 0


def _published(client: Client) -> publication.Publication:
    """What readers see, of whichever definition."""
    return publication.live(client, publication.live_definition(client))


def _catch_up(client: Client, new: _New, say: Say) -> publication.Publication:
    """Build up to the published boundary, which batch runs move on meanwhile; returns what is live of this definition."""
    while True:
        live, published = publication.live(client), _published(client)
        if new.built >= published.boundary:
            return live
        if publication.landed_until(client) < published.boundary:
            say("landing what no batch run has landed: of a new contract, all of it")
            run.land_all(published.boundary, say)
        say(f"generation {new.generation} of definition {definition()}, up to {text(published.boundary)}")
        added = building.build(
            client, new.generation, new.built, published.boundary, after=None, continuing=new.build_id, say=say
        )
        new.records, new.built, new.build_id = new.records + added.records, published.boundary, added.build_id


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
