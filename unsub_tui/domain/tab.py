"""The tabs of the console's page: which resources each holds, and what unsubscribing means there."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from unsub_tui.domain.action import Action
from unsub_tui.domain.eligibility import Blocked, blocked_in_batch, blocked_renewal, impossible
from unsub_tui.domain.renewed import Renewals
from unsub_tui.domain.resource import Catalogue, Resource
from unsub_tui.domain.rules import SiteRules


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

    def on(self, page: Sequence[Resource], now: datetime) -> list[Resource]:
        """Return those that lie on this tab as far as the listing tells: of renewed periods it tells nothing."""
        if self is Tab.ACTIVE:
            return [each for each in page if each.effective_time is None or each.effective_time <= now]
        if self is Tab.INACTIVE:
            return [each for each in page if each.effective_time is not None and each.effective_time > now]
        return []


def objection(
    tab: Tab, resource: Resource, catalogue: Catalogue, *, renewals: Renewals, rules: SiteRules, now: datetime
) -> Blocked | None:
    """Return why `resource` cannot be marked on a tab, or None."""
    if tab is Tab.RENEWAL:
        attached = catalogue.attached_to(resource)
        return blocked_renewal(resource, attached, renewals.of(resource, now), rules, now)
    return impossible(resource, rules, now) if tab is Tab.INACTIVE else blocked_in_batch(resource, rules, now)


def renewed(catalogue: Catalogue, renewals: Renewals, now: datetime) -> list[Resource]:
    """Return the main resources with renewed periods that have not begun, the soonest first, each with its attached."""
    mains: list[tuple[datetime, Resource]] = []
    for key in renewals.payments:
        resource = catalogue.get(key)
        periods = renewals.of(resource, now) if resource is not None and resource.is_main_resource else ()
        if resource is not None and periods and periods[0].term_start is not None:
            mains.append((periods[0].term_start, resource))
    mains.sort(key=lambda each: (each[0], each[1].id))
    return [each for _, main in mains for each in (main, *catalogue.attached_to(main))]
