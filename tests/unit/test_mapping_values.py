"""Texts in files as values: numbers, ids, dates, moments of a clock that changes."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sources.events import moment, utc_text
from sources.mapping import values
from sources.mapping.model import Column, Mapping

SAO_PAULO, LONDON = ZoneInfo("America/Sao_Paulo"), ZoneInfo("Europe/London")


def reader(kind: str, zone: ZoneInfo = LONDON, changes: str = "first", **column: object) -> values.Read:
    mapping = Mapping.model_validate(
        {"name": "m", "clock_changes": changes, "columns": {"a": "string"}, "events": [{"fields": {}}]}
    )
    return values.reader(Column.model_validate({"type": kind} | column), mapping, zone)


def grouped(value: Decimal, decimal: str, thousands: str) -> str:
    whole, _, places = f"{value:,f}".partition(".")
    return whole.replace(",", thousands) + (decimal + places if places else "")


SIGNS = st.sampled_from([(".", ""), (",", ""), (".", ","), (",", "."), (",", " "), (".", "'"), (",", "\u202f")])


@given(
    value=st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**12), max_value=10**12, places=2),
    signs=SIGNS,
)
def test_a_number_is_read_as_it_was_written(value: Decimal, signs: tuple[str, str]) -> None:
    decimal, thousands = signs
    read = reader("number", decimal=decimal, thousands=thousands)
    text = grouped(value, decimal, thousands)
    assert read(text) == value
    if value < 0:
        assert read(f"({text[1:]})") == read(f"{text[1:]}-") == value


@pytest.mark.parametrize(
    "text",
    ["", "-", "+", ".", "e5", "1_000", "12a", "NaN", "Infinity", "1,5", "1.2.3", "--1", "(-1)", "-1-", "٣", "1 2"],
)
def test_what_is_no_number(text: str) -> None:
    with pytest.raises(ValueError, match="not a number"):
        reader("number")(text)


def test_a_decimal_sign_is_not_taken_for_one_between_thousands() -> None:
    read = reader("number", decimal=",", thousands=".")
    assert read("1.234.567,89") == Decimal("1234567.89")
    for text in ("12.50", "1.23", "1234.567", "1.2345"):
        with pytest.raises(ValueError, match=r"not a number like 1\.234,50"):
            read(text)


@given(
    decimal=st.sampled_from(".,e -5"),
    thousands=st.sampled_from(["", *".,e '5"]),
    text=st.text("0123456789.,eE+-() '", max_size=12),
)
@example(decimal=".", thousands=".", text="1.234.567")
@example(decimal="e", thousands="", text="1e5e3")
def test_odd_signs_of_a_mapping_reject_a_text_or_read_it(decimal: str, thousands: str, text: str) -> None:
    """Even those that a mapping is not allowed: nothing but a ValueError, which rejects the row."""
    try:
        value = reader("number", decimal=decimal, thousands=thousands)(text)
    except ValueError as error:
        assert str(error).startswith("not a number like")
    else:
        assert value.is_finite()


def test_rounding_is_half_to_even_and_only_where_it_is_asked_for() -> None:
    read = reader("number", round=2)
    assert [read(text) for text in ("0.005", "0.015", "-0.025", "199.90000000000001")] == [
        Decimal("0.00"), Decimal("0.02"), Decimal("-0.02"), Decimal("199.90"),
    ]  # fmt: skip
    assert values.money(Decimal("3.1")) == Decimal("3.10")
    with pytest.raises(ValueError, match="more than two decimal places"):
        values.money(Decimal("0.005"))


def test_whole_numbers() -> None:
    read = reader("integer", thousands=",")
    assert [read(text) for text in ("007", "-3", "6.0", "1,234")] == [7, -3, 6, 1234]
    with pytest.raises(ValueError, match="not a whole number"):
        read("1.5")


def test_ids_that_were_taken_for_numbers() -> None:
    read = reader("id")
    assert [read(text) for text in ("1930571429.0", "17850", "0012.00", "A.0", "1.5")] == [
        "1930571429", "17850", "0012", "A.0", "1.5",
    ]  # fmt: skip
    with pytest.raises(ValueError, match="lost digits"):
        read("1.93057E+09")


@given(st.integers(0, 10**30))
def test_an_id_written_as_a_float_is_the_same_id(number: int) -> None:
    assert reader("id")(f"{number}.0") == reader("id")(str(number)) == str(number)


def test_formats_are_tried_in_turn() -> None:
    read = reader("date", formats=["iso", "%m/%d/%Y", "%d.%m.%y"])
    assert [read(text) for text in ("2013-01-31", "1/31/2013", "31.01.13", "2013-01-31 00:00:00")] == [
        date(2013, 1, 31)
    ] * 4
    with pytest.raises(ValueError, match="in none of the formats iso, "):
        read("31/1/2013")


@given(st.datetimes(datetime(1970, 1, 2), datetime(2099, 12, 30)))
def test_a_moment_is_the_same_in_every_form(at: datetime) -> None:
    at = at.replace(microsecond=0, tzinfo=ZoneInfo("UTC"))
    expected = moment(at)
    assert reader("timestamp")(at.isoformat()) == expected
    assert reader("timestamp", formats="unix")(str(expected // 1000)) == expected
    assert reader("timestamp", formats="unix_ms")(f"{expected}.0") == expected
    assert reader("timestamp", formats="%Y%m%d %H%M%S %z")(at.strftime("%Y%m%d %H%M%S +0000")) == expected
    assert (
        reader("timestamp", ZoneInfo("UTC"), formats="%d/%m/%Y %I:%M:%S %p")(at.strftime("%d/%m/%Y %I:%M:%S %p"))
        == expected
    )


@given(
    at=st.datetimes(datetime(1970, 1, 2), datetime(2099, 12, 30)),
    form=st.permutations(["%Y", "%m", "%d", "%H", "%M", "%S"]),
    signs=st.lists(st.sampled_from(["/", ".", " ", ":", "-", ", "]), min_size=5, max_size=5),
    noise=st.sampled_from(["", " ", "0", "x"]),
)
def test_a_format_of_numbers_means_what_strptime_means(
    at: datetime, form: list[str], signs: list[str], noise: str
) -> None:
    pattern = "".join(part + sign for part, sign in zip(form, [*signs, ""], strict=True))
    text = at.strftime(pattern.replace("%d", "%-d").replace("%m", "%-m")) + noise
    try:
        expected = moment(datetime.strptime(text, pattern).replace(tzinfo=ZoneInfo("UTC")))
    except ValueError:
        with pytest.raises(ValueError, match="in none of the formats"):
            reader("timestamp", ZoneInfo("UTC"), formats=pattern)(text)
    else:
        assert reader("timestamp", ZoneInfo("UTC"), formats=pattern)(text) == expected


# 2016-10-16 00:00 to 01:00 did not exist in São Paulo; 2017-02-18 23:00 to 24:00 was there twice.
@pytest.mark.parametrize(
    ("text", "first", "second"),
    [
        ("2016-10-16 00:30:00", "2016-10-16T03:30:00.000Z", "2016-10-16T03:30:00.000Z"),
        ("2017-02-18 23:30:00", "2017-02-19T01:30:00.000Z", "2017-02-19T02:30:00.000Z"),
        ("2017-02-18 22:30:00", "2017-02-19T00:30:00.000Z", "2017-02-19T00:30:00.000Z"),
    ],
)
def test_clocks_that_are_set(text: str, first: str, second: str) -> None:
    assert utc_text(reader("timestamp", SAO_PAULO)(text)) == first
    assert utc_text(reader("timestamp", SAO_PAULO, "second")(text)) == second


def test_clocks_that_are_set_can_reject_and_a_stated_zone_wins() -> None:
    read = reader("timestamp", SAO_PAULO, "reject", formats=["iso", "%Y-%m-%d %H:%M:%S"])
    for text, what in (("2016-10-16 00:30:00", "skips"), ("2017-02-18 23:30:00", "shows twice")):
        with pytest.raises(ValueError, match=what):
            read(text)
    assert utc_text(read("2017-02-18T23:30:00-02:00")) == "2017-02-19T01:30:00.000Z"
    assert utc_text(reader("timestamp", time_zone="UTC")("2011-07-01 12:00")) == "2011-07-01T12:00:00.000Z"
    assert utc_text(reader("timestamp")("2011-07-01 12:00")) == "2011-07-01T11:00:00.000Z"


@given(st.datetimes(datetime(2015, 1, 1), datetime(2019, 1, 1)))
def test_every_time_that_a_clock_shows_once_means_one_moment(clock: datetime) -> None:
    clock = clock.replace(microsecond=0)
    try:
        found = reader("timestamp", SAO_PAULO, "reject")(clock.isoformat())
    except ValueError:
        return
    assert (
        found
        == reader("timestamp", SAO_PAULO)(clock.isoformat())
        == reader("timestamp", SAO_PAULO, "second")(clock.isoformat())
    )
    shown = datetime(1970, 1, 1, tzinfo=ZoneInfo("UTC")) + timedelta(milliseconds=found)
    assert shown.astimezone(SAO_PAULO).replace(tzinfo=None) == clock
