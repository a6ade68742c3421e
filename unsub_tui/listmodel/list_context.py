"""The facts about an account on which its lists depend, and the resources that the rules of a tab exclude."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from unsub_tui.domain.eligibility import (
    BlockedReason,
    blocked_reason,
    blocked_reason_for_renewal,
    blocked_reason_in_batch,
)
from unsub_tui.domain.fact import Fact
from unsub_tui.domain.guards import Guards, is_protected
from unsub_tui.domain.paid_periods import NO_RENEWALS, Renewals
from unsub_tui.domain.quote import Payment
from unsub_tui.domain.resource import Catalog, Resource, Status
from unsub_tui.domain.rules import SiteRules
from unsub_tui.listmodel.tab import Tab

if TYPE_CHECKING:
    from unsub_tui.domain.inventory.inventory import Inventory
    from unsub_tui.domain.inventory.resource_findings import ResourceFindings


class ListSource(Protocol):
    """The engine's facts about the connected account."""

    @property
    def rules(self) -> SiteRules:
        """The rules of the account's site."""

    @property
    def guards(self) -> Guards:
        """The guards in force."""


class ListContext:
    """The rules, guards, renewal periods and orders that the lists of one account share."""

    def __init__(self, source: ListSource, now: Callable[[], datetime]) -> None:
        self._source = source
        self.now = now
        self.renewals: Renewals = NO_RENEWALS
        """Renewal periods read so far."""
        self.rejections: Mapping[str, Fact] = {}
        """Unsubscriptions that were rejected because they named a part of a bundle, by resource id."""
        self.inventory: Inventory | None = None
        """The inventory of the resources; None until reading it has begun."""
        self.user = ""
        """Name of the user whose permissions limit the inventory; empty if it is not known."""
        self._order_ids_by_resource: defaultdict[str, set[str]] = defaultdict(set)
        self._known_order_ids: set[str] = set()

    def blocked_reason(
        self, tab: Tab, resource: Resource, catalog: Catalog, *, in_batch: bool = True
    ) -> BlockedReason | None:
        """Return why a resource cannot be selected on a tab, or None if it can.

        Without `in_batch`, the batch list does not apply: for a review of a single row, and in queue mode.
        """
        rules, now = self._source.rules, self.now()
        if is_protected(resource, self._source.guards):
            return BlockedReason.PROTECTED
        violation = self._known_violation(tab, resource)
        if violation is not None:
            return violation
        if tab is Tab.RENEWAL:
            periods = self.renewals.upcoming_payments(resource, now)
            return blocked_reason_for_renewal(resource, catalog.attached_to(resource), periods, rules, now)
        return (blocked_reason_in_batch if tab is Tab.ACTIVE and in_batch else blocked_reason)(resource, rules, now)

    def _known_violation(self, tab: Tab, resource: Resource) -> BlockedReason | None:
        """Return the guard that a resource violates by what the services say, as far as it was read."""
        guards = self._source.guards
        if self.inventory is None or not guards.depend_on_findings or resource.status == Status.CLOSED:
            return None
        from unsub_tui.domain.inventory_guards import known_violation

        return known_violation(self.inventory.subject_of(resource), tab.action, guards)

    def rejection_of(self, tab: Tab, resource: Resource) -> Fact | None:
        """Return that an unsubscription of a resource was rejected because it is a part of a bundle, or None."""
        is_possible = tab.action.deletes_resource and resource.status != Status.CLOSED
        return self.rejections.get(resource.id) if is_possible else None

    def blocked_reason_of_disk(self, tab: Tab, resource: Resource, catalog: Catalog) -> BlockedReason | None:
        """Return why an attached resource cannot be reviewed without its primary resource, or None if it can.

        Only a data disk of a server can, and not if its server is protected.
        """
        from unsub_tui.domain.disks import as_primary, find_data_disk_evidence, server_of

        server = server_of(resource, catalog)
        if tab is not Tab.ACTIVE or server is None or find_data_disk_evidence(resource, catalog) is None:
            return BlockedReason.ATTACHED
        if is_protected(server, self._source.guards):
            return BlockedReason.PROTECTED
        return self.blocked_reason(tab, as_primary(resource), catalog, in_batch=False)

    def free_until(self, resource: Resource) -> datetime | None:
        """Return the end of a resource's full-refund window, or None if there is none."""
        from unsub_tui.domain.estimate import refund_window_end

        if not resource.is_main_resource or resource.status == Status.CLOSED:
            return None
        return refund_window_end(resource, self._source.rules, self.now())

    def periods_of(self, resource: Resource) -> tuple[Payment, ...]:
        """Return the renewal periods of a resource that have not begun."""
        return self.renewals.upcoming_payments(resource, self.now())

    def findings_of(self, resource: Resource) -> ResourceFindings | None:
        """Return what the services say about a resource; None before reading them has begun, and for a closed one."""
        is_read = self.inventory is not None and resource.status != Status.CLOSED
        return self.inventory.findings_of(resource) if is_read and self.inventory is not None else None

    def order_ids_of(self, resource_id: str) -> set[str]:
        """Return the known order ids of a resource id, except those of its quote."""
        paid = self.renewals.payments.get(resource_id, ())
        return self._order_ids_by_resource.get(resource_id, set()) | {each.order_id for each in paid if each.order_id}

    def add_order(self, order_id: str, resource_ids: Collection[str]) -> None:
        """Record the resources of an order."""
        self._known_order_ids.add(order_id.upper())
        for each in resource_ids:
            self._order_ids_by_resource[each].add(order_id.upper())

    def unknown_order_ids(self, order_ids: Collection[str]) -> list[str]:
        """Return the ids of the orders that are not recorded yet, without regard to case."""
        return [each for each in order_ids if each.upper() not in self._known_order_ids]


def resources_with_renewals(catalog: Catalog, renewals: Renewals, now: datetime) -> list[Resource]:
    """Return the primary resources with renewal periods to come, soonest first, each followed by its attached ones."""
    mains: list[tuple[datetime, Resource]] = []
    for key in renewals.payments:
        resource = catalog.get(key)
        if resource is None or not resource.is_main_resource:
            continue
        periods = renewals.upcoming_payments(resource, now)
        if periods and periods[0].term_start is not None:
            mains.append((periods[0].term_start, resource))
    mains.sort(key=lambda each: (each[0], each[1].id))
    return [each for _, main in mains for each in (main, *catalog.attached_to(main))]
