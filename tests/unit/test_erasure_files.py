"""Ids in files that quote events."""

from pathlib import Path

import pytest

from crm.settings import settings
from erasure import files


@pytest.fixture
def var(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(settings(), "var", tmp_path)
    for folder in ("logs/airflow", "rejects", "kafka", "secrets"):
        (tmp_path / folder).mkdir(parents=True)
    return tmp_path


def test_ids_are_overwritten_in_place(var: Path) -> None:
    log, rows, engine = var / "logs" / "airflow" / "task.log", var / "rejects" / "load.csv", var / "kafka" / "0.log"
    log.write_text('C0042 paid; C0042, C00421\n{"customer_id": "C0042"}')
    rows.write_text('3,"C0042","not a date"\n')
    engine.write_text("C0042")
    (var / "logs" / "empty.log").touch()
    (var / "logs" / "link.log").symlink_to(engine)
    with log.open("a") as service:  # which goes on writing
        assert files.mentioning(["C0042"]) == {log: 3, rows: 1}
        assert files.redact(["C0042", "C1"]) == {log: 3, rows: 1}
        service.write("\nmore")
    assert log.read_text() == 'xxxxx paid; xxxxx, C00421\n{"customer_id": "xxxxx"}\nmore'
    assert rows.read_text() == '3,"xxxxx","not a date"\n'
    assert engine.read_text() == "C0042"
    assert files.mentioning(["C0042"]) == {}


def test_neighbours_are_found_both(var: Path) -> None:
    log = var / "logs" / "a.log"
    log.write_text("C0042 C0042,C0043")
    files.redact(["C0042", "C0043"])
    assert log.read_text() == "xxxxx xxxxx,xxxxx"


def test_short_ids_are_left_alone(var: Path) -> None:
    (var / "logs" / "a.log").write_text("42 of 42")
    assert files.redact(["42"]) == {}
    assert (var / "logs" / "a.log").read_text() == "42 of 42"
