"""One customer as the serving views know it."""

from pathlib import Path
from typing import Any

from crm import clickhouse
from crm.errors import CrmError

SQL = Path(__file__).parent / "sql"


class UnknownCustomerError(CrmError):
    """No subject knows the customer."""

    exit_code = 4


def customer(customer_id: str, entries: int, personal: bool = False) -> dict[str, Any]:
    """The row of customer_360 as `figures`, and the newest entries of the timeline, newest first, as `timeline`.

    Read as the user bi, who sees that there is a name and an e-mail address; with `personal` as crm_service, who reads them.
    Raises UnknownCustomerError.
    """
    client = clickhouse.connect("crm_service" if personal else "bi")
    bound: dict[str, Any] = {"customer": customer_id, "entries": entries}
    found = clickhouse.rows(client, clickhouse.sql(SQL / "customer_360.sql"), bound)
    if not found:
        raise UnknownCustomerError(f"no subject knows a customer {customer_id!r}: ids are case-sensitive")
    figures = found[0]
    if personal:
        for contact in clickhouse.rows(client, clickhouse.sql(SQL / "customer_contact.sql"), bound):
            figures |= contact
    timeline = clickhouse.rows(client, clickhouse.sql(SQL / "customer_timeline.sql"), bound)
    return {"figures": figures, "timeline": timeline}
