"""Compile the Java connectors against the jars that Flink brings: `python -m speed_layer.build_connectors`.

Plain javac and jar: Flink's own jars come with pip, not with Maven, and the class path is theirs.
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from crm.errors import CrmError
from crm.settings import ROOT

CONNECTORS = ROOT / "speed_layer" / "connectors" / "src" / "main"
JARS = ROOT / "var" / "jars" / "flink"
TARGET = JARS / "crm-connectors.jar"


def class_path() -> list[Path]:
    """The jars to compile against; raises CrmError where set-up has not fetched them."""
    flink = sorted((ROOT / ".venv-flink").glob("lib/python3*/site-packages/pyflink/lib/*.jar"))
    connectors = sorted(file for file in JARS.glob("*.jar") if file != TARGET)
    if not flink or not connectors:
        raise CrmError("Flink or its connectors are missing: run `make setup`")
    return [*flink, *connectors]


def build() -> Path:
    """Compile, and replace the jar in one step; raises CrmError with the compiler's messages."""
    javac = shutil.which("javac")
    if not javac:
        raise CrmError("no `javac` in PATH: install a JDK 17 (Debian: openjdk-17-jdk-headless)")
    sources = sorted(map(str, (CONNECTORS / "java").rglob("*.java")))
    path = ":".join(map(str, class_path()))
    with tempfile.TemporaryDirectory() as folder:
        classes, jar = Path(folder) / "classes", Path(folder) / "connectors.jar"
        compiled = subprocess.run(
            [javac, "--release", "17", "-Xlint:all", "-Werror", "-proc:none", "-d", str(classes), "-cp", path, *sources],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        if compiled.returncode:
            raise CrmError(f"the connectors do not compile:\n{compiled.stderr}")
        shutil.copytree(CONNECTORS / "resources", classes, dirs_exist_ok=True)
        subprocess.run(
            [str(Path(javac).with_name("jar")), "--create", "--file", str(jar), "-C", str(classes), "."], check=True
        )
        shutil.copyfile(jar, TARGET.with_suffix(".partial"))
    return TARGET.with_suffix(".partial").replace(TARGET)


if __name__ == "__main__":
    try:
        print(build().relative_to(ROOT))
    except CrmError as error:
        sys.exit(str(error))
