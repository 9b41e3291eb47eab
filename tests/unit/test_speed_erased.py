"""The view that screens erased customers, and what else depends on them."""

from datetime import datetime

from crm.contracts import landed_contracts
from crm.subjects import Erased, digest
from speed_layer import job
from speed_layer.erased import view

ORDERS = landed_contracts()["orders"]
REFUSED = Erased(digest("C0042"), "refuse", datetime(2026, 1, 1))
PSEUDONYMISED = Erased(digest("C0043"), "pseudonymise", datetime(2026, 1, 2))


def test_without_erasures_the_job_is_what_it_was() -> None:
    assert view(ORDERS, ()) is None
    assert job.build() == job.build(erased=())
    assert not any("SHA2" in statement for statement in job.build().statements)


def test_refused_customers_are_dropped_from_their_minute_on() -> None:
    text = view(ORDERS, (REFUSED,))
    assert text is not None and REFUSED.digest in text and "C0042" not in text
    assert "NOT (" in text and "TIMESTAMP '2026-01-01 00:00:00'" in text
    assert [line.rsplit("AS ", 1)[1] for line in text.splitlines() if "CASE" in line] == ["`event_id`,"]


def test_pseudonymised_customers_stay_without_what_is_personal() -> None:
    text = view(ORDERS, (PSEUDONYMISED,))
    assert text is not None and "WHERE" not in text
    cased = [line for line in text.splitlines() if "CASE" in line]
    assert [line.rsplit("AS ", 1)[1] for line in cased] == ["`event_id`,", "`order_id`,", "`customer_id`,"]


def test_ids_of_events_are_replaced_whenever_they_were_sent() -> None:
    """As in raw, where the erasure has rewritten the earlier ones: a later event is a duplicate of an earlier one in both."""
    text = view(ORDERS, (REFUSED, PSEUDONYMISED))
    assert text is not None
    (key,) = (line for line in text.splitlines() if line.endswith("AS `event_id`,"))
    assert REFUSED.digest in key and PSEUDONYMISED.digest in key and "append_time" not in key
    (order,) = (line for line in text.splitlines() if line.endswith("AS `order_id`,"))
    assert REFUSED.digest not in order and "append_time" in order


def test_what_a_contract_drops_is_dropped_by_either_policy() -> None:
    text = view(landed_contracts()["customers"], (PSEUDONYMISED,))
    assert text is not None and "NOT (" in text and "`name`" in text and "'erased'" not in text


def test_every_topic_about_people_is_screened() -> None:
    statements = job.build(erased=(REFUSED,)).statements
    for contract in landed_contracts().values():
        assert contract.subject is not None, contract.name
        assert any(text.startswith(f"CREATE TEMPORARY VIEW `{contract.topic}` AS") for text in statements)


def test_state_is_never_shared_between_jobs_that_screen_others() -> None:
    folders = {job.snapshots("checkpoints", erased) for erased in ((), (REFUSED,), (REFUSED, PSEUDONYMISED))}
    assert len(folders) == 3
    done = Erased(REFUSED.digest, REFUSED.policy, REFUSED.effective_from, "erased")
    assert job.snapshots("checkpoints", (done,)) == job.snapshots("checkpoints", (REFUSED,))
