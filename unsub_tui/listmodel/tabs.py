"""The lists of all tabs, fed by a single listing of the account; one of them is current."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from unsub_tui.domain.paid_periods import Renewals
from unsub_tui.domain.resource import Catalog, Resource
from unsub_tui.listmodel.list_context import ListContext, resources_with_renewals
from unsub_tui.listmodel.list_snapshot import ListSnapshot
from unsub_tui.listmodel.resource_list import FactsFactory, ResourceList
from unsub_tui.listmodel.tab import Tab

if TYPE_CHECKING:
    from unsub_tui.domain.run import Unit


@dataclass(frozen=True, slots=True)
class AccountListing:
    """A listing of the account that grows while pages arrive: the catalog, and the rows on each tab."""

    catalog: Catalog
    snapshots: dict[Tab, ListSnapshot]
    begun_at: datetime
    """When its reading began: what happened later may be missing."""

    def __len__(self) -> int:
        return len(self.catalog)


class ListChanges(NamedTuple):
    """Numbers of resources that differ between the displayed listing and a newer one, matched by id."""

    added: int
    removed: int
    changed: int


class ResourceTabs:
    """The lists of all tabs, and the current tab."""

    def __init__(self, context: ListContext, make_facts: FactsFactory) -> None:
        self.context = context
        self._listing: AccountListing | None = None
        self.current_tab = Tab.ACTIVE
        self.by_tab = {tab: ResourceList(tab, context, make_facts) for tab in Tab}

    @property
    def current(self) -> ResourceList:
        """The list of the current tab."""
        return self.by_tab[self.current_tab]

    @property
    def read_at(self) -> datetime | None:
        """Time at which the reading of the displayed listing began; None before one is complete."""
        return self._listing.begun_at if self._listing is not None else None

    @property
    def selected_count(self) -> int:
        """Number of selected resources on all tabs."""
        return sum(len(each.selection) for each in self.by_tab.values())

    def start_listing(self, replacing: AccountListing | None = None) -> AccountListing:
        """Return an empty listing; a tab shows it at once if its list is empty or belongs to `replacing`."""
        catalog = Catalog()
        before = replacing.snapshots if replacing is not None else {}
        snapshots = {tab: each.start_listing(catalog, before.get(tab)) for tab, each in self.by_tab.items()}
        return AccountListing(catalog, snapshots, self.context.now())

    def add_page(self, listing: AccountListing, page: Sequence[Resource]) -> bool:
        """Add a page to a listing; return whether the current tab shows that listing."""
        listing.catalog.add_page(page)
        now = self.context.now()
        is_shown = {
            tab: each.add_page(listing.snapshots[tab], tab.filter_page(page, now)) for tab, each in self.by_tab.items()
        }
        return is_shown[self.current_tab]

    def compare_with(self, listing: AccountListing) -> ListChanges:
        """Return the changes that a complete listing would bring."""
        old = {each.id: each for each in self._listing.catalog.resources} if self._listing is not None else {}
        new = {each.id: each for each in listing.catalog.joined().resources}
        kept = old.keys() & new.keys()
        changed = sum(old[each] != new[each] for each in kept)
        return ListChanges(added=len(new) - len(kept), removed=len(old) - len(kept), changed=changed)

    def finish_listing(self, listing: AccountListing) -> list[Resource]:
        """Show a complete listing; return selected resources of all tabs that are gone or no longer selectable."""
        listing = self._joined(listing)
        self._listing = listing
        self._add_renewal_rows(listing.snapshots[Tab.RENEWAL])
        return [gone for tab, each in self.by_tab.items() for gone in each.finish_listing(listing.snapshots[tab])]

    def set_renewals(self, renewals: Renewals) -> Sequence[Resource]:
        """Show the renewal periods; return selected resources that no longer have any."""
        self.context.renewals = renewals
        if self._listing is None:
            return ()
        renewal_list = self.by_tab[Tab.RENEWAL]
        snapshot = renewal_list.start_listing(self._listing.catalog)
        self._listing.snapshots[Tab.RENEWAL] = snapshot
        self._add_renewal_rows(snapshot)
        return renewal_list.finish_listing(snapshot)

    def apply_settled(self, settled: Sequence[Unit]) -> None:
        """Deselect the settled resources on the current tab; mark those whose term has ended as closed on every tab.

        Attached resources and the other primary resources of a bundle are closed as well, except leftovers that were
        observed.
        """
        units = [unit for unit in settled if unit.action.ends_term]
        left = {each.resource_id for unit in units if unit.followup for each in unit.followup.leftovers}
        gone = [each for unit in units for each in (unit.resource_id, *unit.attached_ids) if each not in left]
        self.current.selection.prune([*(unit.resource_id for unit in settled), *gone])
        if not gone:
            return
        self.current.catalog.mark_closed(gone)  # the tabs share one catalog
        for each in self.by_tab.values():
            each.mark_closed(gone)

    def _joined(self, listing: AccountListing) -> AccountListing:
        """Return a listing whose rows are joined by resource; pages that arrive cannot take back earlier rows."""
        catalog = listing.catalog.joined()
        if catalog is listing.catalog:
            return listing
        joined = replace(self.start_listing(), begun_at=listing.begun_at)
        joined.catalog.rows_at_risk = catalog.rows_at_risk
        self.add_page(joined, catalog.resources)
        return joined

    def _add_renewal_rows(self, snapshot: ListSnapshot) -> None:
        if not len(snapshot.listing):
            rows = resources_with_renewals(snapshot.catalog, self.context.renewals, self.context.now())
            self.by_tab[Tab.RENEWAL].add_page(snapshot, rows)
