"""Arrears where the business is not in UTC: in a file of its own, since a process has one engine at a time."""

import random
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from tests.arrears_views import opened
from tests.bookkeeper import Entry


def test_a_day_that_no_entry_names_is_that_of_the_business() -> None:
    """In UTC it is a day earlier: the last day of a term, or of a promise, would be over before it began."""
    at = datetime(2026, 1, 1, 20, tzinfo=UTC)
    entries = [
        Entry("invoiced", "c", "1", "EUR", at.date(), Decimal(100), at),
        Entry("promised", "c", "1", "EUR", at.date(), Decimal(100), at),
    ]
    with opened("Asia/Tokyo") as views:
        views.fill(entries, random.Random(1))
        found = [
            (row["days_past_due"], row["broken_promises"], row["first_delinquent_on"])
            for later in (0, 18, 19)  # midnight in Tokyo is at 15:00 UTC
            for row in views.rows("customer_arrears", as_of=at + timedelta(hours=later))
        ]
    assert found == [(0, 0, None), (0, 0, None), (1, 1, "2026-01-03")]
