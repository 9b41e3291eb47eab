"""The machine that a benchmark ran on, so that its figures can be compared with another's."""

import importlib.metadata
import os
import platform
import re
import subprocess
from pathlib import Path
from typing import Any

import psutil

from crm.settings import ROOT, settings
from local import flink
from local.service import JARS, java

PACKAGES = (
    "chdb-core",
    "apache-airflow",
    "dbt-core",
    "dbt-clickhouse",
    "great-expectations",
    "confluent-kafka",
    "kafka-python",
)
# More than this, and something else runs: the figures would be of both.
QUIET = 0.5


def _model() -> str:
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _output(*command: str) -> str:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return (done.stdout or done.stderr).strip()


def _version_of(folder: Path, pattern: str) -> str:
    found = (re.fullmatch(pattern, path.name) for path in folder.iterdir())
    return next((match[1] for match in found if match), "unknown")


def _versions() -> dict[str, str]:
    java_version = re.search(r'version "([^"]+)"', _output(java(), "-version"))
    return {
        "python": platform.python_version(),
        "java": java_version[1] if java_version else "unknown",
        "kafka": _version_of(JARS / "kafka", r"kafka-clients-(.+)\.jar"),
        "flink": _version_of(flink.home().parent, r"apache_flink-(.+)\.dist-info"),
        **{name: importlib.metadata.version(name) for name in PACKAGES},
        "linux": platform.release(),
    }


def describe() -> dict[str, Any]:
    """Processor, memory, versions, revision, settings, and the load average before anything was started."""
    revision = _output("git", "rev-parse", "--short=12", "HEAD") or "unknown"
    changed = _output("git", "status", "--porcelain", "--untracked-files=no")
    return {
        "load_average": os.getloadavg(),
        "cores": os.cpu_count(),
        "model": _model(),
        "memory_gib": round(psutil.virtual_memory().total / 2**30, 1),
        "revision": revision + (" with changes" if changed else ""),
        "versions": _versions(),
        "settings": settings().model_dump(mode="json", exclude={"var", "ports"}),
    }
