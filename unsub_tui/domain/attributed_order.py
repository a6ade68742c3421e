"""Unsubscription orders of the account, attributed to our runs or to others."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from unsub_tui.domain.breakdown import OrderShare
from unsub_tui.domain.fact import Statement
from unsub_tui.domain.order import Order
from unsub_tui.domain.run import Run, Unit


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
    """An unsubscription order and the run that placed it."""

    order: Order
    origin: OrderOrigin
    run: Run | None = None
    """Our run that placed the order; None if there is none."""
    unit: Unit | None = None
    """The unit of that run."""

    @property
    def is_pending(self) -> bool:
        """Whether Huawei Cloud has yet to approve or execute the order."""
        return not self.order.is_final


@dataclass(frozen=True, slots=True, kw_only=True)
class AttributedOrderDetails:
    """An order with its refund by original order."""

    attributed_order: AttributedOrder
    shares: tuple[OrderShare, ...] = ()
    """Refunded and retained amounts by original order."""
    missing: Statement | None = None
    """Why the refund rows could not be read; None if they were."""
