"""Compile the project's own Java: plain `javac` and `jar`, against jars that set-up has fetched."""

import subprocess
from collections.abc import Iterable
from pathlib import Path

from crm.errors import CrmError
from local.service import java


def compile_all(what: str, sources: Path, class_path: Iterable[Path], classes: Path, *options: str) -> None:
    """Compile every source below a folder into `classes`; raises CrmError with the compiler's messages, which name `what`."""
    files = sorted(map(str, sources.rglob("*.java")))
    path = ":".join(map(str, class_path))
    command = [java("javac"), "--release", "17", *options, "-proc:none", "-d", str(classes), "-cp", path, *files]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise CrmError(f"{what}:\n{done.stderr}")


def jar(classes: Path, target: Path) -> None:
    """Pack a folder of classes."""
    subprocess.run([java("jar"), "--create", "--file", str(target), "-C", str(classes), "."], check=True)
