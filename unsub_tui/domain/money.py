"""Money that always says how well it is known.

Amounts are `Decimal`, never rounded until shown. A figure that is not known is None and stays out of every sum.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from decimal import Decimal
from enum import StrEnum


class FigureSource(StrEnum):
    """Where a figure comes from, best first."""

    EXACT = "exact"
    """The vendor said so, after the fact."""
    ESTIMATE = "estimate"
    """Our rule over billed amounts."""
    UNKNOWN = "unknown"
    """Something is missing, and `missing` names it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Amounts:
    """What giving up one item costs and returns, in units of `currency`."""

    currency: str
    paid: Decimal | None = None
    """Really paid for the periods that are given up, cash coupons excluded."""
    consumed: Decimal | None = None
    handling_fee: Decimal | None = None
    refund: Decimal | None = None
    """What comes back; never below zero."""
    coupon_lost: Decimal | None = None
    """Cash coupons used for the purchase that do not come back."""


FIGURES = tuple(field.name for field in fields(Amounts) if field.name != "currency")
"""The names of the money fields of `Amounts`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Total:
    """The sum over the known figures of one currency, and how many items are not in it."""

    currency: str
    refund: Decimal
    handling_fee: Decimal
    unknown_items: int
    """Items whose refund is not known; they are not in the sums."""


def totals_by_currency(amounts: Iterable[Amounts]) -> list[Total]:
    """Return one total per currency; unknown is never counted as zero."""
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
