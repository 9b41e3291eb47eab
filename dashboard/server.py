"""The dashboard as a web application: Streamlit's server with what it lacks. `python -m dashboard` runs it."""

from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware

from dashboard.preload import Preloading

app = st.App(Path(__file__).with_name("app.py"), middleware=[Middleware(Preloading)])
