"""ClickHouse in the test's own process."""

from collections.abc import Iterator
from contextlib import contextmanager

from chdb.session import Session


@contextmanager
def session() -> Iterator[Session]:
    """An empty engine on a temporary folder; its JSON has integers as numbers."""
    with Session() as opened:
        opened.query("SET output_format_json_quote_64bit_integers = 0")
        yield opened
