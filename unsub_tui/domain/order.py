"""The service's orders, as far as money and settlement need them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import IntEnum

from unsub_tui.domain.bounds import AMOUNT_OUT_OF_RANGE
from unsub_tui.domain.untrusted_text import EMPTY, UntrustedText


class OrderStatus(IntEnum):
    """The vendor's order states; unknown numbers are kept as plain integers."""

    PENDING_APPROVAL = 1
    PENDING_REFUND = 2
    PROCESSING = 3
    CANCELLED = 4
    COMPLETED = 5
    PENDING_PAYMENT = 6
    PENDING_CONFIRMATION = 9


class OrderType(IntEnum):
    """The vendor's order types that we tell apart."""

    NEW = 1
    RENEWAL = 2
    CHANGE = 3
    UNSUBSCRIPTION = 4
    CONVERSION = 11
    """Pay-per-use to yearly/monthly."""
    TRIAL = 13


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderAmounts:
    """Money of an order or of one of its lines; in an unsubscription order `net` is the refund."""

    net: Decimal | None = None
    """`amount_after_discount`: paid after discounts, or the refund after the handling fee."""
    coupon: Decimal | None = None
    cards: Decimal = Decimal(0)
    """Flexi-purchase coupons and stored-value cards: money that `net` does not hold."""
    commission: Decimal | None = None
    """The handling fee; only in unsubscription orders."""
    consumed: Decimal | None = None
    """What was used up; only in unsubscription orders."""
    out_of_range: tuple[str, ...] = ()
    """Names of amounts that are out of range: what is made of them is not known."""

    @property
    def out_of_range_text(self) -> str:
        """Which amounts are out of range, for people; empty where none is."""
        return f"{', '.join(self.out_of_range)}: {AMOUNT_OUT_OF_RANGE}" if self.out_of_range else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderLine:
    """One line of an order. It never names a resource; that is how the service is."""

    line_id: str
    amounts: OrderAmounts
    resource_type_code: UntrustedText = EMPTY
    effective_time: datetime | None = None
    expire_time: datetime | None = None
    period_type: int | None = None
    """0 day, 1 week, 2 month, 3 year, 4 hour, 5 one-off."""
    period_num: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One order of the account."""

    order_id: str
    order_type: int
    status: int
    currency: str
    service_type_code: UntrustedText = EMPTY
    """May be a comma list."""
    user_name: UntrustedText = EMPTY
    """Who ordered; only in the details of an order."""
    create_time: datetime | None = None
    payment_time: datetime | None = None
    amounts: OrderAmounts
    lines: tuple[OrderLine, ...] = ()
    """Only in the details of an order."""

    @property
    def services(self) -> frozenset[str]:
        """The service types that the order names, in lower case; empty if it names none."""
        return _services([self.service_type_code.raw])

    def concerns(self, *services: str) -> bool:
        """Return whether the order can be about one of these service types.

        An order that names no service type can be about any. Huawei Cloud compares service types without case.
        """
        return not self.services or not self.services.isdisjoint(_services(services))


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundRow:
    """One row of the money of an unsubscription order."""

    amount: Decimal | None
    """Negative is money back; positive was consumed or is the handling fee. None where it is out of range."""
    base_order_id: str
    """The purchase or renewal order that the row belongs to."""
    service_type_code: UntrustedText = EMPTY
    resource_type_code: UntrustedText = EMPTY
    region_code: UntrustedText = EMPTY


def _services(lists: Iterable[str]) -> frozenset[str]:
    """Return the service types in comma lists."""
    codes = (code.strip().casefold() for each in lists for code in each.split(","))
    return frozenset(code for code in codes if code)
