"""What is known of loads: `ops.loads`."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from clickhouse_connect.driver.client import Client

from crm import clickhouse

NEWEST = Path(__file__).with_name("sql") / "newest_load.sql"
State = Literal["running", "finished", "failed"]
COLUMNS = ("load_id", "source", "location", "state", "position", "events", "rejected_rows", "started_at", "updated_at")


@dataclass(frozen=True)
class LoadState:
    """One row of `ops.loads`. `position` events, in the load's fixed order, are certainly in Kafka."""

    load_id: str
    source: str
    location: str
    state: State
    position: int
    events: int
    rejected_rows: int
    started_at: datetime
    updated_at: datetime


class Ledger:
    """Reads and writes `ops.loads` as the batch user."""

    def __init__(self, client: Client | None = None) -> None:
        self._client = client or clickhouse.connect("batch")

    def newest(self, load_id: str, source: str, location: str) -> LoadState | None:
        """The newest state of a load; None where it was never begun."""
        found = clickhouse.rows(self._client, clickhouse.sql(NEWEST), {"load_id": load_id})
        if not found:
            return None
        times = {name: found[0].pop(name).replace(tzinfo=UTC) for name in ("started_at", "updated_at")}
        return LoadState(load_id=load_id, source=source, location=location, **found[0], **times)

    def record(self, state: LoadState) -> LoadState:
        """Write a state as of now, and return it."""
        written = replace(state, updated_at=datetime.now(UTC))
        row = [getattr(written, name) for name in COLUMNS]
        # The position must be on disk before more is sent than it says; a queue in the server would only add its delay.
        self._client.insert("loads", [row], column_names=list(COLUMNS), database="ops", settings={"async_insert": 0})
        return written
