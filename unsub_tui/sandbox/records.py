"""What the vendor's books hold: resources, orders with their lines and charges, and the purchases around them."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from unsub_tui.sandbox.offers import Offer, Spec


class Status(enum.IntEnum):
    """Status of a resource on the wire."""

    IN_USE = 2
    CLOSED = 3
    FROZEN = 4
    EXPIRED = 5


class Stage(enum.IntEnum):
    """Status of an order on the wire."""

    APPROVAL = 1
    PROCESSING = 3
    CANCELLED = 4
    COMPLETED = 5
    UNPAID = 6


class Kind(enum.IntEnum):
    """Type of an order on the wire."""

    NEW = 1
    RENEWAL = 2
    CHANGE = 3
    UNSUBSCRIPTION = 4
    CONVERSION = 11
    TRIAL = 13


class Plight(enum.Enum):
    """What is special about a purchase."""

    PLAIN = enum.auto()
    RENEWED = enum.auto()
    """A renewal is paid and has not begun."""
    FRESH = enum.auto()
    """Bought within the last five days."""
    INACTIVE = enum.auto()
    """Paid, and begins in the future."""
    FROZEN = enum.auto()
    """Frozen for arrears."""
    SEIZED = enum.auto()
    """Frozen by the police."""
    EXPIRED = enum.auto()
    UNPAID = enum.auto()
    """A renewal order waits for payment."""
    TRIAL = enum.auto()
    INVOICED = enum.auto()
    BUSY = enum.auto()
    """Another transaction goes on, and does not end."""
    CHANGED = enum.auto()
    """The specification was changed within the term."""
    CONVERTED = enum.auto()
    """Began as pay-per-use."""
    SOLUTION = enum.auto()
    """A portfolio: what one order bought can only be given back as a whole."""
    ADDON = enum.auto()
    """Renewed ahead of time, and holds a bandwidth add-on package."""
    PROMOTED = enum.auto()
    """Renewed ahead of time in a promotion that forbids to give that back."""
    REBUILT = enum.auto()
    """Renewed ahead of time, and its specification was changed after that."""
    GROWN = enum.auto()
    """Renewed ahead of time, and something was attached after that."""
    GONE = enum.auto()
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
    project: int
    """Place of its enterprise project in the list of them."""
    purchase: int
    place: int
    """Place within the purchase; order lines name their resource by it."""
    parent: Resource | None
    plight: Plight
    effective: int
    expire: int
    """Changed when a renewal period is given up."""
    policy: int
    """What happens at expiry; changed when auto-renewal is switched."""
    status: Status
    """Changed when the resource expires or is unsubscribed."""
    updated: int
    """Changed with every change."""
    attached: tuple[Resource, ...] = ()
    pending: str | None = None
    """The unsubscription order that is under way; set and cleared by the ledger."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of an order: a term bought for one resource."""

    place: int
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
class Charge:
    """What giving back one line of an order comes to."""

    purchase: int
    place: int
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
    purchase: int
    kind: Kind
    stage: Stage
    created: int
    automatic: bool = False
    lines: tuple[Line, ...] = ()
    charges: tuple[Charge, ...] = ()
    completed: int | None = None
    """When an unsubscription order was completed."""
    scope: int = 1
    """Type of the unsubscription: 1 whole resources, 2 renewal periods."""


class Entry(NamedTuple):
    """What an index of orders knows of one."""

    created: int
    number: int
    """Where the order lies: its purchase and seat; negative for the orders of a running ledger."""
    kind: int
    stage: int
    services: str
    """Codes, joined by commas."""
    automatic: bool
    rows: int
    """How many lines it has; 0 where only the order itself tells."""


@dataclass(frozen=True, slots=True)
class Outline:
    """A purchase without any money: enough to list its resources and to find its orders."""

    number: int
    resources: tuple[Resource, ...]
    entries: tuple[Entry, ...]

    @property
    def is_gone(self) -> bool:
        """Tell whether it had been given up before the ledger's first day."""
        return self.resources[0].plight is Plight.GONE


@dataclass(frozen=True, slots=True)
class Purchase:
    """What was bought together, and every order that was ever placed for it."""

    number: int
    resources: tuple[Resource, ...]
    orders: tuple[Order, ...]
