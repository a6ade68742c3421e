"""The tabs of the console's page: which resources each holds, and what unsubscribing means there."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from unsub_tui.domain.action import Action

if TYPE_CHECKING:
    from unsub_tui.domain.resource import Resource


class Tab(StrEnum):
    """A part of the account. The values are stable: `list --tab` has them."""

    ACTIVE = "active"
    """What has begun, with what cannot be unsubscribed, and why not."""
    RENEWAL = "renewal"
    """What has a paid period that has not begun: only that is given up."""
    INACTIVE = "inactive"
    """Bought, and not begun."""

    @property
    def action(self) -> Action:
        """What a plan made on this tab does."""
        return Action.RENEWAL if self is Tab.RENEWAL else Action.UNSUBSCRIBE

    def filter_page(self, page: Sequence[Resource], now: datetime) -> list[Resource]:
        """Return those that lie on this tab as far as the listing tells: of renewed periods it tells nothing."""
        if self is Tab.ACTIVE:
            return [each for each in page if each.effective_time is None or each.effective_time <= now]
        if self is Tab.INACTIVE:
            return [each for each in page if each.effective_time is not None and each.effective_time > now]
        return []
