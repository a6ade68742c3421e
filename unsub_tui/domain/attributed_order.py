"""The account's unsubscription orders, each with whose it is: placed by a run of ours, or by others."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from unsub_tui.domain.breakdown import OrderShare
from unsub_tui.domain.order import Order, OrderStatus
from unsub_tui.domain.run import Run, Unit

FINAL_STATUSES = frozenset({OrderStatus.COMPLETED, OrderStatus.CANCELLED})
"""States in which an order does nothing any more."""


class OrderOrigin(StrEnum):
    """Who placed an order. The values are stable: filters and exports have them."""

    OURS = "ours"
    """A run on this record."""
    UNSURE = "unsure"
    """It may be that of an item of ours whose outcome is unknown."""
    OTHERS = "others"
    """No run on this record: another administrator, another machine, the console."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AttributedOrder:
    """One unsubscription order."""

    order: Order
    origin: OrderOrigin
    run: Run | None = None
    """The run of ours that it belongs to."""
    unit: Unit | None = None
    """The item of that run."""

    @property
    def is_pending(self) -> bool:
        """Whether the service has still to approve or to carry it out."""
        return self.order.status not in FINAL_STATUSES


@dataclass(frozen=True, slots=True, kw_only=True)
class AttributedOrderDetails:
    """All that the service tells of one."""

    attributed_order: AttributedOrder
    shares: tuple[OrderShare, ...] = ()
    """What came back, by original order."""
    missing: str = ""
    """Why the rows of money could not be read, or nothing."""
