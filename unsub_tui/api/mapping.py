"""From the service's JSON to our own types. Text leaves here as `Foreign`, or as an id that is safe to show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from unsub_tui.api import wire
from unsub_tui.api.errors import bad_answer, service_problem
from unsub_tui.api.strict import Unreadable
from unsub_tui.api.times import moment
from unsub_tui.domain.account import Balance, EnterpriseProject, Purse
from unsub_tui.domain.bounds import AMOUNT_OUT_OF_RANGE
from unsub_tui.domain.foreign import Foreign, clean
from unsub_tui.domain.order import Order, OrderAmounts, OrderLine, RefundRow
from unsub_tui.domain.problem import Problem, ProblemKind
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
_LONGEST_MONTHS = 1200
"""Longest term that is taken for one."""
_UNCLEAR = ("bonus_amount", "debt_amount", "adjustment_amount")
"""Parts of a bill row of which no page says whether they count as paid."""
_WAYS_OF_PAYING = (
    *("cash_amount", "credit_amount", "coupon_amount", "flexipurchase_coupon_amount", "stored_card_amount"),
    *_UNCLEAR,
)
"""Parts of a bill row that add up to what it charged."""


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
        amounts=_order_amounts(info),
        lines=tuple(_order_line(line) for line in lines),
    )


def refund_row(row: wire.WireRefundRow) -> RefundRow:
    """Return a row of the money of an unsubscription order."""
    return RefundRow(
        amount=_known(row.amount),
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
    charged = ("consume_amount",) if row.consume_amount is not None else _WAYS_OF_PAYING
    return Payment(
        resource_id=row.res_instance_id,
        order_id=clean(row.trade_id),
        base_order_id=clean(row.pre_order_id),
        bill_type=kind,
        currency=clean(currency),
        payable=_sum_of(row, charged),
        coupon=_known(row.coupon_amount) or _ZERO,
        unclear=_unclear(row),
        paid_at=moment(row.consume_time),
        term_start=moment(row.effective_time),
        term_end=moment(row.expire_time),
        period_months=_months(row),
        unreadable=_unreadable(row, (*charged, "coupon_amount", *_UNCLEAR)),
    )


def fee_payment(row: wire.WireFeeRow, currency: str) -> Payment | None:
    """Return a bill row of the older form as a payment whose period only its order knows; raises ApiError."""
    kind = _BILL_TYPES.get(row.bill_type)
    if kind is None or not row.resource_id:
        return None
    return Payment(
        resource_id=row.resource_id,
        order_id=clean(row.trade_id),
        base_order_id=clean(row.relative_order_id),
        bill_type=kind,
        currency=clean(currency),
        payable=_sum_of(row, ("amount",)),
        coupon=_known(row.coupon_amount) or _ZERO,
        unclear=_unclear(row),
        paid_at=moment(row.trade_time),
        term_start=None,
        term_end=None,
        period_months=_months(row),
        unreadable=_unreadable(row, ("amount", "coupon_amount", *_UNCLEAR)),
    )


def _known(amount: Decimal | Unreadable | None) -> Decimal | None:
    """Return an amount, or None where it is missing or out of range."""
    return None if isinstance(amount, Unreadable) else amount


def _unreadable(row: wire.WireModel, names: Sequence[str]) -> tuple[str, ...]:
    """Return which of these amounts of a row are out of range."""
    return tuple(dict.fromkeys(name for name in names if getattr(row, name) is Unreadable.NUMBER))


def _months(row: wire.WireBillRow | wire.WireFeeRow) -> int | None:
    count, months = _known(row.period_num), _MONTHS_OF_PERIOD.get(row.period_type or 0)
    if not months or not count or abs(count) > _LONGEST_MONTHS:
        return None
    return int(count * months)


def _unclear(row: wire.WireBillRow | wire.WireFeeRow) -> Decimal:
    """Return the sum of what no page says whether it counts as paid, each part without its sign."""
    return sum((abs(_known(getattr(row, name)) or _ZERO) for name in _UNCLEAR), _ZERO)


def _sum_of(row: wire.WireBillRow | wire.WireFeeRow, names: Sequence[str]) -> Decimal:
    """Return what the row charged: said outright, else the sum of the ways it was paid; raises ApiError for neither."""
    parts = [part for name in names if (part := getattr(row, name)) is not None]
    if not parts:
        name = "amount" if isinstance(row, wire.WireFeeRow) else "consume_amount"
        raise bad_answer("bills", f"{name}: Field required")
    return sum((_known(part) or _ZERO for part in parts), _ZERO)


def _order_amounts(row: wire.WireOrder | wire.WireOrderLine) -> OrderAmounts:
    known = row.amount_info or wire.WireAmountInfo()
    cards = (known.flexipurchase_coupon_amount, known.stored_card_amount)
    return OrderAmounts(
        net=_known(row.amount_after_discount),
        coupon=_known(known.coupon_amount),
        cards=sum((_known(each) or _ZERO for each in cards), _ZERO),
        commission=_known(known.commission_amount),
        consumed=_known(known.consumed_amount),
        unreadable=(
            *_unreadable(row, ("amount_after_discount",)),
            *_unreadable(known, tuple(wire.WireAmountInfo.model_fields)),
        ),
    )


def _order_line(line: wire.WireOrderLine) -> OrderLine:
    return OrderLine(
        line_id=clean(line.order_line_item_id),
        resource_type_code=Foreign(line.commercial_resource),
        amounts=_order_amounts(line),
        effective_time=moment(line.effective_time),
        expire_time=moment(line.expire_time),
        period_type=line.period_type,
        period_num=line.period_num,
    )


def balance(answer: wire.WireBalances) -> Balance:
    """Return what the account holds and owes."""
    purses = tuple(
        Purse(each.account_type, _known(each.amount), clean(each.currency)) for each in answer.account_balances or ()
    )
    return Balance(clean(answer.currency), _known(answer.debt_amount), purses)


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
    listed = answer.renew_inquiry_results or ()
    prices = {each.resource_id: amount for each in listed if (amount := _known(each.amount)) is not None}
    named = {each.resource_id: each for each in answer.fail_resource_infos or ()}
    refused = {each: _no_price(named.get(each)) for each in ids if each not in prices}
    refused |= {each.resource_id: _UNREADABLE_PRICE for each in listed if each.amount is Unreadable.NUMBER}
    return RenewalPrices(clean(answer.currency), prices, refused)


def _no_price(failure: wire.WireFailure | None) -> Problem:
    document = {} if failure is None else {"error_code": failure.error_code, "error_msg": failure.error_msg}
    detail = "the answer has no price for it" if failure is None else ""
    return replace(service_problem("renewal_prices", 200, document, "", None), detail=detail)


_UNREADABLE_PRICE = Problem(kind=ProblemKind.BAD_ANSWER, operation="renewal_prices", detail=AMOUNT_OUT_OF_RANGE)
_DISABLED = 2
"""`status` of an enterprise project that is switched off."""
