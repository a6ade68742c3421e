"""The columns of the list: what each shows, how wide it may get, and what it sorts by."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from unsub_tui.app.widgets.table import Column
from unsub_tui.domain.eligibility import Blocked
from unsub_tui.domain.foreign import cell_width
from unsub_tui.domain.listing import SortKey
from unsub_tui.domain.quote import Payment, Quote
from unsub_tui.domain.renewed import new_expiry
from unsub_tui.domain.resource import Resource, Status
from unsub_tui.domain.tab import Tab
from unsub_tui.present.money import refund_cell
from unsub_tui.present.renewed import paid_cell, period_cell
from unsub_tui.present.resources import (
    begin_cell,
    blocked_text,
    date,
    display_name,
    expiry_cell,
    left_text,
    policy_words,
    project,
    region,
    service_cell,
    spec,
    state_cell,
)
from unsub_tui.present.words import _

MEASURED_ROWS = 2_000
"""Rows, spread over the whole list, whose cells say how wide a column is: more would be felt at 100,000."""

LAST = 4e12
"""Sorts what never expires behind everything else."""

QuoteOf = Callable[[str], Quote | None]
"""Returns the last quote of a resource id, where there is one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is known of resources besides what the listing tells."""

    now: datetime
    quote_of: QuoteOf
    periods_of: Callable[[Resource], Sequence[Payment]]
    """Renewed periods that have not begun."""
    reason_of: Callable[[Resource], Blocked | None]
    """Why it cannot be marked."""
    free_until: Callable[[Resource], datetime | None]
    """Until when it would come back in full, where the site has such a rule and the time is not over."""


CellOf = Callable[[Resource, Known], str]
"""Returns one cleaned cell."""

NOT_RENEWAL = frozenset({Tab.ACTIVE, Tab.INACTIVE})


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnKind:
    """One thing that the list can show and sort by."""

    id: str
    """Stable name, for the configuration."""
    title: str
    letter: str
    """The key that picks it in a menu."""
    widest: int
    """Cells it takes at most, however long its texts are."""
    cell: CellOf
    sort: SortKey | None = None
    """What it sorts by; None sorts by the text of the cell."""
    align: str = "left"
    is_shown: bool = True
    """Whether it is shown unless somebody chooses otherwise."""
    tabs: frozenset[Tab] = frozenset(Tab)
    """The tabs on which it says anything."""


def _time(moment: datetime | None) -> float:
    return moment.timestamp() if moment else LAST


def _is_gone(resource: Resource) -> bool:
    """Whether a resource was given up: the service goes on listing it for a while."""
    return resource.status == Status.CLOSED


KINDS = (
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
        title=_("renewed period"),
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
        cell=lambda resource, known: date(new_expiry(resource, known.periods_of(resource))),
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
        cell=lambda resource, known: begin_cell(resource, known.now),
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
        is_shown=False,
        cell=lambda resource, known: "" if _is_gone(resource) else refund_cell(known.quote_of(resource.id)),
    ),
    ColumnKind(
        id="five-day",
        title=_("five days"),
        letter="5",
        widest=9,
        is_shown=False,
        tabs=frozenset({Tab.ACTIVE}),
        cell=lambda resource, known: left_text(known.free_until(resource), known.now),
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
    ColumnKind(id="project", title=_("project"), letter="p", widest=16, cell=lambda resource, _k: project(resource)),
    ColumnKind(
        id="created",
        title=_("created"),
        letter="c",
        widest=10,
        is_shown=False,
        cell=lambda resource, _k: date(resource.effective_time),
        sort=lambda resource: _time(resource.effective_time),
    ),
    ColumnKind(
        id="at-expiry",
        title=_("at expiry"),
        letter="x",
        widest=24,
        is_shown=False,
        cell=lambda resource, _k: policy_words(resource.expire_policy),
    ),
    ColumnKind(
        id="reason",
        title=_("not markable because"),
        letter="m",
        widest=52,
        is_shown=False,
        cell=lambda resource, known: _why_not(known.reason_of(resource)),
    ),
    ColumnKind(
        id="id",
        title=_("id"),
        letter="i",
        widest=36,
        align="middle",
        cell=lambda resource, _k: resource.resource_id.clean(),
    ),
)
"""Every column, the most telling first: what does not fit is reached sideways."""

BY_ID = {kind.id: kind for kind in KINDS}


def kinds_of(tab: Tab) -> tuple[ColumnKind, ...]:
    """Return the columns that a tab can show."""
    return tuple(kind for kind in KINDS if tab in kind.tabs)


def laid_out(kinds: Sequence[ColumnKind], rows: Sequence[Resource], known: Known) -> list[Column]:
    """Return the table's columns, each as wide as its content and its title need, and no wider than it may be."""
    sample = rows[:: max(1, len(rows) // MEASURED_ROWS)]
    columns = []
    for kind in kinds:
        if kind.id == "name":
            columns.append(Column(kind.title, kind.widest))
            continue
        widest = max((cell_width(kind.cell(each, known)) for each in sample), default=0)
        width = max(cell_width(kind.title), min(widest, kind.widest)) if sample else kind.widest
        columns.append(Column(kind.title, width, kind.align))
    return columns


def sort_key(kind: ColumnKind, known: Known) -> SortKey:
    """Return what a column sorts by."""
    special: Mapping[str, SortKey] = {
        "refund": lambda resource: _refund_rank(known.quote_of(resource.id)),
        "paid": lambda resource: _paid_rank(known.periods_of(resource)),
        "five-day": lambda resource: _time(known.free_until(resource)),
    }
    return special.get(kind.id) or kind.sort or (lambda resource: kind.cell(resource, known).casefold())


def _why_not(reason: Blocked | None) -> str:
    if reason is Blocked.ATTACHED:
        return _("goes together with its main resource")
    return "" if reason is None else blocked_text(reason)


def _refund_rank(quote: Quote | None) -> tuple[int, object]:
    """Put what is not known behind everything, and currencies beside each other."""
    if quote is None or quote.amounts.refund is None:
        return (1, ("", 0))
    return (0, (quote.amounts.currency, -quote.amounts.refund))


def _paid_rank(periods: Sequence[Payment]) -> tuple[int, object]:
    if not periods or not all(each.is_amount_known for each in periods):
        return (1, ("", 0))
    return (0, (periods[0].currency, -sum(each.paid for each in periods)))
