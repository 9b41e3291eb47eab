"""The command `crm`."""

import sys
from typing import Any

import typer
from rich.console import Console
from rich.markup import escape
from typer.core import TyperGroup

from crm.errors import CrmError, NotReadyError


def _unfinished(error: Exception) -> CrmError | None:
    """What to do where ClickHouse lacks a database or a table of the platform; None for any other error."""
    from crm import clickhouse

    if not clickhouse.lacks_table(error):
        return None
    found = str(error).partition("DB::Exception: ")[2].partition(" (version ")[0]
    return NotReadyError(
        f"ClickHouse lacks a table or view of the platform. `crm up` makes them, `crm speed start` those of the speed layer.\n{found}"
    )


class Commands(TyperGroup):
    """Prints a CrmError as a message without a traceback, and exits with its code."""

    def invoke(self, ctx: Any) -> Any:
        """Run the chosen command."""
        try:
            return super().invoke(ctx)
        except Exception as raised:
            error = raised if isinstance(raised, CrmError) else _unfinished(raised)
            if error is None:
                raise
            # what an error quotes may look like markup: `columns.0[x]`
            text = f"[bold red]error:[/] {escape(str(error))}"
            Console(stderr=True, emoji=False).print(text, markup=True, highlight=False, soft_wrap=True)
            sys.exit(error.exit_code)


app = typer.Typer(
    cls=Commands,
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_show_locals=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Customer metrics, fresh and right: a Flink speed layer and a dbt batch layer, merged exactly in ClickHouse.",
)


def _register() -> None:
    from crm.cli import batch, bench, customer, erase, load, mapping, platform, query, search, simulate, speed, stack

    stack.register(app)
    platform.register(app)
    load.register(app)
    mapping.register(app)
    simulate.register(app)
    speed.register(app)
    batch.register(app)
    query.register(app)
    search.register(app)
    customer.register(app)
    erase.register(app)
    bench.register(app)


_register()
