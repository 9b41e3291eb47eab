"""Charts of the pages. Values become floats here and nowhere else: a pixel needs no more, and the tiles beside are exact."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Literal

import altair as alt
import pandas as pd
import streamlit as st

from dashboard.questions import Rows

# Altair would check every chart against its schema at every refresh: tests do that once.
alt.utils.schemapi.debug_mode(False).__enter__()

HEIGHT = 230
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
RATINGS = {"rated_5": "#1a7f5a", "rated_4": "#8cc9a1", "rated_3": "#d9d9d9", "rated_2": "#f4a582", "rated_1": "#b2182b"}
MOODS = {"positive": "#1a7f5a", "neutral": "#d9d9d9", "negative": "#b2182b"}
# Pandas' names of the buckets that ClickHouse cuts.
FREQUENCIES = {"hour": "h", "day": "D", "week": "W-MON", "month": "MS"}
FORMATS = {"hour": "%a %H:%M", "day": "%d %b %Y", "week": "%d %b %Y", "month": "%b %Y"}


def frame(rows: Rows) -> pd.DataFrame:
    """Rows as a frame: amounts as floats, moments without their zone, so that a browser shows them in UTC as they are."""
    return pd.DataFrame([{name: _plain(value) for name, value in row.items()} for row in rows])


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return float(value)
    return value.replace(tzinfo=None) if hasattr(value, "tzinfo") else value


def draw(chart: alt.Chart | alt.LayerChart, key: str) -> None:
    """Put a chart on the page; under the same key it is filled with new data and not made anew."""
    st.altair_chart(chart, key=key, width="stretch", height=HEIGHT)


def gapless(rows: Rows, bucket: str) -> pd.DataFrame:
    """Rows of sums as a frame, with zeros where there is no row: a line between its neighbours would show what never was."""
    return frame(rows).set_index("bucket").asfreq(FREQUENCIES[bucket], fill_value=0).reset_index()


def over_time(rows: Rows, value: str, label: str, bucket: str, key: str) -> None:
    """How the sums of one figure develop."""
    base = alt.Chart(gapless(rows, bucket)).encode(
        x=alt.X("bucket:T", title=None),
        y=alt.Y(f"{value}:Q", title=label),
        tooltip=[
            alt.Tooltip("bucket:T", title=bucket, format=FORMATS[bucket]),
            *(
                alt.Tooltip(f"{name}:Q", format=",.2f" if name == value else ",")
                for name in rows[0]
                if name != "bucket"
            ),
        ],
    )
    draw(base.mark_area(line=True, fillOpacity=0.25, point=len(rows) == 1), key)


def lines(rows: Rows, at: str, parts: Mapping[str, str], label: str, key: str) -> None:
    """How several figures of one unit develop; `parts` maps columns to names."""
    data = frame(rows).rename(columns=dict(parts)).melt(at, list(parts.values()), "what", "value")
    chart = alt.Chart(data).encode(
        x=alt.X(f"{at}:T", title=None),
        y=alt.Y("value:Q", title=label),
        color=alt.Color("what:N", title=None, sort=list(parts.values()), legend=alt.Legend(orient="top")),
        tooltip=[alt.Tooltip(f"{at}:T", format="%Y-%m-%d"), "what:N", alt.Tooltip("value:Q", format=",.2f")],
    )
    draw(chart.mark_line(point=len(rows) == 1), key)


def shares_over_time(rows: Rows, colours: Mapping[str, str], bucket: str, key: str) -> None:
    """What a whole is made of, and how that changes; one bar for each bucket."""
    data = frame(rows).melt("bucket", list(colours), "what", "events")
    data["what"] = data["what"].str.replace("_", " ")
    names = [name.replace("_", " ") for name in colours]
    chart = alt.Chart(data[data["events"] > 0]).encode(
        x=alt.X("bucket:T", title=None),
        y=alt.Y("events:Q", stack="normalize", axis=alt.Axis(format="%"), title=None),
        color=alt.Color(
            "what:N", title=None, legend=alt.Legend(orient="top"),
            scale=alt.Scale(domain=names, range=list(colours.values())),
        ),
        order=alt.Order("what:N"),
        tooltip=[alt.Tooltip("bucket:T", title=bucket, format=FORMATS[bucket]), "what:N", alt.Tooltip("events:Q", format=",")],
    )  # fmt: skip
    draw(chart.mark_area(interpolate="step-after") if len(rows) > 60 else chart.mark_bar(), key)


def ranked(rows: Rows, name: str, value: str, label: str, key: str, limit: int = 10) -> None:
    """Which are greatest, from the top."""
    data = frame(rows[:limit])
    data[name] = data[name].replace("", "(none)")
    base = alt.Chart(data).encode(
        x=alt.X(f"{value}:Q", title=label),
        y=alt.Y(f"{name}:N", sort=None, title=None, axis=alt.Axis(labelLimit=130, labelOverlap=False)),
        tooltip=[alt.Tooltip(f"{one}:N") if one == name else alt.Tooltip(f"{one}:Q", format=",") for one in rows[0]],
    )
    draw(base.mark_bar(), key)


def weekly(rows: Rows, key: str) -> None:
    """When in the week something happens: darker is more."""
    data = frame(rows)
    data["weekday"] = data["weekday"].map(lambda number: WEEKDAYS[number - 1])
    chart = alt.Chart(data).encode(
        x=alt.X("hour:O", title="hour of the day, UTC", scale=alt.Scale(domain=list(range(24)))),
        y=alt.Y("weekday:O", title=None, sort=list(WEEKDAYS), scale=alt.Scale(domain=list(WEEKDAYS))),
        color=alt.Color("orders:Q", legend=None),
        tooltip=[alt.Tooltip("weekday:O"), alt.Tooltip("hour:O"), alt.Tooltip("orders:Q", format=",")],
    )
    draw(chart.mark_rect(), key)


def classes(rows: Rows, name: str, order: Sequence[str], value: str, label: str, key: str) -> None:
    """How much is in each of some ordered classes; the further along, the worse."""
    chart = alt.Chart(frame(rows)).encode(
        x=alt.X(f"{name}:N", sort=list(order), title=None, axis=alt.Axis(labelAngle=0)),
        y=alt.Y(f"{value}:Q", title=label),
        color=alt.Color(f"{name}:N", legend=None, scale=alt.Scale(domain=list(order), scheme="yelloworangered")),
        tooltip=list(rows[0]),
    )
    draw(chart.mark_bar(), key)


def transitions(rows: Rows, order: Sequence[str], key: str) -> None:
    """What share of each class has gone over to which."""
    base = alt.Chart(frame(rows)).encode(
        x=alt.X("to_bucket:N", sort=list(order), title="now", axis=alt.Axis(labelAngle=0)),
        y=alt.Y("from_bucket:N", sort=list(order), title="before"),
        tooltip=[
            "from_bucket",
            "to_bucket",
            alt.Tooltip("invoices:Q", format=","),
            alt.Tooltip("invoice_share:Q", format=".1%"),
        ],
    )
    tiles = base.mark_rect().encode(color=alt.Color("invoice_share:Q", legend=None, scale=alt.Scale(domain=[0, 1])))
    dark = alt.condition("datum.invoice_share > 0.4", alt.value("white"), alt.value("#222"))
    draw(tiles + base.mark_text().encode(text=alt.Text("invoice_share:Q", format=".0%"), color=dark), key)


def table(rows: Rows, columns: Mapping[str, Any], key: str) -> None:
    """Rows as a table that can be sorted; `columns` maps columns to headings or Streamlit's column types, in order."""
    height: Literal["content"] | int = "content" if len(rows) <= 15 else 560
    shown = [{name: _plain(row[name]) for name in columns} for row in rows]
    with st.container(key=f"table_{key}"):
        st.dataframe(
            shown,
            column_config=dict(columns),
            hide_index=True,
            key=key,
            width="stretch",
            height=height,
            placeholder="-",
        )


def customer_link(heading: str = "customer") -> Any:
    """A column of addresses of the page of one customer, as `dashboard.screens.customer.address` makes them."""
    return st.column_config.LinkColumn(heading, display_text=r"customer=(.*)$")
