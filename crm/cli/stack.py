"""`crm up` and `crm down`: the embedded stack."""

from typing import Annotated

import typer

Only = Annotated[
    str,
    typer.Option(
        help="Comma-separated: kafka, clickhouse, flink, airflow, data-docs, dashboard, search, or single services. All where not given."
    ),
]


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command(
        epilog="Examples: `crm up`, `crm up --with search`, `crm up --only kafka,clickhouse,flink`, `CRM_VAR=/tmp/b CRM_PORT_OFFSET=1000 crm up`"
    )(up)
    app.command(epilog="Examples: `crm down`, `crm down --only airflow`")(down)


def _names(only: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in only.split(",") if name.strip())


def up(
    only: Only = "",
    background: Annotated[
        bool, typer.Option("--background", help="Start everything, wait only for those of --only.")
    ] = False,
    added: Annotated[
        str,
        typer.Option(
            "--with", help="search: also Elasticsearch and its indexer, from now on at every start.", metavar="SERVICE"
        ),
    ] = "",
) -> None:
    """Start Kafka, ClickHouse, Flink, Airflow, Data Docs and the dashboard on loopback, and wait until they can be used.

    Repeating it starts only what does not run. A taken port is named before anything starts; a service that is not
    ready in time is named with the end of its log (exit code 3).
    """
    from crm.errors import UsageError
    from local import elasticsearch, stack
    from search import presence

    if unknown := set(_names(added)) - {elasticsearch.GROUP}:
        raise UsageError(f"--with {', '.join(unknown)}: only {elasticsearch.GROUP} is optional")
    if added:
        presence.enable()
    stack.up(_names(only), background)


def down(
    only: Only = "",
    wipe: Annotated[
        bool,
        typer.Option("--wipe", help="Then delete all data: events, tables, checkpoints, history. Credentials stay."),
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before deleting.")] = False,
) -> None:
    """Stop everything in order, Airflow first and Kafka last. Data, credentials and the speed job's state stay."""
    from crm.errors import UsageError
    from local import stack

    if wipe and only:
        raise UsageError("--wipe deletes the data of all services: it does not go with --only")
    if wipe and not yes:
        typer.confirm("Delete every event and figure of this stack?", abort=True)
    stack.down(_names(only))
    if wipe:
        stack.wipe()
