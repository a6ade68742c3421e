"""What lies on a tab besides what the listing tells, and what may be marked there."""

from __future__ import annotations

from datetime import datetime

from unsub_tui.domain.eligibility import (
    BlockedReason,
    blocked_reason,
    blocked_reason_for_renewal,
    blocked_reason_in_batch,
)
from unsub_tui.domain.renewal_periods import Renewals
from unsub_tui.domain.resource import Catalog, Resource
from unsub_tui.domain.rules import SiteRules
from unsub_tui.domain.tab import Tab


def blocked_reason_on_tab(
    tab: Tab, resource: Resource, catalog: Catalog, *, renewals: Renewals, rules: SiteRules, now: datetime
) -> BlockedReason | None:
    """Return why `resource` cannot be marked on a tab, or None."""
    if tab is Tab.RENEWAL:
        attached = catalog.attached_to(resource)
        return blocked_reason_for_renewal(resource, attached, renewals.upcoming_payments(resource, now), rules, now)
    return (
        blocked_reason(resource, rules, now) if tab is Tab.INACTIVE else blocked_reason_in_batch(resource, rules, now)
    )


def resources_with_renewals(catalog: Catalog, renewals: Renewals, now: datetime) -> list[Resource]:
    """Return the main resources with renewed periods that have not begun, the soonest first, each with its attached."""
    mains: list[tuple[datetime, Resource]] = []
    for key in renewals.payments:
        resource = catalog.get(key)
        periods = (
            renewals.upcoming_payments(resource, now) if resource is not None and resource.is_main_resource else ()
        )
        if resource is not None and periods and periods[0].term_start is not None:
            mains.append((periods[0].term_start, resource))
    mains.sort(key=lambda each: (each[0], each[1].id))
    return [each for _, main in mains for each in (main, *catalog.attached_to(main))]
