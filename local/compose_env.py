"""What docker-compose.yml reads of this checkout: `python -m local.compose_env`, which `make compose-env` calls.

Writes into `var/`, next to the log-ins of the embedded default and from the same source:

- `compose.env` (mode 0600): ports, secrets and the digest of all configuration, for `docker compose --env-file var/compose.env`;
- `compose/settings.env`: ports and tunables without secrets, for the containers that run the project's own code;
- `compose/kafka/server.properties`: the broker's configuration;
- `compose/elasticsearch/elasticsearch.yml`: that of the search node, for the profile `search`.

Repeating it changes nothing as long as the settings stay the same.
"""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import get_args

from crm.credentials import Role, password
from crm.settings import ROOT, Ports, Settings, settings
from local import clickhouse, compose
from local.service import CONFIG, write

# Settings that say where things are: docker-compose.yml itself sets them to its host names and volumes.
PLACES = ("var", "ports", "kafka_servers", "clickhouse_host", "flink_url", "airflow_url", "elasticsearch_url")


def ports() -> dict[str, str]:
    """Every port by the name of its variable, with an offset already added."""
    names = [name for name in Ports.model_fields if name != "offset"]
    return {f"CRM_PORT_{name.upper()}": str(getattr(settings().ports, name)) for name in names}


def tunables() -> dict[str, str]:
    """The platform's tunables as they are set here, so that both deployments run with the same."""
    names = [name for name in Settings.model_fields if name not in PLACES]
    return {f"CRM_{name.upper()}": str(getattr(settings(), name)) for name in names}


def secrets() -> dict[str, str]:
    """A password for each role, and what ClickHouse's configuration refers to.

    Within the network of the containers any address may log in, with its password: only loopback is published.
    """
    return {
        **{f"CRM_PASSWORD_{role.upper()}": password(role) for role in get_args(Role)},
        **clickhouse.environment(listen="0.0.0.0", clients="::/0"),
    }


def configuration() -> str:
    """A digest of what the servers are configured by. It labels their containers, so that a change makes new ones."""
    found = hashlib.sha256(text(ports() | tunables()).encode())
    for folder in (CONFIG, ROOT / "deploy"):
        for file in sorted(one for one in folder.rglob("*") if one.is_file()):
            found.update(f"{file.relative_to(ROOT)}\n".encode() + file.read_bytes())
    return found.hexdigest()[:16]


def text(values: Mapping[str, str]) -> str:
    """The lines of an env file."""
    lines = [f"{name}={value}" for name, value in values.items()]
    return "\n".join(["# Made by `make compose-env`; changes are lost.", *lines, ""])


def generate(var: Path) -> Path:
    """Write all files below `var` and return the env file."""
    folder = var / "compose"
    # 0755: users of containers read what is mounted from here
    for made in (folder, folder / "kafka", folder / "elasticsearch"):
        made.mkdir(parents=True, exist_ok=True, mode=0o755)
    write(folder / "settings.env", text(ports() | tunables()), mode=0o644)
    compose.broker(folder / "kafka")
    compose.search_node(folder / "elasticsearch")
    write(var / "compose.env", text(ports() | secrets() | {"CRM_CONFIGURATION": configuration()}))
    return var / "compose.env"


if __name__ == "__main__":
    # docker-compose.yml reads from the checkout it lies in, wherever the state of the embedded default is
    print(generate(ROOT / "var"))
