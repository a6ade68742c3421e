"""Prices of renewals, and the forecast of the cost of keeping a resource, for comparison with the refund."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum

from unsub_tui.domain.durations import VENDOR_ZONE
from unsub_tui.domain.fact import Statement
from unsub_tui.domain.problem import Problem
from unsub_tui.domain.quote import Quote, UnsubscriptionKind
from unsub_tui.domain.resource import ExpirePolicy, Resource

DEDUCTION_DAYS = 7
"""Number of days before expiry when Huawei Cloud auto-renews and begins daily attempts, unless the account has set
another day. Source: Huawei Cloud's page on automatic renewal (eu, 2025-05-26)."""

DEDUCTION_HOUR = time(3, tzinfo=VENDOR_ZONE)

RENEWAL_TERMS = frozenset({*range(1, 12), 12, 24, 36})
"""Terms of renewals in months that Huawei Cloud sells: 1 to 11 months, or 1 to 3 years."""


@dataclass(frozen=True, slots=True)
class RenewalPrices:
    """Prices by resource id, attached resources included, and problems by id for resources without a price."""

    currency: str
    prices: Mapping[str, Decimal]
    problems: Mapping[str, Problem]

    def merged_with(self, other: RenewalPrices) -> RenewalPrices:
        """Return the union of both; entries of `other` take precedence."""
        return RenewalPrices(
            self.currency or other.currency, {**self.prices, **other.prices}, {**self.problems, **other.problems}
        )


class CheaperOption(StrEnum):
    """A cheaper alternative to an unsubscription."""

    LET_LAPSE = "let_lapse"
    """No refund: use the resource until expiry, with auto-renewal off."""
    DROP_RENEWAL = "drop_renewal"
    """Unsubscribe only from renewal periods that have not begun: full refund, and the resource stays."""
    AUTO_RENEWAL_OFF = "auto_renewal_off"
    """Switch auto-renewal off: no further charges, and nothing is deleted before expiry."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RenewalForecast:
    """Coming expiry and renewal charge of a resource that is kept."""

    days_left: int | None = None
    """Whole days until the paid time ends; None if the expiry is unknown."""
    next_charge: Decimal | None = None
    """Next auto-renewal charge including attached resources; None if auto-renewal is off or the charge is unknown."""
    next_charge_at: datetime | None = None
    """Earliest time of the next charge; None if auto-renewal is off."""
    currency: str = ""
    months: int | None = None
    """Term in months that auto-renewal would buy if it repeats the last one."""
    is_auto_renewal_fixed: bool = False
    """Whether auto-renewal of the resource cannot be switched off."""
    missing: Statement = ""


NO_FORECAST = RenewalForecast()


def forecast_renewal(resource: Resource, now: datetime) -> RenewalForecast:
    """Return the forecast without the price of the next renewal."""
    if resource.expire_time is None:
        return RenewalForecast()
    left = max(0, (resource.expire_time - now) // timedelta(days=1))
    if resource.expire_policy != ExpirePolicy.AUTO_RENEW:
        return RenewalForecast(days_left=left)
    day = (resource.expire_time.astimezone(VENDOR_ZONE) - timedelta(days=DEDUCTION_DAYS)).date()
    at = datetime.combine(day, DEDUCTION_HOUR)
    if at <= now:  # Huawei Cloud retries every day
        at += timedelta(days=(now - at) // timedelta(days=1) + 1)
    return RenewalForecast(days_left=left, next_charge_at=at)


def cheaper_options(quote: Quote, forecast: RenewalForecast) -> tuple[CheaperOption, ...]:
    """Return the cheaper options, best first; none if the figures that they depend on are unknown."""
    options = []
    if quote.renewal_refund:
        options.append(CheaperOption.DROP_RENEWAL)
    if forecast.next_charge_at is not None and forecast.is_auto_renewal_fixed:
        return tuple(options)  # the others need auto-renewal off
    refund = quote.amounts.refund
    if quote.kind is not UnsubscriptionKind.INACTIVE and refund is not None and refund <= 0:
        options.append(CheaperOption.LET_LAPSE)
    elif forecast.next_charge_at is not None:
        options.append(CheaperOption.AUTO_RENEWAL_OFF)
    return tuple(options)
