"""What a tab of the list knows: which of its resources are shown and in which order, what they give back.

No widget in here: keys change the board, the board answers in words, the table shows it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from unsub_tui.app.column_choice import ColumnChoice
from unsub_tui.app.columns import BY_ID, ColumnKind, Known, laid_out, sort_key
from unsub_tui.app.stock import Changes, Objection, Stock, changes
from unsub_tui.app.widgets.table import Column
from unsub_tui.domain.eligibility import STANDING_ALONE, Blocked
from unsub_tui.domain.filters import FilterError, Query
from unsub_tui.domain.listing import Listing
from unsub_tui.domain.marks import Marks
from unsub_tui.domain.quote import NOT_ASKED, Payment, Quote
from unsub_tui.domain.resource import Catalogue, Resource, Status
from unsub_tui.domain.tab import Tab
from unsub_tui.present.facts import RowFacts
from unsub_tui.present.listing import counts_text, refund_text, unquoted_text
from unsub_tui.present.resources import blocked_text
from unsub_tui.present.words import _

if TYPE_CHECKING:
    from unsub_tui.domain.plan import Plan

ARRIVAL = ""
"""The name of the order in which the service gives its resources."""

SORTED_MOST = ("name", "expires")


@dataclass(frozen=True, slots=True, kw_only=True)
class Outside:
    """What a board asks others for."""

    now: Callable[[], datetime]
    blocked: Objection
    """Why a resource cannot be marked on the board's tab."""
    periods_of: Callable[[Resource], Sequence[Payment]] = lambda _resource: ()
    """Renewed periods of a resource that have not begun."""
    free_until: Callable[[Resource], datetime | None] = lambda _resource: None
    """Until when a resource would come back in full."""
    orders_of: Callable[[str], Collection[str]] = lambda _resource_id: ()
    """The orders that are known of a resource."""


class Shown:
    """One tab of the list as a person looks at it."""

    def __init__(self, tab: Tab, outside: Outside) -> None:
        self.tab = tab
        self._outside = outside
        self._quotes: dict[str, Quote] = {}
        self._sorting: tuple[tuple[str, bool], ...] = ()
        self._hidden = 0
        self.only_marked = False
        self.marks = Marks()
        self._columns = ColumnChoice(tab)
        self._stock = self._new_stock(Catalogue())

    # What is shown

    @property
    def catalogue(self) -> Catalogue:
        """All resources of the account, with what is attached to what."""
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
    def wrong(self) -> FilterError | None:
        """Why the filter cannot be applied; nothing is shown then."""
        return self._stock.listing.wrong

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

    @property
    def kinds(self) -> tuple[ColumnKind, ...]:
        """The columns that are shown, in their order."""
        return self._columns.shown

    def columns(self) -> list[Column]:
        """Return the columns, as wide as their content."""
        return laid_out(self.kinds, self._stock.listing.rows, self._known())

    def cells(self, position: int) -> Sequence[str]:
        """Return the cells of a row."""
        row = self._stock.listing.shown[position]
        resource, known = self._stock.listing.rows[row], self._known()
        first, *others = (kind.cell(resource, known) for kind in self.kinds)
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

    def begin(self, catalogue: Catalogue, instead_of: Stock | None = None) -> Stock:
        """Return an empty stock for a new listing; it is shown at once instead of nothing, or of `instead_of`."""
        stock = self._new_stock(catalogue)
        if not len(self._stock.listing) or instead_of is self._stock:
            self._adopt(stock)
        return stock

    def grow(self, stock: Stock, page: Sequence[Resource]) -> bool:
        """Take one page into a stock; return whether that stock is the one shown."""
        stock.take(page, self._outside.blocked)
        return stock is self._stock

    def changes(self, stock: Stock) -> Changes:
        """Return what a whole stock would change on the screen."""
        return changes(self.catalogue, stock.catalogue)

    def finish(self, stock: Stock) -> Sequence[Resource]:
        """Show a whole listing; return marked resources that are gone or cannot be marked any more."""
        before = self.catalogue
        stock.whole = True
        self._adopt(stock)
        self._drop_lost_quotes()
        self._add_columns()
        return self._drop_lost(before)

    def close(self, resource_ids: Collection[str]) -> None:
        """Show that these are gone, as the catalogue says by now; nothing comes back for them any more."""
        self._stock.close(resource_ids)
        for each in resource_ids:
            self._quotes.pop(each, None)
        self._add_columns()
        self._count_hidden()

    def take_quotes(self, plan: Plan) -> None:
        """Remember what a plan's items were quoted at, for the column, the filter and the sums."""
        known = {item.id: item.quote for item in plan.items if NOT_ASKED not in item.quote.missing}
        if not known:
            return
        self._quotes.update(known)
        self._add_columns()
        self._stock.listing.forget_keys(["refund"])
        if self.query.money_terms or "refund" in [name for name, _descending in self._sorting]:
            self._apply_sort()

    def quote_of(self, resource_id: str) -> Quote | None:
        """Return the last quote of a resource."""
        return self._quotes.get(resource_id)

    # Finding

    def filter(self, query: Query) -> str:
        """Show what fits, and return what a person must know of it; nothing is shown where the filter is wrong."""
        self._stock.listing.filter(query)
        self._count_hidden()
        self._add_columns()
        if self.wrong is not None or not query.money_terms:
            return ""
        return unquoted_text(sum(each.id not in self._quotes for each in self.catalogue.resources))

    def filter_again(self) -> None:
        """Show what fits now that more is known."""
        self._stock.listing.show()
        self._count_hidden()

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

    def prepare_sorting(self) -> None:
        """Compute what the columns sort by that are sorted by most: with 100,000 rows it would be felt with the key."""
        for name in SORTED_MOST:
            self._stock.listing.prepare(name, sort_key(BY_ID[name], self._known()))

    def reverse(self) -> None:
        """Turn the order round."""
        if self._sorting:
            (name, descending), *rest = self._sorting
            self._sorting = ((name, not descending), *rest)
            self._apply_sort()

    def choose_columns(self, ids: Collection[str]) -> None:
        """Show these columns in the order of all columns, the reason before all; the name is always among them."""
        self._columns.choose(ids)

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

    def hidden_ids(self) -> frozenset[str]:
        """Return the marked ids that are not shown: they do not fit the filter, or are folded away."""
        shown = self._stock.listing.shown
        if not len(self.marks) or len(shown) == len(self._stock.listing):
            return frozenset()
        ids = self._stock.listing.ids
        seen = {ids[row] for row in shown}
        return frozenset(each for each in self.marks if each not in seen)

    def reason_of(self, resource: Resource) -> Blocked | None:
        """Return why a resource cannot be marked on this tab, or None."""
        row = self._stock.listing.row_of(resource.id)
        return None if row is None else self._stock.reasons[row]

    # Helpers

    def _known(self) -> Known:
        outside = self._outside
        return Known(
            now=outside.now(),
            quote_of=self._quotes.get,
            periods_of=outside.periods_of,
            reason_of=self.reason_of,
            free_until=outside.free_until,
        )

    def _new_stock(self, catalogue: Catalogue) -> Stock:
        stock: Stock
        outside = self._outside
        states: Mapping[str, Callable[[int], bool]] = {
            "is:marked": lambda row: stock.listing.ids[row] in self.marks,
            "is:eligible": lambda row: stock.reasons[row] is None,
            "is:blocked": lambda row: stock.reasons[row] not in STANDING_ALONE,
            "is:five-day": lambda row: outside.free_until(stock.listing.rows[row]) is not None,
        }

        def facts(rows: Sequence[Resource]) -> RowFacts:
            return RowFacts(
                rows,
                outside.now,
                states,
                self._quotes.get,
                orders_of=self._orders_of,
                account=lambda: catalogue.resources,
            )

        stock = Stock(Listing(facts), catalogue)
        return stock

    def _orders_of(self, resource_id: str) -> Collection[str]:
        quote = self._quotes.get(resource_id)
        own = self._outside.orders_of(resource_id)
        return own if quote is None else {*own, *quote.order_ids}

    def _adopt(self, stock: Stock) -> None:
        stock.listing.query = self.query
        stock.listing.fold_all(folded=self._stock.listing.all_folded)
        self._stock = stock
        self._apply_sort()
        self.show_only_marked(only=self.only_marked)

    def _apply_sort(self) -> None:
        known = self._known()
        self._stock.listing.sort(
            *((name, sort_key(BY_ID[name], known), descending) for name, descending in self._sorting)
        )

    def _add_columns(self) -> None:
        """Show what the filter asks about, and refunds as long as one is known; neither outlives its reason."""
        reasons = {
            "reason": self.query.asks("is:blocked"),
            "five-day": self.query.asks("is:five-day"),
            "refund": bool(self._quotes) and self.tab is not Tab.RENEWAL,
        }
        self._columns.add([name for name, holds in reasons.items() if holds])

    def _drop_lost_quotes(self) -> None:
        """Forget what resources would give back that are not there any more."""
        for each in list(self._quotes):
            resource = self.catalogue.get(each)
            if resource is None or resource.status == Status.CLOSED:
                del self._quotes[each]

    def _drop_lost(self, before: Catalogue) -> Sequence[Resource]:
        lost = [each for each in self.marks.known if not self._may_stay_marked(each)]
        dropped = self.marks.drop(lost)
        self._count_hidden()
        return [resource for each in sorted(dropped) if (resource := self.catalogue.get(each) or before.get(each))]

    def _may_stay_marked(self, resource_id: str) -> bool:
        row = self._stock.listing.row_of(resource_id)
        return row is not None and self._stock.reasons[row] is None

    def _count_hidden(self) -> None:
        self._hidden = len(self.hidden_ids())
