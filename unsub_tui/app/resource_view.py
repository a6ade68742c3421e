"""The data behind a tab of the list: visible resources, sort order, folding, columns and quotes.

Contains no widget: key handlers change the view, the view returns messages, the table displays the rows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from unsub_tui.app.column_selection import ColumnSelection
from unsub_tui.app.columns import COLUMN_KINDS_BY_ID, ColumnContext, ColumnKind, sized_columns, sort_key
from unsub_tui.app.list_snapshot import EligibilityCheck, ListChanges, ListSnapshot, compare_listings
from unsub_tui.app.widgets.table import Column
from unsub_tui.domain.eligibility import UNSUBSCRIBABLE_OUTSIDE_BATCH, BlockedReason
from unsub_tui.domain.quote import BILLS_NOT_READ, Payment, Quote
from unsub_tui.domain.resource import Catalog, Resource, Status
from unsub_tui.listmodel.filters import FilterError, Query
from unsub_tui.listmodel.row_model import RowModel
from unsub_tui.listmodel.selection import Selection
from unsub_tui.listmodel.tab import Tab
from unsub_tui.present.filter_facts import ResourceFacts
from unsub_tui.present.i18n import _
from unsub_tui.present.resources import blocked_text
from unsub_tui.present.status_line import counts_text, selection_refund_text, unquoted_text

if TYPE_CHECKING:
    from unsub_tui.domain.plan import Plan

LISTING_ORDER = ""
"""Name of the sort order in which Huawei Cloud returns the resources."""

PRECOMPUTED_SORTS = ("name", "expires")


@dataclass(frozen=True, slots=True, kw_only=True)
class ListContext:
    """Callbacks through which a list obtains data from its environment."""

    now: Callable[[], datetime]
    blocked: EligibilityCheck
    """Return the reason why a resource cannot be selected on the tab, or None."""
    periods_of: Callable[[Resource], Sequence[Payment]] = lambda _resource: ()
    """Return the renewal periods of a resource that have not begun."""
    free_until: Callable[[Resource], datetime | None] = lambda _resource: None
    """Return the end of the full-refund window of a resource, or None."""
    orders_of: Callable[[str], Collection[str]] = lambda _resource_id: ()
    """Return the known order ids of a resource id."""


class ResourceView:
    """A tab of the list: its rows with filter, sort order, folding and columns."""

    def __init__(self, tab: Tab, context: ListContext) -> None:
        self.tab = tab
        self._context = context
        self._quotes: dict[str, Quote] = {}
        self._sorting: tuple[tuple[str, bool], ...] = ()
        self._hidden = 0
        self.selected_only = False
        self.selection = Selection()
        self._columns = ColumnSelection(tab)
        self._snapshot = self._new_snapshot(Catalog())

    @property
    def catalogue(self) -> Catalog:
        """All resources of the account with their attachments."""
        return self._snapshot.catalogue

    @property
    def is_complete(self) -> bool:
        """Whether the listing is complete."""
        return self._snapshot.is_complete

    @property
    def query(self) -> Query:
        """The current filter."""
        return self._snapshot.listing.query

    @property
    def filter_error(self) -> FilterError | None:
        """Why the filter cannot be applied; the list is then empty."""
        return self._snapshot.listing.filter_error

    @property
    def sort_description(self) -> str:
        """The sort columns in words; empty for the order of Huawei Cloud."""
        parts = [
            _("{name} reversed").format(name=COLUMN_KINDS_BY_ID[name].title)
            if descending
            else COLUMN_KINDS_BY_ID[name].title
            for name, descending in self._sorting
        ]
        return _(", then ").join(parts)

    def __len__(self) -> int:
        return len(self._snapshot.listing.visible_rows)

    @property
    def column_kinds(self) -> tuple[ColumnKind, ...]:
        """Visible columns in display order."""
        return self._columns.shown

    def columns(self) -> list[Column]:
        """Return the table columns, sized to their content."""
        return sized_columns(self.column_kinds, self._snapshot.listing.rows, self._column_context())

    def cells(self, position: int) -> Sequence[str]:
        """Return the cells of a row."""
        row = self._snapshot.listing.visible_rows[position]
        resource, known = self._snapshot.listing.rows[row], self._column_context()
        first, *others = (kind.cell(resource, known) for kind in self.column_kinds)
        if self._snapshot.listing.is_folded(row):
            count = len(self.catalogue.attached_to(resource))
            first = f"+{count} {first}" if count else first
        return (first, *others)

    def row_marker(self, position: int) -> str:
        """Return the selection box of a row."""
        row = self._snapshot.listing.visible_rows[position]
        if self._snapshot.listing.ids[row] in self.selection:
            return "[x]"
        return "[ ]" if self._snapshot.reasons[row] is None else "[-]"

    def resource_at(self, position: int) -> Resource | None:
        """Return the resource of a row, or None."""
        return self._snapshot.listing.resource_at(position)

    def position_of(self, resource_id: str) -> int | None:
        """Return the row of a resource, or None if it is not visible."""
        return self._snapshot.listing.position_of(resource_id)

    def reason_at(self, position: int) -> str:
        """Return why a row cannot be selected, or ""."""
        if not 0 <= position < len(self):
            return ""
        row = self._snapshot.listing.visible_rows[position]
        reason = self._snapshot.reasons[row]
        if reason is None:
            return ""
        return blocked_text(reason, self.catalogue.primary_of(self._snapshot.listing.rows[row]))

    def shown_resources(self) -> list[Resource]:
        """Return the visible resources in display order."""
        return [self._snapshot.listing.rows[row] for row in self._snapshot.listing.visible_rows]

    def summary_text(self) -> str:
        """Return the number of visible and selected resources, and the refund of the quoted selected ones."""
        text = counts_text(len(self), len(self._snapshot.listing), len(self.selection), self._hidden)
        quotes = [quote for each, quote in self._quotes.items() if each in self.selection]
        return f"{text} · {selection_refund_text(quotes, len(self.selection) - len(quotes))}" if quotes else text

    def facet(self, value_of: Callable[[Resource], str]) -> Counter[str]:
        """Return the number of visible rows for each value."""
        rows = self._snapshot.listing.rows
        return Counter(value_of(rows[row]) for row in self._snapshot.listing.visible_rows)

    def start_listing(self, catalogue: Catalog, replacing: ListSnapshot | None = None) -> ListSnapshot:
        """Return an empty snapshot for a new listing; show it at once if the list is empty or shows `replacing`."""
        snapshot = self._new_snapshot(catalogue)
        if not len(self._snapshot.listing) or replacing is self._snapshot:
            self._show_snapshot(snapshot)
        return snapshot

    def add_page(self, snapshot: ListSnapshot, page: Sequence[Resource]) -> bool:
        """Add a page to a snapshot; return whether that snapshot is displayed."""
        snapshot.add_page(page, self._context.blocked)
        return snapshot is self._snapshot

    def compare_with(self, snapshot: ListSnapshot) -> ListChanges:
        """Return the changes that a complete snapshot would bring."""
        return compare_listings(self.catalogue, snapshot.catalogue)

    def finish_listing(self, snapshot: ListSnapshot) -> Sequence[Resource]:
        """Show a complete listing; return selected resources that are gone or no longer selectable."""
        before = self.catalogue
        snapshot.is_complete = True
        self._show_snapshot(snapshot)
        self._drop_stale_quotes()
        self._update_automatic_columns()
        return self._drop_ineligible(before)

    def mark_closed(self, resource_ids: Collection[str]) -> None:
        """Show resources as closed, as the catalog already does, and discard their quotes."""
        self._snapshot.mark_closed(resource_ids)
        for each in resource_ids:
            self._quotes.pop(each, None)
        self._update_automatic_columns()
        self._update_hidden_count()

    def store_quotes(self, plan: Plan) -> None:
        """Store the quotes of a plan's items, except those without bills, for the refund column, filter and totals."""
        known = {item.id: item.quote for item in plan.items if BILLS_NOT_READ not in item.quote.missing}
        if not known:
            return
        self._quotes.update(known)
        self._update_automatic_columns()
        self._snapshot.listing.invalidate_sort_keys(["refund"])
        if self.query.money_terms or "refund" in [name for name, _descending in self._sorting]:
            self._apply_sort()

    def quote_of(self, resource_id: str) -> Quote | None:
        """Return the last quote of a resource, or None."""
        return self._quotes.get(resource_id)

    def apply_filter(self, query: Query) -> str:
        """Apply a filter; return a note on unquoted resources if it uses amounts. An invalid filter shows no rows."""
        self._snapshot.listing.set_filter(query)
        self._update_hidden_count()
        self._update_automatic_columns()
        if self.filter_error is not None or not query.money_terms:
            return ""
        return unquoted_text(sum(each.id not in self._quotes for each in self.catalogue.resources))

    def reapply_filter(self) -> None:
        """Apply the filter again, after new data has arrived."""
        self._snapshot.listing.update_visible()
        self._update_hidden_count()

    def show_selected_only(self, *, only: bool) -> None:
        """Show selected resources only, or all resources."""
        self.selected_only = only
        self._snapshot.listing.restrict_to((lambda resource: resource.id in self.selection) if only else None)
        self._update_hidden_count()

    def sort_by(self, name: str) -> None:
        """Sort by a column, with the previous column as the second key; the same column again reverses the order."""
        if name == LISTING_ORDER:
            self._sorting = ()
        elif self._sorting and self._sorting[0][0] == name:
            self.reverse()
            return
        else:
            self._sorting = ((name, False), *(each for each in self._sorting if each[0] != name))[:2]
        self._apply_sort()

    def precompute_sort_keys(self) -> None:
        """Compute the most common sort keys in advance: with 100,000 rows, computing them on a key press would lag."""
        for name in PRECOMPUTED_SORTS:
            self._snapshot.listing.precompute_sort_key(name, sort_key(COLUMN_KINDS_BY_ID[name], self._column_context()))

    def reverse(self) -> None:
        """Reverse the sort order of the first key."""
        if self._sorting:
            (name, descending), *rest = self._sorting
            self._sorting = ((name, not descending), *rest)
            self._apply_sort()

    def choose_columns(self, ids: Collection[str]) -> None:
        """Show these columns; see `ColumnSelection.choose`."""
        self._columns.choose(ids)

    def toggle_fold(self, position: int) -> str:
        """Fold or unfold a row's attached resources; return the reason if that is not possible, else ""."""
        if not 0 <= position < len(self):
            return _("nothing is listed here")
        done = self._snapshot.listing.toggle_fold(self._snapshot.listing.visible_rows[position])
        self._update_hidden_count()
        return "" if done else _("nothing is attached to this one")

    def toggle_fold_all(self) -> bool:
        """Fold or unfold all attached resources; return whether they are folded now."""
        listing = self._snapshot.listing
        listing.fold_all(folded=not listing.all_folded)
        self._update_hidden_count()
        return listing.all_folded

    def hidden_selected_ids(self) -> frozenset[str]:
        """Return the selected ids that are hidden by the filter or by folding."""
        shown = self._snapshot.listing.visible_rows
        if not len(self.selection) or len(shown) == len(self._snapshot.listing):
            return frozenset()
        ids = self._snapshot.listing.ids
        seen = {ids[row] for row in shown}
        return frozenset(each for each in self.selection if each not in seen)

    def reason_of(self, resource: Resource) -> BlockedReason | None:
        """Return the reason why a resource cannot be selected on this tab, or None."""
        row = self._snapshot.listing.row_of(resource.id)
        return None if row is None else self._snapshot.reasons[row]

    def _column_context(self) -> ColumnContext:
        outside = self._context
        return ColumnContext(
            now=outside.now(),
            quote_of=self._quotes.get,
            periods_of=outside.periods_of,
            reason_of=self.reason_of,
            free_until=outside.free_until,
        )

    def _new_snapshot(self, catalogue: Catalog) -> ListSnapshot:
        snapshot: ListSnapshot
        outside = self._context
        states: Mapping[str, Callable[[int], bool]] = {
            "is:selected": lambda row: snapshot.listing.ids[row] in self.selection,
            "is:eligible": lambda row: snapshot.reasons[row] is None,
            "is:blocked": lambda row: snapshot.reasons[row] not in UNSUBSCRIBABLE_OUTSIDE_BATCH,
            "is:five-day": lambda row: outside.free_until(snapshot.listing.rows[row]) is not None,
        }

        def facts(rows: Sequence[Resource]) -> ResourceFacts:
            return ResourceFacts(
                rows,
                outside.now,
                states,
                self._quotes.get,
                order_ids_of=self._orders_of,
                account_resources=lambda: catalogue.resources,
            )

        snapshot = ListSnapshot(RowModel(facts), catalogue)
        return snapshot

    def _orders_of(self, resource_id: str) -> Collection[str]:
        quote = self._quotes.get(resource_id)
        own = self._context.orders_of(resource_id)
        return own if quote is None else {*own, *quote.order_ids}

    def _show_snapshot(self, snapshot: ListSnapshot) -> None:
        snapshot.listing.query = self.query
        snapshot.listing.fold_all(folded=self._snapshot.listing.all_folded)
        self._snapshot = snapshot
        self._apply_sort()
        self.show_selected_only(only=self.selected_only)

    def _apply_sort(self) -> None:
        known = self._column_context()
        self._snapshot.listing.set_sort(
            *((name, sort_key(COLUMN_KINDS_BY_ID[name], known), descending) for name, descending in self._sorting)
        )

    def _update_automatic_columns(self) -> None:
        """Show the columns that the filter uses, and refunds while any quote is known; hide them otherwise."""
        reasons = {
            "reason": self.query.uses_state("is:blocked"),
            "five-day": self.query.uses_state("is:five-day"),
            "refund": bool(self._quotes) and self.tab is not Tab.RENEWAL,
        }
        self._columns.set_automatic([name for name, holds in reasons.items() if holds])

    def _drop_stale_quotes(self) -> None:
        """Discard the quotes of resources that are gone or closed."""
        for each in list(self._quotes):
            resource = self.catalogue.get(each)
            if resource is None or resource.status == Status.CLOSED:
                del self._quotes[each]

    def _drop_ineligible(self, before: Catalog) -> Sequence[Resource]:
        lost = [each for each in self.selection.ids_with_history if not self._can_stay_selected(each)]
        dropped = self.selection.prune(lost)
        self._update_hidden_count()
        return [resource for each in sorted(dropped) if (resource := self.catalogue.get(each) or before.get(each))]

    def _can_stay_selected(self, resource_id: str) -> bool:
        row = self._snapshot.listing.row_of(resource_id)
        return row is not None and self._snapshot.reasons[row] is None

    def _update_hidden_count(self) -> None:
        self._hidden = len(self.hidden_selected_ids())
