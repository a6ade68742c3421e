"""What giving up a resource costs and returns, as well as can be known before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from unsub_tui.domain.money import FIGURES, Amounts, Source


class Kind(StrEnum):
    """The kinds of unsubscription, each with rules of its own."""

    IN_USE = "in_use"
    """Conditional: consumed amount and handling fee are kept."""
    FIVE_DAY = "five_day"
    """cn only: full refund within 5 x 24 h of provisioning, while the yearly quota lasts."""
    RENEWAL_ONLY = "renewal_only"
    """Only the paid period that has not begun; the resource stays."""
    INACTIVE = "inactive"
    """Bought, not yet effective: full refund."""


class BillType(StrEnum):
    """What a payment was for, in our words."""

    PURCHASE = "purchase"
    RENEWAL = "renewal"
    CHANGE = "change"
    """A change of specification, or its refund: the estimate does not handle it yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """One bill row: money paid for one resource and the period it bought."""

    resource_id: str
    order_id: str
    bill_type: BillType
    currency: str
    payable: Decimal
    """What the row charged, coupons included."""
    coupon: Decimal
    """The part that cash coupons paid."""
    paid_at: datetime | None
    term_start: datetime | None
    """UTC; None where the bill does not say."""
    term_end: datetime | None
    period_months: int | None
    """The term bought, in months; None where the bill does not say."""

    @property
    def paid(self) -> Decimal:
        """Really paid: without cash coupons."""
        return self.payable - self.coupon


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """The figures of one item (a main resource with all that goes along) and where they come from."""

    kind: Kind
    amounts: Amounts
    sources: Mapping[str, Source] = field(default_factory=dict)
    """The source of each figure of `amounts`, by its name."""
    rule: str = ""
    """Name and date of the rule that was used."""
    missing: tuple[str, ...] = ()
    """What would be needed for the unknown figures."""
    as_of: datetime | None = None
    """The moment for which the figures were computed."""
    order_ids: tuple[str, ...] = ()
    """The purchase and renewal orders behind the figures."""

    @property
    def source(self) -> Source:
        """The weakest of the figures' sources."""
        known = [self.sources.get(name, Source.UNKNOWN) for name in FIGURES]
        return max(known, key=list(Source).index)


def unknown_quote(kind: Kind, currency: str, missing: str, as_of: datetime | None = None) -> Quote:
    """Return a quote that knows nothing, and says what it lacks."""
    return Quote(kind=kind, amounts=Amounts(currency=currency), missing=(missing,), as_of=as_of)
