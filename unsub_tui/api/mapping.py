"""Decoders of responses, from bytes to domain types. Strings become `UntrustedText` or ids that are safe to display.

A decoder takes the name of the operation for its errors: TransientError for a response that is not JSON, and ApiError
naming an invalid field.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from unsub_tui.api import schemas
from unsub_tui.api.errors import incomplete_listing, invalid_response, service_problem
from unsub_tui.api.pagination import Page
from unsub_tui.api.wire_format import Unreadable, parse_timestamp
from unsub_tui.domain.account import AccountBalance, BalanceSummary, EnterpriseProject
from unsub_tui.domain.fact import fact
from unsub_tui.domain.order import Order, OrderAmounts, OrderLine, RefundRow
from unsub_tui.domain.problem import Problem, ProblemKind
from unsub_tui.domain.quote import BillType, Payment
from unsub_tui.domain.renewal_forecast import RenewalPrices
from unsub_tui.domain.untrusted_text import UntrustedText, for_display

_BILL_TYPES = {
    1: BillType.PURCHASE,
    2: BillType.RENEWAL,
    3: BillType.CHANGE,
    4: BillType.UNSUBSCRIPTION,
    8: BillType.AUTO_RENEWAL,
    20: BillType.CHANGE_REFUND,
    24: BillType.CHANGE_REFUND,  # a change to pay-per-use
    100: BillType.UNSUBSCRIPTION_TAX,
}
"""Values of `bill_type` that concern yearly/monthly resources."""
_ZERO = Decimal(0)
_MONTHS_OF_PERIOD = {19: 12, 20: 1}
"""Number of months by `period_type` of a bill row: 19 is a year, 20 a month."""
_MAX_TERM_MONTHS = 1200
"""Maximum length of the purchased term in a bill row; a longer one is unknown."""
_UNDOCUMENTED_AMOUNT_FIELDS = ("bonus_amount", "debt_amount", "adjustment_amount")
"""Parts of a bill row for which no documentation says whether they count as paid."""
_PAYMENT_FIELDS = (
    *("cash_amount", "credit_amount", "coupon_amount", "flexipurchase_coupon_amount", "stored_card_amount"),
    *_UNDOCUMENTED_AMOUNT_FIELDS,
)
"""Parts of a bill row that add up to the charged amount."""


def order_page(operation: str, body: bytes) -> tuple[Order, Page[OrderLine]]:
    """Return an order without its lines, and a page of them."""
    details = schemas.decode(operation, body, schemas.WireOrderDetails)
    return order(details.order_info), Page(tuple(map(_order_line, details.order_line_items or ())), details.total_count)


def orders_page(operation: str, body: bytes) -> Page[Order]:
    """Return a page of orders, without their lines."""
    page = schemas.decode(operation, body, schemas.WireOrderList)
    return Page(tuple(map(order, page.order_infos or ())), page.total_count)


def refund_rows(operation: str, body: bytes) -> list[RefundRow]:
    """Return the refund rows of an unsubscription order. Raise INCOMPLETE if rows are missing."""
    answer = schemas.decode(operation, body, schemas.WireRefunds)
    rows = answer.refund_infos or []
    if len(rows) != answer.total_count:
        raise incomplete_listing(operation, "rows_missing", count=len(rows), total=answer.total_count)
    return list(map(refund_row, rows))


def monthly_records_page(operation: str, body: bytes) -> Page[Payment | None]:
    """Return a page of bill rows; rows that are not about a period are None."""
    page = schemas.decode(operation, body, schemas.WireBills)
    return Page(tuple(payment(row, page.currency) for row in page.monthly_records or ()), page.total_count)


def fee_records_page(operation: str, body: bytes) -> Page[Payment | None]:
    """Return a page of rows of the older bill API; rows that are not about a period are None."""
    page = schemas.decode(operation, body, schemas.WireFeeRows)
    return Page(tuple(payment_from_fee_row(row, page.currency) for row in page.fee_records or ()), page.total_count)


def projects_page(operation: str, body: bytes) -> Page[EnterpriseProject]:
    """Return a page of enterprise projects."""
    page = schemas.decode(operation, body, schemas.WireProjects)
    return Page(tuple(map(_project, page.enterprise_projects or ())), page.total_count)


def order(info: schemas.WireOrder) -> Order:
    """Return an order, without its lines."""
    return Order(
        order_id=for_display(info.order_id),
        order_type=info.order_type,
        status=info.status,
        currency=for_display(info.currency),
        service_type_code=UntrustedText(info.service_type_code),
        user_name=UntrustedText(info.user_name),
        create_time=parse_timestamp(info.create_time),
        payment_time=parse_timestamp(info.payment_time),
        amounts=_order_amounts(info),
    )


def refund_row(row: schemas.WireRefundRow) -> RefundRow:
    """Return a refund row of an unsubscription order."""
    return RefundRow(
        amount=_amount_or_none(row.amount),
        base_order_id=for_display(row.base_order_id),
        service_type_code=UntrustedText(row.service_type_code),
        resource_type_code=UntrustedText(row.resource_type_code),
        region_code=UntrustedText(row.region_code),
    )


def payment(row: schemas.WireBillRow, currency: str) -> Payment | None:
    """Return a bill row as a payment, or None if it is not about a period. Raise ApiError if it has no amount."""
    kind = _BILL_TYPES.get(row.bill_type)
    if kind is None or not row.res_instance_id:
        return None
    charged = ("consume_amount",) if row.consume_amount is not None else _PAYMENT_FIELDS
    return Payment(
        resource_id=row.res_instance_id,
        order_id=for_display(row.trade_id),
        base_order_id=for_display(row.pre_order_id),
        bill_type=kind,
        currency=for_display(currency),
        payable=_charged_amount(row, charged),
        coupon=_amount_or_none(row.coupon_amount) or _ZERO,
        unclear=_undocumented_amount(row),
        paid_at=parse_timestamp(row.consume_time),
        term_start=parse_timestamp(row.effective_time),
        term_end=parse_timestamp(row.expire_time),
        period_months=_months(row),
        out_of_range=_unreadable_fields(row, (*charged, "coupon_amount", *_UNDOCUMENTED_AMOUNT_FIELDS)),
    )


def payment_from_fee_row(row: schemas.WireFeeRow, currency: str) -> Payment | None:
    """Return a row of the older bill API as a payment without period dates. Raise ApiError if it has no amount."""
    kind = _BILL_TYPES.get(row.bill_type)
    if kind is None or not row.resource_id:
        return None
    return Payment(
        resource_id=row.resource_id,
        order_id=for_display(row.trade_id),
        base_order_id=for_display(row.relative_order_id),
        bill_type=kind,
        currency=for_display(currency),
        payable=_charged_amount(row, ("amount",)),
        coupon=_amount_or_none(row.coupon_amount) or _ZERO,
        unclear=_undocumented_amount(row),
        paid_at=parse_timestamp(row.trade_time),
        term_start=None,
        term_end=None,
        period_months=_months(row),
        out_of_range=_unreadable_fields(row, ("amount", "coupon_amount", *_UNDOCUMENTED_AMOUNT_FIELDS)),
    )


def _amount_or_none(amount: Decimal | Unreadable | None) -> Decimal | None:
    """Return the amount, or None if it is missing or out of range."""
    return None if isinstance(amount, Unreadable) else amount


def _unreadable_fields(row: schemas.WireModel, names: Sequence[str]) -> tuple[str, ...]:
    """Return the names of the amounts that are out of range."""
    return tuple(dict.fromkeys(name for name in names if getattr(row, name) is Unreadable.NUMBER))


def _months(row: schemas.WireBillRow | schemas.WireFeeRow) -> int | None:
    """Return the length of the purchased term in months, or None if it is missing or too long."""
    months = (_amount_or_none(row.period_num) or _ZERO) * _MONTHS_OF_PERIOD.get(row.period_type or 0, 0)
    return int(months) if 0 < abs(months) <= _MAX_TERM_MONTHS else None


def _undocumented_amount(row: schemas.WireBillRow | schemas.WireFeeRow) -> Decimal:
    """Return the sum of the absolute values of the `_UNDOCUMENTED_AMOUNT_FIELDS` amounts."""
    return sum((abs(_amount_or_none(getattr(row, name)) or _ZERO) for name in _UNDOCUMENTED_AMOUNT_FIELDS), _ZERO)


def _charged_amount(row: schemas.WireBillRow | schemas.WireFeeRow, names: Sequence[str]) -> Decimal:
    """Return the charged amount: the sum of the named fields that are present. Raise ApiError if there are none."""
    parts = [part for name in names if (part := getattr(row, name)) is not None]
    if not parts:
        name = "amount" if isinstance(row, schemas.WireFeeRow) else "consume_amount"
        raise invalid_response("bills", "field_missing", name=name)
    return sum((_amount_or_none(part) or _ZERO for part in parts), _ZERO)


def _order_amounts(row: schemas.WireOrder | schemas.WireOrderLine) -> OrderAmounts:
    known = row.amount_info or schemas.WireAmountInfo()
    cards = (known.flexipurchase_coupon_amount, known.stored_card_amount)
    return OrderAmounts(
        net=_amount_or_none(row.amount_after_discount),
        coupon=_amount_or_none(known.coupon_amount),
        cards=sum((_amount_or_none(each) or _ZERO for each in cards), _ZERO),
        commission=_amount_or_none(known.commission_amount),
        consumed=_amount_or_none(known.consumed_amount),
        out_of_range=(
            *_unreadable_fields(row, ("amount_after_discount",)),
            *_unreadable_fields(known, tuple(schemas.WireAmountInfo.model_fields)),
        ),
    )


def _order_line(line: schemas.WireOrderLine) -> OrderLine:
    return OrderLine(
        line_id=for_display(line.order_line_item_id),
        resource_type_code=UntrustedText(line.commercial_resource),
        amounts=_order_amounts(line),
        effective_time=parse_timestamp(line.effective_time),
        expire_time=parse_timestamp(line.expire_time),
        period_type=line.period_type,
        period_num=line.period_num,
    )


def balance(operation: str, body: bytes) -> BalanceSummary:
    """Return the account's balances and debt."""
    answer = schemas.decode(operation, body, schemas.WireBalances)
    balances = tuple(
        AccountBalance(each.account_type, _amount_or_none(each.amount), for_display(each.currency))
        for each in answer.account_balances or ()
    )
    return BalanceSummary(for_display(answer.currency), _amount_or_none(answer.debt_amount), balances)


def _project(row: schemas.WireEnterpriseProject) -> EnterpriseProject:
    return EnterpriseProject(row.id, UntrustedText(row.name), is_enabled=row.status != _DISABLED)


def renewal_prices(operation: str, body: bytes, ids: Sequence[str]) -> RenewalPrices:
    """Return the prices of the requested resources, and of attached resources if the response lists them.

    A requested resource without a price gets a problem, even if the response does not mention the resource.
    """
    answer = schemas.decode(operation, body, schemas.WireRenewalPrices)
    listed = answer.renew_inquiry_results or ()
    prices = {each.resource_id: amount for each in listed if (amount := _amount_or_none(each.amount)) is not None}
    named = {each.resource_id: each for each in answer.fail_resource_infos or ()}
    refused = {each: _no_price(named.get(each)) for each in ids if each not in prices}
    refused |= {each.resource_id: _UNREADABLE_PRICE for each in listed if each.amount is Unreadable.NUMBER}
    return RenewalPrices(for_display(answer.currency), prices, refused)


def _no_price(failure: schemas.WireFailure | None) -> Problem:
    document = {} if failure is None else {"error_code": failure.error_code, "error_msg": failure.error_msg}
    facts = (fact("no_price"),) if failure is None else ()
    return replace(service_problem("renewal_prices", 200, document, "", None), facts=facts)


NO_PRICES = RenewalPrices(currency="", prices={}, problems={})
"""The prices of no resource."""
_UNREADABLE_PRICE = Problem(
    kind=ProblemKind.BAD_RESPONSE, operation="renewal_prices", facts=(fact("out_of_range", names="amount"),)
)
_DISABLED = 2
"""`status` of a disabled enterprise project."""
