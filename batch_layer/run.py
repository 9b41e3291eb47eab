"""One pass of the batch layer: choose a boundary, land, build, check, publish, reconcile, prune.

`crm batch run` calls the steps in a row, the DAG calls each in a task of its own. A pass that dies anywhere has changed
nothing that readers see, and the next one repeats what is missing: landing resumes by offset, a build replaces its range,
and the boundary moves only with the row that publishes it.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from batch_layer import build as building
from batch_layer import checks, landing, pruning, publication, reconciliation, screening
from batch_layer.boundary import choose_boundary, verify_clock
from batch_layer.moments import EPOCH, parse, text, utcnow
from batch_layer.topics import verify_topics
from crm import clickhouse, kafka
from crm.contracts import landed_contracts
from crm.settings import settings

Say = Callable[[str], None]


@dataclass(frozen=True)
class Plan:
    """What a pass is to do: make [range_start, boundary) of a generation visible, upon publication `after`.

    `build_id` is the build that filled the range; empty before it.
    """

    generation: int
    range_start: datetime
    boundary: datetime
    after: int
    build_id: str
    partitions: tuple[tuple[str, int], ...]

    def to_json(self) -> dict[str, Any]:
        """The plan as JSON values, for Airflow's XCom."""
        return asdict(self) | {
            "range_start": text(self.range_start),
            "boundary": text(self.boundary),
            "partitions": [list(p) for p in self.partitions],
        }

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> "Plan":
        """The plan that `to_json` wrote."""
        times = {name: parse(value[name]) for name in ("range_start", "boundary")}
        return cls(**value | times | {"partitions": tuple((topic, number) for topic, number in value["partitions"])})


def choose(grace_seconds: int | None = None) -> Plan:
    """Verify the topics and choose the boundary; where it is no newer than the live one, the plan's range is empty."""
    client, admin = clickhouse.connect("batch"), kafka.admin()
    try:
        publication.verify_definition(client)
        found = [partition for partitions in verify_topics(client, admin).values() for partition in partitions]
        live = publication.live(client)
        grace = settings().boundary_grace_seconds if grace_seconds is None else grace_seconds
        now = utcnow()
        verify_clock(now, live.boundary)
        boundary = max(choose_boundary(admin, found, now, timedelta(seconds=grace)), live.boundary)
    finally:
        admin.close()
    generation = live.generation or publication.next_generation(client)
    return Plan(generation, live.boundary, boundary, live.sequence, "", tuple((p.topic, p.number) for p in found))


def resume() -> Plan:
    """The plan for what has landed already but is not published: for a build, a check or a publication by hand."""
    client = clickhouse.connect("batch")
    publication.verify_definition(client)
    live = publication.live(client)
    boundary = max(publication.landed_until(client), live.boundary)
    generation = live.generation or publication.next_generation(client)
    newest = publication.newest_build(client, generation)
    return Plan(generation, live.boundary, boundary, live.sequence, newest, ())


def land(topic: str, partition: int, boundary: datetime) -> landing.Landed:
    """Land one partition up to the boundary."""
    client, admin = clickhouse.connect("batch"), kafka.admin()
    contract = next(contract for contract in landed_contracts().values() if contract.topic == topic)
    try:
        return landing.land(client, admin, contract, partition, boundary, published=publication.live(client).boundary)
    finally:
        admin.close()


def land_all(boundary: datetime, say: Say = print) -> None:
    """Land every partition up to a boundary, and screen what has: for what no batch run has landed, as a new contract's topic."""
    client, admin = clickhouse.connect("batch"), kafka.admin()
    try:
        found = [partition for partitions in verify_topics(client, admin).values() for partition in partitions]
    finally:
        admin.close()
    for one in found:
        landed = land(one.topic, one.number, boundary)
        if landed.records:
            say(landing.describe(landed))
    screening.screen(client, EPOCH, boundary, say)


def build(plan: Plan, say: Say = print) -> Plan:
    """Build what the plan is to make visible, after what erased customers sent since has been taken out of it.

    Returns the plan with the id of the build: only that very build can be published, and no other that cleared its range.
    """
    client = clickhouse.connect("batch")
    screening.screen(client, plan.range_start, plan.boundary, say)
    built = building.build(client, plan.generation, plan.range_start, plan.boundary, after=plan.after, say=say)
    say(f"built {built.records} records")
    return replace(plan, build_id=built.build_id)


def check(plan: Plan, say: Say = print) -> dict[str, Any]:
    """Hold what arrived and what is about to be served against the expectations; raises CrmError where one fails."""
    return checks.check(plan.generation, plan.range_start, plan.boundary, say)


def publish(plan: Plan) -> publication.Publication:
    """Make the plan's boundary visible."""
    return publication.publish(
        clickhouse.connect("batch"), plan.generation, plan.boundary, "batch", after=plan.after, build_id=plan.build_id
    )


def everything(grace_seconds: int | None = None, say: Say = print) -> dict[str, Any]:
    """The whole pass; returns what was done."""
    plan = choose(grace_seconds)
    if plan.boundary == plan.range_start:
        say(f"nothing to publish: the boundary stays at {text(plan.boundary)}")
        return {"published": False, "boundary": plan.boundary}
    say(f"landing up to {text(plan.boundary)}")
    landed = [land(topic, number, plan.boundary) for topic, number in plan.partitions]
    for one in landed:
        say(landing.describe(one))
    say("building")
    plan = build(plan, say)
    say("checking")
    check(plan, say)
    say("publishing")
    made = publish(plan)
    say(f"published {made.sequence}: generation {made.generation}, boundary {text(made.boundary)}")
    say("reconciling")
    compared = reconciliation.reconcile()
    say("pruning")
    pruned = pruning.prune()
    records = sum(one.records for one in landed)
    return {"published": True, **asdict(made), "records": records, "reconciliation": compared, "pruned": pruned}
