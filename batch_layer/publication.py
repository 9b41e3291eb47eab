"""What readers see: the live pair of generation and boundary. Inserting one row switches every view at once."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Literal

from clickhouse_connect.driver.client import Client

from batch_layer.errors import OvertakenError, PublicationError
from batch_layer.locks import exclusively
from batch_layer.moments import EPOCH, aware, text
from batch_layer.queries import query
from crm import clickhouse
from crm.contracts import landed_contracts
from crm.errors import UsageError
from crm.models import definition
from crm.settings import settings

Reason = Literal["batch", "recompute", "deploy", "rollback", "erasure"]


@dataclass(frozen=True)
class Publication:
    """One row of ops.publications. Sequence 0: nothing published yet, so that the speed layer answers for everything."""

    definition: str
    generation: int = 0
    boundary: datetime = EPOCH
    sequence: int = 0
    reason: str = ""

    @property
    def pair(self) -> tuple[int, datetime]:
        """What a reader sees of it."""
        return self.generation, self.boundary


def retained(client: Client, of: str | None = None) -> list[Publication]:
    """The newest publications of a definition, newest first: those that a rollback may return to."""
    bound = {"definition": of or definition(), "count": settings().retained_publications}
    return [Publication(**row) for row in clickhouse.rows(client, query("publications.sql"), bound)]


def live(client: Client, of: str | None = None) -> Publication:
    """What readers of a definition (this checkout's by default) see now."""
    newest = retained(client, of)
    return newest[0] if newest else Publication(of or definition())


def live_definition(client: Client | None = None) -> str | None:
    """The definition that was published last; None where nothing was."""
    found = clickhouse.rows(client or clickhouse.connect("batch"), query("live_definition.sql"))
    return found[0]["definition"] if found else None


def bound_definitions(client: Client) -> set[str]:
    """The definitions whose tables serving views read: one, but for a deployment that has not switched them all yet."""
    return {row["definition"] for row in clickhouse.rows(client, query("bound_definitions.sql"))}


def tested_until(newest: Publication, earlier: list[Publication]) -> datetime:
    """Where what a publication shows for the first time begins: of a new generation at the very beginning.

    What was published by hand may not have been tested, so of a generation only what a batch run has added counts as tested.
    """
    before = [
        one.boundary
        for one in earlier
        if one.generation == newest.generation and one.boundary < newest.boundary and one.reason == "batch"
    ]
    return max(before, default=EPOCH)


def verify_definition(client: Client) -> None:
    """Raise UsageError where another definition is published than this checkout's: only a deployment puts it in its place."""
    if (published := live_definition(client)) not in (None, definition()):
        raise UsageError(
            f"Definition {published} is published, this checkout defines {definition()}: change over with `crm deploy`."
        )


def next_generation(client: Client) -> int:
    """A generation that was never published, under any definition."""
    return int(clickhouse.rows(client, query("newest_generation.sql"))[0]["generation"]) + 1


def landed_until(client: Client) -> datetime:
    """The boundary up to which every partition that has been seen has landed."""
    topics = [contract.topic for contract in landed_contracts().values()]
    found: datetime = clickhouse.rows(client, query("landed_until.sql"), {"topics": topics})[0]["landed_until"]
    return found


def newest_build(client: Client, generation: int) -> str:
    """The build of this definition's generation that was begun last; empty where there is none."""
    bound = {"definition": definition(), "generation": generation}
    return str(clickhouse.rows(client, query("newest_build.sql"), bound)[0]["build_id"])


def publish(
    client: Client,
    generation: int,
    boundary: datetime,
    reason: Reason,
    *,
    after: int,
    build_id: str = "",
    verify: Callable[[], None] = lambda: None,
) -> Publication:
    """Make a pair live. `after` is the sequence of the publication that it was built upon, `build_id` the build that filled it.

    `verify` is called while nobody can build or publish. Raises OvertakenError where another publication or build came between,
    PublicationError where the boundary would go back without being a rollback, or where records below it have not landed, and
    UsageError where another definition is published and this is no deployment.
    """
    with exclusively("batch"):
        if reason != "deploy":
            verify_definition(client)
        verify()
        current = live(client)
        if current.sequence != after:
            raise OvertakenError(
                f"Publication {current.sequence} ({current.reason}, generation {current.generation}, boundary {text(current.boundary)}) was made "
                f"while this run built upon publication {after}. Nothing was published; the next run continues from there."
            )
        if reason != "rollback":
            if not build_id:
                raise PublicationError(f"Generation {generation} has never been built: run `crm batch build` first.")
            if newest_build(client, generation) != build_id:
                raise OvertakenError(
                    f"Another build of generation {generation} has begun since this run built it. Nothing was published; that run, or the "
                    "next one, publishes instead."
                )
            if boundary < current.boundary:
                raise PublicationError(
                    f"Boundary {text(boundary)} lies before the live one, {text(current.boundary)}: the speed rows between them may be "
                    "pruned. To go back, use `crm rollback`."
                )
            if (landed := landed_until(client)) < boundary:
                raise PublicationError(
                    f"Not every partition has landed up to {text(boundary)}, only up to {text(landed)}. Run `crm batch land`."
                )
        newest = int(clickhouse.rows(client, query("newest_sequence.sql"))[0]["sequence"])
        made = Publication(current.definition, generation, boundary, newest + 1, reason)
        client.insert(
            "ops.publications",
            [[made.sequence, made.definition, made.generation, aware(made.boundary), made.reason]],
            column_names=["sequence", "definition", "generation", "boundary", "reason"],
        )
    return made


def rollback(client: Client, sequence: int | None = None) -> Publication:
    """Make an earlier retained pair live again: that of publication `sequence`, by default the one before the live one.

    Raises PublicationError where the speed layer no longer holds what lies after the boundary asked for, or the batch layer
    what lies before it; UsageError where another definition is published.
    """
    verify_definition(client)
    kept = retained(client)
    if not kept:
        raise PublicationError("Nothing has been published under this definition: there is nothing to roll back.")
    current = kept[0]
    first_of_current = min(publication.sequence for publication in kept if publication.pair == current.pair)
    earlier = [p for p in kept if (p.sequence == sequence if sequence else p.sequence < first_of_current)]
    covered = clickhouse.rows(client, query("speed_covers_from.sql"), {"definition": current.definition})[0][
        "covers_from"
    ]
    if not earlier or earlier[0].boundary < covered:
        reachable = ", ".join(
            f"{p.sequence} ({text(p.boundary)})" for p in kept if p.boundary >= covered and p.pair != current.pair
        )
        raise PublicationError(
            f"No rollback to {f'publication {sequence}' if sequence else 'an earlier publication'}: the speed layer must hold everything from "
            f"its boundary on, and it does so for {reachable or 'none but the live one'}. To go further back, pause "
            "`crm_batch` and `crm_recompute`, which publish and prune, set CRM_RETAINED_PUBLICATIONS to reach it, run `crm speed rebuild`, and roll "
            "back once `crm speed status` shows no pending records."
        )
    target = earlier[0]
    held = partial(_verify_held, client, target)
    return publish(client, target.generation, target.boundary, "rollback", after=current.sequence, verify=held)


def _verify_held(client: Client, target: Publication) -> None:
    """Raise PublicationError where the batch layer no longer holds what a publication shows."""
    held = clickhouse.rows(client, query("batch_partitions.sql"), {"suffix": f"__{target.definition}"})
    if target.generation not in {row["generation"] for row in held if row["database"] == "batch"}:
        raise PublicationError(
            f"No rollback to publication {target.sequence}: the rows of its generation {target.generation} have been pruned, so readers "
            "would see nothing before its boundary. `crm recompute` computes everything anew."
        )
    bound = {
        "definition": target.definition,
        "generation": target.generation,
        "boundary": target.boundary,
        "sequence": target.sequence,
    }
    if clickhouse.rows(client, query("builds_below.sql"), bound)[0]["builds"]:
        raise PublicationError(
            f"No return to publication {target.sequence}: since it was made, a build has begun to replace rows before its boundary, "
            f"{text(target.boundary)}. The next batch run publishes them anew."
        )
