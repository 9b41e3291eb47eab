"""Rows of figures."""

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st


@contextmanager
def tiles(key: str) -> Iterator[None]:
    """A row of tiles, which breaks into several where the screen is narrow."""
    with st.container(horizontal=True, key=key, gap="small"):
        yield


def tile(
    label: str, value: str, change: str | None = None, *, note: str = "", good: str = "up", against: str = ""
) -> None:
    """One figure under its name. `good` says which direction of a change is: up, down or neither."""
    colour = {"up": "normal", "down": "inverse"}.get(good, "off")
    st.metric(
        label,
        value,
        change,
        delta_color=colour,  # type: ignore[arg-type]  # one of three texts
        delta_description=against if change else None,
        help=note or None,
        border=True,
        width="stretch",
    )
