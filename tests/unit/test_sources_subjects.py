"""The simulated shop in all its subjects: valid by the oracle, consistent with its orders, plausible, and the same for a seed."""

import hashlib
import json
from collections import Counter, defaultdict
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from typing import Any

import pytest

from crm.contracts import contracts
from crm.errors import UsageError
from sources.malformed import BYTES, CHANGES, malformed
from sources.shop_texts import SENTENCES
from sources.simulation import SUBJECTS, Label, Simulation
from sources.simulator import blocks, events
from speed_layer.enrichment import model
from tests import oracle
from tests.bookkeeper import Books, Entry

TOPICS = {"orders", "feedback", "receivables", "customers"}
HALF_A_YEAR = Simulation(count=60_000, days=180, subjects=SUBJECTS)
SPOILED = Simulation(
    count=30_000, days=60, seed=5, subjects=SUBJECTS, duplicates=0.03, late=0.05, late_max=31_536_000, disorder=9, malformed=0.02
)  # fmt: skip
# What benchmarks measure is comparable only while the orders of a seed stay what they are.
ORDERS_DIGEST = "d099c89863dc98a41f99c4672c30af2f0dde41fc9ea574939aee14aefc1d224c"
BUSINESS = ("small business", "corporate")


@cache
def records(simulation: Simulation) -> list[tuple[str, bytes, bytes, int]]:
    """Topic, key, value and label of each record."""
    return [
        record
        for block in blocks(simulation)
        for record in zip(block.topics, block.keys, block.values, block.labels, strict=True)
    ]


@cache
def typed(simulation: Simulation) -> dict[str, list[dict[str, Any]]]:
    """The valid events of each topic in the order of their arrival, typed by the oracle; `place` is that among all records."""
    found: dict[str, list[dict[str, Any]]] = {topic: [] for topic in TOPICS}
    for place, (topic, _, value, label) in enumerate(records(simulation)):
        if label == Label.VALID:
            event = oracle.event(contracts()[topic], value)
            assert event, value
            found[topic].append(event | {"place": place})
    return found


def digest(simulation: Simulation) -> str:
    found = hashlib.sha256()
    for topic, key, value, _ in records(simulation):
        found.update(b"\0".join((topic.encode(), key, value)) + b"\n")
    return found.hexdigest()


def test_the_orders_of_a_seed_are_those_that_benchmarks_have_always_had() -> None:
    found = hashlib.sha256()
    for key, value in events(
        Simulation(count=5000, seed=5, duplicates=0.03, late=0.05, late_max=31_536_000, disorder=5, malformed=0.01)
    ):
        found.update(key + b"\0" + value + b"\n")
    assert found.hexdigest() == ORDERS_DIGEST


def test_the_same_dials_make_the_same_bytes_in_every_topic() -> None:
    again = Simulation(**{name: getattr(SPOILED, name) for name in SPOILED.__dataclass_fields__})
    first = digest(SPOILED)
    records.cache_clear()
    assert digest(again) == first
    assert digest(Simulation(**{**again.__dict__, "seed": 6})) != first


def test_labels_keys_and_topics_tell_the_truth() -> None:
    seen: dict[tuple[str, str], bytes] = {}
    counts: Counter[tuple[str, int]] = Counter()
    for topic, key, value, label in records(SPOILED):
        contract = contracts()[topic]
        counts[topic, label] += 1
        event = oracle.event(contract, value)
        if label == Label.MALFORMED:
            assert event is None, value
            continue
        assert event, value
        assert key == next(event[name] for name in contract.partition_key if event[name] is not None).encode()
        if label == Label.DUPLICATE:
            assert seen[topic, event["event_id"]] == value
        else:
            assert (topic, event["event_id"]) not in seen
            seen[topic, event["event_id"]] = value
    assert {topic for topic, _ in counts} == TOPICS
    for topic in TOPICS:
        whole = sum(counts[topic, label] for label in Label)
        assert 0.01 < counts[topic, Label.DUPLICATE] / whole < 0.06, topic
        assert 0.005 < counts[topic, Label.MALFORMED] / whole < 0.05, topic
    assert sum(counts.values()) == SPOILED.count


@pytest.mark.parametrize("topic", sorted(TOPICS))
def test_every_way_to_break_a_record_of_a_topic_breaks_it(topic: str) -> None:
    value = next(value for to, _, value, _ in records(HALF_A_YEAR) if to == topic)
    ways = len(CHANGES[topic]) + len(BYTES)
    broken = [malformed(number, "sim:1:malformed:1", value, topic) for number in range(ways)]
    assert len({*broken}) == ways
    assert [value for value in broken if oracle.event(contracts()[topic], value)] == []


@pytest.mark.parametrize("days", [30.0, 365.0])
@pytest.mark.parametrize("subjects", [SUBJECTS, ("feedback",), ("arrears",), ("customers",), ("demand", "arrears")])
def test_a_stream_fills_the_time_that_is_asked_for(subjects: tuple[str, ...], days: float) -> None:
    """So that what is simulated up to now does not end in the future. Whether a great buyer buys on account is chance."""
    simulation = Simulation(count=20_000, days=days, subjects=subjects, customers=5_000)
    last = max(json.loads(value)["occurred_at"] for _, _, value, _ in records(simulation))
    spanned = (datetime.fromisoformat(last).timestamp() - simulation.start / 1000) / 86_400
    tolerance = 0.2 if subjects == ("arrears",) else 0.08
    assert 1 - tolerance < spanned / days < 1 + tolerance, subjects


def test_arrival_is_in_order_but_for_what_is_asked() -> None:
    times = [json.loads(value)["occurred_at"] for _, _, value, _ in records(HALF_A_YEAR)]
    assert times == sorted(times)
    valid = [json.loads(value)["occurred_at"] for *_, value, label in records(SPOILED) if label == Label.VALID]
    behind = sum(time < max(valid[max(0, at - 50) : at + 1]) for at, time in enumerate(valid))
    assert 0.04 < behind / len(valid) < 0.5


def test_feedback_is_about_what_the_customer_bought() -> None:
    shop = typed(HALF_A_YEAR)
    lines = {(event["order_id"], event["product_id"]): event for event in shop["orders"] if event["kind"] == "placed"}
    cases: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for event in shop["feedback"]:
        line = lines[event["order_id"], event["product_id"]]
        assert (line["customer_id"], line["category"]) == (event["customer_id"], event["category"])
        assert line["occurred_at"] < event["occurred_at"] and line["place"] < event["place"]
        cases[event["feedback_id"]].append(event)
    kinds = Counter(tuple(event["kind"] for event in steps) for steps in cases.values())
    ways = ("complained", "replied", "resolved", "reopened", "resolved")
    assert kinds.keys() == {("rated",), ("commented",), *(ways[:end] for end in range(1, 6))}
    complaints = sum(count for steps, count in kinds.items() if steps[0] == "complained")
    assert kinds[ways[:3]] > complaints / 2
    assert kinds[ways[:1]] + kinds[ways[:2]] + kinds[ways[:4]] > complaints / 20, "no complaint is open"


def test_ratings_are_as_customers_give_them() -> None:
    """Most are 5 and more are 1 than 2, as of Olist's real reviews; products differ; what went back is rated worse."""
    shop = typed(HALF_A_YEAR)
    rated = [event for event in shop["feedback"] if event["kind"] == "rated"]
    shares = {rating: count / len(rated) for rating, count in Counter(event["rating"] for event in rated).items()}
    assert 0.5 < shares[5] < 0.65 and 0.15 < shares[4] < 0.25 and shares[2] < shares[1] < 0.2
    asked = [event for event in rated if event["nps"] is not None]
    high, low = ([e["nps"] for e in asked if e["rating"] == rating] for rating in (5, 1))
    assert sum(high) / len(high) > 8.5 and sum(low) / len(low) < 3
    back = {(e["order_id"], e["product_id"]) for e in shop["orders"] if e["kind"] == "returned"}
    means = [
        sum(found) / len(found)
        for found in (
            [e["rating"] for e in rated if ((e["order_id"], e["product_id"]) in back) == went_back] for went_back in (True, False)
        )
    ]  # fmt: skip
    assert means[0] < means[1] - 0.5
    assert {None, "survey", "web", "app"} >= {event["channel"] for event in rated}


@pytest.mark.parametrize(
    ("language", "mood", "sentence"),
    [(language, mood, one) for language, moods in SENTENCES.items() for mood, all_ in moods.items() for one in all_],
)
def test_the_model_finds_the_mood_of_each_sentence(language: str, mood: str, sentence: str) -> None:
    said = model.enrich(sentence)
    assert (said.language, said.label) == (language, mood)


def test_texts_fit_their_ratings_in_three_languages() -> None:
    moods = {1: "negative", 2: "negative", 3: "neutral", 4: "positive", 5: "positive"}
    written = [event for event in typed(HALF_A_YEAR)["feedback"] if event["text"]]
    assert any("\n" in event["text"] for event in written)
    of: Counter[tuple[str | None, bool]] = Counter()
    for event in written[:1500]:
        if event["kind"] in ("rated", "complained"):
            said = model.enrich(event["text"])
            fits = said.label == ("negative" if event["kind"] == "complained" else moods[event["rating"]])
            assert event["language"] in (None, said.language)
            of[said.language, fits] += 1
    for language in ("en", "pt", "zh"):
        assert of[language, True] > 100
        assert of[language, True] > 20 * of[language, False], language


def entries(simulation: Simulation) -> list[Entry]:
    return [
        Entry(
            e["kind"], e["customer_id"], e["invoice_id"], e["currency"], e["due_date"] or e["occurred_at"].date(), e["amount"],
            e["occurred_at"],
        )
        for e in typed(simulation)["receivables"]
    ]  # fmt: skip


def test_invoices_are_those_of_orders_on_account() -> None:
    shop = typed(HALF_A_YEAR)
    on_account = {event["customer_id"] for event in shop["receivables"]}
    orders: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for event in shop["orders"]:
        orders[event["order_id"]].append(event)
    paid_at_once = {e["customer_id"] for e in shop["orders"] if e["kind"] == "paid" and e["customer_id"]}
    assert on_account and not on_account & paid_at_once
    sign = {"placed": 1, "cancelled": -1, "returned": -1}
    invoices = [event for event in shop["receivables"] if event["kind"] == "invoiced"]
    for invoice in invoices:
        order = orders[invoice["invoice_id"].replace("R-", "sim-")]
        assert {event["customer_id"] for event in order} == {invoice["customer_id"]}
        assert invoice["amount"] == sum(
            sign[e["kind"]] * e["amount"] for e in order if e["occurred_at"] <= invoice["occurred_at"]
        )
        assert (invoice["due_date"] - invoice["occurred_at"].date()).days in (14, 30, 60)
    assert len({invoice["invoice_id"] for invoice in invoices}) == len(invoices) > 1_000


@pytest.mark.parametrize("live", [False, True])
def test_no_entry_comes_before_its_invoice(live: bool) -> None:
    simulation = Simulation(count=20_000, rate=200, subjects=SUBJECTS) if live else HALF_A_YEAR
    invoiced = set()
    for event in typed(simulation)["receivables"]:
        if event["kind"] == "invoiced":
            invoiced.add(event["invoice_id"])
        assert event["invoice_id"] in invoiced, event
    assert invoiced


def test_customers_pay_as_customers_do() -> None:
    """Most in time; some late, in parts, too much or never, with what follows: a bookkeeper finds all of it."""
    found = entries(HALF_A_YEAR)
    kinds = Counter(entry.kind for entry in found)
    assert kinds.keys() == {
        "invoiced", "paid", "credited", "penalised", "reversed", "disputed", "dispute_resolved", "promised", "written_off",
    }  # fmt: skip
    books = Books(found, datetime(2026, 6, 20, tzinfo=UTC))
    old = {
        account: own for account, own in books.accounts.items() if own[0].occurred_at < datetime(2026, 3, 1, tzinfo=UTC)
    }
    settled = sum(not books.balance(account) for account in old) / len(old)
    assert 0.7 < settled < 0.99
    buckets = Counter(books.bucket(account) for account in books.accounts)
    assert {"settled", "current", "1-30", "31-60", "61-90", "over 90", "credit"} <= buckets.keys(), buckets
    parts = [own for own in old.values() if sum(entry.kind == "paid" for entry in own) > 1]
    assert len(parts) > len(old) / 50
    people = {(account[0], account[2]) for account in books.accounts}
    promises = [books.promises(*person) for person in people]
    made, broken = (sum(column) for column in zip(*promises, strict=True))
    assert 0.2 < broken / made < 0.9


def test_who_buys_is_known_and_who_buys_on_account_has_a_limit() -> None:
    shop = typed(HALF_A_YEAR)
    first: dict[str, int] = {}
    latest: dict[str, dict[str, Any]] = {}
    for event in shop["customers"]:
        first.setdefault(event["customer_id"], event["place"])
        latest[event["customer_id"]] = event
    for event in shop["orders"]:
        assert event["customer_id"] is None or first[event["customer_id"]] < event["place"]
    for topic in ("feedback", "receivables"):
        for event in shop[topic]:
            assert event["customer_id"] is None or first[event["customer_id"]] < event["place"]
    on_account = {event["customer_id"] for event in shop["receivables"]}
    for customer, profile in latest.items():
        assert profile["email"].endswith(".example")
        assert (profile["credit_limit"] is not None) == (profile["segment"] in BUSINESS)
        assert customer not in on_account or profile["segment"] in BUSINESS
    assert {profile["consent"] for profile in latest.values()} == {"granted", "denied", "unknown"}
    assert len({profile["country"] for profile in latest.values()}) == 7
    changed = Counter(event["customer_id"] for event in shop["customers"])
    assert 0.01 < sum(count > 1 for count in changed.values()) / len(changed) < 0.2
    limit = [e["credit_limit"] for e in shop["customers"] if e["customer_id"] in on_account]
    assert Decimal(500) < sorted(limit)[len(limit) // 2] < Decimal(20_000)


def test_a_live_shop_has_a_ledger_of_all_ages() -> None:
    """Nothing becomes overdue within minutes, so what customers owe from before is brought in."""
    found = entries(Simulation(count=60_000, rate=200, subjects=SUBJECTS))
    books = Books(found, max(entry.occurred_at for entry in found))
    assert {"current", "1-30", "31-60", "61-90", "over 90"} <= {books.bucket(account) for account in books.accounts}


@pytest.mark.parametrize(
    ("dials", "why"),
    [
        ({"subjects": ("demand", "weather")}, "weather"),
        ({"subjects": ()}, "subjects"),
        ({"subjects": ("arrears",), "business": 0.0}, "business"),
        ({"subjects": ("customers",), "anonymous": 1.0}, "anonymous"),
        ({"rated": 1.5}, "rated"),
    ],
)
def test_dials_that_make_no_sense_are_refused(dials: dict[str, Any], why: str) -> None:
    with pytest.raises(UsageError, match=why):
        Simulation(**dials)
