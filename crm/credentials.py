"""Generated log-ins, one for each role, in `var/secrets/credentials.json` with mode 0600.

Roles: `flink` writes the speed tables, `batch` writes everything else, `bi` reads `serving`, `crm_service` reads `serving`
and `personal`, `admin` does everything,
`airflow` is the log-in of Airflow's UI and API, `airflow_database` that of its PostgreSQL (docker-compose.yml only).
`search` is the log-in of Elasticsearch (docker-compose.yml only: the embedded node has none).
`erasure` is no log-in: it keys the digests by which an erased customer is known again, so it must not change.
`make down` keeps them; deleting the file makes new ones at the next start.
"""

import json
import os
import secrets
from pathlib import Path
from typing import Literal, get_args

from crm.settings import settings

Role = Literal[
    "flink", "batch", "bi", "crm_service", "admin", "airflow", "airflow_jwt", "airflow_fernet", "airflow_database", "erasure", "search"
]  # fmt: skip


def path() -> Path:
    """The file that holds the secrets."""
    return settings().var / "secrets" / "credentials.json"


def ensure() -> dict[Role, str]:
    """Return every role's secret, generating those that are missing (so that an upgrade can add a role)."""
    file = path()
    found: dict[Role, str] = json.loads(file.read_text()) if file.exists() else {}
    missing = [role for role in get_args(Role) if role not in found]
    if missing:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        for role in missing:
            # A Fernet key is 32 bytes in URL-safe base64 with padding; the others only need to be unguessable.
            found[role] = secrets.token_urlsafe(32) + ("=" if role == "airflow_fernet" else "")
        partial = file.with_suffix(".partial")
        with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as handle:
            json.dump(found, handle, indent=1)
        partial.replace(file)
    return found


def password(role: Role) -> str:
    """The secret of one role. In containers it comes from `CRM_PASSWORD_<ROLE>`, which the env file of compose sets."""
    return os.environ.get(f"CRM_PASSWORD_{role.upper()}") or ensure()[role]
