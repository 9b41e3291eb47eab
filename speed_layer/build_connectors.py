"""Compile the Java connectors against the jars that Flink brings: `python -m speed_layer.build_connectors`.

Plain javac and jar: Flink's own jars come with pip, not with Maven, and the class path is theirs.
"""

import hashlib
import shutil
import sys
import tempfile
import zipfile
from pathlib import Path

from crm.errors import CrmError
from crm.settings import ROOT
from local import javac

CONNECTORS = ROOT / "speed_layer" / "connectors" / "src" / "main"
JARS = ROOT / "var" / "jars" / "flink"
TARGET = JARS / "crm-connectors.jar"
DIGEST = "crm-connectors.digest"


def class_path() -> list[Path]:
    """The jars to compile against; raises CrmError where set-up has not fetched them."""
    flink = sorted((ROOT / ".venv-flink").glob("lib/python3*/site-packages/pyflink/lib/*.jar"))
    connectors = sorted(file for file in JARS.glob("*.jar") if file != TARGET)
    if not flink or not connectors:
        raise CrmError("Flink or its connectors are missing: run `make setup`")
    return [*flink, *connectors]


def digest() -> str:
    """Ten hex digits over every source."""
    found = hashlib.sha256()
    for file in sorted(file for file in CONNECTORS.rglob("*") if file.is_file()):
        found.update(f"{file.relative_to(CONNECTORS).as_posix()}\0".encode() + file.read_bytes() + b"\0")
    return found.hexdigest()[:10]


def verify() -> None:
    """Raise CrmError where the jar was made from other sources: a job would judge by other rules than its definition says."""
    try:
        with zipfile.ZipFile(TARGET) as jar:
            made = jar.read(DIGEST).decode()
    except (FileNotFoundError, KeyError):
        made = ""
    if made != digest():
        raise CrmError(
            "the connectors for Flink were made from other sources than this checkout's: run `make setup`, then restart Flink "
            "(`crm down`, `crm up`), then repeat the command"
        )


def build() -> Path:
    """Compile, and replace the jar in one step; raises CrmError with the compiler's messages."""
    with tempfile.TemporaryDirectory() as folder:
        classes, jar = Path(folder) / "classes", Path(folder) / "connectors.jar"
        javac.compile_all(
            "the connectors do not compile", CONNECTORS / "java", class_path(), classes, "-Xlint:all", "-Werror"
        )
        shutil.copytree(CONNECTORS / "resources", classes, dirs_exist_ok=True)
        (classes / DIGEST).write_text(digest(), encoding="ascii")
        javac.jar(classes, jar)
        shutil.copyfile(jar, TARGET.with_suffix(".partial"))
    return TARGET.with_suffix(".partial").replace(TARGET)


if __name__ == "__main__":
    try:
        print(build().relative_to(ROOT))
    except CrmError as error:
        sys.exit(str(error))
