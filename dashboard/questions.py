"""What the pages ask: statements in `dashboard/sql/`, answered by ClickHouse as the user bi."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import streamlit as st
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import DatabaseError, OperationalError
from streamlit.runtime.scriptrunner import add_script_run_ctx, get_script_run_ctx

from crm import clickhouse
from crm.errors import CrmError, NotReadyError
from crm.settings import settings

SQL = Path(__file__).parent / "sql"
# How often an open page asks again. An event counts within about a second; a person looks up every few.
REFRESH_SECONDS = 5
# An answer serves every open browser for so long, and is gone before the next refresh.
KEPT_SECONDS = REFRESH_SECONDS - 1

# Of all open browsers. The page's statements are small: more at once would only wait for a core in ClickHouse.
AT_ONCE = ThreadPoolExecutor(max_workers=4, thread_name_prefix="question")

Rows = list[dict[str, Any]]
Answer = Callable[[], Rows]


def ask(question: str, **bound: Any) -> Rows:
    """Rows of `dashboard/sql/<question>.sql` with bound parameters; money as Decimal, moments in UTC.

    Raises NotReadyError where ClickHouse does not answer, CrmError where it refuses.
    """
    try:
        return _answer(question, bound)
    except OperationalError as error:
        raise NotReadyError(
            f"ClickHouse does not answer at port {settings().ports.clickhouse_http}. Start it with `crm up`, or look at `crm status`."
        ) from error
    except DatabaseError as error:
        # A new password of bi needs a new connection.
        _client.clear()
        raise CrmError(f"ClickHouse refused the question {question}: {_first_line(error)}{_advice(error)}") from error


def begin(question: str, **bound: Any) -> Answer:
    """As `ask`, but beside the page and other questions: the answer, or the error, is got by calling what is returned."""
    page = get_script_run_ctx()

    def answer() -> Rows:
        add_script_run_ctx(threading.current_thread(), page)
        return ask(question, **bound)

    return AT_ONCE.submit(answer).result


@st.cache_data(ttl=KEPT_SECONDS, max_entries=500, show_spinner=False)
def _answer(question: str, bound: dict[str, Any]) -> Rows:
    return clickhouse.rows(_client(), clickhouse.sql(SQL / f"{question}.sql"), bound)


@st.cache_resource(show_spinner=False)
def _client() -> Client:
    # Browsers ask in threads of their own; without a session one client serves them all.
    return clickhouse.connect("bi", connect_timeout=3, query_retries=0)


def _advice(error: DatabaseError) -> str:
    advice = " Make the serving views of this version with `crm up` or `crm deploy`."
    return advice if clickhouse.lacks_table(error) else ""


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0][:300]
