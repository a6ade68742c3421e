"""What giving up a resource costs and returns, as well as can be known before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from unsub_tui.domain.bounds import AMOUNT_OUT_OF_RANGE
from unsub_tui.domain.money import FIGURES, Amounts, FigureSource

BILLS_NOT_READ = "the bills: not yet read"
"""What a quote lacks before it was asked for."""


class UnsubscriptionKind(StrEnum):
    """The kinds of unsubscription, each with rules of its own."""

    IN_USE = "in_use"
    """Conditional: consumed amount and handling fee are kept."""
    FIVE_DAY = "five_day"
    """cn only: full refund within 5 x 24 h of provisioning, while the yearly quota lasts."""
    RENEWAL_ONLY = "renewal_only"
    """Only the paid period that has not begun; the resource stays."""
    INACTIVE = "inactive"
    """Bought, not yet effective: full refund."""
    BUNDLE = "whole"
    """A product that goes only as a whole: the same rule as in use, over all its resources."""


class BillType(StrEnum):
    """What a bill row was for, in our words."""

    PURCHASE = "purchase"
    RENEWAL = "renewal"
    AUTO_RENEWAL = "auto_renewal"
    CHANGE = "change"
    """A change of specification that was paid for."""
    CHANGE_REFUND = "change_refund"
    """Money that came back because of a change: how the vendor counts it later is not published."""
    UNSUBSCRIPTION = "unsubscription"
    """What came back by an unsubscription; every part of it negative."""
    UNSUBSCRIPTION_TAX = "unsubscription_tax"


TERM_BILL_TYPES = frozenset({BillType.PURCHASE, BillType.RENEWAL, BillType.AUTO_RENEWAL})
"""Rows by which a period was bought."""

PAID_BILL_TYPES = TERM_BILL_TYPES | {BillType.CHANGE}
"""Rows by which something was paid."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """One bill row: money paid for one resource and the period it bought, or money that came back."""

    resource_id: str
    order_id: str
    base_order_id: str = ""
    """Of a refund: the order that was given back."""
    bill_type: BillType
    currency: str
    payable: Decimal
    """What the row charged, coupons included."""
    coupon: Decimal
    """The part that cash coupons paid."""
    unclear: Decimal = Decimal(0)
    """The part that is bonus money, debt or an adjustment: whether it counts as paid is not published."""
    paid_at: datetime | None
    term_start: datetime | None
    """UTC; None where the bill does not say."""
    term_end: datetime | None
    period_months: int | None
    """The term bought, in months; None where the bill does not say."""
    is_amount_stated: bool = True
    """False: only the period is known; `payable` says nothing."""
    out_of_range: tuple[str, ...] = ()
    """Names of the amounts of the row that are out of range; each of them counts as zero in the figures above."""

    @property
    def is_amount_known(self) -> bool:
        """Whether `payable` and `paid` are what was charged."""
        return self.is_amount_stated and not self.out_of_range

    @property
    def missing_amount_text(self) -> str:
        """Why the amount is not known; empty where it is."""
        if self.out_of_range:
            return f"{', '.join(self.out_of_range)} of order {self.order_id or '?'}: {AMOUNT_OUT_OF_RANGE}"
        told = self.is_amount_stated
        return "" if told else f"what order {self.order_id} charged for each resource: its lines name none"

    @property
    def paid(self) -> Decimal:
        """Really paid: without cash coupons. Stored-value cards and flexi-purchase coupons count as money."""
        return self.payable - self.coupon


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """The figures of one item (a main resource with all that goes along) and where they come from."""

    kind: UnsubscriptionKind
    amounts: Amounts
    sources: Mapping[str, FigureSource] = field(default_factory=dict)
    """The source of each figure of `amounts`, by its name."""
    rule: str = ""
    """Name and date of the rule that was used."""
    missing: tuple[str, ...] = ()
    """What would be needed for the unknown figures."""
    as_of: datetime | None = None
    """The moment for which the figures were computed."""
    order_ids: tuple[str, ...] = ()
    """The purchase and renewal orders behind the figures."""
    notes: tuple[str, ...] = ()
    """What a person should know beside the figures: how sure the kind is, what the vendor's pages warn of."""
    last_term_months: int | None = None
    """How long the newest period is that was bought: what an automatic renewal would buy again."""
    renewal_refund: Decimal | None = None
    """What dropping only the renewed periods that have not begun would give back; None where there are none."""

    @property
    def source(self) -> FigureSource:
        """The weakest of the figures' sources."""
        known = [self.sources.get(name, FigureSource.UNKNOWN) for name in FIGURES]
        return max(known, key=list(FigureSource).index)


def unknown_quote(kind: UnsubscriptionKind, currency: str, missing: str, as_of: datetime | None = None) -> Quote:
    """Return a quote that knows nothing, and says what it lacks."""
    return Quote(kind=kind, amounts=Amounts(currency=currency), missing=(missing,), as_of=as_of)
