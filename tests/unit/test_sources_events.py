from dataclasses import fields
from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.contracts import contracts
from sources.events import Encoder, OrderEvent, ReceivableEvent, cents, local_moment, moment, money, utc_text, whole

ORDERS = contracts()["orders"]
SAO_PAULO = ZoneInfo("America/Sao_Paulo")


def order_event(**changes: object) -> OrderEvent:
    values = {
        "event_id": "e", "kind": "placed", "order_id": "o", "line_no": 1, "customer_id": "c", "product_id": None,
        "category": "café 好", "quantity": 2, "amount": Decimal("12.50"), "currency": "EUR", "status": None,
        "occurred_at": 1_000,
    }  # fmt: skip
    return OrderEvent(**(values | changes))  # type: ignore[arg-type]


def test_an_order_event_has_the_contracts_columns_in_its_order() -> None:
    assert [field.name for field in fields(OrderEvent)] == [column.name for column in ORDERS.columns]


def test_the_form_in_kafka() -> None:
    key, value = Encoder(ORDERS, OrderEvent)(order_event())
    assert key == b"c"
    assert (
        value
        == (
            '{"event_id":"e","kind":"placed","order_id":"o","line_no":1,"customer_id":"c","product_id":null,'
            '"category":"café 好",'
            '"quantity":2,"amount":"12.50","currency":"EUR","status":null,"occurred_at":"1970-01-01T00:00:01.000Z"}'
        ).encode()
    )


def test_an_event_without_customer_is_keyed_by_its_order() -> None:
    assert Encoder(ORDERS, OrderEvent)(order_event(customer_id=None))[0] == b"o"


def test_a_shift_moves_every_moment() -> None:
    _, value = Encoder(ORDERS, OrderEvent)(order_event(), 1_234)
    assert orjson.loads(value)["occurred_at"] == "1970-01-01T00:00:02.234Z"


@given(st.datetimes(datetime(1970, 1, 1), datetime(2099, 12, 31)))
def test_moments_survive_their_text(at: datetime) -> None:
    expected = at.replace(tzinfo=UTC, microsecond=at.microsecond // 1000 * 1000)
    text = utc_text(moment(at.replace(tzinfo=UTC)))
    assert len(text) == len("YYYY-MM-DDThh:mm:ss.mmmZ")
    assert datetime.fromisoformat(text) == expected


@given(
    st.datetimes(datetime(1990, 1, 1), datetime(2030, 1, 1)), st.sampled_from([SAO_PAULO, ZoneInfo("Europe/London")])
)
def test_local_times_become_utc(at: datetime, zone: ZoneInfo) -> None:
    local = at.replace(tzinfo=UTC, microsecond=0).astimezone(zone)
    found = local_moment(local.strftime("%Y-%m-%d %H:%M:%S"), zone)
    # In the hour that a clock shows twice, the first is taken.
    assert found == moment(local.replace(fold=0))
    assert found in (moment(local), moment(local) - 3_600_000)


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2017-11-30 23:30:00", "2017-12-01T01:30:00.000Z"),
        ("2017-07-01 00:00:00", "2017-07-01T03:00:00.000Z"),
        ("2017-10-15 00:30:00", "2017-10-15T03:30:00.000Z"),  # skipped by the clock: summer time began at midnight
        ("2017-07-01T00:00:00.250+00:00", "2017-07-01T00:00:00.250Z"),
    ],
)
def test_sao_paulo(text: str, utc: str) -> None:
    assert utc_text(local_moment(text, SAO_PAULO)) == utc


@pytest.mark.parametrize("text", ["", "2017", "2017-07-01", "yesterday", "2017-02-30 10:00:00"])
def test_what_is_no_time(text: str) -> None:
    with pytest.raises(ValueError):
        local_moment(text, SAO_PAULO)


@given(st.decimals(-(10**14), 10**14, places=5))
def test_cents_round_to_the_nearest(value: Decimal) -> None:
    rounded = cents(value)
    assert rounded.as_tuple().exponent == -2
    assert abs(rounded - value) <= Decimal("0.005")
    assert not (rounded == 0 and rounded.is_signed())


@given(st.decimals(-(10**14), 10**14, places=2))
def test_money_survives_its_form_in_kafka(value: Decimal) -> None:
    _, encoded = Encoder(ORDERS, OrderEvent)(order_event(amount=cents(money(str(value)))))
    assert Decimal(orjson.loads(encoded)["amount"]) == value


@pytest.mark.parametrize("text", ["", "x", "NaN", "Infinity", "1,50", "1_0", "1e17", "1e1000000", "-1e1000000"])
def test_what_is_no_money(text: str) -> None:
    """A ValueError rejects a row, an Overflow would end the load: of a product of what is read, too."""
    with pytest.raises(ValueError):
        cents(3 * money(text))


def test_what_is_too_large_for_cents_is_said_whoever_asks() -> None:
    with pytest.raises(ValueError, match="not an amount"):
        cents(Decimal("1e1000000"))


@pytest.mark.parametrize("text", ["", "1.0", "1_0", "six"])
def test_what_is_no_whole_number(text: str) -> None:
    with pytest.raises(ValueError):
        whole(text)


def test_a_receivable_has_the_contracts_columns_and_its_dates_are_days() -> None:
    contract = contracts()["receivables"]
    assert [field.name for field in fields(ReceivableEvent)] == [column.name for column in contract.columns]
    at = moment(datetime(2013, 1, 1, tzinfo=UTC))
    encode = Encoder(contract, ReceivableEvent)
    event = ReceivableEvent("e", "invoiced", "007", "c", date(2013, 1, 31), Decimal("1.50"), "EUR", at)
    key, value = encode(event)
    assert (key, orjson.loads(value)["due_date"]) == (b"c", "2013-01-31")
    # A term of 30 days stays one, whatever the hour that the shift ends at.
    shifted = orjson.loads(encode(event, 10 * 86_400_000 + 3_600_000)[1])
    assert (shifted["occurred_at"], shifted["due_date"]) == ("2013-01-11T01:00:00.000Z", "2013-02-10")
    event.due_date = None
    assert orjson.loads(encode(event, 86_400_000)[1])["due_date"] is None
