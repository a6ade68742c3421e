"""The vendor's rules of one site, as data with their source and date."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from fnmatch import fnmatchcase

from unsub_tui.domain.durations import Counting
from unsub_tui.domain.resource import Resource

MONTHLY_ROW = "monthly"
"""The row of a fee table for terms shorter than a year."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleOrigin:
    """Where a rule was read."""

    source: str
    """A page of the vendor, or the user's own file."""
    published: date
    """The day that the page bears."""
    is_override: bool = False
    """The user's own file says so, not the one that ships with the program."""

    @property
    def label(self) -> str:
        """The date, and whether the user has set it: shown beside every figure that the rule gave."""
        return f"{self.published.isoformat()}{' (your override)' if self.is_override else ''}"


@dataclass(frozen=True, slots=True, kw_only=True)
class FeeTable:
    """Percent of the paid amount, by the term bought and the years used."""

    name: str
    origin: RuleOrigin
    percent: Mapping[str, tuple[Decimal, ...]]
    """Row: `monthly` or months as text; columns: used up to 1, 2, 3 … years."""

    @property
    def label(self) -> str:
        """Name and date, as shown beside every figure that the table gave."""
        return f"{self.name} {self.origin.label}"

    def rate(self, months: int, years_used: int) -> Decimal | None:
        """Return the share of the paid amount kept as handling fee, or None where the table has no such cell.

        `years_used` counts begun years: 1 up to and including exactly one year, 2 after it. The hours by which a
        term outlasts its whole years, because it ends with a day, count to its last year.
        """
        row = self.percent.get(fee_table_row(months), ())
        return row[min(years_used, len(row)) - 1] / 100 if row else None


def fee_table_row(months: int) -> str:
    """Return which row of a fee table a term belongs to."""
    return str(months) if months >= 12 else MONTHLY_ROW


@dataclass(frozen=True, slots=True, kw_only=True)
class FullRefundRule:
    """A fresh purchase comes back in full, while a yearly quota lasts."""

    hours: int
    """From provisioning, not calendar days."""
    quota: int
    """Instances an account and calendar year (UTC+8)."""
    origin: RuleOrigin

    @property
    def window(self) -> timedelta:
        """How long after provisioning."""
        return timedelta(hours=self.hours)


class ExclusionKind(StrEnum):
    """Why the vendor takes a kind of product not back."""

    SERVICE = "service"
    """The service cannot be unsubscribed at all."""
    PACKAGE_IN_USE = "package_in_use"
    """A resource package comes back only before it has begun."""
    NO_PAY_PER_USE = "no_pay_per_use"
    """It cannot become pay-per-use at its expiry; says nothing of unsubscribing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExclusionRule:
    """A kind of product that the vendor does not take back. Patterns have `*` and `?`."""

    kind: ExclusionKind
    services: tuple[str, ...] = ()
    """Patterns of service codes."""
    names: tuple[str, ...] = ()
    """Patterns of service names, for services whose code is not published; upper and lower case are the same."""
    resource_types: tuple[str, ...] = ()
    """Patterns of resource type codes."""
    except_services: tuple[str, ...] = ()
    """Patterns of service codes to which the rule does not apply."""
    is_certain: bool = True
    """False: the page is old or names conditions that are not public; then it is a warning and nothing is blocked."""
    origin: RuleOrigin

    def matches(self, service: str, name: str, resource_type: str) -> bool:
        """Whether a product of this service code, service name and resource type code is of that kind."""
        pairs = ((service, self.services), (name.casefold(), self.names), (resource_type, self.resource_types))
        named = any(_matches_any(text, patterns) for text, patterns in pairs)
        return named and not _matches_any(service, self.except_services)


def _matches_any(text: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatchcase(text, pattern) for pattern in patterns)


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteRules:
    """What one site of the vendor charges and refuses."""

    site: str
    currency: str
    counting: Counting
    counting_origin: RuleOrigin
    review_threshold: Decimal
    """A refund above it waits for the vendor's staff."""
    batch_services: frozenset[str]
    """Service codes whose resources may go in one batch."""
    full_refund: FullRefundRule | None = None
    """None: no page of the site describes one."""
    fee: FeeTable | None = None
    """None: the site publishes no table that could be read."""
    exclusions: tuple[ExclusionRule, ...] = ()
    _exclusion_cache: dict[tuple[str, str, str], ExclusionRule | None] = field(
        default_factory=dict, compare=False, repr=False
    )
    _excludes_cache: dict[tuple[ExclusionKind, str, str, str], bool] = field(
        default_factory=dict, compare=False, repr=False
    )

    def find_exclusion(self, resource: Resource) -> ExclusionRule | None:
        """Return the rule that speaks against this kind of product, a certain one before a doubtful one."""
        kind = (
            resource.service_type_code.raw,
            resource.service_type_name.raw,
            resource.resource_type_code.raw,
        )
        if kind not in self._exclusion_cache:
            refund = [each for each in self.exclusions if each.kind is not ExclusionKind.NO_PAY_PER_USE]
            fitting = [each for each in refund if each.matches(*kind)]
            self._exclusion_cache[kind] = min(fitting, key=lambda each: not each.is_certain, default=None)
        return self._exclusion_cache[kind]

    def excludes(self, kind: ExclusionKind, resource: Resource) -> bool:
        """Whether a certain rule of this kind is about this kind of product."""
        codes = (resource.service_type_code.raw, resource.service_type_name.raw, resource.resource_type_code.raw)
        known = self._excludes_cache.get((kind, *codes))
        if known is None:
            known = any(each.kind is kind and each.is_certain and each.matches(*codes) for each in self.exclusions)
            self._excludes_cache[kind, *codes] = known
        return known
