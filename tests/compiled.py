"""The models as dbt writes them for ClickHouse: compiled once for all tests of a session, as that takes seconds."""

import json
import os
import subprocess
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from batch_layer.dbt import dbt_command
from crm.models import definition
from crm.settings import ROOT


@cache
def compiled(**variables: str) -> dict[str, str]:
    """The SELECT of every model, by its name, for the live target; with variables of the project other than its own."""
    command = dbt_command(
        ["compile", "--no-introspect", "--no-populate-cache", "--quiet", "--select", "resource_type:model"],
        definition(),
        target="live",
    )
    command[command.index("--vars") + 1] = json.dumps({"definition": definition()} | variables)
    with TemporaryDirectory() as folder:
        environment = os.environ | {"DBT_TARGET_PATH": folder, "DBT_LOG_PATH": folder}
        done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout
        return {file.stem: file.read_text(encoding="utf-8") for file in Path(folder, "compiled").rglob("*.sql")}
