"""The columns of the resource list: cell text, maximum width and sort key; those shown on a tab, and its sort order."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from unsub_tui.app.widgets.table_lines import Column
from unsub_tui.domain.eligibility import BlockedReason
from unsub_tui.domain.quote import Payment, Quote
from unsub_tui.domain.renewal_periods import new_expiry
from unsub_tui.domain.resource import Resource, Status
from unsub_tui.domain.untrusted_text import cell_width
from unsub_tui.listmodel.resource_list import ResourceList
from unsub_tui.listmodel.row_order import SortKey
from unsub_tui.listmodel.tab import Tab
from unsub_tui.present.i18n import _
from unsub_tui.present.money import paid_cell, period_cell, refund_cell
from unsub_tui.present.resources import (
    blocked_text,
    display_name,
    expire_policy_label,
    expiry_cell,
    project_name,
    region,
    service_cell,
    spec,
    start_cell,
    state_cell,
)
from unsub_tui.present.time_format import format_date, time_left

MEASURED_ROWS = 2_000
"""Approximate number of rows, sampled across the list, that determine column widths; more would lag at 100,000 rows."""

PRECOMPUTED_SORTS = ("name", "expires")

LISTING_ORDER = ""
"""Name of the sort order in which Huawei Cloud returns the resources."""

SORT_LAST = 4e12
"""Sort value of resources that never expire: places them after all others."""

QuoteLookup = Callable[[str], Quote | None]
"""Return the last quote of a resource id, or None."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnContext:
    """Data about resources that the listing does not contain."""

    now: datetime
    quote_of: QuoteLookup
    periods_of: Callable[[Resource], Sequence[Payment]]
    """Return the renewal periods of a resource that have not begun."""
    reason_of: Callable[[Resource], BlockedReason | None]
    """Return the reason why a resource cannot be selected, or None."""
    free_until: Callable[[Resource], datetime | None]
    """Return the end of the full-refund window of a resource; None if the site has no such rule or it is over."""


CellFormatter = Callable[[Resource, ColumnContext], str]
"""Return one cell as sanitized text."""

NOT_RENEWAL = frozenset({Tab.ACTIVE, Tab.INACTIVE})


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnKind:
    """A column that the list can show and sort by."""

    id: str
    """Stable identifier, used in the configuration."""
    title: str
    letter: str
    """Key that selects the column in a menu."""
    widest: int
    """Maximum width, in terminal cells."""
    cell: CellFormatter
    sort: SortKey | None = None
    """Sort key; None sorts by the case-folded text of the cell."""
    align: str = "left"
    is_default: bool = True
    """Whether the column is shown unless the user chooses otherwise."""
    tabs: frozenset[Tab] = frozenset(Tab)
    """Tabs on which the column is available."""


def _time(moment: datetime | None) -> float:
    return moment.timestamp() if moment else SORT_LAST


def _is_gone(resource: Resource) -> bool:
    """Whether a resource was unsubscribed: Huawei Cloud continues to list it for a while."""
    return resource.status == Status.CLOSED


COLUMN_KINDS = (
    ColumnKind(
        id="name",
        title=_("name"),
        letter="n",
        widest=20,
        cell=lambda resource, _k: ("" if resource.is_main_resource else "+ ") + display_name(resource),
        sort=lambda resource: display_name(resource).casefold(),
    ),
    ColumnKind(
        id="period",
        title=_("renewal period"),
        letter="d",
        widest=25,
        tabs=frozenset({Tab.RENEWAL}),
        cell=lambda resource, known: period_cell(known.periods_of(resource)),
    ),
    ColumnKind(
        id="paid",
        title=_("paid"),
        letter="a",
        widest=14,
        align="right",
        tabs=frozenset({Tab.RENEWAL}),
        cell=lambda resource, known: paid_cell(known.periods_of(resource)),
    ),
    ColumnKind(
        id="then",
        title=_("new expiry"),
        letter="w",
        widest=10,
        tabs=frozenset({Tab.RENEWAL}),
        cell=lambda resource, known: format_date(new_expiry(resource, known.periods_of(resource))),
    ),
    ColumnKind(
        id="service", title=_("service"), letter="t", widest=9, cell=lambda resource, _k: service_cell(resource)
    ),
    ColumnKind(
        id="begins",
        title=_("begins"),
        letter="b",
        widest=19,
        tabs=frozenset({Tab.INACTIVE}),
        cell=lambda resource, known: start_cell(resource, known.now),
        sort=lambda resource: _time(resource.effective_time),
    ),
    ColumnKind(
        id="expires",
        title=_("expires"),
        letter="e",
        widest=19,
        cell=lambda resource, known: _("gone") if _is_gone(resource) else expiry_cell(resource, known.now),
        sort=lambda resource: _time(resource.expire_time),
    ),
    ColumnKind(
        id="refund",
        title=_("refund"),
        letter="f",
        widest=16,
        align="right",
        is_default=False,
        cell=lambda resource, known: "" if _is_gone(resource) else refund_cell(known.quote_of(resource.id)),
    ),
    ColumnKind(
        id="five-day",
        title=_("five days"),
        letter="5",
        widest=9,
        is_default=False,
        tabs=frozenset({Tab.ACTIVE}),
        cell=lambda resource, known: time_left(known.free_until(resource), known.now),
    ),
    ColumnKind(id="region", title=_("region"), letter="r", widest=14, cell=lambda resource, _k: region(resource)),
    ColumnKind(
        id="state",
        title=_("state"),
        letter="s",
        widest=9,
        cell=lambda resource, known: state_cell(resource, known.now),
        sort=lambda resource: resource.status,
    ),
    ColumnKind(id="spec", title=_("spec"), letter="z", widest=18, cell=lambda resource, _k: spec(resource)),
    ColumnKind(
        id="project", title=_("project"), letter="p", widest=16, cell=lambda resource, _k: project_name(resource)
    ),
    ColumnKind(
        id="created",
        title=_("created"),
        letter="c",
        widest=10,
        is_default=False,
        cell=lambda resource, _k: format_date(resource.effective_time),
        sort=lambda resource: _time(resource.effective_time),
    ),
    ColumnKind(
        id="at-expiry",
        title=_("at expiry"),
        letter="x",
        widest=24,
        is_default=False,
        cell=lambda resource, _k: expire_policy_label(resource.expire_policy),
    ),
    ColumnKind(
        id="reason",
        title=_("not selectable because"),
        letter="m",
        widest=52,
        is_default=False,
        cell=lambda resource, known: _blocked_cell(known.reason_of(resource)),
    ),
    ColumnKind(
        id="id",
        title=_("id"),
        letter="i",
        widest=36,
        align="middle",
        cell=lambda resource, _k: resource.resource_id.for_display(),
    ),
)
"""All columns, most important first; the user scrolls right to reach columns that do not fit."""

COLUMN_KINDS_BY_ID = {kind.id: kind for kind in COLUMN_KINDS}


def column_kinds(tab: Tab) -> tuple[ColumnKind, ...]:
    """Return the columns that a tab can show."""
    return tuple(kind for kind in COLUMN_KINDS if tab in kind.tabs)


def sort_key(kind: ColumnKind, known: ColumnContext) -> SortKey:
    """Return the sort key of a column."""
    special: Mapping[str, SortKey] = {
        "refund": lambda resource: _refund_rank(known.quote_of(resource.id)),
        "paid": lambda resource: _paid_rank(known.periods_of(resource)),
        "five-day": lambda resource: _time(known.free_until(resource)),
    }
    return special.get(kind.id) or kind.sort or (lambda resource: kind.cell(resource, known).casefold())


def _blocked_cell(reason: BlockedReason | None) -> str:
    if reason is BlockedReason.ATTACHED:
        return _("attached to its primary resource")
    return "" if reason is None else blocked_text(reason)


def _refund_rank(quote: Quote | None) -> tuple[int, object]:
    """Return a sort key that puts unknown refunds last, groups by currency and puts the highest refund first."""
    if quote is None or quote.amounts.refund is None:
        return (1, ("", 0))
    return (0, (quote.amounts.currency, -quote.amounts.refund))


def _paid_rank(periods: Sequence[Payment]) -> tuple[int, object]:
    if not periods or not all(each.is_amount_known for each in periods):
        return (1, ("", 0))
    return (0, (periods[0].currency, -sum(each.paid for each in periods)))


class ListColumns:
    """The columns of one tab's list, which is the table's data source: visible columns, cells, sort order.

    The user's choice of columns overrides those that are shown automatically while they are relevant.
    """

    def __init__(self, resources: ResourceList) -> None:
        self._list = resources
        self._kinds = column_kinds(resources.tab)
        self._chosen = frozenset(kind.id for kind in self._kinds if kind.is_default)
        self._declined: frozenset[str] = frozenset()
        self._sorting: tuple[tuple[str, bool], ...] = ()
        self._drawn = self.shown
        """The columns that the table draws."""

    def __len__(self) -> int:
        return len(self._list)

    @property
    def shown(self) -> tuple[ColumnKind, ...]:
        """Visible columns in the order of `COLUMN_KINDS`, but name first (always visible) and reason second."""
        ids = self._chosen | self._automatic | {"name"}
        kinds = [kind for kind in self._kinds if kind.id in ids]
        kinds.sort(key=lambda kind: {"name": 0, "reason": 1}.get(kind.id, 2))
        return tuple(kinds)

    def choose(self, ids: Collection[str]) -> None:
        """Show these columns; an automatic column among them stays automatic and disappears with its reason."""
        wanted, added = frozenset(ids), self._automatic
        self._declined = (self._declined | added) - wanted
        self._chosen = (wanted - added) | (wanted & self._chosen)

    def table_columns(self) -> list[Column]:
        """Return the visible columns, each as wide as title and content need, up to the content's maximum width."""
        rows, known = self._list.rows.resources, self._column_context()
        sample = rows[:: max(1, len(rows) // MEASURED_ROWS)]
        columns = []
        self._drawn = self.shown
        for kind in self._drawn:
            if kind.id == "name":
                columns.append(Column(kind.title, kind.widest))
                continue
            widest = max((cell_width(kind.cell(each, known)) for each in sample), default=0)
            width = max(cell_width(kind.title), min(widest, kind.widest)) if sample else kind.widest
            columns.append(Column(kind.title, width, kind.align))
        return columns

    def cells(self, position: int) -> Sequence[str]:
        """Return the cells of a row."""
        rows = self._list.rows
        row = rows.visible_rows[position]
        resource, known = rows.resources[row], self._column_context()
        first, *others = (kind.cell(resource, known) for kind in self._drawn)
        if rows.is_folded(row):
            count = len(self._list.catalogue.attached_to(resource))
            first = f"+{count} {first}" if count else first
        return (first, *others)

    def row_marker(self, position: int) -> str:
        """Return the selection box of a row."""
        rows = self._list.rows
        if rows.ids[rows.visible_rows[position]] in self._list.selection.ids:
            return "[x]"
        return "[ ]" if self._list.reason_at(position) is None else "[-]"

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

    def reverse(self) -> None:
        """Reverse the sort order of the first key."""
        if self._sorting:
            (name, descending), *rest = self._sorting
            self._sorting = ((name, not descending), *rest)
            self._apply_sort()

    def precompute_sort_keys(self) -> None:
        """Compute the most common sort keys in advance: with 100,000 rows, computing them on a key press would lag."""
        known = self._column_context()
        for name in PRECOMPUTED_SORTS:
            self._list.rows.order.precompute(name, sort_key(COLUMN_KINDS_BY_ID[name], known))

    def _apply_sort(self) -> None:
        known = self._column_context()
        self._list.rows.set_sort(
            *((name, sort_key(COLUMN_KINDS_BY_ID[name], known), descending) for name, descending in self._sorting)
        )

    def _column_context(self) -> ColumnContext:
        context = self._list.context
        return ColumnContext(
            now=context.now(),
            quote_of=self._list.quotes.get,
            periods_of=context.periods_of,
            reason_of=self._list.reason_of,
            free_until=context.free_until,
        )

    @property
    def _automatic(self) -> frozenset[str]:
        """The columns that the filter uses, and refunds while any quote is known."""
        query = self._list.query
        reasons = {
            "reason": query.uses_state("is:blocked"),
            "five-day": query.uses_state("is:five-day"),
            "refund": bool(self._list.quotes) and self._list.tab is not Tab.RENEWAL,
        }
        return frozenset(name for name, holds in reasons.items() if holds) - self._declined
