"""What the index is, and which one readers see: `search/index.yaml` behind an alias."""

import hashlib
import json
import re
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from elasticsearch import Elasticsearch

from crm.validity import view
from search.documents import contract

# Readers and the indexer name this; what it points to changes in one step.
ALIAS = "feedback"
PATTERN = f"{ALIAS}-*"
DEFINITION = Path(__file__).parent / "index.yaml"
# What readers are told while there is none.
BEING_BUILT = "the search index is being built: var/logs/search-indexer.log shows how far it is"


@lru_cache(maxsize=1)
def definition() -> dict[str, Any]:
    """Settings and mappings, with the digest of both and of the contract's validity rule as the mapping's `_meta.definition`.

    The rule is a part of it, since another one makes other events valid: an index of the former one lacks some, or has too many.
    """
    found: dict[str, Any] = yaml.safe_load(DEFINITION.read_text(encoding="utf-8"))
    text = json.dumps(found, sort_keys=True) + view(contract())
    digest = hashlib.sha256(text.encode()).hexdigest()[:10]
    found["mappings"]["_meta"] = {"definition": digest}
    return found


def live(client: Elasticsearch) -> str | None:
    """The index behind the alias; None where there is none yet."""
    if not client.indices.exists_alias(name=ALIAS):
        return None
    return next(iter(client.indices.get_alias(name=ALIAS)))


def begun(client: Elasticsearch, name: str) -> int:
    """When the index was made, in milliseconds since 1970."""
    return int(client.indices.get_settings(index=name)[name]["settings"]["index"]["creation_date"])


def is_current(client: Elasticsearch) -> bool:
    """Whether there is an index, and it is as this checkout defines it."""
    name = live(client)
    if name is None:
        return False
    mapping = client.indices.get_mapping(index=name)[name]["mappings"]
    return bool(mapping.get("_meta") == definition()["mappings"]["_meta"])


def create(client: Elasticsearch) -> str:
    """A new, empty index that nobody sees yet; returns its name. What an interrupted rebuild left is deleted first."""
    drop_others(client)
    known = [int(found[1]) for name in _all(client) if (found := re.fullmatch(rf"{ALIAS}-(\d+)", name))]
    name = f"{ALIAS}-{max(known, default=0) + 1:06d}"
    client.indices.create(index=name, settings=definition()["settings"], mappings=definition()["mappings"])
    client.cluster.health(index=name, wait_for_status="yellow", timeout="30s")
    return name


def publish(client: Elasticsearch, name: str) -> None:
    """Show readers the index instead of the one before, which is deleted."""
    client.indices.refresh(index=name)
    before = [{"remove": {"index": other, "alias": ALIAS}} for other in _all(client) if other != name]
    client.indices.update_aliases(actions=[*before, {"add": {"index": name, "alias": ALIAS}}])
    drop_others(client)


def drop_others(client: Elasticsearch) -> None:
    """Delete the indexes that no reader sees."""
    shown = live(client)
    for name in _all(client):
        if name != shown:
            client.indices.delete(index=name)


def _all(client: Elasticsearch) -> list[str]:
    return sorted(client.indices.get(index=PATTERN, features="aliases"))
