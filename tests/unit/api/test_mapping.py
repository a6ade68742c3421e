from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from unsub_tui.api import mapping
from unsub_tui.api.errors import ApiError, TransientError
from unsub_tui.api.pagination import NO_TOTAL, Page
from unsub_tui.api.resource_pages import StringInterner, WireResource, decode_page
from unsub_tui.api.wire_format import parse_timestamp
from unsub_tui.domain.eligibility import BlockedReason, blocked_reason_by_state
from unsub_tui.domain.quote import BillType, Payment
from unsub_tui.domain.resource import NO_STATUS, Resource, RowDefect
from unsub_tui.domain.untrusted_text import EMPTY, UntrustedText

RESOURCE: dict[str, Any] = {"resource_id": "ecs-1", "is_main_resource": 1, "status": 2}


RESOURCE_FIELDS = WireResource.__struct_fields__


def page(*rows: object, **more: object) -> tuple[Resource, ...]:
    """Return the resources of a page."""
    body = json.dumps({"total_count": len(rows), "data": rows, **more}).encode()
    return decode_page("a test", body, StringInterner()).rows


def test_a_resource_is_read_whole() -> None:
    """Every field goes where it belongs; sizes are written plainly, times are UTC."""
    row = {
        **RESOURCE,
        "resource_name": "web-\u6d4b\x1b[2J",
        "service_type_code": "hws.service.type.ec2",
        "is_main_resource": 0,
        "status": 77,
        "parent_resource_id": "ecs-0",
        "effective_time": "2026-01-01T02:00:00Z",
        "expire_time": "2026-02-01T15:59:59+08:00",
        "expire_policy": 3,
        "spec_size": 40.0,
        "enterprise_project": {"id": "0", "name": "default"},
        "a_newer_field": [1],
    }
    (resource,) = page(row)
    assert resource.id == "ecs-1"
    assert resource.resource_name == UntrustedText("web-\u6d4b\x1b[2J")
    assert (resource.is_main_resource, resource.status, resource.expire_policy) == (False, 77, 3)
    assert resource.parent_resource_id == UntrustedText("ecs-0")
    assert resource.effective_time == datetime(2026, 1, 1, 2, tzinfo=UTC)
    assert resource.expire_time == datetime(2026, 2, 1, 7, 59, 59, tzinfo=UTC)
    assert resource.spec_size == "40"
    assert (resource.enterprise_project_id, resource.enterprise_project_name) == (
        UntrustedText("0"),
        UntrustedText("default"),
    )


def test_nulls_and_gaps_are_tolerated() -> None:
    """A resource needs id, kind and status; all else may be null or missing, and so may the list."""
    nulls = dict.fromkeys(RESOURCE_FIELDS) | RESOURCE
    for row in (RESOURCE, nulls):
        (resource,) = page(row)
        assert (resource.resource_name, resource.expire_time, resource.spec_size) == (EMPTY, None, "")
    assert page(data=None) == ()
    assert decode_page("a test", b'{"total_count": 0}', StringInterner()).rows == ()


@pytest.mark.parametrize(
    "odd",
    [
        {"resource_name": 5},
        {"resource_name": "\ud800"},
        {"product_spec_desc": ["x"]},
        {"expire_policy": "never"},
        {"enterprise_project": "default"},
        {"enterprise_project": {"id": 0, "name": None}},
        {"spec_size": {}},
        {"spec_size": "1e999999"},
        {"spec_size": "many"},
        {"expire_time": 1767232800},
        {"expire_time": "the day after"},
        {"effective_time": "9999-12-31T23:59:59-12:00"},
    ],
    ids=str,
)
def test_an_odd_value_that_nothing_needs_does_not_hide_the_rest(odd: dict[str, object]) -> None:
    """One odd value costs at most itself: the row, and the other rows, are listed."""
    resources = page({**RESOURCE, **odd, "region_code": "cn-north-4"}, {**RESOURCE, "resource_id": "ecs-2"})
    assert [each.id for each in resources] == ["ecs-1", "ecs-2"]
    assert resources[0].region_code == UntrustedText("cn-north-4")
    assert len(resources[0].spec_size) < 50


@pytest.mark.parametrize("name", ["resource_id", "is_main_resource", "status"])
@pytest.mark.parametrize("value", [None, [], {}], ids=["null", "list", "object"])
def test_a_row_without_a_needed_field_is_unreadable(name: str, value: object) -> None:
    """A needed field that is wrong or missing costs the row and nothing else, whatever else is odd."""
    readable = {**RESOURCE, "resource_id": "ecs-2"}
    without = {key: value for key, value in RESOURCE.items() if key != name}
    for row in ({**RESOURCE, "expire_policy": "never", name: value}, without):
        resource, other = page({**row, "region_code": "cn-north-4"}, readable)
        assert resource.defect is RowDefect.UNREADABLE
        assert resource.region_code == UntrustedText("cn-north-4")
        assert blocked_reason_by_state(resource) is BlockedReason.UNREADABLE
        assert resource.id == ("" if name == "resource_id" else "ecs-1")
        assert resource.status == (NO_STATUS if name == "status" else 2)
        assert (other.id, other.defect) == ("ecs-2", None)


@pytest.mark.parametrize("row", [None, [], "row", 7, {}])
def test_a_row_that_is_none_is_unreadable(row: object) -> None:
    """It is counted as a row of the page."""
    unreadable, other = page(row, RESOURCE)
    assert (unreadable.id, unreadable.defect, other.defect) == ("", RowDefect.UNREADABLE, None)


@pytest.mark.parametrize("body", [b"{}", b'{"total_count": -1}', b'{"total_count": null}', b'{"total_count": "many"}'])
def test_the_total_is_needed(body: bytes) -> None:
    """Without a total no list can be proved whole, but its rows can be shown."""
    assert decode_page("a test", body, StringInterner()) == Page((), NO_TOTAL)
    document = json.loads(body) | {"data": [RESOURCE]}
    page_without_total = decode_page("a test", json.dumps(document).encode(), StringInterner())
    assert (page_without_total.total, len(page_without_total.rows)) == (NO_TOTAL, 1)


@pytest.mark.parametrize(
    "body", [b"", b"[", b"[" * 100_000, b'{"total_count": NaN}', b"\xff"], ids=lambda body: body[:9]
)
def test_no_json_may_pass(body: bytes) -> None:
    """What is no JSON at all may be better the next time."""
    with pytest.raises(TransientError):
        decode_page("a test", body, StringInterner())


def decode_bill(**fields: Any) -> Payment | None:
    """Return what is made of a bill row."""
    row = {"res_instance_id": "ecs-1", "bill_type": 1, "consume_amount": 90, "coupon_amount": 10, **fields}
    body = json.dumps({"total_count": 1, "currency": "USD", "monthly_records": [row]}).encode()
    (payment,) = mapping.bills_page("a test", body, mapping.MONTHLY_RECORDS).rows
    return payment


def test_a_payment() -> None:
    """A bill row is money for a period: what it was, what coupons paid, how many months it bought."""
    times = {"effective_time": "2026-01-01T00:00:00Z", "expire_time": "2027-01-01T15:59:59Z"}
    payment = decode_bill(trade_id="CS1", period_type=19, period_num=1, **times)
    assert payment is not None
    assert (payment.bill_type, payment.currency, payment.order_id) == (BillType.PURCHASE, "USD", "CS1")
    assert (payment.payable, payment.coupon, payment.paid) == (Decimal(90), Decimal(10), Decimal(80))
    assert payment.period_months == 12
    assert payment.term_end == datetime(2027, 1, 1, 15, 59, 59, tzinfo=UTC)


@pytest.mark.parametrize(
    ("unit", "count", "months"),
    [(20, 1200, 1200), (20, 1201, None), (19, 100, 1200), (19, 101, None), (19, -1, -12), (20, 0, None), (18, 3, None)],
)
def test_a_term_that_is_too_long_is_unknown(unit: int, count: int, months: int | None) -> None:
    """The limit of a hundred years applies to the term, whether it is given in months or in years."""
    payment = decode_bill(period_type=unit, period_num=count)
    assert payment is not None
    assert payment.period_months == months


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (2, BillType.RENEWAL),
        (8, BillType.AUTO_RENEWAL),
        (3, BillType.CHANGE),
        (20, BillType.CHANGE_REFUND),
        (24, BillType.CHANGE_REFUND),
        (4, BillType.UNSUBSCRIPTION),
        (100, BillType.UNSUBSCRIPTION_TAX),
        (5, None),
        (9, BillType.OTHER),  # an adjustment
        (999, BillType.OTHER),
    ],
)
def test_what_a_bill_row_was_for(code: int, kind: BillType | None) -> None:
    """Renewals by hand or by themselves; changes; what paid for no period is left out."""
    payment = decode_bill(bill_type=code)
    assert (payment.bill_type if payment else None) == kind


def test_what_a_row_charged() -> None:
    """Said outright, else the sum of the ways of paying; where neither is said, the amount is unknown, not nothing."""
    parts = {"cash_amount": 50, "credit_amount": "20.5", "bonus_amount": 1}
    payment = decode_bill(consume_amount=None, **parts)
    assert payment is not None
    assert payment.payable == Decimal("81.5")
    unknown = decode_bill(consume_amount=None, coupon_amount=None)
    assert unknown is not None
    assert (unknown.is_amount_known, unknown.out_of_range) == (False, ("consume_amount",))


def test_a_bill_row_without_a_type_is_not_understood() -> None:
    """It may be a payment or a refund, so the figures of its resource are unknown; the other rows are read."""
    for fields in ({"bill_type": None}, {"bill_type": "odd"}):
        payment = decode_bill(**fields)
        assert payment is not None
        assert (payment.resource_id, payment.bill_type) == ("ecs-1", BillType.OTHER)


def test_an_unreadable_order_is_among_the_others() -> None:
    """An order without an id, a type or a status, or none at all, is marked; the other orders are read."""
    good = {"order_id": "CS1", "order_type": 4, "status": 5}
    odd = ({"order_id": None}, {"order_type": "x"}, {"status": None})
    rows: list[object] = [good, *(good | each for each in odd), None, [], {}]
    page = mapping.orders_page("a test", json.dumps({"total_count": 7, "order_infos": rows}).encode())
    assert [each.is_readable for each in page.rows] == [True, *[False] * 6]
    assert page.keys[:2] == ("CS1", None)


@pytest.mark.parametrize("name", ["order_id", "order_type", "status"])
def test_an_order_by_its_id_must_be_readable(name: str) -> None:
    """A run draws conclusions from it."""
    info = {"order_id": "CS1", "order_type": 4, "status": 5, name: None}
    with pytest.raises(ApiError, match=name):
        mapping.order_page("a test", json.dumps({"total_count": 0, "order_info": info}).encode())


def test_other_rows_without_what_names_them() -> None:
    """A project without an id, a balance without a type and a price of nothing cost nothing else."""
    projects = {"total_count": 2, "enterprise_projects": [{"name": "x"}, {"id": "p1", "name": "one"}]}
    found = mapping.projects_page("a test", json.dumps(projects).encode())
    assert ([each.project_id for each in found.rows], found.keys) == (["", "p1"], (None, "p1"))
    balances = mapping.balance("a test", json.dumps({"account_balances": [{"amount": 1}]}).encode())
    assert [each.amount for each in balances.balances] == [1]
    listed = {"currency": "USD", "renew_inquiry_results": [{"amount": 5}, {"resource_id": "ecs-1", "amount": 7}]}
    prices = mapping.renewal_prices("a test", json.dumps(listed).encode(), ["ecs-1", "ecs-2"])
    assert (dict(prices.prices), list(prices.problems)) == ({"ecs-1": Decimal(7)}, ["ecs-2"])


def test_ids_that_are_shown_are_clean() -> None:
    """An id that is a plain string in our types cannot disturb a terminal, either."""
    row = {"order_id": "CS\x1b1", "order_type": 4, "status": 5, "currency": "US\u202eD"}
    (order,) = mapping.orders_page("a test", json.dumps({"total_count": 1, "order_infos": [row]}).encode()).rows
    assert (order.order_id, order.currency) == ("CS<1B>1", "US<U+202E>D")


@pytest.mark.parametrize(
    ("text", "when"),
    [
        ("2026-01-15T02:00:00Z", datetime(2026, 1, 15, 2, tzinfo=UTC)),
        ("2026-01-15T10:00:00+08:00", datetime(2026, 1, 15, 2, tzinfo=UTC)),
        ("2026-01-15T02:00:00.123456Z", datetime(2026, 1, 15, 2, 0, 0, 123456, tzinfo=UTC)),
        ("2026-01-15T02:00:00", datetime(2026, 1, 15, 2, tzinfo=UTC)),
        ("", None),
        (None, None),
        ("soon", None),
        ("0001-01-01T00:00:00+12:00", None),
        ("2026-02-30T00:00:00Z", None),
    ],
)
def test_moments(text: str | None, when: datetime | None) -> None:
    """Times are aware and in UTC, or None."""
    found = parse_timestamp(text)
    assert found == when
    assert found is None or found.tzinfo is UTC


def test_an_attached_resource_has_its_main_ones_name_and_id_as_the_same_objects() -> None:
    """Whichever of both comes first."""
    main, disk = {**RESOURCE, "resource_name": "web"}, {**RESOURCE, "resource_id": "evs-1", "resource_name": "web"}
    for rows in ((main, {**disk, "parent_resource_id": "ecs-1"}), ({**disk, "parent_resource_id": "ecs-1"}, main)):
        first, second = sorted(page(*rows), key=lambda each: each.id)
        assert first.resource_id is second.parent_resource_id
        assert first.resource_name is second.resource_name


def test_equal_texts_are_one_object() -> None:
    """A hundred thousand rows share the texts that repeat."""
    share = StringInterner()
    first, second = share["cn-north-4"], share["".join(reversed("4-htron-nc"))]
    assert first is second
    assert share[None] is share[""] is EMPTY
