"""The resources of one tab: rows with filter, sort order and folding, quotes, and the selection.

The app displays it; the commands filter with it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from unsub_tui.domain.eligibility import UNSUBSCRIBABLE_OUTSIDE_BATCH, BlockedReason
from unsub_tui.domain.quote import BILLS_NOT_READ, Quote
from unsub_tui.domain.resource import Catalog, Resource, Status
from unsub_tui.listmodel.filters import Facts, Query
from unsub_tui.listmodel.list_context import ListContext
from unsub_tui.listmodel.list_snapshot import REASONS, ListSnapshot
from unsub_tui.listmodel.row_model import RowModel
from unsub_tui.listmodel.row_selection import RowSelection
from unsub_tui.listmodel.tab import Tab

if TYPE_CHECKING:
    from unsub_tui.domain.inventory.inventory import Inventory
    from unsub_tui.domain.plan import Plan


class FactsFactory(Protocol):
    """Returns the facts of rows for filters, whose texts are those on the screen: `ResourceFacts` of `present`."""

    def __call__(
        self,
        rows: Sequence[Resource],
        now: Callable[[], datetime],
        states: Mapping[str, Callable[[int], bool]],
        quote_of: Callable[[str], Quote | None],
        /,
        *,
        order_ids_of: Callable[[str], Collection[str]],
        account_resources: Callable[[], Sequence[Resource]],
        inventory: Callable[[], Inventory | None],
    ) -> Facts:
        """Return the facts of growing rows."""


class ResourceList:
    """The resources of one tab."""

    def __init__(self, tab: Tab, context: ListContext, make_facts: FactsFactory) -> None:
        self.tab = tab
        self.context = context
        self.quotes: dict[str, Quote] = {}
        """The last quote of each quoted resource, by id."""
        self._make_facts = make_facts
        self.selected_only = False
        self.one_by_one = False
        """Whether the list is in queue mode, in which the batch list does not apply."""
        self._snapshot = self._new_snapshot(Catalog())
        self.selection = RowSelection(self._snapshot)

    @property
    def rows(self) -> RowModel:
        """The displayed rows."""
        return self._snapshot.listing

    @property
    def catalog(self) -> Catalog:
        """All resources of the account with their attachments."""
        return self._snapshot.catalog

    @property
    def is_complete(self) -> bool:
        """Whether the listing is complete."""
        return self._snapshot.is_complete

    @property
    def query(self) -> Query:
        """The current filter."""
        return self.rows.query

    def __len__(self) -> int:
        return len(self.rows.visible_rows)

    def reason_at(self, position: int) -> BlockedReason | None:
        """Return why a visible row cannot be selected; None if it can, or if there is no such row."""
        shown = self.rows.visible_rows
        return self._snapshot.reason_at(shown[position]) if 0 <= position < len(shown) else None

    def reason_of(self, resource: Resource) -> BlockedReason | None:
        """Return why a resource cannot be selected on this tab, or None."""
        row = self.rows.row_of(resource.id)
        return None if row is None else self._snapshot.reason_at(row)

    def shown_resources(self) -> list[Resource]:
        """Return the visible resources in display order."""
        return [self.rows.resources[row] for row in self.rows.visible_rows]

    def selected_resources(self) -> list[Resource]:
        """Return the selected resources in listing order."""
        return [each for key in self.selection.in_listing_order() if (each := self.catalog.get(key)) is not None]

    def matching_rows(self, query: Query) -> list[int]:
        """Return the numbers of all rows that match a filter, visible or not. Raise FilterError."""
        return query.match_rows(self.rows.facts, range(len(self.rows)))

    def start_listing(self, catalog: Catalog, replacing: ListSnapshot | None = None) -> ListSnapshot:
        """Return an empty snapshot for a new listing; show it at once if the list is empty or shows `replacing`."""
        snapshot = self._new_snapshot(catalog)
        if not len(self.rows) or replacing is self._snapshot:
            self._show_snapshot(snapshot)
        return snapshot

    def add_page(self, snapshot: ListSnapshot, page: Sequence[Resource]) -> bool:
        """Add a page to a snapshot; return whether that snapshot is displayed."""
        snapshot.add_page(page, self._reasons(page, snapshot))
        return snapshot is self._snapshot

    def finish_listing(self, snapshot: ListSnapshot) -> Sequence[Resource]:
        """Show a complete listing; return selected resources that are gone or no longer selectable."""
        before = self.catalog
        snapshot.is_complete = True
        self._show_snapshot(snapshot)
        gone = [key for key in self.quotes if (each := self.catalog.get(key)) is None or each.status == Status.CLOSED]
        for key in gone:
            del self.quotes[key]
        dropped = self.selection.prune_unselectable()
        return [resource for each in dropped if (resource := self.catalog.get(each) or before.get(each))]

    def set_one_by_one(self, *, on: bool) -> Sequence[Resource]:
        """Switch queue mode on or off; return selected resources that are no longer selectable."""
        self.one_by_one = on
        return self.update_reasons()

    def update_reasons(self) -> Sequence[Resource]:
        """Apply mode and guards to what is known now; return selected resources that are no longer selectable."""
        snapshot = self._snapshot
        snapshot.one_by_one = self.one_by_one
        snapshot.set_reasons(self._reasons(snapshot.listing.resources, snapshot))
        self.rows.sort_again("reason")
        self.rows.update_visible()
        dropped = self.selection.prune_unselectable()
        return [resource for each in dropped if (resource := self.catalog.get(each))]

    def selected_outside_batch(self) -> list[Resource]:
        """Return the selected resources that can be selected in queue mode only."""
        selected = self.selected_resources()
        return [each for each in selected if self.context.blocked_reason(self.tab, each, self.catalog) is not None]

    def mark_closed(self, resource_ids: Collection[str]) -> None:
        """Show resources as closed, as the catalog already does; deselect them and discard their quotes."""
        self.selection.prune(resource_ids)
        self._snapshot.mark_closed(resource_ids)
        for each in resource_ids:
            self.quotes.pop(each, None)

    def store_quotes(self, plan: Plan) -> None:
        """Store the quotes of a plan's items, except those without bills."""
        known = {item.id: item.quote for item in plan.items if BILLS_NOT_READ not in item.quote.missing}
        if not known:
            return
        self.quotes.update(known)
        self.rows.sort_again("refund")
        if self.query.money_terms:
            self.rows.update_visible()

    @property
    def unquoted_count(self) -> int:
        """Number of the account's resources that are not quoted, so that a filter on amounts cannot match them."""
        return sum(each.id not in self.quotes for each in self.catalog.resources)

    def show_selected_only(self, *, only: bool) -> None:
        """Show selected resources only, or all resources."""
        self.selected_only = only
        self.rows.restrict_to((lambda resource: resource.id in self.selection.ids) if only else None)

    def _new_snapshot(self, catalog: Catalog) -> ListSnapshot:
        snapshot: ListSnapshot
        context = self.context
        states: Mapping[str, Callable[[int], bool]] = {
            "is:selected": lambda row: snapshot.listing.ids[row] in self.selection.ids,
            "is:eligible": lambda row: not snapshot.reason_codes[row],
            "is:blocked": lambda row: REASONS[snapshot.reason_codes[row]] not in UNSUBSCRIBABLE_OUTSIDE_BATCH,
            "is:five-day": lambda row: context.free_until(snapshot.listing.resources[row]) is not None,
        }

        def facts(rows: Sequence[Resource]) -> Facts:
            return self._make_facts(
                rows,
                context.now,
                states,
                self.quotes.get,
                order_ids_of=self._order_ids_of,
                account_resources=lambda: catalog.resources,
                inventory=lambda: context.inventory,
            )

        snapshot = ListSnapshot(RowModel(facts), catalog, one_by_one=self.one_by_one)
        return snapshot

    def _reasons(self, rows: Iterable[Resource], snapshot: ListSnapshot) -> list[BlockedReason | None]:
        tab, catalog, in_batch = self.tab, snapshot.catalog, not snapshot.one_by_one
        return [self.context.blocked_reason(tab, each, catalog, in_batch=in_batch) for each in rows]

    def _order_ids_of(self, resource_id: str) -> Collection[str]:
        quote = self.quotes.get(resource_id)
        own = self.context.order_ids_of(resource_id)
        return own if quote is None else {*own, *quote.order_ids}

    def _show_snapshot(self, snapshot: ListSnapshot) -> None:
        if snapshot.one_by_one is not self.one_by_one:  # the mode may have changed while the listing was read
            snapshot.one_by_one = self.one_by_one
            snapshot.set_reasons(self._reasons(snapshot.listing.resources, snapshot))
        snapshot.listing.take_view_of(self.rows)
        self._snapshot = self.selection.snapshot = snapshot
