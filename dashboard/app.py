"""Where the dashboard starts: `python -m dashboard`, which the supervisor starts, has Streamlit run it for each reader."""

from pathlib import Path

import streamlit as st

from dashboard.screens import arrears, customer, demand, feedback, health, search

st.set_page_config(page_title="CRM Lambda", page_icon="📊", layout="wide")
st.html(Path(__file__).parent / "style.css")
st.navigation(
    [
        st.Page(demand.page, title="Demand", icon=":material/shopping_cart:", url_path="demand", default=True),
        st.Page(feedback.page, title="Feedback", icon=":material/reviews:", url_path="feedback"),
        st.Page(arrears.page, title="Arrears", icon=":material/receipt_long:", url_path="arrears"),
        st.Page(customer.page, title="Customer", icon=":material/person:", url_path="customer"),
        st.Page(search.page, title="Search", icon=":material/search:", url_path="search"),
        st.Page(health.page, title="Health", icon=":material/monitor_heart:", url_path="health"),
    ],
    position="top",
).run()
