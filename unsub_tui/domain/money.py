"""Amounts of money with the source of each figure.

Amounts are `Decimal` and rounded only for display. An unknown figure is None and excluded from sums.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from decimal import Decimal
from enum import StrEnum

AMOUNT_TOLERANCE = Decimal("0.005")
"""Maximum difference of two amounts that count as equal: Huawei Cloud does not publish how it rounds to cents."""


class FigureSource(StrEnum):
    """The source of a figure, most reliable first."""

    EXACT = "exact"
    """Stated by Huawei Cloud after the unsubscription."""
    ESTIMATE = "estimate"
    """Computed by our rules from billed amounts."""
    UNKNOWN = "unknown"
    """Not computable; `missing` names the missing data."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Amounts:
    """Costs and refund of unsubscribing from one item, in units of `currency`."""

    currency: str
    paid: Decimal | None = None
    """Amount paid for the affected periods, without cash coupons."""
    consumed: Decimal | None = None
    handling_fee: Decimal | None = None
    refund: Decimal | None = None
    """Amount refunded; at least zero."""
    coupon_lost: Decimal | None = None
    """Cash coupons used for the purchase that are not returned."""


FIGURES = tuple(field.name for field in fields(Amounts) if field.name != "currency")
"""Names of the amount fields of `Amounts`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Total:
    """Sums of the known figures in one currency."""

    currency: str
    refund: Decimal
    handling_fee: Decimal
    unknown_items: int
    """Number of items with an unknown refund, which the sum excludes."""


def totals_by_currency(amounts: Iterable[Amounts]) -> list[Total]:
    """Return one total per currency; unknown figures are excluded, not counted as zero."""
    by_currency: dict[str, list[Amounts]] = {}
    for each in amounts:
        by_currency.setdefault(each.currency, []).append(each)
    return [
        Total(
            currency=currency,
            refund=sum((each.refund for each in group if each.refund is not None), Decimal(0)),
            handling_fee=sum((each.handling_fee for each in group if each.handling_fee is not None), Decimal(0)),
            unknown_items=sum(each.refund is None for each in group),
        )
        for currency, group in sorted(by_currency.items())
    ]
