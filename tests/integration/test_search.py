"""Search on a real node: found within two seconds, whatever is killed; each event once, and the same as ClickHouse has."""

import json
import os
import random
import signal
import statistics
import time
from datetime import UTC, datetime
from typing import Any

import pytest
from elasticsearch import helpers

from batch_layer import landing
from crm import clickhouse, kafka
from crm.contracts import contracts
from crm.subjects import digest
from erasure.certificate import certify
from local import stack as embedded
from local.services import services
from search import documents, erasing, index, node, reconciliation, topic
from search.query import Filters, search
from search.rebuild import rebuild
from search.status import status
from tests import oracle
from tests.engine import crm, indexed, next_minute, produce
from tests.parity.events import generated

pytestmark = [pytest.mark.stack, pytest.mark.usefixtures("searching")]
CONTRACT = contracts()["feedback_enriched"]
FRESH_SECONDS = 2.0
PATIENCE_SECONDS = 60
# Of the events of this test: other tests of the session may have loaded real reviews.
CHANNEL, SURVEY = "search-test", "search-survey"
Record = tuple[bytes | None, bytes]


def feedback(event_id: str, text: str | None, **fields: Any) -> Record:
    """A record as the enrichment job writes it."""
    event = {
        "text_language": None, "sentiment": 0.5, "sentiment_label": "positive", "enrichment_model": "test 1", "event_id": event_id,
        "kind": "rated", "feedback_id": f"f-{event_id}", "channel": CHANNEL, "rating": 4, "customer_id": "c-1", "product_id": "p-1",
        "text": text, "occurred_at": "2026-01-05T10:00:00Z",
    } | fields  # fmt: skip
    return (event["customer_id"] or event["feedback_id"]).encode(), json.dumps(event, ensure_ascii=False).encode()


def send(*records: Record) -> None:
    produce(records, CONTRACT.topic)


def found(text: str, **filters: Any) -> list[str]:
    """Ids of the events that a search finds."""
    return [hit["event_id"] for hit in hits(text, **filters)]


def hits(text: str, **filters: Any) -> list[dict[str, Any]]:
    """What a search among the events of this test finds."""
    return list(search(text, Filters(**({"channel": CHANNEL} | filters)), 100)["hits"])


def seconds_until_found(name: str) -> float:
    """How long after the acknowledgement of a record its text is found: the median of five, as the machine may be busy."""
    taken = []
    for number in range(5):
        word = f"{name}{number}"
        send(feedback(f"fresh-{word}", f"the word is {word}"))
        begun = time.monotonic()
        while not found(word):
            assert time.monotonic() - begun < PATIENCE_SECONDS, f"{word} is never found: {status()}"
            time.sleep(0.02)
        taken.append(time.monotonic() - begun)
    return statistics.median(taken)


def kill(name: str) -> None:
    """kill -9 a service, as the supervisor knows it."""
    pid = next(service["pid"] for service in services() if service["name"] == name)
    if pid:
        os.kill(pid, signal.SIGKILL)


def land() -> None:
    """Everything appended so far into raw, as a batch run does it first."""
    boundary = next_minute()
    client, admin = clickhouse.connect("batch"), kafka.admin()
    try:
        for number in range(CONTRACT.partitions):
            landing.land(client, admin, CONTRACT, number, boundary)
    finally:
        admin.close()


def agrees() -> int:
    """Hold the index against the oracle over the whole topic: ids, places and fields; returns the number of documents."""
    indexed()
    expected = {event["event_id"]: event for event in oracle.distinct(oracle.read(CONTRACT.topic), CONTRACT)}
    gone = documents.erased_digests(clickhouse.connect("batch"))
    expected = {one: event for one, event in expected.items() if digest(event["customer_id"] or "") not in gone}
    client = node.client()
    assert client.count(index=index.ALIAS)["count"] == len(expected)
    there = {hit["_id"]: hit["_source"] for hit in helpers.scan(client, index=index.ALIAS)}
    assert there.keys() == expected.keys()
    for one, event in expected.items():
        event |= {"appended": int(event["append_time"].timestamp() * 1000)}
        assert there[one] == documents.document(event), one
    return len(there)


def test_a_text_is_found_within_two_seconds() -> None:
    assert seconds_until_found("first") < FRESH_SECONDS


@pytest.fixture(scope="module")
def texts(searching: None) -> None:
    """Feedback in several scripts."""
    send(
        feedback("pt", "Ótimo produto, mas veio QUEBRADO", rating=2, sentiment_label="negative", product_id="p-2"),
        feedback("zh", "质量很好，下次还会买。物流太慢", channel=SURVEY, customer_id="c-2"),
        feedback(
            "en",
            "A better product, \uff21\uff22\uff23 and 😊",
            occurred_at="2026-02-01T00:00:00+01:00",
            customer_id=None,
        ),
        feedback("ko", "제품이 좋아요", rating=None, kind="commented"),
        feedback("html", "<b>bold</b> & produto", rating=1),
        feedback("none", None, rating=1),
    )
    indexed()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("otimo QUEBRADO", ["pt"]),
        ("produto", ["html", "pt"]),
        ('"veio quebrado"', ["pt"]),
        ('"quebrado veio"', []),
        ("abc 😊", ["en"]),
        ("제품이", ["ko"]),
        ("absent", []),
        ("produto absent", []),
    ],
)
def test_words_and_phrases(texts: None, text: str, expected: list[str]) -> None:
    assert sorted(found(text)) == expected


def test_chinese_is_found_as_it_stands(texts: None) -> None:
    """Without blanks between the words, and not by its characters anywhere."""
    for text in ("质量", "很好", "下次还会买", "质量 物流"):
        assert found(text, channel=SURVEY) == ["zh"], text
    assert found("量质", channel=SURVEY) == found("质好", channel=SURVEY) == []


def test_filters(texts: None) -> None:
    assert found("produto", ratings=(1,)) == ["html"]
    assert found("", customer="c-2", channel=None) == found("", channel=SURVEY) == ["zh"]
    assert found("", sentiment="negative", product="p-2") == ["pt"]
    assert found("", since=datetime(2026, 1, 31, 23), until=datetime(2026, 2, 1)) == ["en"]
    assert sorted(found("", ratings=(1, 2))) == ["html", "none", "pt"]
    assert found("")[0] == "en"  # the newest


def test_what_matched_is_marked(texts: None) -> None:
    (hit,) = hits("quebrado")
    assert hit["highlights"] == ["Ótimo produto, mas veio <em>QUEBRADO</em>"]
    (hit,) = hits("质量", channel=SURVEY)
    assert "".join(hit["highlights"]).replace("</em><em>", "").startswith("<em>质量</em>很好")
    (hit,) = hits("bold")
    assert hit["highlights"] == ["&lt;b&gt;<em>bold</em>&lt;&#x2F;b&gt; &amp; produto"]


def test_the_command(texts: None) -> None:
    done = crm("search", "quebrado", "--rating", 2, "--channel", CHANNEL, "--json")
    assert done.returncode == 0 and json.loads(done.stdout)["total"] == 1
    shown = crm("search", "produto", "--channel", CHANNEL).stdout
    assert "<b>bold</b> & produto" in shown and "crm customer c-1" in shown


def test_hostile_records_and_duplicates_are_what_the_oracle_makes_of_them() -> None:
    """Few ids, many duplicates with other content, every kind of malformed record; no key in common, so across partitions."""
    hostile = generated(CONTRACT, 1500)
    produce(((b"%d" % number, value) for number, (_, value) in enumerate(hostile)), CONTRACT.topic)
    assert agrees() > 50
    land()
    report = reconciliation.check()
    assert report["differences"] == report["refused"] == 0 and report["landed"] == report["indexed"] > 50, report
    assert crm("index", "check", "--json").returncode == 0


def test_kills_lose_nothing_and_double_nothing() -> None:
    """kill -9 of the indexer in the midst of writing, and of the node, again and again while records arrive."""
    chance = random.Random(3)
    for round_ in range(3):
        victims = ("search-indexer", "elasticsearch") if round_ % 2 else ("search-indexer",)
        send(
            *(
                feedback(f"k-{round_}-{number}", f"killed {number}", customer_id=f"c-{number % 50}")
                for number in range(2000)
            )
        )
        time.sleep(chance.uniform(0, 0.6))
        for name in victims:
            kill(name)
        # some of them again, with another content: the first counts
        send(
            *(
                feedback(f"k-{round_}-{number}", "doubled", customer_id=f"c-{number % 50}")
                for number in range(0, 2000, 7)
            )
        )
    embedded.wait([service for service in embedded.catalogue() if service.group == "search"])
    indexed()
    client = node.client()
    assert client.count(index=index.ALIAS, query={"match_phrase": {"text": "killed"}})["count"] == 6_000
    assert client.count(index=index.ALIAS, query={"match_phrase": {"text": "doubled"}})["count"] == 0
    land()
    report = reconciliation.check()
    assert report["differences"] == 0 and report["indexed"] > 6_000, report
    assert seconds_until_found("afterwards") < FRESH_SECONDS


def test_a_difference_is_found() -> None:
    """Documents that are missing, that nobody sent, and that are another event of the id."""
    client = node.client()
    before = reconciliation.check()
    known = client.get(index=index.ALIAS, id="k-0-1")["_source"]
    client.delete(index=index.ALIAS, id="k-0-0")
    client.index(index=index.ALIAS, id="nobody", document=known | {"event_id": "nobody"})
    client.index(index=index.ALIAS, id="k-0-1", document=known | {"offset": known["offset"] + 1})
    report = reconciliation.check()
    assert before["differences"] == 0
    assert (report["missing_ids"], report["unexpected_ids"], report["different_ids"]) == (
        ["k-0-0"],
        ["nobody"],
        ["k-0-1"],
    )
    done = crm("index", "check", "--json")
    assert done.returncode == 1 and json.loads(done.stdout)["differences"] == 3


def test_an_id_that_no_index_takes_is_told_and_stops_nobody() -> None:
    """It is a valid event; its neighbours in the same request are found, and what a former index refused is no news."""
    client = clickhouse.connect("batch")
    client.insert("ops.search_failures", [["feedback_enriched", 0, 0, "of a former index", datetime(2026, 1, 1)]])
    too_long = "质" * 171  # 513 bytes
    send(feedback("before", "a neighbour"), feedback(too_long, "a long id"), feedback("after", "a neighbour"))
    indexed()
    assert sorted(found("neighbour")) == ["after", "before"] and found("long id") == []
    assert status()["refused"] == 1
    land()
    report = reconciliation.check()
    # The differences of the test before are still there.
    assert report["refused"] == 1 and too_long not in report["missing_ids"], report


def test_a_rebuilt_index_has_everything_while_readers_go_on() -> None:
    """From raw and from what has not landed; the differences of the test before are gone with the old index."""
    before = index.live(node.client())
    send(feedback("not-landed", "this one is in the topic only"))
    done = crm("index", "rebuild", "--json")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["index"] != before and report["index"] == index.live(node.client())
    assert found("topic only") and found("killed 17")
    assert reconciliation.check()["differences"] == 0
    assert list(node.client().indices.get(index=index.PATTERN)) == [report["index"]]
    assert status()["refused"] == 1  # the long id again, and once
    assert seconds_until_found("rebuilt") < FRESH_SECONDS


@pytest.mark.long
def test_an_erased_customer_is_in_no_index_and_stays_out() -> None:
    """Deleted, and neither a replay of the whole topic, nor a later event, nor a rebuilt index brings them back."""
    send(
        feedback("mine-1", "my secret words", customer_id="gone-4711"),
        feedback("mine-2", None, customer_id="gone-4711"),
    )
    indexed()
    land()
    assert found("secret") == ["mine-1"]
    assert _place(certify(["gone-4711"])) == 2
    client = clickhouse.connect("batch")
    now = datetime.now(UTC)
    row = [[digest("gone-4711"), "refuse", now, "requested", now]]
    client.insert("ops.erasures", row, column_names=["digest", "policy", "effective_from", "state", "requested_at"])
    assert erasing.forget(["gone-4711"]) == 2
    assert _place(certify(["gone-4711"])) == 0 and found("secret") == []
    # nothing is left in the files either
    assert node.client().indices.stats(index=index.ALIAS)["_all"]["primaries"]["docs"]["deleted"] == 0
    send(feedback("mine-3", "my secret again", customer_id="gone-4711"))
    _replay()
    assert found("secret") == []
    rebuild()
    assert found("secret") == [] and _place(certify(["gone-4711"])) == 0
    land()
    assert reconciliation.check()["differences"] == 0


def _place(proof: dict[str, Any]) -> int:
    (count,) = [place["found"] for place in proof["places"] if place["place"] == "search index"]
    return int(count)


def _replay() -> None:
    """Have the indexer read the topic again from its beginning."""
    embedded.down(only=("search-indexer",))
    consumer = topic.consumer()
    topic.commit(consumer, dict.fromkeys(range(CONTRACT.partitions), 0))
    consumer.close()
    embedded.up(only=("search-indexer",))
    indexed()


def test_without_the_node_it_says_so() -> None:
    embedded.down(only=("elasticsearch",))
    done = crm("search", "word")
    assert done.returncode == 3 and "does not answer" in done.stderr
    assert crm("index", "status").returncode == 3
    send(feedback("meanwhile", "sent meanwhile"))
    embedded.up(only=("elasticsearch",))
    indexed()
    assert found("meanwhile") == ["meanwhile"]
