"""Huawei Cloud's rules of one site as data, with source and date."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import NamedTuple

from unsub_tui.domain.durations import Counting
from unsub_tui.domain.fact import Fact, fact
from unsub_tui.domain.resource import Resource

MONTHLY_ROW = "monthly"
"""Fee table row for terms shorter than a year."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleOrigin:
    """The source of a rule."""

    source: str
    """A page of Huawei Cloud, or the user's own file."""
    published: date
    is_override: bool = False
    """Whether the rule comes from the user's own file, not from the file shipped with the program."""

    @property
    def label(self) -> Fact:
        """Date and override mark, shown next to every figure based on the rule."""
        return fact("rule_override" if self.is_override else "rule_date", date=self.published.isoformat())


@dataclass(frozen=True, slots=True, kw_only=True)
class FeeTable:
    """Handling fees in percent of the paid amount, by purchased term and years of use."""

    name: str
    origin: RuleOrigin
    percent: Mapping[str, tuple[Decimal, ...]]
    """Rows: `monthly` or the number of months as text; columns: used for up to 1, 2, 3 … years."""

    @property
    def label(self) -> Fact:
        """Name and date, shown next to every figure based on the table."""
        return fact("fee_table", name=self.name, origin=self.origin.label)

    def rate(self, months: int, years_used: int) -> Decimal | None:
        """Return the handling fee as a share of the paid amount, or None if the table has no such row."""
        row = fee_table_row(months)
        return self.row_rate(row, years_used) if row in self.percent else None

    def neighbors(self, months: int) -> tuple[str, str] | None:
        """Return the rows of the next shorter and the next longer term, or None if one of them is missing.

        Huawei Cloud does not publish which row applies to a term between two, such as 30 months.
        """
        lengths = {0 if row == MONTHLY_ROW else int(row): row for row in self.percent}
        shorter, longer = [each for each in lengths if each < months], [each for each in lengths if each > months]
        return (lengths[max(shorter)], lengths[min(longer)]) if shorter and longer else None

    def row_rate(self, row: str, years_used: int) -> Decimal:
        """Return the handling fee of a row of the table as a share of the paid amount.

        `years_used` counts years begun: 1 up to and including exactly one year, then 2. Beyond the last column the last
        rate applies: the hours added to reach the end of a day belong to the term's last year.
        """
        cells = self.percent[row]
        return cells[min(years_used, len(cells)) - 1] / 100


@dataclass(frozen=True, slots=True, kw_only=True)
class FeeWaiver:
    """A contract by which the account pays no handling fees."""

    name: str
    origin: RuleOrigin

    @property
    def label(self) -> Fact:
        """Name and date, shown next to every figure based on the waiver."""
        return fact("fee_waived", name=self.name, origin=self.origin.label)


def fee_table_row(months: int) -> str:
    """Return the fee table row for a term; one of less than a month counts as monthly."""
    return str(months) if months >= 12 else MONTHLY_ROW


@dataclass(frozen=True, slots=True, kw_only=True)
class FullRefundRule:
    """Full refund of a recent purchase, within a yearly quota."""

    hours: int
    """Length of the window in hours from provisioning, not in calendar days."""
    quota: int
    """Number of instances per account and calendar year (UTC+8)."""
    origin: RuleOrigin

    @property
    def window(self) -> timedelta:
        """Length of the window after provisioning."""
        return timedelta(hours=self.hours)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplicaRule:
    """The fate of the read replicas of an unsubscribed RDS database. They are deleted with it in any case."""

    keep_billing: bool
    """Whether each replica is charged until it is unsubscribed from as well."""
    origin: RuleOrigin


class ExclusionKind(StrEnum):
    """The restriction that Huawei Cloud places on a kind of product."""

    SERVICE = "service"
    """The service cannot be unsubscribed from at all."""
    PACKAGE_IN_USE = "package_in_use"
    """A resource package is refunded only before it takes effect."""
    REFUND_UNKNOWN = "refund_unknown"
    """Perhaps a kind that is not refunded in use, whose codes are not published: it is not blocked, but its refund is
    unknown."""
    NO_PAY_PER_USE = "no_pay_per_use"
    """The product cannot change to pay-per-use at expiry; it can still be unsubscribed from."""
    NO_AUTO_RENEWAL_CHANGE = "no_auto_renewal_change"
    """Auto-renewal of the product can be switched neither on nor off; it can still be unsubscribed from."""


NON_BLOCKING_KINDS = frozenset(
    {ExclusionKind.REFUND_UNKNOWN, ExclusionKind.NO_PAY_PER_USE, ExclusionKind.NO_AUTO_RENEWAL_CHANGE}
)
"""Kinds of rules that leave unsubscriptions possible. They are always certain: otherwise they would do nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExclusionRule:
    """A kind of product with a restriction. Patterns can contain `*` and `?`."""

    kind: ExclusionKind
    services: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    """Patterns of case-folded service names, for services without a published code."""
    resource_types: tuple[str, ...] = ()
    specs: tuple[str, ...] = ()
    """Patterns of specification codes."""
    except_services: tuple[str, ...] = ()
    """Patterns of service codes that the rule does not apply to."""
    is_certain: bool = True
    """False if the page is old or has unpublished conditions; the rule then only warns and blocks nothing."""
    origin: RuleOrigin

    def matches(self, service: str, name: str, resource_type: str, spec: str) -> bool:
        """Return whether the rule applies to a product: codes of service, type and specification, name of service."""
        pairs = (
            (service, self.services),
            (name.casefold(), self.names),
            (resource_type, self.resource_types),
            (spec, self.specs),
        )
        named = any(fnmatchcase(text, pattern) for text, patterns in pairs for pattern in patterns)
        return named and not any(fnmatchcase(service, pattern) for pattern in self.except_services)


class _Restrictions(NamedTuple):
    """The rules that apply to a product."""

    exclusion: ExclusionRule | None
    refund_doubt: ExclusionRule | None
    kinds: frozenset[ExclusionKind]
    """Kinds of the certain rules."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteRules:
    """Fees and restrictions of one site of Huawei Cloud."""

    site: str
    currency: str
    counting: Counting
    counting_origin: RuleOrigin
    review_threshold: Decimal
    """Refund above which Huawei Cloud's staff must approve the order."""
    batch_services: frozenset[str]
    full_refund: FullRefundRule | None = None
    """Full-refund rule; None if no page of the site describes one."""
    fee: FeeTable | None = None
    """Fee table; None if the shipped rules do not contain the one that the site publishes on `fee_page`."""
    fee_waiver: FeeWaiver | None = None
    """Only from the user's own rules."""
    fee_page: str = ""
    """Page with the site's fee table."""
    replicas: ReplicaRule | None = None
    """None if no page of the site says anything about read replicas."""
    exclusions: tuple[ExclusionRule, ...] = ()
    _restrictions: dict[tuple[str, str, str, str], _Restrictions] = field(
        default_factory=dict, compare=False, repr=False
    )

    @property
    def counts_debt_as_paid(self) -> bool:
        """Whether estimates assume that the debt of a post-paid account counts as paid, as its credit does.

        No page says so. On the China site, debt is what is settled monthly, or money that is overdue.
        """
        return self.site != "cn"

    def find_exclusion(self, resource: Resource) -> ExclusionRule | None:
        """Return the rule that restricts unsubscribing from this product, certain rules first, or None."""
        return self._restrictions_of(resource).exclusion

    def find_refund_doubt(self, resource: Resource) -> ExclusionRule | None:
        """Return the rule that makes the refund of this product unknown while it is in use, or None."""
        return self._restrictions_of(resource).refund_doubt

    def forbids_pay_per_use(self, resource: Resource) -> bool:
        """Return whether a rule forbids to change the product to pay-per-use."""
        return ExclusionKind.NO_PAY_PER_USE in self._restrictions_of(resource).kinds

    def forbids_auto_renewal_change(self, resource: Resource) -> bool:
        """Return whether a rule forbids to switch the auto-renewal of the product on or off."""
        return ExclusionKind.NO_AUTO_RENEWAL_CHANGE in self._restrictions_of(resource).kinds

    def _restrictions_of(self, resource: Resource) -> _Restrictions:
        """Return all answers for the product, cached because a list asks for each of 100,000 resources."""
        product = (
            resource.service_type_code.raw,
            resource.service_type_name.raw,
            resource.resource_type_code.raw,
            resource.resource_spec_code.raw,
        )
        if product not in self._restrictions:
            rules = [each for each in self.exclusions if each.matches(*product)]
            refusing = [each for each in rules if each.kind not in NON_BLOCKING_KINDS]
            self._restrictions[product] = _Restrictions(
                exclusion=min(refusing, key=lambda each: not each.is_certain, default=None),
                refund_doubt=next((each for each in rules if each.kind is ExclusionKind.REFUND_UNKNOWN), None),
                kinds=frozenset(each.kind for each in rules if each.is_certain),
            )
        return self._restrictions[product]
