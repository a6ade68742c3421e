"""The tabs of the console's page: which resources each holds, and what unsubscribing means there."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from unsub_tui.domain.action import Action
from unsub_tui.domain.renewed import Renewals
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

    def holds(self, resource: Resource, now: datetime) -> bool:
        """Whether a resource lies on this tab, as far as the listing tells; for renewed periods it tells nothing."""
        return resource.is_effective(now) is (self is Tab.ACTIVE) and self is not Tab.RENEWAL


def with_renewals(resources: list[Resource], renewals: Renewals, now: datetime) -> list[Resource]:
    """Return the main resources with renewed periods that have not begun, and what is attached to them."""
    mains = {each.id for each in resources if each.is_main_resource and renewals.of(each, now)}
    return [each for each in resources if each.id in mains or each.parent_resource_id.raw in mains]
