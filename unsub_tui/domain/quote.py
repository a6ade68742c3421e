"""Quotes: costs and refund of an unsubscription, as far as they can be known in advance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from unsub_tui.domain.fact import Fact, Statement, fact
from unsub_tui.domain.money import FIGURES, Amounts, FigureSource

BILLS_NOT_READ = fact("bills_not_read")
"""The missing data of a quote that was not requested yet."""


class UnsubscriptionKind(StrEnum):
    """Kinds of unsubscription, each with its own rules."""

    IN_USE = "in_use"
    """Resource in use: consumed amount and handling fee are deducted."""
    FIVE_DAY = "five_day"
    """Site cn only: full refund within 5 x 24 hours of provisioning, within the yearly quota."""
    RENEWAL_ONLY = "renewal_only"
    """Only paid renewal periods that have not begun; the resource stays."""
    INACTIVE = "inactive"
    """Purchased but not yet effective: full refund."""
    BUNDLE = "whole"
    """Bundle, unsubscribed from as a whole: the rule of `IN_USE` for all its resources."""


class BillType(StrEnum):
    """The purpose of a bill row, in our terms."""

    PURCHASE = "purchase"
    RENEWAL = "renewal"
    AUTO_RENEWAL = "auto_renewal"
    CHANGE = "change"
    """Payment for a change of specification."""
    CHANGE_REFUND = "change_refund"
    """Refund for a change of specification; Huawei Cloud does not publish how it counts later."""
    UNSUBSCRIPTION = "unsubscription"
    """Refund of an unsubscription; all its amounts are negative."""
    TAX = "tax"
    """Tax on a payment, in a row of its own."""
    UNSUBSCRIPTION_TAX = "unsubscription_tax"
    OTHER = "other"
    """An adjustment, an installment, or a type that this program does not know."""


TERM_BILL_TYPES = frozenset({BillType.PURCHASE, BillType.RENEWAL, BillType.AUTO_RENEWAL})
"""Bill rows that purchase a period."""

PAID_BILL_TYPES = TERM_BILL_TYPES | {BillType.CHANGE}
"""Bill rows of payments."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """A bill row: a payment for one resource and the purchased period, or a refund."""

    resource_id: str
    """Empty in a row of tax on a whole order."""
    order_id: str
    base_order_id: str = ""
    """In a refund row, the original order."""
    bill_type: BillType
    currency: str
    payable: Decimal
    """Amount charged, coupons included."""
    coupon: Decimal
    """Amount paid with cash coupons."""
    cards: Decimal = Decimal(0)
    """Amount paid with stored-value cards and flexi-purchase coupons, part of `payable`."""
    debt: Decimal = Decimal(0)
    """Amount owed by a post-paid account, part of `payable`."""
    unclear: Decimal = Decimal(0)
    """Amount from bonus money or adjustments; Huawei Cloud does not publish whether it counts as paid."""
    paid_at: datetime | None
    term_start: datetime | None
    """Start of the period, UTC; None if the bill does not state it."""
    term_end: datetime | None
    period_months: int | None
    """Purchased term in months; None if the bill does not state it."""
    is_amount_stated: bool = True
    """False if only the period is known and `payable` is meaningless."""
    is_billed: bool = True
    """False if only the order was read, which does not say how the amount was paid."""
    out_of_range: tuple[str, ...] = ()
    """Names of the row's out-of-range amounts, which count as zero in the fields above."""
    payer_id: str = ""
    """Another account that paid, to which a refund goes; empty if the account paid itself."""
    part_id: str = ""
    """The part of a combined service (a server with its disks) that the row is for; empty if the row names none."""
    parent_id: str = ""
    root_id: str = ""
    """The primary resource of a combined service."""
    relation_ids: tuple[str, ...] = ()
    """Other resources of a combined service."""

    @property
    def is_part(self) -> bool:
        """Whether the row is for a part of `resource_id`, which has an id of its own."""
        return self.part_id not in ("", self.resource_id)

    @property
    def ids(self) -> frozenset[str]:
        """Ids of all resources that the row names."""
        return frozenset((self.resource_id, self.part_id, self.parent_id, self.root_id, *self.relation_ids)) - {""}

    @property
    def is_amount_known(self) -> bool:
        """Whether `payable` and `paid` are the amounts charged."""
        return self.is_amount_stated and not self.out_of_range

    @property
    def missing_amount(self) -> Fact | None:
        """Why the amount is unknown; None if it is known."""
        if self.out_of_range:
            return fact("order_out_of_range", names=", ".join(self.out_of_range), order_id=self.order_id or None)
        return None if self.is_amount_stated else fact("lines_name_no_resource", order_id=self.order_id)

    @property
    def paid(self) -> Decimal:
        """Amount paid without cash coupons. Stored-value cards and flexi-purchase coupons count as money."""
        return self.payable - self.coupon


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """The figures of one item (a primary resource and its attached resources) and their sources."""

    kind: UnsubscriptionKind
    amounts: Amounts
    rules: tuple[Fact, ...] = ()
    """Names and dates of the applied rules."""
    missing: tuple[Statement, ...] = ()
    """Data that is missing for the unknown figures."""
    as_of: datetime | None = None
    """Time for which the figures were computed."""
    order_ids: tuple[str, ...] = ()
    """Purchase and renewal orders that the figures are based on."""
    notes: tuple[Statement, ...] = ()
    """Notes on the figures: certainty of the kind, warnings from Huawei Cloud's pages."""
    last_term_months: int | None = None
    """Length in months of the latest purchased period, which auto-renewal would buy again."""
    coupon_order_ids: tuple[str, ...] = ()
    """Orders whose coupons are returned."""
    refund_bounds: tuple[Decimal, Decimal] | None = None
    """Lowest and highest possible refund, if the refund is unknown and these are not; never part of a sum."""
    renewal_refund: Decimal | None = None
    """Refund for unsubscribing only from renewal periods that have not begun; None if there are none."""

    @property
    def sources(self) -> Mapping[str, FigureSource]:
        """Source of each figure of `amounts`, by field name; empty if no figure is known."""
        unknown = [name for name in FIGURES if getattr(self.amounts, name) is None]
        if len(unknown) == len(FIGURES):
            return {}
        return {name: FigureSource.UNKNOWN if name in unknown else FigureSource.ESTIMATE for name in FIGURES}

    @property
    def source(self) -> FigureSource:
        """The least reliable source among the figures."""
        return FigureSource.ESTIMATE if set(self.sources.values()) == {FigureSource.ESTIMATE} else FigureSource.UNKNOWN


def unknown_quote(kind: UnsubscriptionKind, currency: str, missing: Statement, as_of: datetime | None = None) -> Quote:
    """Return a quote whose figures are all unknown, with the missing data."""
    return Quote(kind=kind, amounts=Amounts(currency=currency), missing=(missing,), as_of=as_of)
