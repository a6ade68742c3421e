"""Amounts of money with the source of each figure.

Amounts are `Decimal` and rounded only for display. An unknown figure is None and excluded from sums.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from decimal import Decimal
from enum import StrEnum

from unsub_tui.domain.fact import Fact, fact

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


def refund_difference(estimate: Amounts | None, exact: Amounts | None) -> Decimal | None:
    """Return the exact minus the estimated refund; None if either is unknown or the currencies differ."""
    if estimate is None or exact is None or estimate.currency != exact.currency:
        return None
    if estimate.refund is None or exact.refund is None:
        return None
    difference = exact.refund - estimate.refund
    return Decimal(0) if abs(difference) < AMOUNT_TOLERANCE else difference


def amount_changes(before: Amounts, after: Amounts, figures: Iterable[str] = FIGURES) -> list[Fact]:
    """Return the figures that differ by more than half a cent; an unknown figure equals only another unknown one."""
    if before.currency != after.currency:
        return [fact("currency_changed", before=before.currency, after=after.currency)]
    pairs = {name: (getattr(before, name), getattr(after, name)) for name in figures}
    return [
        fact("amount_changed", figure=name, before=_amount(was), after=_amount(now), currency=after.currency)
        for name, (was, now) in pairs.items()
        if not _is_same_amount(was, now)
    ]


def _is_same_amount(one: Decimal | None, other: Decimal | None) -> bool:
    if one is None or other is None:
        return one is other
    return abs(one - other) <= AMOUNT_TOLERANCE


def _amount(amount: Decimal | None) -> str | None:
    return None if amount is None else f"{amount:.2f}"
