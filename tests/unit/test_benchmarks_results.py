"""Percentiles, targets and the result file of the benchmarks."""

import json
from datetime import datetime

import pytest

from batch_layer import build as building
from benchmarks import MODULES, batch_build
from benchmarks.probes import verify_load
from benchmarks.processes import spent
from benchmarks.results import Figure, Row, markdown, number, percentile, write
from crm.errors import CrmError

CIRCUMSTANCES = {
    "at": "2026-01-01T00:00:00+00:00",
    "command": "crm bench --runs 3",
    "runs_each": 3,
    "scale": 1.0,
    "machine": {
        "load_average": [0.1, 0.2, 0.3],
        "cores": 2,
        "model": "a processor",
        "memory_gib": 23.5,
        "revision": "abc",
        "versions": {"flink": "2.3.0"},
    },
}


@pytest.mark.parametrize(("share", "expected"), [(0.5, 50), (0.99, 99), (0.991, 100), (1, 100), (0, 1)])
def test_percentile_is_a_measured_value(share, expected):
    assert percentile(range(100, 0, -1), share) == expected


def test_percentile_of_nothing_is_an_error():
    with pytest.raises(ValueError, match="no values"):
        percentile([], 0.5)


@pytest.mark.parametrize(
    ("target", "at_least", "met"),
    [(20, True, True), (21, True, False), (20, False, True), (19, False, False), (None, True, None)],
)
def test_the_median_is_held_against_the_target(target, at_least, met):
    figure = Figure("throughput", "events/s", (10, 20, 900), target, at_least)
    assert figure.value == 20
    assert figure.met() is met
    assert figure.met(0.5) is None, "a target is stated for the full size"


def test_result_file_and_table(tmp_path):
    file = tmp_path / "bench" / "results.json"
    figures = [
        Figure("throughput", "events/s", (81_234.0, 80_100.0), 80_000, at_least=True),
        Figure("CPU", "s", (2.345,)),
    ]
    order = ["freshness", "speed", "idle"]
    write(file, CIRCUMSTANCES, [Row("idle", "idle", [Figure("command", "s", (1.0,))]), Row("speed", "old")], order)
    written = write(
        file, CIRCUMSTANCES | {"at": "later"}, [Row("speed", "speed layer", figures, [{"seconds": 1}])], order
    )
    assert json.loads(file.read_text()) == json.loads(json.dumps(written))
    assert list(file.parent.iterdir()) == [file]
    assert [(row["name"], row["title"]) for row in written["rows"]] == [("speed", "speed layer"), ("idle", "idle")]
    lines = markdown(written).splitlines()
    assert lines[2] == "| `speed` | throughput | 80,667 events/s | 80,100 to 81,234 | ≥ 80,000 | met |"
    assert lines[3] == "| `speed` | CPU | 2.35 s |  |  |  |"
    assert lines[6].startswith("`speed`: later, `crm bench --runs 3`, median of 3, revision abc. 2 cores (a processor)")
    assert "load average before: 0.10, 0.20, 0.30" in lines[6]
    assert lines[8].startswith("`idle`: 2026-01-01T00:00:00+00:00")


@pytest.mark.parametrize(
    ("value", "text"), [(0, "0"), (1234567.8, "1,234,568"), (99.95, "100.0"), (0.0421, "0.0421"), (3.14159, "3.14")]
)
def test_number(value, text):
    assert number(value) == text


def test_spent_leaves_out_what_is_too_little():
    assert spent({"kafka": 1.0}, {"kafka": 1.01, "flink": 2.0, "clickhouse": 0.5}) == {"flink": 2.0, "clickhouse": 0.5}


def test_an_unknown_row_is_an_error():
    from crm.cli.bench import bench
    from crm.errors import UsageError

    with pytest.raises(UsageError, match=f"no row sped: choose among {', '.join(MODULES)}"):
        bench(only="sped")


def test_a_smaller_size_gives_no_verdict(tmp_path):
    row = Row("speed", "speed layer", [Figure("throughput", "events/s", (10.0,), 20, at_least=True)])
    for scale, word in ((0.25, ""), (1.0, "missed"), (2.0, "missed")):
        written = write(tmp_path / "results.json", CIRCUMSTANCES | {"scale": scale}, [row], ["speed"])
        assert markdown(written).splitlines()[2] == f"| `speed` | throughput | 10.0 events/s |  | ≥ 20.0 | {word} |"


def test_a_load_below_its_rate_is_an_error():
    verify_load(4_750, 5_000)
    with pytest.raises(CrmError, match="4,749 events/s of 5,000"):
        verify_load(4_749, 5_000)


def test_a_build_of_several_pieces_is_the_sum_of_them(monkeypatch):
    """dbt keeps the times of its last run only."""
    first, middle, last = (datetime(2026, 1, day) for day in (1, 2, 3))
    pieces = [building.Range(first, middle, 30), building.Range(middle, last, 10)]
    ran = iter(
        [{"a": {"start": 0.0, "end": 3.0}, "b": {"start": 2.0, "end": 6.0}}, {"a": {"start": 10.0, "end": 12.0}}]
    )
    monkeypatch.setattr(batch_build.clickhouse, "connect", lambda _: None)
    monkeypatch.setattr(batch_build.building, "ranges", lambda *_: pieces)
    built = {piece.start: building.Built("a build", [piece]) for piece in pieces}
    monkeypatch.setattr(batch_build.building, "build", lambda _, __, start, end, **___: built[start])
    monkeypatch.setattr(batch_build, "_models", lambda: next(ran))
    found = batch_build._build(1, first, last)
    assert (found["records"], found["model_seconds"], found["events_per_second"]) == (40, 8.0, 5)
    assert found["models"] == {"a": 5.0, "b": 4.0}
