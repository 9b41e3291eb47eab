"""Answers of Elasticsearch that a healthy node does not give: the real client, against a server that plays one."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from elasticsearch import Elasticsearch

from crm.subjects import digest
from search import node, writing
from search.writing import BusyError, MissingIndexError, write
from tests.unit.test_search_documents import row


class Database:
    """Takes what is inserted."""

    def __init__(self) -> None:
        self.rows: list[list[Any]] = []

    def insert(self, table: str, rows: list[list[Any]], **_: Any) -> None:
        assert table == "ops.search_failures"
        self.rows += rows


@contextmanager
def answering(*answers: list[int | str] | int) -> Iterator[tuple[Elasticsearch, list[list[str]]]]:
    """A client, and the ids of each request; answers are a status for each document, or one for the whole request."""
    asked: list[list[str]] = []
    left = list(answers)

    class Handler(BaseHTTPRequestHandler):
        def do_PUT(self) -> None:  # the base class's name
            lines = self.rfile.read(int(self.headers["Content-Length"])).decode().splitlines()
            ids = [json.loads(line)["index"]["_id"] for line in lines[::2]]
            asked.append(ids)
            answer = left.pop(0)
            items = [
                {"index": {"_id": one, "status": status, **({"error": ERROR} if int(status) >= 400 else {})}}
                for one, status in zip(ids, answer if isinstance(answer, list) else [], strict=isinstance(answer, list))
            ]
            content = json.dumps({"took": 1, "errors": True, "items": items}).encode()
            self.send_response(answer if isinstance(answer, int) else 200)
            self.send_header("X-Elastic-Product", "Elasticsearch")
            self.send_header("Content-Type", "application/vnd.elasticsearch+json; compatible-with=8")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: Any) -> None:
            """Nothing in the test's output."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    client = Elasticsearch(f"http://127.0.0.1:{server.server_port}", max_retries=0)
    try:
        yield client, asked
    finally:
        client.close()
        server.shutdown()
        thread.join()
        server.server_close()


ERROR = {
    "type": "document_parsing_exception",
    "reason": "failed to parse field [rating] in document with id 'order c-1'. Preview of field's value: 'c-1'",
    "caused_by": {"type": "number_format_exception"},
}
ROWS = [row(event_id=f"e{number}", offset=number) for number in range(4)]


def written(client: Elasticsearch, database: Database) -> dict[str, int]:
    return dict(write(client, database, "feedback", ROWS, frozenset()))  # type: ignore[arg-type]


def test_what_is_known_and_what_is_refused_do_not_stop_the_others() -> None:
    database = Database()
    with answering([201, 409, 400, 200]) as (client, asked):
        assert written(client, database) == {"indexed": 2, "known": 1, "failed": 1}
    assert asked == [["e0", "e1", "e2", "e3"]]
    ((topic, partition, offset, reason),) = database.rows
    assert (topic, partition, offset) == ("feedback_enriched", 1, 2)
    # no value, which the message quotes
    assert reason == "document_parsing_exception, field rating, number_format_exception"


def test_an_id_that_no_index_takes_is_recorded_and_does_not_stop_the_others() -> None:
    """The contract counts characters, Elasticsearch bytes; it would refuse the request as a whole."""
    longest, too_long = "好" * 170 + "ab", "好" * 170 + "abc"
    rows = [row(event_id=one, offset=number) for number, one in enumerate(("e0", too_long, longest, too_long))]
    erased = row(event_id=too_long, offset=4, customer_id="gone")
    rejected = row(event_id=too_long, offset=5, reject_reason="rating: greater than 5")
    database = Database()
    with answering([201, 201]) as (client, asked):
        counted = write(client, database, "feedback", [*rows, erased, rejected], frozenset({digest("gone")}))  # type: ignore[arg-type]
    assert counted == {"indexed": 2, "failed": 2, "erased": 1, "rejected": 1}
    assert asked == [["e0", longest]]
    reason = "longer than 512 bytes, field event_id"
    assert database.rows == [["feedback_enriched", 1, 1, reason], ["feedback_enriched", 1, 3, reason]]


def test_where_no_id_fits_nothing_is_asked() -> None:
    database = Database()
    with answering() as (client, asked):
        found = write(client, database, "feedback", [row(event_id="好" * 200)], frozenset())  # type: ignore[arg-type]
    assert (found, asked, len(database.rows)) == ({"failed": 1}, [], 1)


def test_an_overloaded_node_gets_only_what_it_did_not_take_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.sleep", lambda _: None)
    with answering([201, 429, 201, 429], [429, 201], [201]) as (client, asked):
        assert written(client, Database()) == {"indexed": 4}
    assert asked == [["e0", "e1", "e2", "e3"], ["e1", "e3"], ["e1"]]


def test_a_node_that_stays_overloaded_is_for_the_caller_to_wait_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.sleep", lambda _: None)
    database = Database()
    with answering([201, 400, 201, 429], *[[429]] * writing.BUSY_RETRIES) as (client, _), pytest.raises(BusyError):
        written(client, database)
    # the whole batch comes again, and with it what was refused
    assert database.rows == []


def test_without_its_index_nothing_is_lost_silently() -> None:
    with answering([404] * 4) as (client, _), pytest.raises(MissingIndexError, match="is gone"):
        written(client, Database())


@pytest.mark.parametrize(("status", "transient"), [(503, True), (500, False)])
def test_a_request_that_fails_as_a_whole(status: int, transient: bool) -> None:
    with answering(status) as (client, _), pytest.raises(Exception, match=str(status)) as error:
        written(client, Database())
    assert node.is_transient(error.value) == transient
