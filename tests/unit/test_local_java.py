"""Which Java is used: JAVA_HOME's where it is set, as in `local/check.sh` and Maven."""

from pathlib import Path

import pytest

from crm.errors import CrmError
from local import javac, service


@pytest.fixture
def jdk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A JDK that only JAVA_HOME leads to, whose `javac` says what it was called with, and fails."""
    for name in ("java", "javac"):
        program = tmp_path / "jdk" / "bin" / name
        program.parent.mkdir(parents=True, exist_ok=True)
        program.write_text('#!/bin/sh\necho "ours: $@" >&2\nexit 1\n')
        program.chmod(0o755)
    monkeypatch.setenv("JAVA_HOME", str(tmp_path / "jdk"))
    return tmp_path / "jdk"


def test_sources_are_compiled_by_the_jdk_of_java_home(jdk: Path, tmp_path: Path) -> None:
    with pytest.raises(CrmError, match="ours: --release 17"):
        javac.compile_all("they do not compile", tmp_path, [], tmp_path / "classes")


def test_services_run_by_it(jdk: Path) -> None:
    assert service.java() == str(jdk / "bin" / "java")
    assert service.java_home() == str(jdk)


def test_a_program_that_is_missing_is_named_with_the_place(
    jdk: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(CrmError, match=f"no `jar` in {jdk}/bin, as JAVA_HOME says: install a JDK 17"):
        service.java("jar")
    monkeypatch.delenv("JAVA_HOME")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(CrmError, match="no `jar` in PATH: install a JDK 17"):
        service.java("jar")
