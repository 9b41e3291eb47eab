"""dbt as a program: its command line, its connection, and what it says when it fails."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from batch_layer.errors import BuildError
from crm.credentials import password
from crm.models import definition
from crm.settings import ROOT, settings

PROJECT = ROOT / "dbt_project"


def dbt_environment(build: Mapping[str, str | int] | None = None) -> dict[str, str]:
    """What `dbt_project/profiles.yml` reads, and the settings of a build (`build_setting` in `macros/range.sql`).

    In the environment, since a command line that differs from the last one makes dbt parse the whole project again.
    """
    here = settings()
    return {
        **os.environ,
        "CRM_CLICKHOUSE_HOST": here.clickhouse_host,
        "CRM_CLICKHOUSE_PORT": str(here.ports.clickhouse_http),
        "CRM_PASSWORD_BATCH": password("batch"),
        # Apart from what a person does in the project's folder: dbt keeps its cache and its compiled SQL there.
        "DBT_TARGET_PATH": str(here.var.resolve() / "dbt" / "target"),
        "DBT_LOG_PATH": str(here.var.resolve() / "dbt" / "logs"),
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        "DO_NOT_TRACK": "1",
        **{f"CRM_DBT_{name.upper()}": str(value) for name, value in (build or {}).items()},
    }


def dbt_command(arguments: Sequence[str], of: str | None = None, target: str = "dev") -> list[str]:
    """The command line of a dbt call on tables of the definition `of`; `dev`, the default target, never writes to what is published."""
    command = [
        str(Path(sys.executable).parent / "dbt"),
        *arguments,
        "--project-dir",
        str(PROJECT),
        "--profiles-dir",
        str(PROJECT),
    ]
    if not any(one in ("--target", "-t") or one.startswith("--target=") for one in arguments):
        command += ["--target", target]
    return [*command, "--vars", json.dumps({"definition": of})] if of else command


def run_dbt(
    arguments: Sequence[str],
    build: Mapping[str, str | int],
    target: str = "live",
    say: Callable[[str], None] = print,
) -> None:
    """Run dbt with a build's settings, passing its lines to `say`; raises BuildError with its own error lines."""
    command = dbt_command([*arguments, "--no-use-colors"], definition(), target)
    lines: list[str] = []
    with subprocess.Popen(
        command, env=dbt_environment(build), cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        for line in process.stdout or ():
            lines.append(line.rstrip())
            say(line.rstrip())
    if process.returncode:
        raise BuildError(f"dbt {' '.join(arguments)} failed:\n" + "\n".join(error_lines(lines)))


def call_dbt(arguments: Sequence[str]) -> int:
    """Run dbt for a person: target dev unless they say otherwise, its output on the terminal; returns its exit code."""
    environment = {
        name: value for name, value in dbt_environment().items() if name not in ("DBT_TARGET_PATH", "DBT_LOG_PATH")
    }
    return subprocess.run(dbt_command(arguments), env=environment, cwd=ROOT, check=False).returncode


def error_lines(lines: Sequence[str]) -> list[str]:
    """What dbt says of its failures: from the first line that names one on; its last lines where none does."""
    first = next(
        (number for number, line in enumerate(lines) if "Failure in" in line or "Error" in line),
        max(len(lines) - 20, 0),
    )
    return list(lines[first : first + 60])
