"""Numbers and times of the service that are out of range: a marker, a bad answer or None, never another exception."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.connections import NO_DELAYS
from tests.support.stub_vendor import StubResponse, stub_sequence
from unsub_tui.api import mapping
from unsub_tui.api.errors import ApiError
from unsub_tui.api.pagination import Page
from unsub_tui.api.resource_pages import StringInterner, decode_page
from unsub_tui.api.wire_format import parse_timestamp
from unsub_tui.domain.bounds import MAX_TIME, MIN_TIME
from unsub_tui.domain.fact import fact
from unsub_tui.domain.problem import ProblemKind
from unsub_tui.domain.quote import Payment
from unsub_tui.domain.untrusted_text import UntrustedText

ONCE = dataclasses.replace(NO_DELAYS, max_attempts=1)

Decode = Callable[[bytes], object]
DECODERS: dict[str, tuple[str, Decode]] = {
    "an order": ('{"total_count": 1, "order_info": %s}', partial(mapping.order_page, "a test")),
    "an order line": (
        '{"total_count": 1, "order_info": {"order_id": "1", "order_type": 1, "status": 1}, "order_line_items": [%s]}',
        partial(mapping.order_page, "a test"),
    ),
    "the amounts of an order": (
        '{"total_count": 1, "order_infos": [{"order_id": "1", "order_type": 1, "status": 1, "amount_info": %s}]}',
        partial(mapping.orders_page, "a test"),
    ),
    "a refund row": ('{"total_count": 1, "refund_infos": [%s]}', partial(mapping.refund_rows, "a test")),
    "a bill row": (
        '{"total_count": 1, "monthly_records": [%s]}',
        partial(mapping.bills_page, "a test", fields=mapping.MONTHLY_RECORDS),
    ),
    "an older bill row": (
        '{"total_count": 1, "fee_records": [%s]}',
        partial(mapping.bills_page, "a test", fields=mapping.FEE_RECORDS),
    ),
    "a project": ('{"total_count": 1, "enterprise_projects": [%s]}', partial(mapping.projects_page, "a test")),
    "the balances": ('{"account_balances": [%s]}', partial(mapping.balance, "a test")),
    "a renewal price": ('{"renew_inquiry_results": [%s]}', partial(mapping.renewal_prices, "a test", ids=["1"])),
    "a resource": ('{"total_count": 1, "data": [%s]}', partial(decode_page, "a test", interner=StringInterner())),
}
"""A response around one object of each kind, and what reads it."""
NEEDED = dict.fromkeys(
    ("id", "order_id", "order_type", "status", "bill_type", "account_type", "resource_id", "res_instance_id"), '"1"'
) | {"amount": "1", "consume_amount": "1", "is_main_resource": "1"}
"""The fields without which an object is none."""
AMOUNT_FIELDS = {
    "the amounts of an order": "coupon_amount",
    "an order": "amount_after_discount",
    "an order line": "amount_after_discount",
    "a refund row": "amount",
    "a bill row": "consume_amount",
    "an older bill row": "amount",
    "the balances": "amount",
    "a renewal price": "amount",
}


def decode(kind: str, fields: Mapping[str, str]) -> object:
    """Return what is made of an object of this kind, with these fields as they are written."""
    around, read = DECODERS[kind]
    return read((around % body_of({**NEEDED, **fields}).decode()).encode())


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
names = [
    *("period_type", "period_num", "measure_id", "expire_policy", "spec_size", "create_time", "payment_time"),
    *("effective_time", "expire_time", "consume_time", "trade_time", "amount_after_discount", "coupon_amount"),
    *("flexipurchase_coupon_amount", "stored_card_amount", "commission_amount", "consumed_amount", "cash_amount"),
    *("credit_amount", "bonus_amount", "debt_amount", "adjustment_amount", *NEEDED),
]
documents = st.dictionaries(st.sampled_from(names), json_values, max_size=8)


def body_of(fields: dict[str, str]) -> bytes:
    """Return an object with these values as they are written."""
    return ("{" + ", ".join(f"{json.dumps(name)}: {value}" for name, value in fields.items()) + "}").encode()


def values_of(found: object) -> Iterator[object]:
    """Yield every plain value of what was decoded."""
    if dataclasses.is_dataclass(found):
        for each in dataclasses.fields(found):
            yield from values_of(getattr(found, each.name))
    elif isinstance(found, Mapping):
        yield from values_of(list(found.values()))
    elif isinstance(found, list | tuple):
        for each in found:
            yield from values_of(each)
    else:
        yield found


def is_calculable(value: object) -> bool:
    """Whether a value can be calculated with, or is none."""
    if isinstance(value, Decimal):
        return abs(value) < 10**16  # the sum of eight amounts
    if isinstance(value, datetime):
        return MIN_TIME <= value <= MAX_TIME
    return value is None or isinstance(value, str | int | UntrustedText)


@pytest.mark.parametrize("kind", DECODERS)
@given(fields=documents)
def test_any_number_in_any_field(kind: str, fields: dict[str, str]) -> None:
    """What leaves the package has values within bounds or none, or the answer is a bad one."""
    with suppress(ApiError):
        assert all(map(is_calculable, values_of(decode(kind, fields))))


@pytest.mark.parametrize("body", [b"[]", b'"order"', b"1", b"null", b"true"], ids=bytes.decode)
@pytest.mark.parametrize("kind", DECODERS)
def test_an_answer_is_an_object(kind: str, body: bytes) -> None:
    """JSON that is no object is a bad answer to every reader, and so is a row that is none."""
    with pytest.raises(ApiError, match="not_an_object") as caught:
        DECODERS[kind][1](body)
    assert caught.value.problem.kind is ProblemKind.BAD_RESPONSE


WRONG_AMOUNTS = {
    "true": "true",
    "a list": "[1]",
    "a word": '"many"',
    "NaN as a text": '"NaN"',
    "Infinity as a text": '"Infinity"',
    "digits of another script": '"１２"',
    "an underscore": '"1_000"',
    "a comma": '"1,000"',
    "a blank": '" 1"',
    "a line break": '"1\\n"',
}


@pytest.mark.parametrize("amount", WRONG_AMOUNTS.values(), ids=WRONG_AMOUNTS)
@pytest.mark.parametrize("kind", AMOUNT_FIELDS)
def test_a_wrong_amount_is_unknown(kind: str, amount: str) -> None:
    """A wrong amount costs itself, exactly as one that is out of range: it is never taken for a missing one."""
    name = AMOUNT_FIELDS[kind]
    assert decode(kind, {name: amount}) == decode(kind, {name: "1e30"})


def refund_amount(written: str) -> Decimal | None:
    """Return the amount of a refund row; None if it is out of range."""
    body = f'{{"total_count": 1, "refund_infos": [{{"amount": {written}}}]}}'.encode()
    return mapping.refund_rows("a test", body)[0].amount


@pytest.mark.parametrize("text", ["446.17", "-446.17000001", "0", "1e2", "446.17000000"])
def test_an_amount_may_be_a_number_or_its_text(text: str) -> None:
    """Both forms are the same amount, to the last digit."""
    assert refund_amount(text) == refund_amount(f'"{text}"') == Decimal(text)


@pytest.mark.parametrize("unit", ["3", '"3"', '"cent"', "true", "[]"])
@pytest.mark.parametrize("kind", ["an order", "a refund row", "a bill row", "an older bill row", "the balances"])
def test_amounts_in_another_unit_are_unknown(kind: str, unit: str) -> None:
    """The service once counted in hundredths; an amount that is not in the currency's unit is not read."""
    name = AMOUNT_FIELDS[kind]
    assert decode(kind, {"measure_id": unit, name: "5"}) == decode(kind, {name: "1e30"})


def test_an_order_in_another_unit_has_no_amounts() -> None:
    """Neither those of its lines nor the further ones, which have no unit of their own."""
    document = {
        "total_count": 1,
        "order_info": {
            "order_id": "CS1",
            "order_type": 4,
            "status": 5,
            "measure_id": 3,
            "amount_info": {"commission_amount": 7},
        },
        "order_line_items": [{"amount_after_discount": 5}],
    }
    order, lines = mapping.order_page("a test", json.dumps(document).encode())
    assert (order.amounts.commission, order.amounts.out_of_range) == (None, ("commission_amount",))
    assert (lines.rows[0].amounts.net, lines.rows[0].amounts.out_of_range) == (None, ("amount_after_discount",))


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
    assert refund_amount(text) == refund_amount(f'"{text}"') == amount


def test_a_bill_row_says_what_is_out_of_range() -> None:
    """An amount that counts makes the payment unknown, one that does not count changes nothing."""
    found: list[Payment] = []
    for amount in ("90", "1e30"):
        page = decode("a bill row", {"trade_id": '"CS1"', "consume_amount": amount, "cash_amount": "1e30"})
        assert isinstance(page, Page)
        found += page.rows
    assert [each.is_amount_known for each in found] == [True, False]
    assert found[0].paid == 90
    assert found[1].missing_amount == fact("order_out_of_range", names="consume_amount", order_id="CS1")


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
        assert client.transport.server_time_offset is None
