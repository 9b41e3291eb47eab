"""What is said of an index that does not answer, though its node does."""

from types import SimpleNamespace
from typing import Any

import pytest
from elastic_transport import ApiResponseMeta, HttpHeaders, NodeConfig, TransportError
from elasticsearch import ApiError, NotFoundError
from kafka.errors import KafkaError

from crm.errors import CrmError, NotReadyError
from search import query, status, topic


def refused(code: int) -> ApiError:
    kind = NotFoundError if code == 404 else ApiError
    meta = ApiResponseMeta(code, "1.1", HttpHeaders(), 0.0, NodeConfig("http", "localhost", 9200))
    return kind("search_phase_execution_exception", meta, {})


def answering(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    """A node that has the alias, and raises whatever is asked of its index."""

    def ask(**_: Any) -> None:
        raise error

    indices = SimpleNamespace(exists_alias=lambda name: True, get_alias=lambda name: {"feedback-000001": {}})
    client = SimpleNamespace(indices=indices, count=ask, search=ask)
    monkeypatch.setattr("search.node.connect", lambda: client)


@pytest.mark.parametrize(
    ("error", "kind"),
    [(refused(503), NotReadyError), (TransportError("gone"), NotReadyError), (refused(400), CrmError)],
)
def test_an_index_that_does_not_answer_is_an_error_for_people(
    monkeypatch: pytest.MonkeyPatch, error: Exception, kind: type[CrmError]
) -> None:
    answering(monkeypatch, error)
    for ask in (status.status, query.search):
        with pytest.raises(CrmError, match="Elasticsearch has no answer") as raised:
            ask()
        assert type(raised.value) is kind


def test_an_index_that_is_being_built_is_not_one_that_is_broken(monkeypatch: pytest.MonkeyPatch) -> None:
    answering(monkeypatch, refused(404))
    with pytest.raises(NotReadyError, match=r"being built: var/logs/search-indexer\.log"):
        query.search()


def test_a_broker_that_ends_meanwhile_is_an_error_for_people(monkeypatch: pytest.MonkeyPatch) -> None:
    closed: list[bool] = []

    def describe(*_: object) -> None:
        raise KafkaError("gone")

    monkeypatch.setattr(topic.kafka, "admin", lambda: SimpleNamespace(close=lambda: closed.append(True)))
    monkeypatch.setattr(topic, "partitions", describe)
    with pytest.raises(NotReadyError, match="Kafka"):
        topic.ends()
    assert closed
