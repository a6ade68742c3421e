"""Tabs as on Huawei Cloud's console page: their resources and the meaning of unsubscribing on each."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from unsub_tui.domain.action import Action

if TYPE_CHECKING:
    from unsub_tui.domain.resource import Resource


class Tab(StrEnum):
    """A tab of the resource list. The values are stable: `list --tab` uses them."""

    ACTIVE = "active"
    """Resources in effect; those that cannot be unsubscribed from are listed with the reason."""
    RENEWAL = "renewal"
    """Resources with paid renewal periods that have not begun; only these periods are unsubscribed from."""
    INACTIVE = "inactive"
    """Resources purchased but not yet effective."""

    @property
    def action(self) -> Action:
        """The action of a plan made on this tab."""
        return Action.RENEWAL if self is Tab.RENEWAL else Action.UNSUBSCRIBE

    def filter_page(self, page: Sequence[Resource], now: datetime) -> list[Resource]:
        """Return the resources of this tab; none on RENEWAL because the listing does not contain renewal periods."""
        if self is Tab.RENEWAL:
            return []
        return [each for each in page if each.is_effective(now) is (self is Tab.ACTIVE)]
