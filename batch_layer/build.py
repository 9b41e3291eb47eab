"""Build the batch layer's rows of an append-time range with dbt, and record what the range holds that counts nowhere.

A build replaces whatever an earlier build of the same range and generation left, so that a failed one is simply repeated.
Nothing of it is visible before its boundary is published.
"""

import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from clickhouse_connect.driver.client import Client

from batch_layer.dbt import run_dbt
from batch_layer.errors import BuildError, OvertakenError
from batch_layer.locks import exclusively
from batch_layer.moments import EPOCH, aware, text
from batch_layer.publication import live, newest_build, next_generation
from batch_layer.queries import query
from crm import clickhouse
from crm.contracts import landed_contracts
from crm.models import definition, table, written_definition

# Records that one build reads at the most. Deduplicating and grouping them takes about 1 KB each, so 3 GB in all; a longer
# history is built in several ranges, one after the other.
LARGEST_BUILD = 3_000_000


# What a range is built of. Marts and serving views are bound to a definition, not to a range: only a deployment replaces them.
LAYERS = ("path:models/staging", "path:models/deltas")


@dataclass(frozen=True)
class Built:
    """The ranges of a build, and its id: as long as it is the newest one of its generation, what it built is there and whole."""

    build_id: str
    ranges: list["Range"]

    @property
    def records(self) -> int:
        """The records that it read."""
        return sum(one.records for one in self.ranges)


@dataclass(frozen=True)
class Range:
    """Append times from `start` (inclusive) to `end` (exclusive), whole minutes, with the number of records in them."""

    start: datetime
    end: datetime
    records: int = 0


def split(
    start: datetime, end: datetime, minutes: Iterable[tuple[datetime, int]], largest: int = LARGEST_BUILD
) -> list[Range]:
    """Cut [start, end) into ranges of at most `largest` records; a single minute with more stays whole.

    `minutes` gives the records of each minute that has any, in order. The ranges cover [start, end) without a gap.
    """
    ranges, begin, records = [], start, 0
    for minute, count in minutes:
        if records and records + count > largest:
            ranges.append(Range(begin, minute, records))
            begin, records = minute, 0
        records += count
    return [*ranges, Range(begin, end, records)]


def ranges(client: Client, start: datetime, end: datetime) -> list[Range]:
    """[start, end) in pieces whose build fits into memory."""
    topics = [contract.topic for contract in landed_contracts().values()]
    found = clickhouse.rows(
        client, query("records_by_minute.sql", topics=topics), {"range_start": start, "range_end": end}
    )
    return split(start, end, [(row["minute"], row["records"]) for row in found])


def _settings(generation: int, start: datetime, end: datetime) -> dict[str, str | int]:
    return {"generation": generation, "range_start": text(start), "range_end": text(end)}


def create_relations(say: Callable[[str], None] = lambda _: None) -> None:
    """Create this definition's tables, empty, where they are missing, and bind every mart and serving view to it."""
    run_dbt(["run"], _settings(0, EPOCH, EPOCH), say=say)


def create_tables(say: Callable[[str], None] = lambda _: None) -> None:
    """Create this definition's staging and delta tables, empty, where they are missing."""
    run_dbt(["run", "--select", *LAYERS], _settings(0, EPOCH, EPOCH), say=say)


def create_views(say: Callable[[str], None] = lambda _: None) -> None:
    """Bind every mart and serving view to this definition; each is replaced in one step."""
    run_dbt(["run", "--exclude", *LAYERS], _settings(0, EPOCH, EPOCH), say=say)


def test(generation: int, start: datetime, end: datetime, say: Callable[[str], None] = print) -> None:
    """Run dbt's data tests on a generation's rows of [start, end) and on the serving views; raises BuildError."""
    with exclusively("batch"):
        run_dbt(["test", "--exclude-resource-type", "unit_test"], _settings(generation, start, end), say=say)


def build(
    client: Client,
    generation: int,
    start: datetime,
    end: datetime,
    *,
    after: int | None,
    continuing: str = "",
    say: Callable[[str], None] = print,
) -> Built:
    """Build [start, end) of a generation, in as many ranges as memory asks for.

    `after` is the sequence of the live publication that the build continues: where another one is live by now, the range
    may have become visible, and clearing it would tear a hole into what readers see. None: the generation is new, so nobody
    sees any of it. `continuing` is the id of the build that this one goes on from; by default it is a build of its own.

    Raises OvertakenError where another publication was made, or another build of the generation has begun: it clears what this
    one built. Raises BuildError where dbt fails, or where the definition's files have changed meanwhile.
    """
    build_id, is_begun = continuing or uuid.uuid4().hex, bool(continuing)
    pieces = ranges(client, start, end)
    for number, piece in enumerate(pieces, 1):
        say(
            f"build {number} of {len(pieces)}: generation {generation}, {piece.records} records, {text(piece.start)} to {text(piece.end)}"
        )
        with exclusively("batch"):
            if after is not None and (sequence := live(client).sequence) != after:
                raise OvertakenError(
                    f"Publication {sequence} was made since this run chose its boundary, upon publication {after}. Run it anew."
                )
            if after is None and generation < next_generation(client):
                raise OvertakenError(
                    f"Generation {generation} was published by another computation since this one began. Run it anew."
                )
            if is_begun and newest_build(client, generation) != build_id:
                raise OvertakenError(
                    f"Another build of generation {generation} has begun since this one did, and replaces what it built. Run it anew."
                )
            begun = [[definition(), generation, build_id, aware(piece.start), aware(piece.end)]]
            client.insert(
                "ops.builds", begun, column_names=["definition", "generation", "build_id", "range_start", "range_end"]
            )
            is_begun = True
            run_dbt(["run", "--select", *LAYERS], _settings(generation, piece.start, piece.end), say=say)
            # dbt reads the files at each call, and writes to the tables of the definition that this process began with.
            if (found := written_definition()) != definition():
                raise BuildError(
                    f"The files of definition {definition()} have changed to those of {found} while it was built. Nothing of it was published. "
                    "Run it anew, or change over with `crm deploy`."
                )
        for contract in landed_contracts().values():
            bound = {
                "generation": generation,
                "topic": contract.topic,
                "range_start": piece.start,
                "range_end": piece.end,
            }
            if clickhouse.rows(client, query("count_rejects.sql"), bound)[0]["rejects"]:
                client.command(query("delete_rejects.sql"), parameters=bound)
            staging = table(f"stg_{contract.name}")
            client.command(query("insert_rejects.sql", topic=contract.topic, staging=staging), parameters=bound)
    return Built(build_id, pieces)
