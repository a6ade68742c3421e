"""What the list screen knows: the resources, which are shown, which may be marked and are, what they give back.

No widget in here: keys change the board, the board answers in words, the table shows it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import filterfalse

from unsub_tui.app.columns import BY_ID, KINDS, ColumnKind, laid_out, sort_key
from unsub_tui.app.stock import Changes, Stock, changes
from unsub_tui.app.widgets.table import Column
from unsub_tui.domain.eligibility import Blocked
from unsub_tui.domain.filters import Query
from unsub_tui.domain.listing import Listing
from unsub_tui.domain.marks import Marks
from unsub_tui.domain.plan import Plan
from unsub_tui.domain.quote import Quote
from unsub_tui.domain.resource import Catalogue, Resource
from unsub_tui.engine.planning import NOT_ASKED
from unsub_tui.present.facts import RowFacts
from unsub_tui.present.listing import counts_text, marked_text, refund_text, unquoted_text
from unsub_tui.present.resources import blocked_text
from unsub_tui.present.words import _, plural

ARRIVAL = ""
"""The name of the order in which the service gives its resources."""


@dataclass(frozen=True, slots=True)
class Found:
    """What became of a list of ids that somebody brought."""

    marked: int
    """Found and markable, whether they were marked before or not."""
    missing: tuple[str, ...]
    """Ids that the account does not have."""
    skipped: tuple[tuple[Resource, Blocked], ...]
    """Found, and not allowed."""


class Board:
    """The list as a person works on it. It is the table's rows."""

    def __init__(self, now: Callable[[], datetime], blocked: Callable[[Resource], Blocked | None]) -> None:
        self._now = now
        self._blocked = blocked
        self._quotes: dict[str, Quote] = {}
        self._sorting: tuple[tuple[str, bool], ...] = ()
        self._hidden = 0
        self.only_marked = False
        self.marks = Marks()
        self.kinds: tuple[ColumnKind, ...] = tuple(kind for kind in KINDS if kind.is_shown)
        """The columns that are shown, in their order."""
        self._stock = self._new_stock()

    # What is shown

    @property
    def catalogue(self) -> Catalogue:
        """All resources, with what is attached to what."""
        return self._stock.catalogue

    @property
    def is_whole(self) -> bool:
        """Whether the list is complete."""
        return self._stock.whole

    @property
    def query(self) -> Query:
        """The filter that is in force."""
        return self._stock.listing.query

    @property
    def sorted_by(self) -> str:
        """What the list is sorted by, in words; empty for the order of arrival."""
        parts = [
            _("{name} reversed").format(name=BY_ID[name].title) if descending else BY_ID[name].title
            for name, descending in self._sorting
        ]
        return _(", then ").join(parts)

    def __len__(self) -> int:
        return len(self._stock.listing.shown)

    def columns(self) -> list[Column]:
        """Return the columns, as wide as their content."""
        return laid_out(self.kinds, self._stock.listing.rows, self._now(), self._quotes.get)

    def cells(self, position: int) -> Sequence[str]:
        """Return the cells of a row."""
        row = self._stock.listing.shown[position]
        resource, now, quote_of = self._stock.listing.rows[row], self._now(), self._quotes.get
        first, *others = (kind.cell(resource, now, quote_of) for kind in self.kinds)
        if self._stock.listing.is_folded(row):
            count = len(self.catalogue.attached_to(resource))
            first = f"+{count} {first}" if count else first
        return (first, *others)

    def box(self, position: int) -> str:
        """Return the mark box of a row."""
        row = self._stock.listing.shown[position]
        if self._stock.listing.ids[row] in self.marks:
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

    def shown_resources(self) -> list[Resource]:
        """Return what is shown, in the order of the screen."""
        return [self._stock.listing.rows[row] for row in self._stock.listing.shown]

    def counts(self) -> str:
        """Return how many are shown and marked, and what the marked ones give back as far as that was quoted."""
        text = counts_text(len(self), len(self._stock.listing), len(self.marks), self._hidden)
        quotes = [quote for each, quote in self._quotes.items() if each in self.marks]
        return f"{text} · {refund_text(quotes, len(self.marks) - len(quotes))}" if quotes else text

    def facet(self, value_of: Callable[[Resource], str]) -> Counter[str]:
        """Return how many of the rows that are shown have each value."""
        rows = self._stock.listing.rows
        return Counter(value_of(rows[row]) for row in self._stock.listing.shown)

    # New data

    def begin(self, instead_of: Stock | None = None) -> Stock:
        """Return an empty stock for a new listing; it is shown at once instead of nothing, or of `instead_of`."""
        stock = self._new_stock()
        if not len(self._stock.listing) or instead_of is self._stock:
            self._adopt(stock)
        return stock

    def grow(self, stock: Stock, page: Sequence[Resource]) -> bool:
        """Take one page into a stock; return whether that stock is the one shown."""
        stock.take(page, self._blocked)
        return stock is self._stock

    def changes(self, stock: Stock) -> Changes:
        """Return what a whole stock would change on the screen."""
        return changes(self.catalogue, stock.catalogue)

    def finish(self, stock: Stock) -> Sequence[Resource]:
        """Show a whole listing; return marked resources that are gone or cannot be marked any more."""
        before = self.catalogue
        stock.whole = True
        self._adopt(stock)
        return self._drop_lost(before)

    def take_quotes(self, plan: Plan) -> None:
        """Remember what a plan's items were quoted at, for the column, the filter and the sums."""
        known = {item.id: item.quote for item in plan.items if NOT_ASKED not in item.quote.missing}
        if not known:
            return
        if not self._quotes and "refund" not in [kind.id for kind in self.kinds]:
            self.choose_columns([*[kind.id for kind in self.kinds], "refund"])
        self._quotes.update(known)
        self._stock.listing.forget_rank(["refund"])
        if self.query.money_terms or "refund" in [name for name, _descending in self._sorting]:
            self._apply_sort()

    def quote_of(self, resource_id: str) -> Quote | None:
        """Return the last quote of a resource."""
        return self._quotes.get(resource_id)

    # Finding

    def filter(self, query: Query) -> str:
        """Show what fits, and return what a person must know of it; raises FilterError, and then nothing changes."""
        self._stock.listing.filter(query)
        self._count_hidden()
        if not query.money_terms:
            return ""
        return unquoted_text(sum(each.id not in self._quotes for each in self.catalogue.resources))

    def show_only_marked(self, *, only: bool) -> None:
        """Show marked resources only, or all again."""
        self.only_marked = only
        self._stock.listing.only((lambda resource: resource.id in self.marks) if only else None)
        self._count_hidden()

    def sort_by(self, name: str) -> None:
        """Sort by a column, what it was sorted by before becoming the second key; the same column again reverses."""
        if name == ARRIVAL:
            self._sorting = ()
        elif self._sorting and self._sorting[0][0] == name:
            self.reverse()
            return
        else:
            self._sorting = ((name, False), *(each for each in self._sorting if each[0] != name))[:2]
        self._apply_sort()

    def reverse(self) -> None:
        """Turn the order round."""
        if self._sorting:
            (name, descending), *rest = self._sorting
            self._sorting = ((name, not descending), *rest)
            self._apply_sort()

    def choose_columns(self, ids: Collection[str]) -> None:
        """Show these columns, in the order of all columns; the name is always among them."""
        self.kinds = tuple(kind for kind in KINDS if kind.id in ids or kind.id == "name")

    def fold(self, position: int) -> str:
        """Fold a row's attached resources away, or show them; return why that cannot be."""
        if not 0 <= position < len(self):
            return _("nothing is listed here")
        done = self._stock.listing.fold(self._stock.listing.shown[position])
        self._count_hidden()
        return "" if done else _("nothing is attached to this one")

    def fold_all(self) -> bool:
        """Fold all attached resources away, or show them all; return which of both."""
        listing = self._stock.listing
        listing.fold_all(folded=not listing.all_folded)
        self._count_hidden()
        return listing.all_folded

    # Marking

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
        shown = self._stock.listing.shown
        return self._mark_rows([shown[position] for position in positions])

    def mark_shown(self) -> str:
        """Mark all rows that are shown; return how many, and what was skipped."""
        return self._mark_rows(self._stock.listing.shown)

    def mark_fitting(self, query: Query) -> str:
        """Mark all that fit a filter, shown or not; raises FilterError."""
        words = self._mark_rows(self._fitting(query))
        self._count_hidden()
        return words

    def unmark_fitting(self, query: Query) -> str:
        """Unmark all that fit a filter, shown or not; raises FilterError."""
        ids = self._stock.listing.ids
        count = self.marks.remove(ids[row] for row in self._fitting(query))
        self._count_hidden()
        return plural("unmarked {n}", "unmarked {n}", count)

    def mark_ids(self, ids: Iterable[str]) -> Found:
        """Mark what a list of ids names."""
        listing, reasons = self._stock.listing, self._stock.reasons
        missing: list[str] = []
        skipped: list[tuple[Resource, Blocked]] = []
        allowed: list[str] = []
        for each in dict.fromkeys(ids):
            row = listing.row_of(each)
            if row is None:
                missing.append(each)
            elif (reason := reasons[row]) is not None:
                skipped.append((listing.rows[row], reason))
            else:
                allowed.append(each)
        self.marks.add(allowed)
        self._count_hidden()
        return Found(len(allowed), tuple(missing), tuple(skipped))

    def unmark_shown(self) -> str:
        """Unmark all rows that are shown."""
        listing = self._stock.listing
        if len(listing.shown) == len(listing):
            count = self.marks.clear()
        else:
            count = self.marks.remove(map(listing.ids.__getitem__, listing.shown))
        return plural("unmarked {n}", "unmarked {n}", count)

    def flip_shown(self) -> str:
        """Turn the marks of all rows that are shown round."""
        ids, skipped = self._sift(self._stock.listing.shown)
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
        return [each for each in self._stock.listing.ids if each in self.marks]

    def hidden_ids(self) -> frozenset[str]:
        """Return the marked ids that are not shown: they do not fit the filter, or are folded away."""
        shown = self._stock.listing.shown
        if not len(self.marks) or len(shown) == len(self._stock.listing):
            return frozenset()
        ids = self._stock.listing.ids
        seen = {ids[row] for row in shown}
        return frozenset(each for each in self.marks if each not in seen)

    # Helpers

    def _new_stock(self) -> Stock:
        stock: Stock
        states: Mapping[str, Callable[[int], bool]] = {
            "is:marked": lambda row: stock.listing.ids[row] in self.marks,
            "is:eligible": lambda row: stock.reasons[row] is None,
        }
        stock = Stock(Listing(lambda rows: RowFacts(rows, self._now, states, self._quotes.get)))
        return stock

    def _adopt(self, stock: Stock) -> None:
        stock.listing.query = self.query
        stock.listing.fold_all(folded=self._stock.listing.all_folded)
        self._stock = stock
        self._apply_sort()
        self.show_only_marked(only=self.only_marked)

    def _apply_sort(self) -> None:
        now, quote_of = self._now(), self._quotes.get
        self._stock.listing.sort(
            *((name, sort_key(BY_ID[name], now, quote_of), descending) for name, descending in self._sorting)
        )

    def _drop_lost(self, before: Catalogue) -> Sequence[Resource]:
        lost = [each for each in self.marks.known if not self._may_stay_marked(each)]
        dropped = self.marks.drop(lost)
        self._count_hidden()
        return [resource for each in sorted(dropped) if (resource := self.catalogue.get(each) or before.get(each))]

    def _may_stay_marked(self, resource_id: str) -> bool:
        resource = self.catalogue.get(resource_id)
        return resource is not None and self._blocked(resource) is None

    def _fitting(self, query: Query) -> list[int]:
        listing = self._stock.listing
        return query.rows(listing.facts, range(len(listing)))

    def _mark_rows(self, rows: Sequence[int]) -> str:
        ids, skipped = self._sift(rows)
        self.marks.add(ids)
        return marked_text(len(ids), skipped)

    def _sift(self, rows: Sequence[int]) -> tuple[list[str], list[Blocked]]:
        """Return the ids of the rows that may be marked, and the reasons of the others."""
        stock = self._stock
        may_be_marked = stock.may_be_marked.__getitem__
        ids = list(map(stock.listing.ids.__getitem__, filter(may_be_marked, rows)))
        if len(ids) == len(rows):
            return ids, []
        return ids, [reason for row in filterfalse(may_be_marked, rows) if (reason := stock.reasons[row]) is not None]

    def _travelled(self, count: int, some: str, none: str) -> str:
        self._count_hidden()
        return some.format(n=count) if count else none

    def _count_hidden(self) -> None:
        self._hidden = len(self.hidden_ids())
