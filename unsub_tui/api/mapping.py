"""From the service's JSON to our own types. Text leaves here as `Foreign`, or as an id that is safe to show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

from unsub_tui.api import wire
from unsub_tui.api.errors import bad_answer, service_problem
from unsub_tui.domain.account import Balance, EnterpriseProject, Purse
from unsub_tui.domain.foreign import Foreign, clean
from unsub_tui.domain.order import Order, OrderAmounts, OrderLine, RefundRow
from unsub_tui.domain.problem import Problem
from unsub_tui.domain.quote import BillType, Payment
from unsub_tui.domain.renewal import RenewalPrices
from unsub_tui.domain.service import ResourceType, Service

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
"""`bill_type` of the bills, as far as it is about a resource that is bought for a period."""
_ZERO = Decimal(0)
_MONTHS_OF_PERIOD = {19: 12, 20: 1}
"""Bill periods: 19 is a year, 20 a month."""


def moment(text: str | None) -> datetime | None:
    """Return a time of the service (`2026-01-15T02:00:00Z`) in UTC, or None for anything else."""
    if not text:
        return None
    try:
        parsed = datetime.fromisoformat(text)
        return parsed.astimezone(UTC) if parsed.tzinfo else parsed.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


def order(info: wire.WireOrder, lines: Sequence[wire.WireOrderLine] = ()) -> Order:
    """Return an order, with its lines where they were asked for."""
    return Order(
        order_id=clean(info.order_id),
        order_type=info.order_type,
        status=info.status,
        currency=clean(info.currency),
        service_type_code=Foreign(info.service_type_code),
        user_name=Foreign(info.user_name),
        create_time=moment(info.create_time),
        payment_time=moment(info.payment_time),
        amounts=_order_amounts(info.amount_after_discount, info.amount_info),
        lines=tuple(_order_line(line) for line in lines),
    )


def refund_row(row: wire.WireRefundRow) -> RefundRow:
    """Return a row of the money of an unsubscription order."""
    return RefundRow(
        amount=row.amount,
        base_order_id=clean(row.base_order_id),
        service_type_code=Foreign(row.service_type_code),
        resource_type_code=Foreign(row.resource_type_code),
        region_code=Foreign(row.region_code),
    )


def payment(row: wire.WireBillRow, currency: str) -> Payment | None:
    """Return a bill row as a payment, or None for a row that is about no period; raises ApiError."""
    kind = _BILL_TYPES.get(row.bill_type)
    if kind is None or not row.res_instance_id:
        return None
    return Payment(
        resource_id=row.res_instance_id,
        order_id=clean(row.trade_id),
        base_order_id=clean(row.pre_order_id),
        bill_type=kind,
        currency=clean(currency),
        payable=_payable(row),
        coupon=row.coupon_amount or _ZERO,
        unclear=_unclear(row),
        paid_at=moment(row.consume_time),
        term_start=moment(row.effective_time),
        term_end=moment(row.expire_time),
        period_months=_months(row),
    )


def fee_payment(row: wire.WireFeeRow, currency: str) -> Payment | None:
    """Return a bill row of the older form as a payment whose period only its order knows; raises ApiError."""
    kind = _BILL_TYPES.get(row.bill_type)
    if kind is None or not row.resource_id:
        return None
    if row.amount is None:
        raise bad_answer("bills", "amount: Field required")
    return Payment(
        resource_id=row.resource_id,
        order_id=clean(row.trade_id),
        base_order_id=clean(row.relative_order_id),
        bill_type=kind,
        currency=clean(currency),
        payable=row.amount,
        coupon=row.coupon_amount or _ZERO,
        unclear=_unclear(row),
        paid_at=moment(row.trade_time),
        term_start=None,
        term_end=None,
        period_months=_months(row),
    )


def _months(row: wire.WireBillRow | wire.WireFeeRow) -> int | None:
    months = _MONTHS_OF_PERIOD.get(row.period_type or 0)
    return int(row.period_num * months) if months and row.period_num else None


def _unclear(row: wire.WireBillRow | wire.WireFeeRow) -> Decimal:
    """Return the sum of what no page says whether it counts as paid, each part without its sign."""
    return sum((abs(part or _ZERO) for part in (row.bonus_amount, row.debt_amount, row.adjustment_amount)), _ZERO)


def _payable(row: wire.WireBillRow) -> Decimal:
    """Return what the row charged: said outright, else the sum of the ways it was paid."""
    if row.consume_amount is not None:
        return row.consume_amount
    parts = (
        row.cash_amount,
        row.credit_amount,
        row.coupon_amount,
        row.flexipurchase_coupon_amount,
        row.stored_card_amount,
        row.bonus_amount,
        row.debt_amount,
        row.adjustment_amount,
    )
    known = [part for part in parts if part is not None]
    if not known:
        raise bad_answer("bills", "consume_amount: Field required")
    return sum(known, _ZERO)


def _order_amounts(net: Decimal | None, info: wire.WireAmountInfo | None) -> OrderAmounts:
    known = info or wire.WireAmountInfo()
    cards = (known.flexipurchase_coupon_amount, known.stored_card_amount)
    return OrderAmounts(
        net=net,
        coupon=known.coupon_amount,
        cards=sum((each or _ZERO for each in cards), _ZERO),
        commission=known.commission_amount,
        consumed=known.consumed_amount,
    )


def _order_line(line: wire.WireOrderLine) -> OrderLine:
    return OrderLine(
        line_id=clean(line.order_line_item_id),
        resource_type_code=Foreign(line.commercial_resource),
        amounts=_order_amounts(line.amount_after_discount, line.amount_info),
        effective_time=moment(line.effective_time),
        expire_time=moment(line.expire_time),
        period_type=line.period_type,
        period_num=line.period_num,
    )


def balance(answer: wire.WireBalances) -> Balance:
    """Return what the account holds and owes."""
    purses = tuple(
        Purse(each.account_type, each.amount, clean(each.currency)) for each in answer.account_balances or ()
    )
    return Balance(clean(answer.currency), answer.debt_amount, purses)


def project(row: wire.WireEnterpriseProject) -> EnterpriseProject:
    """Return an enterprise project."""
    return EnterpriseProject(row.id, Foreign(row.name), is_enabled=row.status != _DISABLED)


def service(row: wire.WireServiceType) -> Service:
    """Return one of the vendor's services."""
    return Service(Foreign(row.service_type_code), Foreign(row.service_type_name), Foreign(row.abbreviation))


def resource_type(row: wire.WireResourceType) -> ResourceType:
    """Return a type of resource."""
    return ResourceType(
        Foreign(row.resource_type_code), Foreign(row.resource_type_name), Foreign(row.service_type_code)
    )


def renewal_prices(answer: wire.WireRenewalPrices, ids: Sequence[str]) -> RenewalPrices:
    """Return the prices of the answer: of the resources asked for, and of attached ones where it lists them.

    One that was asked for and of which the answer says nothing is refused, too.
    """
    prices = {each.resource_id: each.amount for each in answer.renew_inquiry_results or () if each.amount is not None}
    named = {each.resource_id: each for each in answer.fail_resource_infos or ()}
    refused = {each: _no_price(named.get(each)) for each in ids if each not in prices}
    return RenewalPrices(clean(answer.currency), prices, refused)


def _no_price(failure: wire.WireFailure | None) -> Problem:
    document = {} if failure is None else {"error_code": failure.error_code, "error_msg": failure.error_msg}
    detail = "the answer has no price for it" if failure is None else ""
    return replace(service_problem("renewal_prices", 200, document, "", None), detail=detail)


_DISABLED = 2
"""`status` of an enterprise project that is switched off."""
