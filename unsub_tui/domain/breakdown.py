"""Actual refund of an unsubscription: by original order, and by resource once the bill is available."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from unsub_tui.domain.fact import Fact, fact
from unsub_tui.domain.money import AMOUNT_TOLERANCE
from unsub_tui.domain.order import RefundRow
from unsub_tui.domain.quote import BillType, Payment

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class OrderShare:
    """Refunded and retained amounts of one purchase or renewal order."""

    base_order_id: str
    refunded: Decimal
    retained: Decimal
    """Consumed amount plus handling fee: Huawei Cloud's refund rows do not distinguish them."""


@dataclass(frozen=True, slots=True)
class ResourceShare:
    """Refund of one resource for one original order, according to the bill."""

    resource_id: str
    base_order_id: str
    refunded: Decimal
    """Refunded money without coupons."""
    refunded_coupons: Decimal
    refunded_tax: Decimal
    """Refunded tax, in addition to `refunded`; zero on sites that bill no tax."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Breakdown:
    """The known part of an unsubscription's actual refund."""

    by_order: tuple[OrderShare, ...] = ()
    by_resource: tuple[ResourceShare, ...] = ()
    missing: tuple[Fact, ...] = ()
    """Details that are not available yet."""

    @property
    def is_complete(self) -> bool:
        """Whether no detail is missing."""
        return not self.missing


def shares_by_order(rows: Sequence[RefundRow]) -> tuple[OrderShare, ...]:
    """Return the sums of refund rows by original order: negative amounts are refunded, positive ones retained.

    An original order with an out-of-range amount is left out; `unreadable_rows` names it.
    """
    sums: dict[str, list[Decimal]] = {}
    unknown = {row.base_order_id for row in rows if row.amount is None}
    for row in rows:
        if row.amount is not None and row.base_order_id not in unknown:
            share = sums.setdefault(row.base_order_id, [ZERO, ZERO])  # refunded, retained
            share[row.amount > 0] += abs(row.amount)
    return tuple(OrderShare(order_id, back, kept) for order_id, (back, kept) in sums.items())


def unreadable_rows(rows: Iterable[RefundRow]) -> Fact | None:
    """Return the fact that names the original orders with out-of-range refund rows; None if there are none."""
    unknown = dict.fromkeys(row.base_order_id or "?" for row in rows if row.amount is None)
    return fact("rows_out_of_range", order_ids=", ".join(unknown)) if unknown else None


def shares_by_resource(rows: Sequence[Payment]) -> tuple[ResourceShare, ...]:
    """Return an unsubscription order's bill rows summed by resource and original order, without unknown amounts."""
    sums: dict[tuple[str, str], list[Decimal]] = {}
    unknown = {(row.part_id or row.resource_id, row.base_order_id) for row in rows if not row.is_amount_known}
    for row in rows:
        key = (row.part_id or row.resource_id, row.base_order_id)
        if key in unknown:
            continue
        share = sums.setdefault(key, [ZERO, ZERO, ZERO])  # refunded, coupons, tax: all negative in the bill
        if row.bill_type in (BillType.UNSUBSCRIPTION_TAX, BillType.TAX):
            share[2] -= row.payable
        else:
            share[0] -= row.paid
            share[1] -= row.coupon
    return tuple(ResourceShare(*key, *share) for key, share in sums.items())


def adds_up_to_refund(shares: Sequence[ResourceShare], refund: Decimal | None) -> bool:
    """Return whether the shares add up to the refund, allowing half a cent of rounding per share."""
    if refund is None:
        return False
    return abs(sum((each.refunded for each in shares), ZERO) - refund) <= AMOUNT_TOLERANCE * max(1, len(shares))
