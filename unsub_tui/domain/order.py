"""Huawei Cloud's orders, reduced to the fields needed for amounts and status, and attributed to runs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import IntEnum, StrEnum
from typing import TYPE_CHECKING

from unsub_tui.domain.action import Action
from unsub_tui.domain.fact import Statement
from unsub_tui.domain.resource import enum_code, have_common_service, split_service_codes
from unsub_tui.domain.untrusted_text import EMPTY, UntrustedText

if TYPE_CHECKING:  # these modules import this one
    from unsub_tui.domain.breakdown import OrderShare
    from unsub_tui.domain.run import Run, Unit


NO_CODE = -1
"""Stands for a missing type or status of an order, and for the missing type of a balance."""


class OrderStatus(IntEnum):
    """Huawei Cloud's order statuses; unknown codes are kept as plain integers."""

    PENDING_APPROVAL = 1
    PENDING_REFUND = 2
    PROCESSING = 3
    CANCELLED = 4
    COMPLETED = 5
    PENDING_PAYMENT = 6
    PENDING_CONFIRMATION = 9
    TO_BE_SHIPPED = 10
    TO_BE_RECEIVED = 11
    TO_BE_PICKED_UP = 12
    BEING_EXCHANGED = 13
    UNNAMED_0 = 0
    """Undocumented, as are the next two: only the code of Huawei Cloud's console has them."""
    UNNAMED_7 = 7
    WAITING_APPROVAL = 8


def order_status_code(status: int) -> str:
    """Return the code of an order's status, such as `pending-refund`; an unknown one has its number."""
    if status == NO_CODE:
        return "unreadable"
    return "canceled" if status == OrderStatus.CANCELLED else enum_code(OrderStatus, status, "state")


UNDER_REVIEW = frozenset({OrderStatus.PENDING_APPROVAL, OrderStatus.WAITING_APPROVAL})
"""Statuses of an order that awaits approval by Huawei Cloud."""


class OrderType(IntEnum):
    """Huawei Cloud's order types that the program distinguishes."""

    NEW = 1
    RENEWAL = 2
    CHANGE = 3
    UNSUBSCRIPTION = 4
    TO_PAY_PER_USE = 10
    """Yearly/monthly to pay-per-use; China only."""
    CONVERSION = 11
    """Pay-per-use to yearly/monthly."""
    TRIAL = 13


def order_type_of(action: Action) -> OrderType:
    """Return the type of the orders that an action creates."""
    return OrderType.TO_PAY_PER_USE if action.is_immediate_change else OrderType.UNSUBSCRIPTION


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderAmounts:
    """Amounts of an order or an order line; in an unsubscription order, `net` is the refund."""

    net: Decimal | None = None
    """`amount_after_discount`: amount paid after discounts, or refund after the handling fee."""
    coupon: Decimal | None = None
    cards: Decimal = Decimal(0)
    """Flexi-purchase coupons and stored-value cards, which `net` does not include."""
    commission: Decimal | None = None
    """The handling fee; only in unsubscription orders."""
    consumed: Decimal | None = None
    """The consumed amount; only in unsubscription orders."""
    out_of_range: tuple[str, ...] = ()
    """Names of out-of-range amounts; values derived from them are unknown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderLine:
    """One line of an order. Huawei Cloud's order lines do not name resources."""

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
    """An order of the account."""

    order_id: str
    order_type: int
    status: int
    currency: str
    service_type_code: UntrustedText = EMPTY
    """Service type; can be a list, see `service_codes`."""
    user_name: UntrustedText = EMPTY
    """The user who placed the order; only in order details."""
    payer_id: str = ""
    """The partner account that paid, if one did; only in the list of orders."""
    create_time: datetime | None = None
    payment_time: datetime | None = None
    amounts: OrderAmounts
    lines: tuple[OrderLine, ...] = ()
    """Order lines; only in order details."""

    @property
    def is_readable(self) -> bool:
        """Whether id, type and status are known. Without them, nothing can be concluded from the order."""
        return bool(self.order_id) and NO_CODE not in (self.order_type, self.status)

    @property
    def is_final(self) -> bool:
        """Whether the order is completed or cancelled, and has no further effect."""
        return self.status in (OrderStatus.COMPLETED, OrderStatus.CANCELLED)

    @property
    def service_codes(self) -> tuple[str, ...]:
        """The service types that the order names, as received; empty if it names none."""
        return split_service_codes(self.service_type_code.raw)

    def concerns(self, *services: str) -> bool:
        """Return whether the order can concern one of these service types; an order without any can concern all."""
        return not self.service_codes or have_common_service(self.service_codes, services)


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundRow:
    """One refund row of an unsubscription order."""

    amount: Decimal | None
    """Negative: refund; positive: consumed amount or handling fee; None: out of range."""
    base_order_id: str
    """The purchase or renewal order that the row belongs to."""
    service_type_code: UntrustedText = EMPTY
    resource_type_code: UntrustedText = EMPTY
    region_code: UntrustedText = EMPTY

    @property
    def kind(self) -> tuple[str, str]:
        """Resource type and region."""
        return (self.resource_type_code.raw, self.region_code.raw)


class OrderOrigin(StrEnum):
    """The origin of an order. The values are stable: filters and exports contain them."""

    OURS = "ours"
    """Placed by a run in this journal."""
    UNSURE = "unsure"
    """Possibly placed for an item of ours whose outcome is unknown."""
    OTHERS = "others"
    """Not placed by a run in this journal, but by another administrator, another machine or the console."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AttributedOrder:
    """An unsubscription order of the account, attributed to one of our runs or to others."""

    order: Order
    origin: OrderOrigin
    run: Run | None = None
    unit: Unit | None = None

    @property
    def is_pending(self) -> bool:
        """Whether Huawei Cloud has yet to approve or execute the order."""
        return self.order.is_readable and not self.order.is_final


@dataclass(frozen=True, slots=True, kw_only=True)
class AttributedOrderDetails:
    """An order with its refund by original order."""

    attributed_order: AttributedOrder
    shares: tuple[OrderShare, ...] = ()
    missing: Statement | None = None
    """Why the refund rows could not be read; None if they were."""
