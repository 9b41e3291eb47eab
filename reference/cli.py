"""The page of the command `crm`, by Typer's own generator (`typer utils docs`)."""

from typing import Any

import typer.main
from typer.cli import get_docs_for_click

from crm.cli.main import app
from reference import markdown


def _say_whole_lines(command: Any) -> None:
    """Have lists of commands show the first paragraph of each instead of its first 45 characters."""
    for child in getattr(command, "commands", {}).values():
        child.short_help = " ".join((child.help or "").split("\n\n")[0].split())
        _say_whole_lines(child)


def page() -> str:
    """Every command with its arguments, options, defaults and examples."""
    command = typer.main.get_command(app)
    _say_whole_lines(command)
    text = get_docs_for_click(obj=command, ctx=typer.Context(command, info_name="crm"), name="crm", indent=1)
    return markdown.page("Commands", "`crm/cli/`", text)
