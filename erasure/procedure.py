"""`crm erase`: make a customer vanish from everything that the platform keeps, while what is counted without a name stays right.

The order is what makes it exact, and safe to interrupt and to repeat at any point (docs/decisions/0006-erasure.md):

1. From a minute that is just about to begin, the speed layer screens the customer's events. No row of before is touched,
   so that no figure moves back.
2. Once that minute is published, no event of the customer can be in any row behind it. Raw is rewritten, and a generation
   computed from it takes the place of the live one: readers of a view see the customer, or nothing of them.
3. Nothing can return to what was published before, so it is deleted: generations, speed rows, tables of other definitions,
   documents that can be searched, the state of former speed jobs, the records in the topics; last, what quotes an event.
"""

import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from clickhouse_connect.driver.client import Client

from batch_layer import cutting, pruning, publication, recompute, rewriting, run, screening
from batch_layer.errors import OvertakenError
from batch_layer.locks import exclusively
from batch_layer.moments import EPOCH, MINUTE, aware, floor_minute, text, utcnow
from batch_layer.queries import query as batch_query
from crm import clickhouse
from crm.contracts import landed_contracts
from crm.errors import UsageError
from crm.models import definition, delta_models, table
from crm.settings import settings
from crm.subjects import Erased, digest, erased
from erasure import files, segments, snapshots
from erasure.certificate import certify, query_log
from erasure.queries import query
from search import erasing
from speed_layer import lifecycle
from speed_layer.job import job_name
from speed_layer.rest import FlinkRest

Say = Callable[[str], None]
PAUSE_SECONDS = 5
COLUMNS = ["digest", "policy", "effective_from", "state", "requested_at"]


def erase(customers: Sequence[str], say: Say = lambda _: None) -> dict[str, Any]:
    """Erase the customers; returns the certificate, with what was done. Repeating it erases what has come since, if anything.

    Raises UsageError where the published definition is not this checkout's or a deployment is under way, NotReadyError where there is
    a search index that cannot be reached.
    """
    wanted = sorted(set(customers))
    if not wanted or "" in wanted:
        raise UsageError("name at least one customer, and none by an empty id")
    with exclusively("erasure"):
        client = clickhouse.connect("batch")
        _verify(client)
        since = _screen_from_now_on(client, wanted, say)
        _publish_up_to(client, since, say)
        say("rewriting raw")
        changed = _rewrite(client, wanted)
        say(f"{changed} records rewritten; computing the generation that takes the place of the live one")
        made = recompute.recompute(reason="erasure", say=say)
        say("deleting what was published before")
        _delete_former(client, made["boundary"], wanted)
        say("deleting what can be searched")
        documents = erasing.forget(wanted)
        say("replacing the speed job and its state")
        started = lifecycle.rebuild()
        snapshots.wait_for_checkpoint(started.job_id, say)
        forgotten = snapshots.forget_all_but(started.job_id)
        cut = cutting.cut(client)
        redacted = files.redact(wanted)
        _record(client, [one for one in erased(client) if one.digest in set(map(digest, wanted))], "erased")
    done = {
        "records": changed,
        "boundary": made["boundary"],
        "differences": made["differences"],
        "snapshots": forgotten,
    }
    return {**done, "documents": documents, "cut": cut, "files": len(redacted), "certificate": certify(wanted)}


def _verify(client: Client) -> None:
    erasing.verify()
    published = publication.live_definition(client)
    if published != definition():
        raise UsageError(
            f"Definition {published} is published, this checkout defines {definition()}: run `crm deploy`, or `crm batch run` where "
            "nothing was published yet."
        )
    if bound := sorted(publication.bound_definitions(client) - {definition()}):
        raise UsageError(
            f"Readers are still bound to definition {', '.join(bound)}: complete the deployment with `crm deploy` first."
        )
    if others := [job["name"] for job in FlinkRest().all_jobs("crm-speed-") if job["name"] != job_name()]:
        raise UsageError(
            f"{', '.join(others)} runs beside {job_name()}: complete the deployment with `crm deploy` first."
        )


def _record(client: Client, customers: Sequence[Erased], state: str) -> None:
    now = datetime.now(UTC)
    rows = [[one.digest, one.policy, aware(one.effective_from), state, now] for one in customers]
    if rows:
        client.insert("ops.erasures", rows, column_names=COLUMNS)


def _screen_from_now_on(client: Client, customers: Sequence[str], say: Say) -> datetime:
    """Have both layers screen the customers from a minute on that no row has been written for; returns what must be published first.

    Customers who are being erased, or were, keep their minute: then no more is needed than that the job runs.
    """
    known = {one.digest: one for one in erased(client)}
    wanted = set(map(digest, customers))
    new = sorted(wanted - known.keys())
    # Also of those whose erasure ended: until this one does, nothing else may cut the topics (batch_layer/pruning.py).
    _record(client, [one for of, one in known.items() if of in wanted], "requested")

    def next_minute() -> datetime:
        """The first minute that no broker's clock has reached."""
        return floor_minute(utcnow() + timedelta(seconds=settings().boundary_grace_seconds)) + MINUTE

    def begin() -> None:
        # No job runs now: what it wrote, it read before this moment.
        start = next_minute()
        _record(client, [Erased(of, settings().erased_customers, start) for of in new], "requested")

    if new:
        say("replacing the speed job by one that screens the customers")
        lifecycle.rebuild(between=begin)
    else:
        lifecycle.start()
    say("closing the topics' segments")
    segments.close_segments()
    # A topic is cut at what is published: were that before the closing, the broker would keep the file that was closed.
    return max(next_minute(), *(one.effective_from for one in erased(client) if one.digest in wanted))


def _publish_up_to(client: Client, moment: datetime, say: Say) -> None:
    """Batch runs until everything before `moment` has landed and is published."""
    while publication.live(client).boundary < moment:
        ready = moment + timedelta(seconds=settings().boundary_grace_seconds + 1)
        if (wait := (ready - utcnow()).total_seconds()) > 0:
            say(f"waiting {wait:.0f} s until {text(moment)} can be published")
            time.sleep(wait)
        try:
            run.everything(say=say)
        except OvertakenError as error:
            say(f"another batch run came between: {error}")
        if publication.live(client).boundary < moment:
            # An open transaction, or the other run, takes its time.
            time.sleep(PAUSE_SECONDS)


def _rewrite(client: Client, customers: Sequence[str]) -> int:
    """Anonymise what came before the erasure, and by policy what has landed since."""
    changed, known = 0, {one.digest: one for one in erased(client)}
    for contract in landed_contracts().values():
        for start in {known[digest(one)].effective_from for one in customers}:
            group = [one for one in customers if known[digest(one)].effective_from == start]
            changed += rewriting.rewrite(client, contract, group, EPOCH, start, drop=contract.erasure == "drop")
    since = min(known[digest(one)].effective_from for one in customers)
    return changed + screening.screen(client, since, publication.live(client).boundary)


def _delete_former(client: Client, boundary: datetime, customers: Sequence[str]) -> None:
    """Generations, speed rows, tables of other definitions and copies by hand, samples, the log of queries."""
    pruning.prune()
    for model in delta_models():
        client.command(query("delete_speed_rows.sql", table=table(model.name)), parameters={"boundary": boundary})
    for row in clickhouse.rows(client, query("tables_of_others.sql"), {"suffix": f"__{definition()}"}):
        client.command(batch_query("drop_table.sql", database=row["database"], table=row["name"]))
    # Samples and messages, of use to nobody for long; and the log of queries, where one named a customer.
    for name in ("differences", "alerts"):
        client.command(query("truncate.sql", database="ops", table=name))
    if query_log(customers).found:
        clickhouse.connect("admin").command(query("truncate.sql", database="system", table="query_log"))
