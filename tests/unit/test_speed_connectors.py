"""A job is planned only with connectors that were made from this checkout's sources."""

import zipfile
from pathlib import Path

import pytest

from crm.errors import CrmError
from speed_layer import build_connectors


@pytest.fixture
def target(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the jar would be."""
    monkeypatch.setattr(build_connectors, "TARGET", tmp_path / "connectors.jar")
    return tmp_path / "connectors.jar"


@pytest.mark.parametrize("made", [None, "", "0123456789"])
def test_other_connectors_are_refused(target: Path, made: str | None) -> None:
    if made is not None:
        with zipfile.ZipFile(target, "w") as jar:
            jar.writestr(build_connectors.DIGEST if made else "other", made)
    with pytest.raises(CrmError, match="make setup"):
        build_connectors.verify()


def test_those_of_this_checkout_are_not(target: Path) -> None:
    with zipfile.ZipFile(target, "w") as jar:
        jar.writestr(build_connectors.DIGEST, build_connectors.digest())
    build_connectors.verify()


def test_every_source_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build_connectors, "CONNECTORS", tmp_path)
    before = build_connectors.digest()
    (tmp_path / "java").mkdir()
    (tmp_path / "java" / "A.java").write_text("class A {}")
    after = build_connectors.digest()
    (tmp_path / "java" / "A.java").write_text("class A { }")
    assert len({before, after, build_connectors.digest()}) == 3
