"""What the batch layer makes of events that customers send after their erasure; speed_layer/erased.py is its counterpart.

Between landing and building: what a range holds of them is refused or anonymised in raw itself, so that no computation
ever reads who they were. Without erasures it costs one look at an empty table.
"""

from collections import defaultdict
from collections.abc import Callable
from datetime import datetime

from clickhouse_connect.driver.client import Client

from batch_layer.queries import query
from batch_layer.rewriting import rewrite
from crm import clickhouse
from crm.contracts import Contract, landed_contracts
from crm.subjects import Erased, digest, erased


def later(client: Client, contract: Contract, start: datetime, end: datetime) -> dict[str, Erased]:
    """The erased customers that the landed records of [start, end) name, by id."""
    known = {one.digest: one for one in erased(client) if one.effective_from < end}
    if contract.subject is None or not known:
        return {}
    sql = query("subjects_of_range.sql", topic=contract.topic, subject=contract.subject.name)
    there = [row["customer"] for row in clickhouse.rows(client, sql, {"range_start": start, "range_end": end})]
    return {one: known[of] for one in there if (of := digest(one)) in known}


def screen(client: Client, start: datetime, end: datetime, say: Callable[[str], None] = lambda _: None) -> int:
    """Refuse or anonymise what erased customers sent after their erasure in [start, end); returns the records changed."""
    changed = 0
    for contract in landed_contracts().values():
        # Together, those to whom the same is done from the same moment on: each rewriting costs a mutation of raw.
        together: defaultdict[tuple[datetime, bool], list[str]] = defaultdict(list)
        for customer, one in later(client, contract, start, end).items():
            together[max(start, one.effective_from), one.drops(contract)].append(customer)
        for (since, drop), customers in together.items():
            found = rewrite(client, contract, customers, since, end, drop=drop)
            if found:
                say(
                    f"topic {contract.topic}: {found} records of erased customers {'refused' if drop else 'made anonymous'}"
                )
            changed += found
    return changed
