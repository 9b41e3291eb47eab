"""The dbt project as dbt itself reads it: models, columns, and what reads what. Needs no service."""

import os
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from crm.errors import CrmError
from crm.settings import ROOT, settings

PROJECT = ROOT / "dbt_project"


@dataclass(frozen=True)
class Project:
    """dbt's manifest. Keys are dbt's own: `model.crm_lambda.customer_demand`, `source.crm_lambda.raw.orders_events`."""

    manifest: Any

    def models(self) -> dict[str, Any]:
        """All models by key, in order; without ephemeral ones, whose text is part of who reads them."""
        return {
            key: node
            for key, node in sorted(self.manifest.nodes.items())
            if node.resource_type == "model" and node.config.materialized != "ephemeral"
        }

    def asked(self) -> dict[str, list[Any]]:
        """What people query, by schema: every model that is built on others, marts left out."""
        found: dict[str, list[Any]] = {}
        for key, node in self.models().items():
            if self.folder(key) not in ("staging", "deltas", "marts"):
                found.setdefault(str(node.schema), []).append(node)
        return dict(sorted(found.items(), key=lambda item: (item[0] != "serving", item[0])))

    def parents(self, key: str) -> list[str]:
        """What a model reads itself; nothing for a source."""
        node = self.manifest.nodes.get(key)
        return list(node.depends_on.nodes) if node else []

    def ancestors(self, key: str) -> list[str]:
        """All that a model reads, itself or through others, each once, in order of the keys."""
        seen: set[str] = set()
        waiting = [key]
        while waiting:
            new = set(self.parents(waiting.pop())) - seen
            seen |= new
            waiting += new
        return sorted(seen)

    def folder(self, key: str) -> str:
        """The folder below `models/` that a model lies in; '' for a source."""
        node = self.manifest.nodes.get(key)
        return str(node.fqn[1]) if node else ""

    def reads_speed(self, key: str) -> bool:
        """Whether a view, or a model whose text becomes part of it, reads tables of the speed layer."""
        node = self.manifest.nodes.get(key)
        if node is None or self.folder(key) in ("staging", "deltas"):
            return False
        texts = [node.raw_code, *(self.manifest.macros[macro].macro_sql for macro in node.depends_on.macros)]
        return any("speed." in text for text in texts) or any(
            self.reads_speed(parent) for parent in node.depends_on.nodes
        )

    def macros(self, key: str) -> str:
        """The text of the project's own macros that a model calls."""
        called = [self.manifest.macros[name] for name in self.manifest.nodes[key].depends_on.macros]
        return "\n".join(
            macro.macro_sql for macro in called if macro.package_name == self.manifest.metadata.project_name
        )


@lru_cache(maxsize=1)
def project() -> Project:
    """The parsed project; raises CrmError with dbt's own message where it does not parse."""
    os.environ["DBT_TARGET_PATH"] = os.environ["DBT_LOG_PATH"] = str(settings().var.resolve() / "dbt" / "reference")
    from dbt.cli.main import dbtRunner

    arguments = ["--quiet", "parse", "--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT), "--target", "live"]
    parsed = dbtRunner().invoke(arguments)
    if not parsed.success:
        raise CrmError(f"dbt does not parse {PROJECT}: {parsed.exception}")
    return Project(parsed.result)
