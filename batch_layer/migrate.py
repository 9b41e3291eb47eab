"""Bring ClickHouse to this checkout's tables: the frozen DDL once, then each contract's raw table and events view.

A changed contract changes the view only: raw holds bytes, so nothing that has landed must be rewritten.
"""

import hashlib
import re
from pathlib import Path

from clickhouse_connect.driver.client import Client

from batch_layer.queries import query
from crm import clickhouse, validity
from crm.contracts import landed_contracts
from crm.errors import CrmError

DDL = Path(__file__).parent / "ddl"


def statements(text: str) -> list[str]:
    """The statements of a DDL file, in order: comment lines dropped, split at a semicolon that ends a line."""
    code = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("--"))
    return [statement.strip() for statement in re.split(r";[ \t]*(?:\n|$)", code) if statement.strip()]


def pending(files: dict[str, str], applied: dict[str, str]) -> list[str]:
    """Names of the files still to apply, in order. Both arguments map a file's name to its checksum.

    Raises CrmError where an applied file has changed: the tables that it made would not be those that it describes.
    """
    changed = [name for name, checksum in files.items() if applied.get(name, checksum) != checksum]
    if changed:
        raise CrmError(
            f"batch_layer/ddl/{changed[0]} has changed since it was applied. It is frozen: restore it "
            f"(`git checkout batch_layer/ddl/{changed[0]}`) and put the change into a file with the next number."
        )
    return [name for name in sorted(files) if name not in applied]


def migrate(client: Client | None = None) -> list[str]:
    """Apply what is missing and return the names of the DDL files applied now. Running it again changes nothing."""
    client = client or clickhouse.connect("batch")
    for statement in statements(query("schema_migrations.sql")):
        client.command(statement)
    files = {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in sorted(DDL.glob("[0-9]*.sql"))}
    applied = {
        row["file"]: row["checksum"]
        for row in clickhouse.rows(client, "SELECT file, checksum FROM ops.schema_migrations")
    }
    todo = pending(files, applied)
    for name in todo:
        # Each statement may be repeated (IF NOT EXISTS, OR REPLACE), as a crash between it and the record below does.
        for statement in statements(clickhouse.sql(DDL / name)):
            client.command(statement)
        client.insert("ops.schema_migrations", [[name, files[name]]], column_names=["file", "checksum"])
    for contract in landed_contracts().values():
        client.command(validity.table(contract))
        client.command(validity.view(contract))
    return todo
