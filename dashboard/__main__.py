"""Starts the server: `python -m dashboard --server.address HOST --server.port PORT`, with any of Streamlit's options.

What the pages import is imported first: otherwise whoever opens the first page would wait for it.
"""

import sys
from pathlib import Path

import pyarrow  # noqa: F401  # by which Streamlit sends tables
from streamlit.web.cli import main

from dashboard.screens import arrears, customer, demand, feedback, health, search  # noqa: F401

if __name__ == "__main__":
    sys.argv = ["streamlit", "run", str(Path(__file__).with_name("app.py")), *sys.argv[1:]]
    sys.exit(main())
