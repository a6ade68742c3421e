"""Numbers and times of the service that are out of range: a marker, a bad answer or None, never another exception."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.connections import NO_DELAYS
from tests.support.stub_vendor import StubResponse, stub_sequence
from unsub_tui.api import mapping, schemas
from unsub_tui.api.errors import ApiError
from unsub_tui.api.resource_pages import StringInterner, decode_page
from unsub_tui.api.wire_format import Json, Unreadable, parse_timestamp
from unsub_tui.domain.bounds import MAX_TIME, MIN_TIME, amount_in_range
from unsub_tui.domain.fact import fact
from unsub_tui.domain.quote import Payment

MODELS = [each for each in vars(schemas).values() if isinstance(each, type) and issubclass(each, schemas.WireModel)]
ONCE = replace(NO_DELAYS, max_attempts=1)
ROWS = (schemas.WireOrder, schemas.WireBillRow, schemas.WireFeeRow, schemas.WireRefundRow, schemas.WireOrderLine)

digits = st.text(alphabet="0123456789", min_size=1, max_size=60)
numbers = st.builds(
    "{}{}{}{}".format,
    st.sampled_from(["", "-"]),
    st.integers(0, 10**80).map(str),
    st.just("") | digits.map(".{}".format),
    st.just("") | st.builds("{}{}".format, st.sampled_from(["e", "E+", "e-"]), digits),
)
"""Every form of a JSON number."""
times = st.builds(
    "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}{}".format,
    st.integers(0, 9999),
    *(st.integers(0, most) for most in (13, 32, 25, 61, 61)),
    st.sampled_from(["", "Z", "+08:00", "-23:59", "+23:59"]),
)
json_values = numbers | numbers.map(json.dumps) | times.map(json.dumps)
documents = st.dictionaries(
    st.sampled_from(sorted({name for model in MODELS for name in model.model_fields})), json_values, max_size=8
)


def body_of(fields: dict[str, str]) -> bytes:
    """Return an object with these values as they are written."""
    return ("{" + ", ".join(f"{json.dumps(name)}: {value}" for name, value in fields.items()) + "}").encode()


def values_of(model: object) -> Iterator[object]:
    """Yield every plain value of a model, of its lists and inner models too."""
    if isinstance(model, schemas.WireModel):
        for name in type(model).model_fields:
            yield from values_of(getattr(model, name))
    elif isinstance(model, list):
        for each in model:
            yield from values_of(each)
    else:
        yield model


def is_calculable(value: object) -> bool:
    """Whether a value can be calculated with, or says that it cannot."""
    if isinstance(value, Decimal):
        return amount_in_range(value) is not None
    return value is None or isinstance(value, str | int | Unreadable)


@pytest.mark.parametrize("model", MODELS)
@settings(max_examples=20)
@given(fields=documents)
def test_any_number_in_any_field(model: type[schemas.WireModel], fields: dict[str, str]) -> None:
    """A model has a value within bounds, a marker or nothing in each field, or the answer is a bad one."""
    needed = {name: '"1"' for name, field in model.model_fields.items() if field.is_required()}
    with suppress(ApiError):
        found = schemas.decode("a test", body_of(needed | fields), model)
        assert all(map(is_calculable, values_of(found)))


@pytest.mark.parametrize("model", ROWS)
@given(fields=documents)
def test_what_is_made_of_any_number(model: type[schemas.WireModel], fields: dict[str, str]) -> None:
    """What leaves the package has known amounts within bounds, and says which are not known."""
    needed = {"order_id": '"CS1"', "order_type": "4", "status": "5", "bill_type": "1", "amount": "1"}
    with suppress(ApiError):
        row = schemas.decode("a test", body_of(needed | {"total_count": "1"} | fields), model)
        if isinstance(row, schemas.WireOrder):
            order = mapping.order(row)
            assert all(each is None or MIN_TIME <= each <= MAX_TIME for each in (order.create_time, order.payment_time))
            assert (row.amount_after_discount is Unreadable.NUMBER) == bool(order.amounts.out_of_range)
        if isinstance(row, schemas.WireBillRow):
            payment = mapping.payment(row, "USD")
            assert payment is None or is_payment_in_bounds(payment)


def is_payment_in_bounds(payment: Payment) -> bool:
    """Whether the figures and times of a payment can be calculated with."""
    moments = (payment.paid_at, payment.term_start, payment.term_end)
    return abs(payment.payable) < 10**16 and all(each is None or MIN_TIME <= each <= MAX_TIME for each in moments)


@given(st.dictionaries(st.sampled_from(["status", "spec_size", "effective_time", "expire_time"]), json_values))
def test_any_number_in_a_row_of_the_list(fields: dict[str, str]) -> None:
    """The row is listed, with times within bounds or none, or the answer is a bad one; the other row is as it was."""
    needed = {"resource_id": '"ecs-1"', "is_main_resource": "1", "status": "2"}
    rows = b"%b, %b" % (body_of(needed | fields), body_of({**needed, "resource_id": '"ecs-2"'}))
    with suppress(ApiError):
        found = decode_page("a test", b'{"total_count": 2, "data": [%b]}' % rows, StringInterner()).rows
        assert [each.id for each in found] == ["ecs-1", "ecs-2"]
        moments = (found[0].effective_time, found[0].expire_time)
        assert all(each is None or MIN_TIME <= each <= MAX_TIME for each in moments)


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00Z", "1969-12-31T23:59:59Z", "9999-12-31T23:59:59Z"])
def test_a_time_out_of_range_is_unknown(text: str) -> None:
    """Go's zero time, and any other that cannot be calculated with, is no time; the bounds themselves are."""
    assert parse_timestamp(text) is None
    assert parse_timestamp("1970-01-01T00:00:00Z") == datetime(1970, 1, 1, tzinfo=UTC)
    assert parse_timestamp("2200-01-01T00:00:00Z") == datetime(2200, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("999999999999999.9999999999", Decimal("999999999999999.9999999999")),
        ("1000000000000000", None),
        ("0.0000000001", Decimal("0.0000000001")),
        ("0.00000000001", None),
        ("117.43000000000001", Decimal("117.43")),
        ("117.43000000000000", Decimal("117.43")),
        ("1e999999999999999999", None),
    ],
)
def test_the_bounds_of_an_amount(text: str, amount: Decimal | None) -> None:
    """Fifteen digits before the point and ten after it are read, zeros at the end not counted; more is unreadable."""
    for form in (text, f'"{text}"'):
        row = schemas.decode("a test", b'{"amount": %b}' % form.encode(), schemas.WireRefundRow)
        assert row.amount == (Unreadable.NUMBER if amount is None else amount)


def test_a_bill_row_says_what_is_out_of_range() -> None:
    """An amount that counts makes the payment unknown, one that does not count changes nothing."""
    row: dict[str, Json] = {
        "res_instance_id": "ecs-1",
        "bill_type": 1,
        "trade_id": "CS1",
        "consume_amount": 90,
        "cash_amount": 10**30,
    }
    payment = mapping.payment(schemas.parse_model("a test", schemas.WireBillRow, row), "USD")
    assert payment is not None
    assert (payment.is_amount_known, payment.paid) == (True, Decimal(90))

    absurd = mapping.payment(
        schemas.parse_model("a test", schemas.WireBillRow, row | {"consume_amount": 10**30}), "USD"
    )
    assert absurd is not None
    assert absurd.missing_amount == fact("order_out_of_range", names="consume_amount", order_id="CS1")


def test_a_price_out_of_range_is_no_price() -> None:
    """The price of an attached resource that is out of range is refused, too: it must not count as nothing."""
    listed = [{"resource_id": "ecs-1", "amount": "90"}, {"resource_id": "evs-1", "amount": "1e30"}]
    body = json.dumps({"currency": "USD", "renew_inquiry_results": listed}).encode()
    found = mapping.renewal_prices("a test", body, ["ecs-1"])
    assert found.prices == {"ecs-1": Decimal(90)}
    assert found.problems["evs-1"].facts == (fact("out_of_range", names="amount"),)


@pytest.mark.parametrize("date", ["Fri, 31 Dec 9999 23:59:59 GMT", "Mon, 01 Jan 1900 00:00:00 GMT"])
async def test_a_clock_out_of_range_is_not_known(date: str) -> None:
    """A header that names the year 9999 is no clock: its difference from ours could not be added to any time."""
    vendor = stub_sequence(StubResponse(200, b'{"total_count": 0}', {"Date": date}))
    async with vendor.connection(ONCE).read_client() as client:
        await client.enterprise_projects()
        assert client.server_time_offset is None
