"""Generated log-ins, one for each role, in `var/secrets/credentials.json` with mode 0600.

Roles: `flink` writes the speed tables, `batch` writes everything else, `bi` reads `serving`, `crm_service` reads `serving`
and `personal`, `admin` does everything,
`airflow` is the log-in of Airflow's UI and API, `airflow_database` that of its PostgreSQL (docker-compose.yml only).
`search` is the log-in of Elasticsearch (docker-compose.yml only: the embedded node has none).
`erasure` is no log-in: it keys the digests by which an erased customer is known again, so it must not change.
`make down` keeps them. A role that is missing in the file gets a new one at the next start, so never delete the file: it holds
`erasure`.
"""

import fcntl
import json
import os
import re
import secrets
from pathlib import Path
from typing import Literal, get_args

from crm.errors import CrmError
from crm.settings import settings

Role = Literal[
    "flink", "batch", "bi", "crm_service", "admin", "airflow", "airflow_jwt", "airflow_fernet", "airflow_database", "erasure", "search"
]  # fmt: skip
MEND = (
    "Mend it, and do not delete it: without its line `erasure`, erased customers are not known again. It is one JSON object, "
    '{"role": "secret", …}, and a role that it lacks gets a new secret.'
)


def path() -> Path:
    """The file that holds the secrets."""
    return settings().var / "secrets" / "credentials.json"


def _read(file: Path) -> dict[Role, str]:
    """What the file holds, nothing where there is none; raises CrmError where it cannot be read."""
    try:
        text = file.read_text(encoding="utf-8")
        # Whoever deletes the last line leaves the comma of the one before.
        found = json.loads(re.sub(r",(\s*\}\s*)$", r"\1", text))
    except FileNotFoundError:
        return {}
    except json.JSONDecodeError as error:
        raise CrmError(f"{file}, line {error.lineno}: {error.msg}. {MEND}") from error
    except (OSError, UnicodeDecodeError) as error:
        raise CrmError(f"{file}: {error}. {MEND}") from error
    if not isinstance(found, dict):
        raise CrmError(f"{file}, line 1: not a JSON object. {MEND}")
    for role, secret in found.items():
        if not isinstance(secret, str) or not secret:
            raise CrmError(f"{file}, line {_line(text, role)}: `{role}` is not a text, or empty. {MEND}")
    return found


def _line(text: str, role: str) -> int:
    return text[: max(text.find(json.dumps(role)), 0)].count("\n") + 1


def ensure() -> dict[Role, str]:
    """Return every role's secret, generating those that are missing (so that an upgrade can add a role).

    Raises CrmError where the file cannot be read.
    """
    file = path()
    found = _read(file)
    return found if set(get_args(Role)) <= set(found) else _complete(file)


def _complete(file: Path) -> dict[Role, str]:
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    # Of two first starts at once, the second takes the secrets of the first.
    with file.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        found = _read(file)
        for role in get_args(Role):
            # A Fernet key is 32 bytes in URL-safe base64 with padding; the others only need to be unguessable.
            found.setdefault(role, secrets.token_urlsafe(32) + ("=" if role == "airflow_fernet" else ""))
        partial = file.with_suffix(".partial")
        with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as handle:
            json.dump(found, handle, indent=1)
        partial.replace(file)
    return found


def password(role: Role) -> str:
    """The secret of one role. In containers it comes from `CRM_PASSWORD_<ROLE>`, which the env file of compose sets."""
    return os.environ.get(f"CRM_PASSWORD_{role.upper()}") or ensure()[role]
