"""The single listing of the account on three tabs; the current tab supplies the table's rows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from unsub_tui.app.list_snapshot import EligibilityCheck, ListChanges, ListSnapshot, compare_listings
from unsub_tui.app.resource_list import ResourceList
from unsub_tui.app.resource_view import ListContext
from unsub_tui.domain.eligibility import BlockedReason, blocked_reason_for_plan
from unsub_tui.domain.guards import is_protected
from unsub_tui.domain.quote import Payment
from unsub_tui.domain.renewal_periods import NO_RENEWALS, Renewals
from unsub_tui.domain.resource import Catalog, Resource
from unsub_tui.engine.engine import Engine
from unsub_tui.listmodel.tab import Tab
from unsub_tui.listmodel.tab_rules import blocked_reason_on_tab, resources_with_renewals

if TYPE_CHECKING:
    from unsub_tui.domain.run import Unit


@dataclass(frozen=True, slots=True)
class AccountListing:
    """A listing of the account that grows while pages arrive: the catalog, and the rows on each tab."""

    catalogue: Catalog
    snapshots: dict[Tab, ListSnapshot]

    def __len__(self) -> int:
        return len(self.catalogue)


class ResourceTabs:
    """The tabs of the resource list and the current tab."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._order_ids_by_resource: defaultdict[str, set[str]] = defaultdict(set)
        self._listing: AccountListing | None = None
        self._known_order_ids: set[str] = set()
        self.renewals: Renewals = NO_RENEWALS
        """Renewal periods read so far."""
        self.cursors = dict.fromkeys(Tab, 0)
        """Cursor position on each tab when the user left it."""
        self.current_tab = Tab.ACTIVE
        self.by_tab = {tab: ResourceList(tab, self._list_context(tab)) for tab in Tab}

    @property
    def current(self) -> ResourceList:
        """The list of the current tab."""
        return self.by_tab[self.current_tab]

    def __len__(self) -> int:
        return len(self.current)

    def cells(self, position: int) -> Sequence[str]:
        """Return the cells of a row."""
        return self.current.cells(position)

    def row_marker(self, position: int) -> str:
        """Return the selection box of a row."""
        return self.current.row_marker(position)

    def start_listing(self, replacing: AccountListing | None = None) -> AccountListing:
        """Return an empty listing; a tab shows it at once if its list is empty or belongs to `replacing`."""
        catalogue = Catalog()
        before = replacing.snapshots if replacing is not None else {}
        stocks = {tab: board.start_listing(catalogue, before.get(tab)) for tab, board in self.by_tab.items()}
        return AccountListing(catalogue, stocks)

    def add_page(self, listing: AccountListing, page: Sequence[Resource]) -> bool:
        """Add a page to a listing; return whether the current tab shows that listing."""
        listing.catalogue.add_page(page)
        now = self._engine.clock.now()
        grown = {
            tab: board.add_page(listing.snapshots[tab], tab.filter_page(page, now))
            for tab, board in self.by_tab.items()
        }
        return grown[self.current_tab]

    def compare_with(self, listing: AccountListing) -> ListChanges:
        """Return the changes that a complete listing would bring."""
        before = self._listing.catalogue if self._listing is not None else Catalog()
        return compare_listings(before, listing.catalogue)

    def finish_listing(self, listing: AccountListing) -> list[Resource]:
        """Show a complete listing; return selected resources of all tabs that are gone or no longer selectable."""
        self._listing = listing
        self._add_renewal_rows(listing.snapshots[Tab.RENEWAL])
        return [each for tab, board in self.by_tab.items() for each in board.finish_listing(listing.snapshots[tab])]

    def set_renewals(self, renewals: Renewals) -> Sequence[Resource]:
        """Show the renewal periods; return selected resources that no longer have any."""
        self.renewals = renewals
        if self._listing is None:
            return ()
        board = self.by_tab[Tab.RENEWAL]
        snapshot = board.start_listing(self._listing.catalogue)
        self._listing.snapshots[Tab.RENEWAL] = snapshot
        self._add_renewal_rows(snapshot)
        return board.finish_listing(snapshot)

    @property
    def selected_count(self) -> int:
        """Number of selected resources on all tabs."""
        return sum(len(board.selection) for board in self.by_tab.values())

    def apply_settled(self, settled: Sequence[Unit]) -> None:
        """Deselect the settled resources on the current tab; mark unsubscribed ones as closed on every tab.

        Attached resources and the other primary resources of a bundle are closed as well, except leftovers that were
        observed.
        """
        self.current.selection.prune([unit.resource_id for unit in settled])
        units = [unit for unit in settled if unit.action.deletes_resource]
        left = {each.resource_id for unit in units if unit.followup for each in unit.followup.leftovers}
        gone = [each for unit in units for each in (unit.resource_id, *unit.attached_ids) if each not in left]
        if not gone:
            return
        self.current.catalogue.mark_closed(gone)  # the tabs share one catalog
        for board in self.by_tab.values():
            board.selection.prune(gone)
            board.mark_closed(gone)

    def unknown_order_ids(self, order_ids: Collection[str]) -> list[str]:
        """Return the ids of the orders that are not recorded yet, without regard to case."""
        return [each for each in order_ids if each.upper() not in self._known_order_ids]

    def add_order(self, order_id: str, resource_ids: Collection[str]) -> None:
        """Record the resources of an order."""
        self._known_order_ids.add(order_id.upper())
        for each in resource_ids:
            self._order_ids_by_resource[each].add(order_id.upper())

    def single_review_blocked_reason(self, resource: Resource) -> BlockedReason | None:
        """Return why a resource cannot be reviewed by itself on the current tab, or None."""
        if self.current_tab is Tab.ACTIVE and not is_protected(resource, self._engine.options.guards):
            return blocked_reason_for_plan(resource, self._engine.rules, self._engine.clock.now(), is_single=True)
        return self._eligibility_check(self.current_tab)(resource, self.current.catalogue)

    def free_until(self, resource: Resource) -> datetime | None:
        """Return the end of a resource's full-refund window, or None if there is none."""
        if self._engine.account.ref is None or not resource.is_main_resource:
            return None
        from unsub_tui.domain.estimate import refund_window_end

        return refund_window_end(resource, self._engine.rules, self._engine.clock.now())

    def _list_context(self, tab: Tab) -> ListContext:
        return ListContext(
            now=self._engine.clock.now,
            blocked=self._eligibility_check(tab),
            periods_of=self._periods_of,
            free_until=self.free_until,
            orders_of=lambda key: {
                *self._order_ids_by_resource.get(key, ()),
                *_order_ids(self.renewals.payments.get(key, ())),
            },
        )

    def _eligibility_check(self, tab: Tab) -> EligibilityCheck:
        engine = self._engine

        def against(resource: Resource, catalogue: Catalog) -> BlockedReason | None:
            if is_protected(resource, engine.options.guards):
                return BlockedReason.PROTECTED
            rules, now = engine.rules, engine.clock.now()
            return blocked_reason_on_tab(tab, resource, catalogue, renewals=self.renewals, rules=rules, now=now)

        return against

    def _periods_of(self, resource: Resource) -> tuple[Payment, ...]:
        return self.renewals.upcoming_payments(resource, self._engine.clock.now())

    def _add_renewal_rows(self, stock: ListSnapshot) -> None:
        if not len(stock.listing):
            rows = resources_with_renewals(stock.catalogue, self.renewals, self._engine.clock.now())
            self.by_tab[Tab.RENEWAL].add_page(stock, rows)


def _order_ids(payments: Sequence[Payment]) -> set[str]:
    return {each.order_id for each in payments if each.order_id}
