"""Cash coupons that an unsubscription returns: one that has expired by then is void.

Source: Huawei Cloud's overview of unsubscriptions (2025).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from unsub_tui.domain.fact import Fact, fact


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderCoupons:
    """The cash coupons that an order was paid with."""

    expire_times: tuple[datetime, ...] = ()
    missing: Fact | None = None
    """Why their expiry is unknown; None if it is known."""


COUPONS_NOT_READ = OrderCoupons(missing=fact("coupons_not_read"))
"""The coupons of an order before they are read."""


def returned_coupons(amount: Decimal, currency: str, orders: Sequence[OrderCoupons], now: datetime) -> Fact:
    """Return the fact that coupons of these orders are returned, with what is known about their expiry."""
    times = [time for each in orders for time in each.expire_times]
    expired = [time for time in times if time <= now]
    unknown = [each.missing for each in orders if each.missing is not None]
    if expired and len(expired) == len(times) and not unknown:
        expiry = fact("coupons_expired", date=f"{max(expired):%Y-%m-%d}")
    elif expired:
        expiry = fact("coupons_partly_expired", date=f"{min(expired):%Y-%m-%d}")
    elif unknown:
        expiry = fact("coupon_expiry_unknown", reason=unknown[0])
    else:
        expiry = fact("coupons_valid", date=f"{min(times):%Y-%m-%d}")
    return fact("coupons_returned", amount=f"{amount:.2f}", currency=currency, expiry=expiry)
