"""Contents of the tabs that the listing alone does not determine, and the selectable resources."""

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
from unsub_tui.listmodel.tab import Tab


def blocked_reason_on_tab(
    tab: Tab, resource: Resource, catalog: Catalog, *, renewals: Renewals, rules: SiteRules, now: datetime
) -> BlockedReason | None:
    """Return why `resource` cannot be selected on a tab, or None if it can."""
    if tab is Tab.RENEWAL:
        attached = catalog.attached_to(resource)
        return blocked_reason_for_renewal(resource, attached, renewals.upcoming_payments(resource, now), rules, now)
    return (
        blocked_reason(resource, rules, now) if tab is Tab.INACTIVE else blocked_reason_in_batch(resource, rules, now)
    )


def resources_with_renewals(catalog: Catalog, renewals: Renewals, now: datetime) -> list[Resource]:
    """Return the primary resources with renewal periods to come, soonest first, each followed by its attached ones."""
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
