"""What all pages have in common: they draw themselves again every few seconds, say what is wrong, and go on by themselves."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import streamlit as st

from crm.errors import CrmError
from dashboard import formats
from dashboard.questions import REFRESH_SECONDS, ask, begin


def live(title: str, draw: Callable[[], None], first: str = "") -> None:
    """Draw a page under its title, and again every REFRESH_SECONDS. `first` is the question that `draw` asks first.

    Only this part of the page is drawn anew, in place: what has not changed does not move, and filters keep their values.
    """
    st.title(title, anchor=False)

    @st.fragment(run_every=REFRESH_SECONDS)
    def drawn() -> None:
        with attempt():
            if first:
                begin(first)  # `draw` finds the answer, or waits for the same
            freshness()
            draw()

    drawn()


@contextmanager
def attempt() -> Iterator[None]:
    """Show why a part of the page has no figures, in the place of an exception."""
    try:
        yield
    except CrmError as error:
        st.error(f"{error}", icon=":material/cloud_off:")
        st.caption(
            f"Tried at {datetime.now(UTC):%H:%M:%S} UTC, and again every {REFRESH_SECONDS} s: the page goes on by itself."
        )


def freshness() -> None:
    """A line that says what the figures below rest on."""
    (status,) = ask("status")
    parts = [f"As of {datetime.now(UTC):%H:%M:%S} UTC"]
    if status["batch_age_seconds"] is None:
        parts.append("no batch run yet: all figures come from the speed layer")
    else:
        parts.append(f"checked by the batch layer up to {formats.minute(status['boundary'])}")
    if status["speed_newest_minute"] is not None:
        parts.append(f"newest event {formats.minute(status['speed_newest_minute'])}")
    with st.container(key="freshness"):
        st.caption(" · ".join(parts))


@contextmanager
def panel(question: str, note: str = "") -> Iterator[None]:
    """A part of the page that answers one question."""
    with st.container(border=True, height="stretch"):
        st.subheader(question, anchor=False, help=note or None)
        with attempt():
            yield


def nothing(text: str) -> None:
    """What is said where there is nothing to show: never an empty chart."""
    st.info(text, icon=":material/inbox:")
