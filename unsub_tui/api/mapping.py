"""From the service's JSON to our own types. Text leaves here as `Foreign`, or as an id that is safe to show."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache

from unsub_tui.api import wire
from unsub_tui.api.errors import bad_answer
from unsub_tui.api.strict import is_sane
from unsub_tui.domain.foreign import NOTHING, Foreign, clean
from unsub_tui.domain.order import Order, OrderAmounts, OrderLine, RefundRow
from unsub_tui.domain.quote import BillType, Payment
from unsub_tui.domain.resource import Resource

_BILL_TYPES = {
    1: BillType.PURCHASE,
    2: BillType.RENEWAL,
    8: BillType.RENEWAL,  # by itself
    3: BillType.CHANGE,
    20: BillType.CHANGE,
    24: BillType.CHANGE,
}
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


class Sharing:
    """Gives equal texts of one listing the same object: a hundred thousand rows repeat a few hundred texts."""

    def __init__(self) -> None:
        self._known: dict[str, Foreign] = {"": NOTHING}

    def __call__(self, text: str | None) -> Foreign:
        """Return the shared form of a text."""
        key = text or ""
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = Foreign(key)
        return known


def resource(row: wire.WireResource, share: Callable[[str | None], Foreign]) -> Resource:
    """Return a row as a resource; `share` gives equal texts one object."""
    project = row.enterprise_project or _NO_PROJECT
    return Resource(
        resource_id=Foreign(row.resource_id),
        resource_name=Foreign(row.resource_name) if row.resource_name else NOTHING,
        service_type_code=share(row.service_type_code),
        service_type_name=share(row.service_type_name),
        resource_type_code=share(row.resource_type_code),
        resource_type_name=share(row.resource_type_name),
        resource_spec_code=share(row.resource_spec_code),
        product_spec_desc=share(row.product_spec_desc),
        region_code=share(row.region_code),
        project_id=share(row.project_id),
        product_id=share(row.product_id),
        parent_resource_id=share(row.parent_resource_id),
        is_main_resource=row.is_main_resource == 1,
        status=row.status,
        effective_time=_shared_moment(row.effective_time),
        expire_time=_shared_moment(row.expire_time),
        expire_policy=row.expire_policy,
        spec_size=_shared_size(row.spec_size),
        enterprise_project_id=share(project.id),
        enterprise_project_name=share(project.name),
        update_time=_shared_moment(row.update_time),
    )


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
    """Return a bill row as a payment, or None for a row that paid for no period; raises ApiError."""
    kind = _BILL_TYPES.get(row.bill_type)
    if kind is None or not row.res_instance_id:
        return None
    months = _MONTHS_OF_PERIOD.get(row.period_type or 0)
    return Payment(
        resource_id=row.res_instance_id,
        order_id=clean(row.trade_id),
        bill_type=kind,
        currency=clean(currency),
        payable=_payable(row),
        coupon=row.coupon_amount or Decimal(0),
        paid_at=moment(row.consume_time),
        term_start=moment(row.effective_time),
        term_end=moment(row.expire_time),
        period_months=int(row.period_num * months) if months and row.period_num else None,
    )


def fee_payment(row: wire.WireFeeRow, currency: str) -> Payment | None:
    """Return a bill row of the older form as a payment whose period only its order knows; raises ApiError."""
    kind = _BILL_TYPES.get(row.bill_type)
    if kind is None or not row.resource_id:
        return None
    if row.amount is None:
        raise bad_answer("bills", "amount: Field required")
    months = _MONTHS_OF_PERIOD.get(row.period_type or 0)
    return Payment(
        resource_id=row.resource_id,
        order_id=clean(row.trade_id),
        bill_type=kind,
        currency=clean(currency),
        payable=row.amount,
        coupon=row.coupon_amount or Decimal(0),
        paid_at=moment(row.trade_time),
        term_start=None,
        term_end=None,
        period_months=int(row.period_num * months) if months and row.period_num else None,
    )


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
    return sum(known, Decimal(0))


def _order_amounts(net: Decimal | None, info: wire.WireAmountInfo | None) -> OrderAmounts:
    known = info or wire.WireAmountInfo()
    return OrderAmounts(
        net=net, coupon=known.coupon_amount, commission=known.commission_amount, consumed=known.consumed_amount
    )


def _order_line(line: wire.WireOrderLine) -> OrderLine:
    return OrderLine(
        line_id=clean(line.order_line_item_id),
        amounts=_order_amounts(line.amount_after_discount, line.amount_info),
        effective_time=moment(line.effective_time),
        expire_time=moment(line.expire_time),
        period_type=line.period_type,
        period_num=line.period_num,
    )


def _size(size: Decimal | None) -> str:
    """Return a size as people write it: 40, not 4E+1 or 40.0."""
    return "" if size is None or not is_sane(size) else format(size.normalize(), "f")


_NO_PROJECT = wire.WireProject()
_shared_size = lru_cache(maxsize=1024)(_size)
_shared_moment = lru_cache(maxsize=4096)(moment)
"""Times repeat: most terms end with a day."""
