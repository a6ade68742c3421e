"""Data model of the sandbox: resources, orders with order lines and refund lines, and purchases."""

from __future__ import annotations

import enum
import zlib
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from unsub_tui.sandbox.account_fixtures import SUB_PROJECTS, project_id
from unsub_tui.sandbox.offers import Offer, Spec

_SECOND_PROJECT_EVERY = 11
"""Number of purchases of which one is in the second project of its region, where there is one."""


class ResourceStatus(enum.IntEnum):
    """Status codes of resources in the API."""

    IN_USE = 2
    CLOSED = 3
    FROZEN = 4
    EXPIRED = 5
    FREEZING = 6
    UNFREEZING = 7
    CLOSING = 8


class OrderStatus(enum.IntEnum):
    """Status codes of orders in the API; 0, 7, 8 and 11 are known from the console only."""

    UNNAMED_0 = 0
    APPROVAL = 1
    PROCESSING = 3
    CANCELLED = 4
    COMPLETED = 5
    UNPAID = 6
    UNNAMED_7 = 7
    WAITING_APPROVAL = 8
    TO_BE_RECEIVED = 11


class OrderType(enum.IntEnum):
    """Type codes of orders in the API."""

    NEW = 1
    RENEWAL = 2
    CHANGE = 3
    UNSUBSCRIPTION = 4
    TO_PAY_PER_USE = 10
    CONVERSION = 11
    TRIAL = 13


class Condition(enum.Enum):
    """Special condition of a purchase."""

    NORMAL = enum.auto()
    RENEWED = enum.auto()
    """A paid renewal period has not begun yet."""
    RECENTLY_BOUGHT = enum.auto()
    """Bought within the last five days."""
    NOT_STARTED = enum.auto()
    """Paid, but begins in the future."""
    FROZEN = enum.auto()
    """Frozen for arrears."""
    FROZEN_BY_POLICE = enum.auto()
    EXPIRED = enum.auto()
    UNPAID = enum.auto()
    """A renewal order is waiting for payment."""
    TRIAL = enum.auto()
    INVOICED = enum.auto()
    IN_TRANSACTION = enum.auto()
    """Another transaction is in progress and never ends."""
    SPEC_CHANGED = enum.auto()
    """The specification was changed during the term."""
    CONVERTED_FROM_PAY_PER_USE = enum.auto()
    """Was created as pay-per-use and converted."""
    SOLUTION = enum.auto()
    """A bundle: the resources of an order can only be unsubscribed as a whole."""
    HAS_BANDWIDTH_ADDON = enum.auto()
    """Renewed before expiry, with a bandwidth add-on package."""
    RENEWED_IN_PROMOTION = enum.auto()
    """Renewed before expiry in a promotion that excludes unsubscription from the renewal period."""
    SPEC_CHANGED_AFTER_RENEWAL = enum.auto()
    """Renewed before expiry, with a later specification change."""
    ATTACHED_AFTER_RENEWAL = enum.auto()
    """Renewed before expiry, with a resource attached later."""
    LICENSED = enum.auto()
    """A database, and its license as a second primary resource that was bought with an order of its own."""
    REPLICATED = enum.auto()
    """A database, and a read replica as a second primary resource that was bought with an order of its own."""
    UNSUBSCRIBED = enum.auto()
    """Unsubscribed before the sandbox started: its orders and bills exist, its resources do not."""


@dataclass(slots=True, eq=False, kw_only=True)
class Resource:
    """A yearly/monthly resource. The docstrings of mutable fields state when they change."""

    resource_id: str
    name: str
    offer: Offer
    spec: Spec
    size: int | None
    region: str
    project_index: int
    """Index of its enterprise project in PROJECTS."""
    purchase_number: int
    position: int
    """Index within the purchase; order lines refer to resources by this index."""
    ordered: int = 0
    """Time of the order that bought it."""
    order_position: int = 0
    """Index of this order among the orders of the purchase."""
    parent: Resource | None
    condition: Condition
    effective: int
    expire: int
    """Expiry time; changes when a renewal period is unsubscribed from."""
    policy: int
    """Expiry policy code; changes with auto-renewal and with pay-per-use at expiry."""
    status: ResourceStatus
    """Changes when the resource expires or is unsubscribed."""
    updated: int
    """Time of the last change."""
    attached: tuple[Resource, ...] = ()
    pending_order_id: str | None = None
    """Unsubscription order in progress, or None; changes when an order is placed and when it ends."""
    is_pay_per_use: bool = False
    """Whether it goes on as pay-per-use: billing no longer lists it, its service does."""

    @property
    def is_in_transaction(self) -> bool:
        """Whether an order or another transaction of the resource is in progress."""
        return self.pending_order_id is not None or self.condition is Condition.IN_TRANSACTION

    @property
    def project_id(self) -> str:
        """Id of its project of IAM: some purchases are in the second project of their region."""
        in_second = self.purchase_number % _SECOND_PROJECT_EVERY == _SECOND_PROJECT_EVERY // 2
        return project_id(SUB_PROJECTS.get(self.region, self.region) if in_second else self.region)

    @property
    def product_id(self) -> str:
        """Id of the specification in its offer."""
        return f"OFFI{zlib.crc32(f'{self.offer.code}/{self.spec.code}'.encode()):012d}"


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderLine:
    """Order line: a term bought for a resource."""

    position: int
    months: int
    start: int
    end: int
    official: Decimal
    discount: Decimal
    coupon: Decimal
    credit: Decimal
    """Part of the payment that was made on credit."""

    @property
    def paid(self) -> Decimal:
        """Amount paid in money, without coupons."""
        return self.official - self.discount - self.coupon


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundLine:
    """Refund of an order line."""

    purchase_number: int
    position: int
    months: int
    start: int
    end: int
    order_id: str
    """The refunded order, not the unsubscription order."""
    paid: Decimal
    consumed: Decimal
    fee: Decimal
    coupon: Decimal
    """Coupon amount that is returned."""
    credit_share: Decimal
    """Share of the payment that was made on credit."""

    @property
    def refund(self) -> Decimal:
        """Refunded money."""
        return self.paid - self.consumed - self.fee


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """An order; an unsubscription order has `refund_lines` instead of `lines`."""

    order_id: str
    purchase_number: int
    order_type: OrderType
    status: OrderStatus
    created: int
    automatic: bool = False
    lines: tuple[OrderLine, ...] = ()
    refund_lines: tuple[RefundLine, ...] = ()
    completed: int | None = None
    """Time at which an unsubscription order was completed or canceled."""
    unsubscribe_type: int = 1
    """Unsubscription type: 1 for whole resources, 2 for renewal periods; 3 for a change to pay-per-use."""

    @property
    def rows(self) -> tuple[OrderLine | RefundLine, ...]:
        """The lines of either kind."""
        return self.lines or self.refund_lines


class OrderIndexEntry(NamedTuple):
    """Entry of the order index."""

    created: int
    number: int
    """Order number: purchase and position of a generated order, negative for an order placed at run time."""
    order_type: int
    status: int
    services: str
    """Service codes, joined by commas."""
    automatic: bool
    rows: int
    """Number of order lines; 0 if only the order itself contains the number."""


@dataclass(frozen=True, slots=True)
class PurchaseSummary:
    """A purchase without amounts, sufficient to list its resources and to find its orders."""

    number: int
    resources: tuple[Resource, ...]
    index_entries: tuple[OrderIndexEntry, ...]

    @property
    def is_unsubscribed(self) -> bool:
        """Whether the purchase was unsubscribed before the sandbox started."""
        return self.resources[0].condition is Condition.UNSUBSCRIBED


@dataclass(frozen=True, slots=True)
class Purchase:
    """Resources that were bought together, and all generated orders for them."""

    resources: tuple[Resource, ...]
    orders: tuple[Order, ...]
