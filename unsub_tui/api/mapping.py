"""Decoders of responses, from bytes to domain types; each takes the name of the operation for its errors.

Names and types of the fields are those of the Huawei Cloud SDK 3.1.219.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TypeVar

from unsub_tui.api.errors import incomplete_listing, service_problem
from unsub_tui.api.json_object import Amount, JsonObject
from unsub_tui.api.pagination import Page
from unsub_tui.api.wire_format import Json, Unreadable, text_of
from unsub_tui.domain.account import AccountBalance, BalanceSummary, EnterpriseProject
from unsub_tui.domain.coupons import OrderCoupons
from unsub_tui.domain.fact import Fact, fact
from unsub_tui.domain.order import NO_CODE, Order, OrderAmounts, OrderLine, RefundRow
from unsub_tui.domain.problem import Problem, ProblemKind
from unsub_tui.domain.quote import PAID_BILL_TYPES, BillType, Payment
from unsub_tui.domain.renewal_forecast import RenewalPrices
from unsub_tui.domain.untrusted_text import for_display

Row = TypeVar("Row")

_BILL_TYPES = {
    1: BillType.PURCHASE,
    2: BillType.RENEWAL,
    3: BillType.CHANGE,
    4: BillType.UNSUBSCRIPTION,
    8: BillType.AUTO_RENEWAL,
    15: BillType.TAX,
    20: BillType.CHANGE_REFUND,
    24: BillType.CHANGE_REFUND,  # a change to pay-per-use
    100: BillType.UNSUBSCRIPTION_TAX,
}
"""Values of `bill_type` that concern yearly/monthly resources."""
_IRRELEVANT_BILL_TYPES = frozenset({5, 14, 17, 23, 25, 101, 102})
"""Values of `bill_type` that do not: usage, support plans, minimum spend, savings plans, rounding, adjusted tax."""
_PERIODIC = 1
"""`charge_mode` of yearly/monthly resources."""
_ZERO = Decimal(0)
_MONTHS_OF_PERIOD = {19: 12, 20: 1}
"""Number of months by `period_type` of a bill row: 19 is a year, 20 a month."""
_MAX_TERM_MONTHS = 1200
"""Maximum length of the purchased term in a bill row; a longer one is unknown."""
_CARDS = ("flexipurchase_coupon_amount", "stored_card_amount")
"""Money paid in advance, in bills and orders."""
_ORDER_AMOUNTS = ("coupon_amount", *_CARDS, "commission_amount", "consumed_amount")
"""Fields of `amount_info`."""
_DEBT = "debt_amount"
"""Part of a bill row that a post-paid account has instead of cash."""
_UNDOCUMENTED_AMOUNTS = ("bonus_amount", "adjustment_amount")
"""Parts of a bill row for which no documentation says whether they count as paid."""
_ATTACHED_ONLY = frozenset({"0", "ATTACH"})
"""Values of `relative_type` of a resource that is attached to another but has its own bill rows."""
_CASH_COUPON = 1
"""`coupon_type` of a cash coupon."""
_DISABLED = 2
"""`status` of a disabled enterprise project."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BillFields:
    """The names of the fields in the response of a bill API, of which there are two."""

    rows: str
    resource_id: str
    amount: str
    parts: tuple[str, ...] = ()
    """Amounts that add up to a missing `amount`."""
    base_order_id: str
    paid_at: str
    has_term: bool
    """Whether `effective_time` and `expire_time` are those of the purchased period."""


MONTHLY_RECORDS = BillFields(
    rows="monthly_records",
    resource_id="res_instance_id",
    amount="consume_amount",
    parts=(
        *("cash_amount", "credit_amount", "coupon_amount", *_CARDS),
        *(_DEBT, *_UNDOCUMENTED_AMOUNTS),
    ),
    base_order_id="pre_order_id",
    paid_at="consume_time",
    has_term=True,
)
"""The newer bill API."""
FEE_RECORDS = BillFields(
    rows="fee_records",
    resource_id="resource_id",
    amount="amount",
    base_order_id="relative_order_id",
    paid_at="trade_time",
    has_term=False,
)
"""The older bill API."""


def order_page(operation: str, body: bytes) -> tuple[Order, Page[OrderLine]]:
    """Return an order without its lines, and a page of them."""
    answer = JsonObject.parse(operation, body)
    info = answer.required_object("order_info")
    order = _order(info)
    if not order.is_readable:
        missing = "order_id" if not order.order_id else "order_type" if order.order_type == NO_CODE else "status"
        raise info.invalid(missing)
    return order, _page(answer, "order_line_items", lambda row: _order_line(row, is_main_unit=info.has_main_unit))


def orders_page(operation: str, body: bytes) -> Page[Order]:
    """Return a page of orders, without their lines; one without an id, a type or a status is not readable."""
    answer = JsonObject.parse(operation, body)
    rows = [
        JsonObject(operation, each if isinstance(each, dict) else {}, "order_infos")
        for each in answer.elements("order_infos")
    ]
    orders = tuple(map(_order, rows))
    return Page(orders, answer.total_count(), keys=tuple(each.order_id or None for each in orders))


def refund_rows(operation: str, body: bytes) -> list[RefundRow]:
    """Return the refund rows of an unsubscription order. Raise INCOMPLETE if rows are missing."""
    page = _page(JsonObject.parse(operation, body), "refund_infos", _refund_row)
    if len(page.rows) != page.total:
        raise incomplete_listing(operation, "rows_missing", count=len(page.rows), total=page.total)
    return list(page.rows)


def bills_page(operation: str, body: bytes, fields: BillFields) -> Page[Payment | None]:
    """Return a page of bill rows; rows that are not about a period are None."""
    answer = JsonObject.parse(operation, body)
    currency = answer.display("currency")
    return _page(answer, fields.rows, lambda row: _payment(row, currency, fields))


def projects_page(operation: str, body: bytes) -> Page[EnterpriseProject]:
    """Return a page of enterprise projects."""
    page = _page(JsonObject.parse(operation, body), "enterprise_projects", _project)
    return replace(page, keys=tuple(each.project_id or None for each in page.rows))


def balance(operation: str, body: bytes) -> BalanceSummary:
    """Return the account's balances and debt."""
    answer = JsonObject.parse(operation, body)
    balances = tuple(map(_balance, answer.objects("account_balances")))
    debt = _known(answer.amounts(["debt_amount"])["debt_amount"])
    return BalanceSummary(answer.display("currency"), debt, balances)


def coupons(operation: str, body: bytes, order_id: str) -> OrderCoupons:
    """Return the cash coupons that an order was paid with.

    Only a coupon that names the order counts: a service that ignores the filter returns those of other orders, too.
    """
    answer = JsonObject.parse(operation, body)
    rows = answer.objects("user_coupons")
    own = [each for each in rows if order_id in (each.text("order_id"), each.text("lock_order_id"))]
    times = [each.timestamp("expire_time") for each in own if each.integer("coupon_type") in (None, _CASH_COUPON)]
    known = tuple(each for each in times if each is not None)
    missing: Fact | None = None
    if (answer.integer("count") or 0) > len(rows):
        missing = fact("coupons_incomplete", order_id=order_id)
    elif not times:
        missing = fact("coupons_not_named", order_id=order_id)
    elif len(known) < len(times):
        missing = fact("coupons_without_expiry", order_id=order_id)
    return OrderCoupons(expire_times=known, missing=missing)


def renewal_prices(operation: str, body: bytes, ids: Sequence[str]) -> RenewalPrices:
    """Return the prices of the requested resources, and of attached resources if the response lists them.

    A requested resource without a price gets a problem, even if the response does not mention the resource.
    """
    answer = JsonObject.parse(operation, body)
    listed = {each.text("resource_id"): each.amount("amount") for each in answer.objects("renew_inquiry_results")}
    listed.pop("", None)  # a price without a resource is that of none
    prices = {each: amount for each, amount in listed.items() if isinstance(amount, Decimal)}
    named = {each.text("resource_id"): each for each in answer.objects("fail_resource_infos")}
    refused = {each: _no_price(named.get(each)) for each in ids if each not in prices}
    refused |= {each: _UNREADABLE_PRICE for each, amount in listed.items() if amount is Unreadable.NUMBER}
    return RenewalPrices(answer.display("currency"), prices, refused)


def _page(answer: JsonObject, rows: str, decode: Callable[[JsonObject], Row]) -> Page[Row]:
    return Page(tuple(map(decode, answer.objects(rows))), answer.total_count())


def _order(row: JsonObject) -> Order:
    order_type, status = row.integer("order_type"), row.integer("status")
    return Order(
        order_id=row.display("order_id"),
        order_type=NO_CODE if order_type is None else order_type,
        status=NO_CODE if status is None else status,
        currency=row.display("currency"),
        service_type_code=row.untrusted("service_type_code"),
        user_name=row.untrusted("user_name"),
        payer_id=_paying_agent(row),
        create_time=row.timestamp("create_time"),
        payment_time=row.timestamp("payment_time"),
        amounts=_order_amounts(row),
    )


def _order_line(row: JsonObject, *, is_main_unit: bool) -> OrderLine:
    return OrderLine(
        line_id=row.display("order_line_item_id"),
        resource_type_code=row.untrusted("commercial_resource"),
        amounts=_order_amounts(row, is_main_unit=is_main_unit),
        effective_time=row.timestamp("effective_time"),
        expire_time=row.timestamp("expire_time"),
        period_type=row.integer("period_type"),
        period_num=row.integer("period_num"),
    )


def _order_amounts(row: JsonObject, *, is_main_unit: bool = True) -> OrderAmounts:
    amounts, info = row.amounts(["amount_after_discount"]), row.values.get("amount_info")
    if isinstance(info, dict):
        amounts |= JsonObject("", info).amounts(_ORDER_AMOUNTS)
    elif info is not None:
        amounts["amount_info"] = Unreadable.NUMBER
    if not (is_main_unit and row.has_main_unit):
        amounts = {name: None if amount is None else Unreadable.NUMBER for name, amount in amounts.items()}
    known = _known_amounts(amounts)
    return OrderAmounts(
        net=known.get("amount_after_discount"),
        coupon=known.get("coupon_amount"),
        cards=_card_amount(known),
        commission=known.get("commission_amount"),
        consumed=known.get("consumed_amount"),
        out_of_range=tuple(name for name, amount in amounts.items() if amount is Unreadable.NUMBER),
    )


def _refund_row(row: JsonObject) -> RefundRow:
    return RefundRow(
        amount=_known(row.amounts(["amount"])["amount"]),
        base_order_id=row.display("base_order_id"),
        service_type_code=row.untrusted("service_type_code"),
        resource_type_code=row.untrusted("resource_type_code"),
        region_code=row.untrusted("region_code"),
    )


def _payment(row: JsonObject, currency: str, fields: BillFields) -> Payment | None:
    """Return a bill row as a payment, or None if it is not about a period."""
    kind = _bill_type(row)
    part_id, root_id = row.text("sub_resource_id"), row.text("root_resource_id")
    resource_id = row.text(fields.resource_id) or root_id or part_id
    if kind is None or not (resource_id or kind is BillType.TAX):
        return None
    amounts = _billed_amounts(row, kind, fields)
    if kind is BillType.OTHER and not amounts.payable and not amounts.out_of_range:
        return None
    extended = row.values.get("extend_params")
    relations: Mapping[str, Json] = extended if isinstance(extended, dict) else {}
    return Payment(
        resource_id=resource_id,
        order_id=row.display("trade_id"),
        base_order_id=row.display(fields.base_order_id),
        bill_type=kind,
        currency=currency,
        payable=amounts.payable,
        coupon=amounts.coupon,
        cards=amounts.cards,
        debt=amounts.debt,
        unclear=amounts.unclear,
        paid_at=row.timestamp(fields.paid_at),
        term_start=row.timestamp("effective_time") if fields.has_term else None,
        term_end=row.timestamp("expire_time") if fields.has_term else None,
        period_months=_period_months(row),
        out_of_range=amounts.out_of_range,
        payer_id=_other_payer(row),
        part_id=part_id or text_of(relations.get("self_resource_id")),
        parent_id=row.text("parent_resource_id"),
        root_id=root_id,
        relation_ids=tuple(dict.fromkeys(_part_ids(relations))),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _BilledAmounts:
    """The amounts of a bill row; what is missing is 0, and what makes the figures unknown is in `out_of_range`."""

    payable: Decimal
    coupon: Decimal
    cards: Decimal
    debt: Decimal
    unclear: Decimal
    out_of_range: tuple[str, ...]


def _billed_amounts(row: JsonObject, kind: BillType, fields: BillFields) -> _BilledAmounts:
    amounts = row.amounts((fields.amount, "coupon_amount", *_CARDS, _DEBT, *_UNDOCUMENTED_AMOUNTS, *fields.parts))
    known = _known_amounts(amounts)
    charged = fields.parts if amounts[fields.amount] is None else (fields.amount,)
    payable = sum((known.get(name, _ZERO) for name in charged), _ZERO)
    coupon = known.get("coupon_amount") or _ZERO  # 0.0 is 0: the digits are part of exports and of hashes
    used = dict.fromkeys((*charged, "coupon_amount", _DEBT, *_UNDOCUMENTED_AMOUNTS))
    out_of_range = [name for name in used if amounts[name] is Unreadable.NUMBER]
    if all(amounts[name] is None for name in charged):
        out_of_range.append(fields.amount)
    if kind in PAID_BILL_TYPES and not out_of_range and not 0 <= coupon <= payable:
        out_of_range = [charged[0]]  # no price is negative
    return _BilledAmounts(
        payable=payable,
        coupon=coupon,
        cards=_card_amount(known),
        debt=known.get(_DEBT) or _ZERO,
        unclear=sum((abs(known.get(name, _ZERO)) for name in _UNDOCUMENTED_AMOUNTS), _ZERO),
        out_of_range=tuple(out_of_range),
    )


def _period_months(row: JsonObject) -> int | None:
    """Return the length of the purchased term in months, or None if the row does not say it or nobody can mean it."""
    count = _known(row.amount("period_num")) or _ZERO
    months = count * _MONTHS_OF_PERIOD.get(row.integer("period_type") or 0, 0)
    return int(months) if 0 < abs(months) <= _MAX_TERM_MONTHS else None


def _bill_type(row: JsonObject) -> BillType | None:
    """Return the type of a bill row, or None if it is not about a yearly/monthly resource."""
    code = row.integer("bill_type")
    if code in _BILL_TYPES:
        return _BILL_TYPES[code]
    is_periodic = row.integer("charge_mode") in (None, _PERIODIC)
    return BillType.OTHER if is_periodic and code not in _IRRELEVANT_BILL_TYPES else None


def _card_amount(known: Mapping[str, Decimal]) -> Decimal:
    return sum((known.get(name) or _ZERO for name in _CARDS), _ZERO)


def _other_payer(row: JsonObject) -> str:
    """Return the account that paid for a bill row, or an empty text if it is the account of the row or not stated."""
    owner, payer = row.display("customer_id"), row.display("payer_account_id")
    return payer if owner and payer != owner else ""


def _paying_agent(row: JsonObject) -> str:
    """Return the partner account that paid for an order, or an empty text."""
    info = row.values.get("agent_pay_info")
    if not isinstance(info, dict) or info.get("is_agent_pay") is not True:
        return ""
    return for_display(text_of(info.get("paying_agent_id")))


def _part_ids(relations: Mapping[str, Json]) -> Iterator[str]:
    """Yield the ids of related resources that are billed together; one that is only attached is billed alone."""
    listed = relations.get("relation_infos")
    for each in listed if isinstance(listed, list) else ():
        if isinstance(each, dict) and text_of(each.get("relative_type")) not in _ATTACHED_ONLY:
            yield text_of(each.get("relative_resource_id"))


def _balance(row: JsonObject) -> AccountBalance:
    account_type, amount = row.integer("account_type"), row.amounts(["amount"])["amount"]
    return AccountBalance(NO_CODE if account_type is None else account_type, _known(amount), row.display("currency"))


def _project(row: JsonObject) -> EnterpriseProject:
    is_enabled = row.integer("status") != _DISABLED
    return EnterpriseProject(row.text("id"), row.untrusted("name"), is_enabled=is_enabled)


def _known(amount: Amount) -> Decimal | None:
    """Return the amount, or None if it is missing or out of range."""
    return None if isinstance(amount, Unreadable) else amount


def _known_amounts(amounts: dict[str, Amount]) -> dict[str, Decimal]:
    """Return the amounts that are neither missing nor out of range."""
    return {name: amount for name, amount in amounts.items() if isinstance(amount, Decimal)}


def _no_price(failure: JsonObject | None) -> Problem:
    document = {} if failure is None else {name: failure.text(name) for name in ("error_code", "error_msg")}
    facts = (fact("no_price"),) if failure is None else ()
    return replace(service_problem("renewal_prices", 200, document), facts=facts)


NO_PRICES = RenewalPrices(currency="", prices={}, problems={})
"""The prices of no resource."""
_UNREADABLE_PRICE = Problem(
    kind=ProblemKind.BAD_RESPONSE, operation="renewal_prices", facts=(fact("out_of_range", names="amount"),)
)
