"""Customers who were erased: how they are known again without being named.

`ops.erasures` holds a keyed digest of each id. Both layers compare it with the digests of the ids that arrive.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from clickhouse_connect.driver.client import Client

from crm import clickhouse
from crm.contracts import Contract
from crm.credentials import password

SQL = Path(__file__).parent / "sql"
# What stands in the place of personal text.
ERASED = "erased"
Policy = Literal["refuse", "pseudonymise"]


@dataclass(frozen=True)
class Erased:
    """One row of ops.erasures. Events appended from `effective_from` (UTC) on are later events, to which `policy` applies."""

    digest: str
    policy: Policy
    effective_from: datetime
    state: str = "requested"

    @property
    def pseudonym(self) -> str:
        """What takes the id's place where a field must not be empty."""
        return pseudonym(self.digest)

    def drops(self, contract: Contract) -> bool:
        """Whether a later event counts nowhere; else it counts for no customer."""
        return self.policy == "refuse" or contract.erasure == "drop"


def digest(customer: str) -> str:
    """SHA-256 of the stack's secret followed by the id, in hex. Flink's SHA2(CONCAT(secret, id), 256) gives the same."""
    return hashlib.sha256((password("erasure") + customer).encode()).hexdigest()


def pseudonym(of: str) -> str:
    """`erased-` and 16 hex digits: the same for all events of a digest, so that what they count together stays together."""
    return f"erased-{of[:16]}"


def erased(client: Client | None = None) -> tuple[Erased, ...]:
    """Every customer who was erased or is being erased, by digest."""
    found = clickhouse.rows(client or clickhouse.connect("batch"), clickhouse.sql(SQL / "erasures.sql"))
    return tuple(Erased(**row) for row in found)
