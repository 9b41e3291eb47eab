from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kafka.errors import KafkaTimeoutError
from kafka.future import Future
from kafka.partitioner import DefaultPartitioner

import sources.producer
from crm.errors import NotReadyError
from sources.producer import DeliveryError, KeyPartitioner, Producer


class Cluster:
    def topics(self) -> set[str]:
        return {"orders"}

    def partitions_for_topic(self, _topic: str) -> set[int]:
        return {0, 1, 2}

    available_partitions_for_topic = partitions_for_topic


class Kafka:
    """Stands in for the client: keeps the futures, for the test to answer."""

    def __init__(self) -> None:
        self.futures: list[Future] = []

    def send(self, _topic: str, **_record: Any) -> Future:
        self.futures.append(Future())
        return self.futures[-1]

    def flush(self, timeout: float) -> None:
        assert timeout > 0


def producer(kafka: Kafka) -> Producer:
    made = Producer(servers="nowhere:1")
    made._kafka = kafka  # type: ignore[assignment]
    return made


@given(st.binary(min_size=1, max_size=40))
def test_keys_go_where_kafkas_default_partitioner_sends_them(key: bytes) -> None:
    arguments = ("orders", key, key, b"", b"", Cluster())
    assert KeyPartitioner().partition(*arguments) == DefaultPartitioner().partition(*arguments)


def test_acknowledged_counts_the_prefix_only() -> None:
    kafka = Kafka()
    sending = producer(kafka)
    for _ in range(3):
        sending.send(b"k", b"v")
    kafka.futures[1].success(None)
    assert sending.acknowledged == 0
    kafka.futures[0].success(None)
    assert sending.acknowledged == 2


def test_an_event_that_is_not_delivered_is_an_error() -> None:
    kafka = Kafka()
    sending = producer(kafka)
    sending.send(b"k", b"v")
    sending.send(b"k", b"v")
    kafka.futures[0].success(None)
    kafka.futures[1].failure(KafkaTimeoutError("too late"))
    with pytest.raises(DeliveryError, match=r"acknowledged 1 of 2 .*too late"):
        sending.flush()


def test_an_answer_that_never_came_is_an_error() -> None:
    sending = producer(Kafka())
    sending.send(b"k", b"v")
    with pytest.raises(DeliveryError, match="no answer"):
        sending.flush()


def test_kafka_is_asked_for_what_nothing_is_lost_with(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: dict[str, Any] = {}

    class Client(Kafka):
        def __init__(self, **options: Any) -> None:
            super().__init__()
            asked.update(options)

        def partitions_for(self, _topic: str) -> set[int]:
            return {0}

        def close(self, timeout: float) -> None:
            assert timeout > 0

    monkeypatch.setattr(sources.producer, "KafkaProducer", Client)
    with Producer(servers="somewhere:1"):
        pass
    assert asked["bootstrap_servers"] == "somewhere:1"
    assert (asked["acks"], asked["enable_idempotence"], asked["allow_auto_create_topics"]) == ("all", True, False)
    assert isinstance(asked["partitioner"], KeyPartitioner)


def test_no_broker(monkeypatch: pytest.MonkeyPatch) -> None:
    def unreachable(**_: object) -> None:
        raise KafkaTimeoutError("Unable to bootstrap")

    monkeypatch.setattr(sources.producer, "KafkaProducer", unreachable)
    with pytest.raises(NotReadyError, match=r"nowhere:1: .*Unable to bootstrap.*crm up"), Producer(servers="nowhere:1"):
        pass
