"""`crm query`: SQL as the BI user."""

from typing import Annotated

import typer

from crm.cli.output import Json, print_json, print_rows
from crm.errors import UsageError


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command(epilog='Example: `crm query "SELECT * FROM serving.status" --json`')(query)


def query(
    sql: Annotated[str, typer.Argument(help="One SELECT over the views of `serving`.")],
    as_json: Json = False,
) -> None:
    """Run a query as the BI user, who may read the views of `serving` and nothing else. With `--json`: a list of objects."""
    from clickhouse_connect.driver.exceptions import DatabaseError

    from crm import clickhouse

    try:
        rows = clickhouse.rows(clickhouse.connect("bi"), sql)
    except DatabaseError as error:
        raise UsageError(f"ClickHouse refused the query: {error}") from error
    if as_json:
        print_json(rows)
    else:
        print_rows(rows)
