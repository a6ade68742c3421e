"""What an unsubscription really came to, in detail: by original order, and by resource once the bill is there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from unsub_tui.domain.bounds import AMOUNT_OUT_OF_RANGE
from unsub_tui.domain.order import RefundRow
from unsub_tui.domain.quote import BillType, Payment

ZERO = Decimal(0)
HALF_CENT = Decimal("0.005")


@dataclass(frozen=True, slots=True)
class OrderShare:
    """What came back of one purchase or renewal order, and what of it was kept."""

    base_order_id: str
    refunded: Decimal
    retained: Decimal
    """Consumed amount and handling fee together: the vendor's rows do not tell them apart."""


@dataclass(frozen=True, slots=True)
class ResourceShare:
    """What the bill gives back for one resource, of one original order."""

    resource_id: str
    base_order_id: str
    refunded: Decimal
    """Money, coupons excluded."""
    refunded_coupons: Decimal
    refunded_tax: Decimal
    """Tax that came back beside it; zero where the site bills none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Breakdown:
    """As much of it as is known."""

    by_order: tuple[OrderShare, ...] = ()
    by_resource: tuple[ResourceShare, ...] = ()
    missing: tuple[str, ...] = ()
    """What is not there yet, for people."""

    @property
    def is_complete(self) -> bool:
        """Whether there is nothing left to be read."""
        return not self.missing


def shares_by_order(rows: Sequence[RefundRow]) -> tuple[OrderShare, ...]:
    """Return the vendor's refund rows as shares of the original orders: negative is back, positive was kept.

    An original order with a row whose amount is out of range has no share: `describe_unreadable_rows` names it.
    """
    sums: dict[str, list[Decimal]] = {}
    unknown = {row.base_order_id for row in rows if row.amount is None}
    for row in rows:
        if row.amount is not None and row.base_order_id not in unknown:
            share = sums.setdefault(row.base_order_id, [ZERO, ZERO])
            share[row.amount > 0] += abs(row.amount)
    return tuple(OrderShare(order_id, back, kept) for order_id, (back, kept) in sums.items())


def describe_unreadable_rows(rows: Iterable[RefundRow]) -> str:
    """Return which original orders have refund rows whose amount is out of range, for people; empty for none."""
    unknown = dict.fromkeys(row.base_order_id or "?" for row in rows if row.amount is None)
    return f"the refund rows for {', '.join(unknown)}: {AMOUNT_OUT_OF_RANGE}" if unknown else ""


def shares_by_resource(rows: Sequence[Payment]) -> tuple[ResourceShare, ...]:
    """Return the bill rows of an unsubscription order as shares of its resources, without those of unknown amount."""
    sums: dict[tuple[str, str], list[Decimal]] = {}
    unknown = {(row.resource_id, row.base_order_id) for row in rows if not row.is_amount_known}
    for row in rows:
        key = (row.resource_id, row.base_order_id)
        if key in unknown:
            continue
        share = sums.setdefault(key, [ZERO, ZERO, ZERO])
        if row.bill_type is BillType.UNSUBSCRIPTION_TAX:
            share[2] -= row.payable
        else:
            share[0] -= row.paid
            share[1] -= row.coupon
    return tuple(ResourceShare(*key, *share) for key, share in sums.items())


def adds_up_to_refund(shares: Sequence[ResourceShare], refund: Decimal | None) -> bool:
    """Whether the bill's rows add up to the refund; each may be rounded to the cent by itself."""
    if refund is None:
        return False
    return abs(sum((each.refunded for each in shares), ZERO) - refund) <= HALF_CENT * max(1, len(shares))
