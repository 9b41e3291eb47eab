"""Choosing services by group or name."""

import pytest

from crm.errors import UsageError
from local.service import Service
from local.services import chosen


def service(name: str, group: str) -> Service:
    return Service(name, group, ("true",), ready=lambda: "", deadline=1, address="")


KNOWN = [service("kafka", "kafka"), service("flink-jobmanager", "flink"), service("flink-taskmanager", "flink")]


@pytest.mark.parametrize(
    ("only", "expected"),
    [
        ((), ["kafka", "flink-jobmanager", "flink-taskmanager"]),
        (("flink",), ["flink-jobmanager", "flink-taskmanager"]),
        (("flink-taskmanager", "kafka"), ["kafka", "flink-taskmanager"]),
    ],
)
def test_chosen(only, expected):
    assert [service.name for service in chosen(KNOWN, only)] == expected


def test_search_is_there_once_it_was_asked_for():
    with pytest.raises(UsageError, match="crm up --with search"):
        chosen(KNOWN, ("search",))
    assert chosen([*KNOWN, service("elasticsearch", "search")], ("search",))


def test_an_unknown_name_is_an_error():
    with pytest.raises(UsageError, match="no service kafak"):
        chosen(KNOWN, ("kafak",))
