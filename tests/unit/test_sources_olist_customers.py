from collections import Counter
from pathlib import Path

import pytest

from sources.events import CustomerEvent, utc_text
from sources.files import Rejects, Row
from sources.loads import SOURCES
from sources.olist_customers import Buyer, customers
from tests.reading import read
from tests.unit.test_sources_olist import SAO_PAULO, folder


def test_a_person_has_one_record_as_of_the_first_order() -> None:
    orders = [
        Buyer(Row("orders.csv", 2, (), []), "ana", 2_000),
        Buyer(Row("orders.csv", 3, (), []), None, 500),
        Buyer(Row("orders.csv", 4, (), []), "ana", 1_000),
        Buyer(Row("orders.csv", 5, (), []), "bia", 3_000),
    ]
    found = list(customers(orders))
    assert [(row.line, event.customer_id, event.occurred_at) for row, event in found] == [
        (4, "ana", 1_000),
        (5, "bia", 3_000),
    ]
    assert {(event.country, event.currency, event.consent, event.name, event.email) for _, event in found} == {
        ("BR", "BRL", "unknown", None, None)
    }


def test_the_loader_sends_persons_beside_their_orders(tmp_path: Path) -> None:
    with Rejects(tmp_path / "rejects.csv") as rejects:
        found = read(SOURCES["olist"], folder(tmp_path), SAO_PAULO, rejects)
    persons = [event for event in found if isinstance(event, CustomerEvent)]
    assert [(event.event_id, utc_text(event.occurred_at)) for event in persons] == [
        ("olist:customers:ana", "2017-11-01T12:00:00.000Z")
    ]


def test_the_real_files_have_19831_persons(data: Path, tmp_path: Path) -> None:
    if not (data / "olist").is_dir():
        pytest.skip(f"no Olist data in {data}")
    with Rejects(tmp_path / "rejects.csv") as rejects:
        found = read(SOURCES["olist"], data / "olist", SAO_PAULO, rejects)
    persons = Counter(event.customer_id for event in found if isinstance(event, CustomerEvent))
    assert len(persons) == 19_831
    assert set(persons.values()) == {1}
