"""What the list screen knows: the resources, which are shown, which may be marked, which are marked.

No widget in here: keys change the board, the board answers in words, the table shows it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from unsub_tui.app.widgets.table import Column
from unsub_tui.domain.eligibility import Blocked
from unsub_tui.domain.listing import Listing, SortKey
from unsub_tui.domain.marks import Marks
from unsub_tui.domain.resource import Catalogue, Resource
from unsub_tui.present.listing import counts_text, marked_text
from unsub_tui.present.resources import (
    blocked_text,
    display_name,
    expiry_cell,
    haystack,
    project,
    region,
    service_cell,
    spec,
    state_cell,
)
from unsub_tui.present.words import _, plural

COLUMNS = (
    Column(_("name"), 20),
    Column(_("service"), 9),
    Column(_("expires"), 19),
    Column(_("state"), 9),
    Column(_("region"), 14),
    Column(_("spec"), 16),
    Column(_("project"), 14),
    Column(_("id"), 36, "middle"),
)
"""The columns, the most telling first: what does not fit is reached sideways."""

LAST = 4e12
"""Sorts what never expires behind everything else."""

SORTS: tuple[tuple[str, SortKey | None], ...] = (
    (_("arrival"), None),
    (_("expires"), lambda resource: resource.expire_time.timestamp() if resource.expire_time else LAST),
    (_("name"), lambda resource: display_name(resource).casefold()),
    (_("service"), service_cell),
    (_("region"), region),
    (_("project"), project),
    (_("state"), lambda resource: resource.status),
)
"""What the list can be sorted by, in the order in which a key goes through them."""


@dataclass(slots=True)
class Stock:
    """One listing of the account, growing while pages arrive."""

    catalogue: Catalogue = field(default_factory=Catalogue)
    listing: Listing = field(default_factory=lambda: Listing(haystack))
    reasons: list[Blocked | None] = field(default_factory=list)
    """By row: why it cannot be marked."""
    whole: bool = False
    """Whether every page has arrived; nothing is planned before."""

    def take(self, page: Sequence[Resource], blocked: Callable[[Resource], Blocked | None]) -> None:
        """Take in one page."""
        self.catalogue.add(page)
        self.reasons.extend(map(blocked, page))
        self.listing.extend(page)


class Board:
    """The list as a person works on it. It is the table's rows."""

    def __init__(self, now: Callable[[], datetime], blocked: Callable[[Resource], Blocked | None]) -> None:
        self._now = now
        self._blocked = blocked
        self._stock = Stock()
        self._sort = 0
        self._descending = False
        self._hidden = 0
        self.only_marked = False
        self.marks = Marks()

    @property
    def catalogue(self) -> Catalogue:
        """All resources, with what is attached to what."""
        return self._stock.catalogue

    @property
    def is_whole(self) -> bool:
        """Whether the list is complete."""
        return self._stock.whole

    @property
    def query(self) -> str:
        """The filter, as typed."""
        return self._stock.listing.query

    @property
    def sorted_by(self) -> str:
        """What the list is sorted by, in words."""
        name = SORTS[self._sort][0]
        return _("{name}, reversed").format(name=name) if self._descending else name

    def __len__(self) -> int:
        return len(self._stock.listing.shown)

    def cells(self, position: int) -> Sequence[str]:
        """Return the cells of a row."""
        resource = self._row(position)
        now = self._now()
        indent = "" if resource.is_main_resource else "+ "
        return (
            indent + display_name(resource),
            service_cell(resource),
            expiry_cell(resource, now),
            state_cell(resource, now),
            region(resource),
            spec(resource),
            project(resource),
            resource.resource_id.clean(),
        )

    def box(self, position: int) -> str:
        """Return the mark box of a row."""
        row = self._stock.listing.shown[position]
        if self._stock.listing.rows[row].id in self.marks:
            return "[x]"
        return "[ ]" if self._stock.reasons[row] is None else "[-]"

    def resource_at(self, position: int) -> Resource | None:
        """Return the resource of a row."""
        return self._stock.listing.resource_at(position)

    def position_of(self, resource_id: str) -> int | None:
        """Return the row of a resource, where it is shown."""
        return self._stock.listing.position_of(resource_id)

    def reason_at(self, position: int) -> str:
        """Return why a row cannot be marked, or nothing."""
        if not 0 <= position < len(self):
            return ""
        row = self._stock.listing.shown[position]
        reason = self._stock.reasons[row]
        if reason is None:
            return ""
        return blocked_text(reason, self.catalogue.main_of(self._stock.listing.rows[row]))

    def counts(self) -> str:
        """Return how many are shown and marked."""
        return counts_text(len(self), len(self._stock.listing), len(self.marks), self._hidden)

    def begin(self, instead_of: Stock | None = None) -> Stock:
        """Return an empty stock for a new listing; it is shown at once instead of nothing, or of `instead_of`."""
        stock = Stock()
        if not len(self._stock.listing) or instead_of is self._stock:
            self._adopt(stock)
        return stock

    def grow(self, stock: Stock, page: Sequence[Resource]) -> bool:
        """Take one page into a stock; return whether that stock is the one shown."""
        stock.take(page, self._blocked)
        return stock is self._stock

    def finish(self, stock: Stock) -> Sequence[Resource]:
        """Show a whole listing; return marked resources that are gone or cannot be marked any more."""
        before = self.catalogue
        stock.whole = True
        self._adopt(stock)
        stock.listing.settle()
        return self._drop_lost(before)

    def filter(self, query: str) -> None:
        """Show what has every word."""
        self._stock.listing.filter(query)
        self._count_hidden()

    def show_only_marked(self, *, only: bool) -> None:
        """Show marked resources only, or all again."""
        self.only_marked = only
        self._stock.listing.only((lambda resource: resource.id in self.marks) if only else None)
        self._count_hidden()

    def sort_next(self) -> None:
        """Sort by the next column."""
        self._sort = (self._sort + 1) % len(SORTS)
        self._descending = False
        self._apply_sort()

    def reverse(self) -> None:
        """Turn the order round."""
        self._descending = not self._descending
        self._apply_sort()

    def toggle(self, position: int) -> str:
        """Mark or unmark a row; return the reason where it cannot be marked."""
        resource = self.resource_at(position)
        if resource is None:
            return _("nothing is listed here")
        reason = self.reason_at(position)
        if not reason:
            self.marks.flip([resource.id])
        return reason

    def mark(self, positions: Iterable[int]) -> str:
        """Mark rows; return how many, and what was skipped."""
        ids, skipped = self._sift(positions)
        self.marks.add(ids)
        return marked_text(len(ids), skipped)

    def unmark_shown(self) -> str:
        """Unmark all rows that are shown."""
        count = self.marks.remove(self._row(position).id for position in range(len(self)))
        return plural("unmarked {n}", "unmarked {n}", count)

    def flip_shown(self) -> str:
        """Turn the marks of all rows that are shown round."""
        ids, skipped = self._sift(range(len(self)))
        self.marks.flip(ids)
        return marked_text(sum(each in self.marks for each in ids), skipped)

    def clear(self) -> str:
        """Unmark everything, hidden ones too."""
        count = self.marks.clear()
        self._count_hidden()
        return plural("cleared {n} mark; z brings it back", "cleared {n} marks; z brings them back", count)

    def undo(self) -> str:
        """Take back the last step of marking."""
        return self._travelled(self.marks.undo(), _("undone: {n} marks changed"), _("nothing to undo"))

    def redo(self) -> str:
        """Take the last undone step again."""
        return self._travelled(self.marks.redo(), _("redone: {n} marks changed"), _("nothing to redo"))

    def marked_ids(self) -> list[str]:
        """Return the marked ids in the order of the listing."""
        return [resource.id for resource in self._stock.listing.rows if resource.id in self.marks]

    def hidden_ids(self) -> frozenset[str]:
        """Return the marked ids that the filter does not show."""
        if not self.query:
            return frozenset()
        shown = {self._row(position).id for position in range(len(self))}
        return frozenset(each for each in self.marks if each not in shown)

    def _adopt(self, stock: Stock) -> None:
        query = self.query
        self._stock = stock
        stock.listing.query = query
        self.show_only_marked(only=self.only_marked)
        self._apply_sort()

    def _apply_sort(self) -> None:
        name, key = SORTS[self._sort]
        self._stock.listing.sort(name, key, descending=self._descending)

    def _drop_lost(self, before: Catalogue) -> Sequence[Resource]:
        lost = [each for each in self.marks.known if not self._may_stay_marked(each)]
        dropped = self.marks.drop(lost)
        self._count_hidden()
        return [resource for each in sorted(dropped) if (resource := self.catalogue.get(each) or before.get(each))]

    def _may_stay_marked(self, resource_id: str) -> bool:
        resource = self.catalogue.get(resource_id)
        return resource is not None and self._blocked(resource) is None

    def _sift(self, positions: Iterable[int]) -> tuple[list[str], list[Blocked]]:
        """Return the ids of the rows that may be marked, and the reasons of the others."""
        listing, reasons = self._stock.listing, self._stock.reasons
        rows = [listing.shown[position] for position in positions]
        ids = [listing.rows[row].id for row in rows if reasons[row] is None]
        return ids, [reason for row in rows if (reason := reasons[row]) is not None]

    def _travelled(self, count: int, some: str, none: str) -> str:
        self._count_hidden()
        return some.format(n=count) if count else none

    def _count_hidden(self) -> None:
        self._hidden = len(self.hidden_ids())

    def _row(self, position: int) -> Resource:
        return self._stock.listing.rows[self._stock.listing.shown[position]]
