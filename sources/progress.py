"""How far a long send has come: a bar on standard error, so that standard output stays the result's."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

# What is being done, how many events Kafka has acknowledged, of how many (0: unknown).
Progress = Callable[[str, int, int], None]


@contextmanager
def shown(progress: Progress | None, things: str = "events") -> Iterator[Progress]:
    """`progress` itself, or a bar where there is none, which counts `things`."""
    if progress is not None:
        yield progress
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn(things),
        TextColumn("{task.fields[rate]}"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Bar(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task("", total=None, rate="")

        def show(what: str, done: int, total: int) -> None:
            speed = bar.tasks[task].speed
            bar.update(
                task, description=what, completed=done, total=total or None, rate=f"{speed:,.0f}/s" if speed else ""
            )

        yield show
