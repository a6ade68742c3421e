"""Resources, orders, and what was paid for which in which order."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from tests.reference_server.catalog import KINDS, Kind, Project

UNPAID, CANCELLED, COMPLETED, PROCESSING, IN_REVIEW = 6, 4, 5, 3, 1
"""States of an order."""
PURCHASE, RENEWAL, CHANGE, UNSUBSCRIPTION, TO_PAY_PER_USE, TRIAL = 1, 2, 3, 4, 10, 13
"""Types of an order."""


@dataclass(frozen=True)
class Refusal:
    """What refuses to unsubscribe a resource.

    `form`: "whole" fails the request with 400, "w200" fails it with 200 and an error code, "fail" names the resource.
    """

    code: str
    form: str


@dataclass(eq=False)
class Resource:
    """One subscribed resource; attached ones have a parent."""

    kind_code: str
    name: str | None
    parent: Resource | None
    resource_id: str
    region: str
    project: Project | None
    effective: datetime
    expires: datetime
    updated: datetime
    status: int = 2
    policy: int = 0
    spec: str | None = None
    size: Decimal | None = None
    description: str | None = None
    block: Refusal | None = None
    block_of_renewal: Refusal | None = None
    block_seconds: float | None = None
    """Seconds after the first request for it, after which its block ends; None: never."""
    first_request: datetime | None = None
    lingers: float = 0
    """Settling times for which it stays listed after its order has completed."""
    twist: str = ""
    """What is odd about a request for it, or its order.

    "lost": the answer never arrives; "unreached": the request never arrives; "reject": the vendor's staff refuse;
    "disk fails": the answer names an order, and a failure of its first disk, which nobody asked for.
    """
    asked_status: int = 0
    """Its status from the request on, also if somebody else made it so; 0: as before."""
    kept_status: int = 0
    """Its status for good after its order has completed; 0: it closes."""
    waiting_status: int | None = None
    """Status in which its order waits, as long as a review takes; None: it need not wait."""
    pay_per_use_block: str = ""
    unpaid_order: str = ""
    is_busy: bool = False
    attached: list[Resource] = field(default_factory=list)
    payments: list[Payment] = field(default_factory=list)
    order_ids: set[str] = field(default_factory=set)

    @property
    def kind(self) -> Kind:
        """What it is."""
        return KINDS[self.kind_code]

    @property
    def with_attached(self) -> list[Resource]:
        """It and what is attached to it."""
        return [self, *self.attached]


@dataclass(eq=False, kw_only=True)
class Payment:
    """What one resource cost in one order, and for which time; amounts in the site's currency."""

    resource: Resource
    order: Order
    begins: datetime
    ends: datetime
    list_price: Decimal
    discount: Decimal
    coupon: Decimal
    cash: Decimal
    credit: Decimal
    unit: int
    """2: months, 3: years."""
    count: int
    refunded: Decimal = Decimal(0)
    """By a downgrade."""
    is_refunded: bool = False
    """Given back by an unsubscription."""

    @property
    def paid(self) -> Decimal:
        """Real money: a coupon is none."""
        return self.cash + self.credit


@dataclass(frozen=True, kw_only=True)
class Refund:
    """What comes back of one payment, and what does not."""

    payment: Payment
    consumed: Decimal
    fee: Decimal
    amount: Decimal
    coupon_back: Decimal


@dataclass(eq=False, kw_only=True)
class Order:
    """An order of the account; one that combines services has others inside."""

    order_id: str
    order_type: int
    status: int
    created: datetime
    paid_at: datetime | None
    source: int = 1
    """1: the customer, 8: the vendor's system."""
    automatic: bool = False
    parent: Order | None = None
    suborders: list[Order] = field(default_factory=list)
    own_payments: list[Payment] = field(default_factory=list)
    refunds: list[Refund] = field(default_factory=list)
    primary_resources: list[Resource] = field(default_factory=list)
    is_for_renewal: bool = False
    reviewed_at: datetime | None = None
    done_at: datetime | None = None
    closed_at: datetime | None = None
    billed_at: datetime | None = None
    is_applied: bool = False

    @property
    def payments(self) -> list[Payment]:
        """Its own and those of the orders inside."""
        return [*self.own_payments, *(each for order in self.suborders for each in order.own_payments)]

    @property
    def is_refund(self) -> bool:
        """Whether its amounts are refunds."""
        return self.order_type in (UNSUBSCRIPTION, TO_PAY_PER_USE) or (self.order_type == CHANGE and bool(self.refunds))

    def kind_codes(self) -> list[str]:
        """Return the kinds of what it is about."""
        priced: Iterable[Payment] = [each.payment for each in self.refunds] or self.payments
        found = list(dict.fromkeys(each.resource.kind_code for each in priced))
        return found or [self.primary_resources[0].kind_code if self.primary_resources else "vm"]
