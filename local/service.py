"""What the supervisor and `crm up` need to know of a service."""

import os
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jinja2

from crm.errors import CrmError
from crm.settings import ROOT, Settings, settings

CONFIG = Path(__file__).parent / "config"
# The jars belong to the installation, like .venv: a second stack with a CRM_VAR of its own shares them.
JARS = ROOT / "var" / "jars"


def nothing() -> None:
    """Nothing to be done before the start."""


@dataclass(frozen=True)
class Service:
    """One supervised process.

    `ports` maps the names of settings (`CRM_PORT_<NAME>`) to the ports that it listens on. `ready` returns what is
    still missing, or '' once the service can be used; `deadline` is how long that may take, in seconds, on a busy
    machine. `initialise` runs before each start and must be safe to repeat. `stop_seconds` pass between SIGTERM and
    SIGKILL.
    """

    name: str
    group: str
    command: tuple[str, ...]
    ready: Callable[[], str]
    deadline: int
    address: str
    ports: Mapping[str, int] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    initialise: Callable[[], None] = nothing
    stop_seconds: int = 60

    @property
    def log(self) -> Path:
        """Where the supervisor writes what the process prints."""
        return settings().var / "logs" / f"{self.name}.log"


def render(template: str, target: Path, mode: int = 0o600, **values: Any) -> Path:
    """Fill in a template of `local/config/` and write it to `target`; a value that is missing is an error."""
    environment = jinja2.Environment(undefined=jinja2.StrictUndefined, keep_trailing_newline=True, autoescape=False)
    text = environment.from_string((CONFIG / template).read_text(encoding="utf-8")).render(**values)
    write(target, text, mode)
    return target


def write(target: Path, text: str, mode: int = 0o600) -> None:
    """Replace a file in one step, readable by its owner only (or as `mode` says)."""
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    partial = target.with_name(target.name + ".partial")
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "w", encoding="utf-8") as handle:
        handle.write(text)
    partial.replace(target)


def java(program: str = "java") -> str:
    """A program of the JDK, of that in JAVA_HOME where it is set; raises CrmError where there is none."""
    home = os.environ.get("JAVA_HOME")
    found = shutil.which(program, path=f"{home}/bin" if home else None)
    if not found:
        where = f"{home}/bin, as JAVA_HOME says" if home else "PATH"
        raise CrmError(
            f"no `{program}` in {where}: install a JDK 17 (Debian: openjdk-17-jdk-headless), then run `make setup`"
        )
    return found


def java_home() -> str:
    """JAVA_HOME for programs that look there; raises CrmError where there is no Java."""
    return str(Path(java()).resolve().parent.parent)


def jars(folder: str) -> Path:
    """A folder of jars that `make setup` filled; raises CrmError where it is empty."""
    path = JARS / folder
    if not any(path.glob("*.jar")):
        raise CrmError(f"no jars in {path}: run `make setup`")
    return path


def passwords() -> dict[str, str]:
    """The passwords that the caller's environment has in the place of the generated ones."""
    return {name: text for name, text in sorted(os.environ.items()) if name.startswith("CRM_PASSWORD_")}


def inherited() -> dict[str, str]:
    """The settings of this process, and where the project's own code is, for services that run it.

    They have no others: supervisord itself is started without any, since it would keep the first caller's for ever.
    """
    own = {name for name in os.environ if name.startswith("CRM_PORT_")} | {
        f"CRM_{name.upper()}" for name in Settings.model_fields
    }
    return {
        **{name: os.environ[name] for name in sorted(own) if name in os.environ},
        **passwords(),
        "CRM_VAR": str(settings().var.resolve()),
        "PYTHONPATH": str(ROOT),
    }
