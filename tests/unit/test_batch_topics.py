"""Each way in which a topic can break the boundary's promise is named, with where and what to do."""

import pytest

from batch_layer.errors import TopicError
from batch_layer.topics import Partition, verify_identity, verify_offsets


def partition(earliest: int, end: int) -> Partition:
    return Partition("orders", 1, earliest, end, end)


def test_a_sound_partition_passes() -> None:
    verify_offsets([partition(earliest=5, end=20)], {1: 5})
    verify_offsets([partition(earliest=0, end=20)], {1: 20})


def test_a_new_partition_starts_at_its_first_record() -> None:
    verify_offsets([partition(earliest=0, end=3)], {})
    with pytest.raises(TopicError, match="from offset 0 to 6 were removed"):
        verify_offsets([partition(earliest=7, end=9)], {})


def test_removed_records_are_named() -> None:
    with pytest.raises(
        TopicError, match=r"topic orders, partition 1: records from offset 5 to 7 .* accept-loss orders 1"
    ):
        verify_offsets([partition(earliest=8, end=20)], {1: 5})


def test_a_cut_log_is_named() -> None:
    with pytest.raises(
        TopicError, match=r"partition 1: it ends at offset 3, but 5 offsets have landed.* copy `var` first"
    ):
        verify_offsets([partition(earliest=0, end=3)], {1: 5})


def test_producer_time_is_refused() -> None:
    with pytest.raises(TopicError, match=r"orders: message.timestamp.type is CreateTime"):
        verify_identity("orders", "CreateTime", "a", "a")


def test_a_recreated_topic_is_refused() -> None:
    verify_identity("orders", "LogAppendTime", "a", None)
    with pytest.raises(TopicError, match="its id is b, but a was first seen"):
        verify_identity("orders", "LogAppendTime", "b", "a")
