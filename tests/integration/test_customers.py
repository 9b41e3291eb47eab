"""Customers through the running stack: the latest record wins on either side of any boundary, and personal data stays hidden."""

import itertools
import json
import time
from collections.abc import Iterator
from datetime import UTC
from typing import Any

import pytest
from clickhouse_connect.driver.exceptions import DatabaseError

from crm import clickhouse
from crm.contracts import contracts
from tests import oracle, plausible
from tests.engine import batch_to, caught_up, crm, next_minute, produce, served

# It publishes, and the test of the main job begins with nothing published: apart from it, with --long.
pytestmark = [pytest.mark.stack, pytest.mark.long]
# Nothing else that is sent contains them. A name of one letter would be in every text.
NAME, EMAIL = "Zdeňka Přísnětajná", "zdenka.prisnetajna@secret.example"
# What reaches beyond a view, each by another way: a reader must be refused all of them.
WAYS_ROUND = (
    "SELECT * FROM personal.customer_contacts",
    # Versions of ClickHouse before its pull request 117555 let everybody read a view so.
    "SELECT * FROM personal.customer_contacts SETTINGS analyzer_inline_views = 1",
    "SELECT * FROM merge('personal', '.*')",
    "SELECT * FROM merge('batch', '^customer_profile_deltas')",
    "SELECT * FROM merge('speed', '^customer_profile_deltas')",
    "SELECT * FROM remote('127.0.0.1', personal.customer_contacts)",
    "SELECT * FROM raw.customers",
    "SELECT * FROM raw.customers_events",
    "SELECT * FROM ops.rejects",
    "SELECT query FROM system.query_log",
    "CREATE VIEW serving.mine SQL SECURITY DEFINER DEFINER = batch AS SELECT * FROM personal.customer_contacts",
    "EXECUTE AS crm_service SELECT * FROM personal.customer_contacts",
    "SET ROLE ALL; SELECT * FROM personal.customer_contacts",
)


def event(number: int, **fields: Any) -> tuple[bytes, bytes]:
    """A record of customer `secret`."""
    known = {"event_id": f"personal-{number}", "customer_id": "secret", "currency": "EUR", "consent": "granted"}
    found = known | {"occurred_at": "2026-01-01T00:00:00Z"} | fields
    return found["customer_id"].encode(), json.dumps(found).encode()


def expected() -> dict[str, dict[str, Any]]:
    """The latest valid record of each customer, from the topic itself."""
    contract = contracts()["customers"]
    events = oracle.distinct(oracle.read(contract.topic), contract)
    # In the order of their places: the last one of a customer stays.
    return {found["customer_id"]: found for found in events}


def publish() -> None:
    """Publish all that has been appended, and wait until the boundary is past: what is appended then lies above it."""
    boundary = next_minute()
    batch_to(boundary)
    time.sleep(max(0.0, boundary.replace(tzinfo=UTC).timestamp() - time.time()))


def agrees(when: str) -> None:
    latest = expected()
    contacts = clickhouse.rows(clickhouse.connect("crm_service"), "SELECT * FROM personal.customer_contacts")
    assert {row["customer_id"]: (row["name"], row["email"]) for row in contacts} == {
        customer: (found["name"] or "", found["email"] or "") for customer, found in latest.items()
    }, when
    plain = ("country", "segment", "currency", "consent")
    for view, currency in (("customer_profile", "currency"), ("customer_360", "credit_currency")):
        rows = {row["customer_id"]: row for row in served(f"SELECT * FROM serving.{view}")}  # noqa: S608
        assert rows.keys() >= latest.keys(), (view, when)
        for customer, found in latest.items():
            row = rows[customer] | {"currency": rows[customer][currency]}
            assert [row[name] for name in plain] == [found[name] or "" for name in plain], (view, customer, when)
            assert row["credit_limit"] == found["credit_limit"], (view, customer, when)
            assert row["name"] == ("***" if found["name"] else ""), (view, customer, when)
            assert row["email"] == ("***" if found["email"] else ""), (view, customer, when)


def test_the_latest_record_wins_wherever_the_boundary_is(stack: None) -> None:
    """Many records of few customers, with duplicates of older ones sent after newer ones, before and after a publication."""
    made = plausible.records(contracts()["customers"], seed=4)
    produce(itertools.islice(made, 400), "customers")
    caught_up()
    agrees("from the speed layer")
    publish()
    agrees("from the batch layer")
    produce(itertools.islice(made, 400), "customers")
    caught_up()
    agrees("from both layers")
    publish()
    agrees("from the batch layer again")


@pytest.fixture
def secret(stack: None) -> None:
    """A customer with a name, in both layers, in a rejected record, and in a query that crm_service has just asked."""
    produce([event(1, name=NAME, email=EMAIL)], "customers")
    caught_up()
    publish()
    produce([event(2, name=NAME, email=EMAIL), event(3, name=NAME, email=EMAIL, consent="maybe")], "customers")
    caught_up()
    client = clickhouse.connect("crm_service")
    found = clickhouse.rows(
        client, "SELECT customer_id FROM personal.customer_contacts WHERE name = {name:String}", {"name": NAME}
    )
    assert found == [{"customer_id": "secret"}]


def readable() -> Iterator[tuple[str, str]]:
    """Every table that there is, those of the engine included, whose rows the user bi can read; with its first rows as text."""
    names = clickhouse.rows(
        clickhouse.connect("admin"), "SELECT database, name FROM system.tables WHERE name NOT LIKE '%\\_as\\_of'"
    )
    client = clickhouse.connect("bi", settings={"max_execution_time": 20})
    for row in names:
        name = f"`{row['database']}`.`{row['name']}`"
        try:
            rows = client.raw_query(f"SELECT * FROM {name} LIMIT 20000", fmt="TSV")  # noqa: S608  # the engine's own names
        except DatabaseError as error:
            # A table that wants a condition, or that this build of the engine lacks, gives nothing away either.
            assert NAME not in str(error) and EMAIL not in str(error), name
        else:
            yield name, rows.decode(errors="replace")


def test_bi_finds_no_personal_data_in_anything_that_it_can_read(secret: None) -> None:
    found = dict(readable())
    assert {"`serving`.`customer_profile`", "`serving`.`customer_360`", "`serving`.`customer_timeline`"} <= found.keys()
    assert "secret" in found["`serving`.`customer_profile`"], "the customer is not there: the test compares nothing"
    assert not [name for name in found if name.startswith(("`personal`", "`batch`", "`speed`", "`raw`", "`ops`"))]
    for name, text in found.items():
        assert NAME not in text and EMAIL not in text, name


def test_bi_is_refused_every_way_round_the_views(secret: None) -> None:
    """One test for all of them: each test begins with a stack of its own."""
    allowed = []
    for sql in WAYS_ROUND:
        try:
            clickhouse.connect("bi").raw_query(sql)
            allowed.append(sql)
        except DatabaseError as refused:
            assert NAME not in str(refused), sql
    assert allowed == []


def test_the_service_reads_contacts_and_writes_nothing(secret: None) -> None:
    client = clickhouse.connect("crm_service")
    for sql in (
        "SELECT * FROM raw.customers",
        "SELECT * FROM batch.dim_products",
        "DROP VIEW personal.customer_contacts",
    ):
        with pytest.raises(DatabaseError, match=r"ACCESS_DENIED|READONLY"):
            client.raw_query(sql)


def test_one_customer_in_the_terminal(secret: None) -> None:
    masked = crm("customer", "secret", "--json")
    assert masked.returncode == 0, masked.stderr
    assert NAME not in masked.stdout and EMAIL not in masked.stdout
    found = json.loads(masked.stdout)
    assert found["figures"]["name"] == "***"
    assert [(row["subject"], row["kind"]) for row in found["timeline"]] == [("customers", "recorded")]
    assert sum(row["events"] for row in found["timeline"]) == 2
    clear = crm("customer", "secret", "--json", "--personal")
    assert json.loads(clear.stdout)["figures"] | {"name": NAME, "email": EMAIL} == json.loads(clear.stdout)["figures"]
    unknown = crm("customer", "nobody-of-that-name")
    assert unknown.returncode == 4 and "nobody-of-that-name" in unknown.stderr
