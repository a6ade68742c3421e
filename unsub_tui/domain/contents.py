"""What lies on a tab besides what the listing tells, and what may be marked there."""

from __future__ import annotations

from datetime import datetime

from unsub_tui.domain.eligibility import Blocked, blocked_in_batch, blocked_renewal, impossible
from unsub_tui.domain.renewed import Renewals
from unsub_tui.domain.resource import Catalogue, Resource
from unsub_tui.domain.rules import SiteRules
from unsub_tui.domain.tab import Tab


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
