"""`crm search` and `crm index …`: what customers wrote, and the index that finds it."""

import html
import sys
from datetime import datetime
from typing import Annotated, Any

import typer
from rich.markup import escape

from crm.cli.output import Json, console, print_facts, print_json

index = typer.Typer(
    no_args_is_help=True, help="The search index: how it is, whether it is right, and building it anew."
)
DATES = ["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"]


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command(
        epilog='Examples: `crm search "veio quebrado" --rating 1 --rating 2` · `crm search 质量 --since 2026-01-01 --json`'
    )(search)
    app.add_typer(index, name="index")


def search(
    text: Annotated[
        str, typer.Argument(help='Words that must all occur, "in quotes" as a phrase. Without: the newest.')
    ] = "",
    *,
    rating: Annotated[list[int] | None, typer.Option(min=1, max=5, help="1 to 5; may be repeated.")] = None,
    product: Annotated[str | None, typer.Option(help="A product_id.")] = None,
    channel: Annotated[str | None, typer.Option(help="As the source names it, such as survey.")] = None,
    customer: Annotated[str | None, typer.Option(help="A customer_id.")] = None,
    sentiment: Annotated[str | None, typer.Option(help="positive, neutral, negative, none or failed.")] = None,
    since: Annotated[datetime | None, typer.Option(formats=DATES, help="When it happened, UTC: from then on.")] = None,
    until: Annotated[datetime | None, typer.Option(formats=DATES, help="When it happened, UTC: before then.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="Hits shown, the best.")] = 10,
    as_json: Json = False,
) -> None:
    """Find feedback by what was written, in any language and without minding accents or case. Needs `crm up --with search`.

    With `--json`: `total`, and `hits` with each event's fields, its `score`, and `highlights`: HTML, what matched within `<em>`.
    """
    from search.query import Filters
    from search.query import search as ask

    filters = Filters(tuple(rating or ()), product, channel, customer, sentiment, since, until)
    found = ask(text, filters, limit)
    if as_json:
        print_json(found)
        return
    for hit in found["hits"]:
        _print(hit)
    console.print(f"[bold]{len(found['hits'])}[/] of {found['total']:,} found")
    if named := [hit["customer_id"] for hit in found["hits"] if hit["customer_id"]]:
        console.print(
            f"[dim]the figures of a customer:[/] crm customer {escape(named[0])}", highlight=False, markup=True
        )


def _print(hit: dict[str, Any]) -> None:
    from rich.text import Text

    stars = "★" * (hit["rating"] or 0)
    facts = (hit["occurred_at"][:10], hit["kind"], stars, hit["sentiment_label"], hit["channel"], hit["product_id"])
    console.print(Text(" · ".join(fact for fact in facts if fact), style="bold"), end=" ")
    console.print(Text(hit["customer_id"] or "anonymous", style="cyan"))
    for fragment in hit["highlights"] or [html.escape((hit["text"] or "")[:300])]:
        console.print(_marked(fragment), soft_wrap=True)
    console.print()


def _marked(fragment: str) -> Any:
    """A highlighted fragment, as the terminal shows it."""
    from rich.text import Text

    from search.query import MARK, UNMARK

    line = Text("  ")
    for part in fragment.split(MARK):
        marked, closed, rest = part.partition(UNMARK)
        line.append(html.unescape(marked), style="bold yellow" if closed else "")
        line.append(html.unescape(rest))
    return line


@index.command(epilog="Example: `crm index status --json`")
def status(as_json: Json = False) -> None:
    """Show the index, its documents, and how many records it lags behind the topic."""
    from search.status import status as report

    found = report()
    if as_json:
        print_json(found)
    else:
        print_facts(found, "search index")


@index.command(epilog="Example: `crm index check --wait 10`")
def check(
    wait: Annotated[float, typer.Option(help="Seconds to wait for the indexer to catch up.", min=0)] = 60.0,
    as_json: Json = False,
) -> None:
    """Compare the index with what has landed in ClickHouse, by number and by id. Exit code 1 where they differ."""
    from search.reconciliation import check as compare

    found = compare(wait)
    if as_json:
        print_json(found)
    else:
        print_facts(found, "index against ClickHouse")
    if found["differences"]:
        sys.exit(1)


@index.command(epilog="Example: `crm index rebuild`")
def rebuild(as_json: Json = False) -> None:
    """Build the index anew from raw and the topic, beside the one that readers see, and change over in one step."""
    from search.rebuild import rebuild as anew

    found = anew(lambda line: typer.echo(line, err=True))
    if as_json:
        print_json(found)
    else:
        print_facts(found, "rebuilt")
