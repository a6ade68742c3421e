"""What keeping a resource would cost, beside what giving it up gives back: so that the worse deal is seen."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum

from unsub_tui.domain.durations import VENDOR_ZONE
from unsub_tui.domain.quote import Quote, UnsubscriptionKind
from unsub_tui.domain.renewal_prices import RenewalTerm, TermUnit
from unsub_tui.domain.resource import ExpirePolicy, Resource

DEDUCTION_DAYS = 7
"""The vendor renews by itself so many days before expiry, unless the account has another day set, and tries it daily.
Source: the vendor's page on automatic renewal (eu, 2025-05-26)."""

DEDUCTION_HOUR = time(3, tzinfo=VENDOR_ZONE)


class CheaperOption(StrEnum):
    """A cheaper way than unsubscribing."""

    LET_LAPSE = "let_lapse"
    """Nothing comes back: it may as well be used to its end, with automatic renewal off."""
    DROP_RENEWAL = "drop_renewal"
    """Only the renewed periods that have not begun: they come back in full, and what is in use stays."""
    AUTO_RENEWAL_OFF = "auto_renewal_off"
    """Nothing more is charged, and nothing is destroyed before the expiry."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RenewalForecast:
    """What lies ahead of a resource that is kept."""

    days_left: int | None = None
    """Whole days until the paid time ends; None where the service does not say when."""
    next_charge: Decimal | None = None
    """What automatic renewal would charge next, all that goes along included; None where it is off or unknown."""
    next_charge_at: datetime | None = None
    """When, at the earliest; None where automatic renewal is off."""
    currency: str = ""
    months: int | None = None
    """The term that automatic renewal would buy, if it buys the same again."""
    missing: str = ""
    """Why the next charge is not known."""


NO_FORECAST = RenewalForecast()
"""Nothing is known yet."""


def forecast_renewal(resource: Resource, now: datetime) -> RenewalForecast:
    """Return what lies ahead, the price of the next renewal not yet asked for."""
    if resource.expire_time is None:
        return RenewalForecast()
    left = max(0, (resource.expire_time - now) // timedelta(days=1))
    if resource.expire_policy != ExpirePolicy.AUTO_RENEW:
        return RenewalForecast(days_left=left)
    day = (resource.expire_time.astimezone(VENDOR_ZONE) - timedelta(days=DEDUCTION_DAYS)).date()
    at = datetime.combine(day, DEDUCTION_HOUR)
    if at <= now:  # tried again every day
        at += timedelta(days=(now - at) // timedelta(days=1) + 1)
    return RenewalForecast(days_left=left, next_charge_at=at)


def renewal_term(months: int) -> RenewalTerm | None:
    """Return a term as the vendor prices it, or None where it sells none of that length."""
    if 1 <= months <= 11:
        return RenewalTerm(TermUnit.MONTH, months)
    if months in (12, 24, 36):
        return RenewalTerm(TermUnit.YEAR, months // 12)
    return None


def cheaper_options(quote: Quote, forecast: RenewalForecast) -> tuple[CheaperOption, ...]:
    """Return the cheaper ways, best first; none where the figures that would tell are not known."""
    options = []
    if quote.renewal_refund:
        options.append(CheaperOption.DROP_RENEWAL)
    refund = quote.amounts.refund
    if quote.kind is not UnsubscriptionKind.INACTIVE and refund is not None and refund <= 0:
        options.append(CheaperOption.LET_LAPSE)
    elif forecast.next_charge_at is not None:
        options.append(CheaperOption.AUTO_RENEWAL_OFF)
    return tuple(options)
