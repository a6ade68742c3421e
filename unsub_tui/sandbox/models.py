"""What the vendor's books hold: resources, orders with their lines and charges, and the purchases around them."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from unsub_tui.sandbox.offers import Offer, Spec


class ResourceStatus(enum.IntEnum):
    """Status of a resource on the wire."""

    IN_USE = 2
    CLOSED = 3
    FROZEN = 4
    EXPIRED = 5


class OrderStatus(enum.IntEnum):
    """Status of an order on the wire."""

    APPROVAL = 1
    PROCESSING = 3
    CANCELLED = 4
    COMPLETED = 5
    UNPAID = 6


class OrderType(enum.IntEnum):
    """Type of an order on the wire."""

    NEW = 1
    RENEWAL = 2
    CHANGE = 3
    UNSUBSCRIPTION = 4
    CONVERSION = 11
    TRIAL = 13


class Condition(enum.Enum):
    """What is special about a purchase."""

    NORMAL = enum.auto()
    RENEWED = enum.auto()
    """A renewal is paid and has not begun."""
    RECENTLY_BOUGHT = enum.auto()
    """Bought within the last five days."""
    NOT_STARTED = enum.auto()
    """Paid, and begins in the future."""
    FROZEN = enum.auto()
    """Frozen for arrears."""
    FROZEN_BY_POLICE = enum.auto()
    """Frozen by the police."""
    EXPIRED = enum.auto()
    UNPAID = enum.auto()
    """A renewal order waits for payment."""
    TRIAL = enum.auto()
    INVOICED = enum.auto()
    IN_TRANSACTION = enum.auto()
    """Another transaction goes on, and does not end."""
    SPEC_CHANGED = enum.auto()
    """The specification was changed within the term."""
    CONVERTED_FROM_PAY_PER_USE = enum.auto()
    """Began as pay-per-use."""
    SOLUTION = enum.auto()
    """A portfolio: what one order bought can only be given back as a whole."""
    HAS_BANDWIDTH_ADDON = enum.auto()
    """Renewed ahead of time, and holds a bandwidth add-on package."""
    RENEWED_IN_PROMOTION = enum.auto()
    """Renewed ahead of time in a promotion that forbids to give that back."""
    SPEC_CHANGED_AFTER_RENEWAL = enum.auto()
    """Renewed ahead of time, and its specification was changed after that."""
    ATTACHED_AFTER_RENEWAL = enum.auto()
    """Renewed ahead of time, and something was attached after that."""
    UNSUBSCRIBED = enum.auto()
    """Was unsubscribed before the ledger's first day: orders and bills are left, the resources are not."""


@dataclass(slots=True, eq=False, kw_only=True)
class Resource:
    """A subscribed resource. What the ledger changes in it is marked."""

    resource_id: str
    name: str
    offer: Offer
    spec: Spec
    size: int | None
    region: str
    project_index: int
    """Place of its enterprise project in the list of them."""
    purchase_number: int
    position: int
    """Place within the purchase; order lines name their resource by it."""
    parent: Resource | None
    condition: Condition
    effective: int
    expire: int
    """Changed when a renewal period is given up."""
    policy: int
    """What happens at expiry; changed when auto-renewal is switched."""
    status: ResourceStatus
    """Changed when the resource expires or is unsubscribed."""
    updated: int
    """Changed with every change."""
    attached: tuple[Resource, ...] = ()
    pending_order_id: str | None = None
    """The unsubscription order that is under way; set and cleared by the ledger."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderLine:
    """One line of an order: a term bought for one resource."""

    position: int
    months: int
    start: int
    end: int
    official: Decimal
    discount: Decimal
    coupon: Decimal
    credit: Decimal
    """The part of the payment that went on credit."""

    @property
    def due(self) -> Decimal:
        """What had to be paid, coupons included."""
        return self.official - self.discount

    @property
    def paid(self) -> Decimal:
        """What was paid in money."""
        return self.official - self.discount - self.coupon


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundLine:
    """What giving back one line of an order comes to."""

    purchase_number: int
    position: int
    months: int
    start: int
    end: int
    order_id: str
    """The order that is given back, not the one that gives it back."""
    paid: Decimal
    consumed: Decimal
    fee: Decimal
    coupon: Decimal
    """Coupon money that comes back."""
    credit_share: Decimal
    """Share of the payment that had gone on credit."""

    @property
    def refund(self) -> Decimal:
        """Money that comes back."""
        return self.paid - self.consumed - self.fee


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """An order. Its lines lie in `lines`, for an unsubscription in `charges`."""

    order_id: str
    purchase_number: int
    order_type: OrderType
    status: OrderStatus
    created: int
    automatic: bool = False
    lines: tuple[OrderLine, ...] = ()
    refund_lines: tuple[RefundLine, ...] = ()
    completed: int | None = None
    """When an unsubscription order was completed."""
    unsubscribe_type: int = 1
    """Type of the unsubscription: 1 whole resources, 2 renewal periods."""


class OrderIndexEntry(NamedTuple):
    """What an index of orders knows of one."""

    created: int
    number: int
    """Where the order lies: its purchase and seat; negative for the orders of a running ledger."""
    order_type: int
    status: int
    services: str
    """Codes, joined by commas."""
    automatic: bool
    rows: int
    """How many lines it has; 0 where only the order itself tells."""


@dataclass(frozen=True, slots=True)
class PurchaseSummary:
    """A purchase without any money: enough to list its resources and to find its orders."""

    number: int
    resources: tuple[Resource, ...]
    index_entries: tuple[OrderIndexEntry, ...]

    @property
    def is_unsubscribed(self) -> bool:
        """Tell whether it had been given up before the ledger's first day."""
        return self.resources[0].condition is Condition.UNSUBSCRIBED


@dataclass(frozen=True, slots=True)
class Purchase:
    """What was bought together, and every order that was ever placed for it."""

    number: int
    resources: tuple[Resource, ...]
    orders: tuple[Order, ...]
