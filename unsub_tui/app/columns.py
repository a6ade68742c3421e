"""The columns of the list: what each shows, how wide it may get, and what it sorts by."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from unsub_tui.app.widgets.table import Column
from unsub_tui.domain.foreign import cell_width
from unsub_tui.domain.listing import SortKey
from unsub_tui.domain.quote import Quote
from unsub_tui.domain.resource import Resource
from unsub_tui.present.money import refund_cell
from unsub_tui.present.resources import (
    date,
    display_name,
    expiry_cell,
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

CellOf = Callable[[Resource, datetime, QuoteOf], str]
"""Returns one cleaned cell."""


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


def _time(moment: datetime | None) -> float:
    return moment.timestamp() if moment else LAST


KINDS = (
    ColumnKind(
        id="name",
        title=_("name"),
        letter="n",
        widest=20,
        cell=lambda resource, _now, _quotes: ("" if resource.is_main_resource else "+ ") + display_name(resource),
        sort=lambda resource: display_name(resource).casefold(),
    ),
    ColumnKind(
        id="service", title=_("service"), letter="t", widest=9, cell=lambda resource, _n, _q: service_cell(resource)
    ),
    ColumnKind(
        id="expires",
        title=_("expires"),
        letter="e",
        widest=19,
        cell=lambda resource, now, _quotes: expiry_cell(resource, now),
        sort=lambda resource: _time(resource.expire_time),
    ),
    ColumnKind(
        id="refund",
        title=_("refund"),
        letter="f",
        widest=16,
        align="right",
        is_shown=False,
        cell=lambda resource, _now, quote_of: refund_cell(quote_of(resource.id)),
    ),
    ColumnKind(id="region", title=_("region"), letter="r", widest=14, cell=lambda resource, _n, _q: region(resource)),
    ColumnKind(
        id="state",
        title=_("state"),
        letter="s",
        widest=9,
        cell=lambda resource, now, _quotes: state_cell(resource, now),
        sort=lambda resource: resource.status,
    ),
    ColumnKind(id="spec", title=_("spec"), letter="z", widest=18, cell=lambda resource, _n, _q: spec(resource)),
    ColumnKind(
        id="project", title=_("project"), letter="p", widest=16, cell=lambda resource, _n, _q: project(resource)
    ),
    ColumnKind(
        id="created",
        title=_("created"),
        letter="c",
        widest=10,
        is_shown=False,
        cell=lambda resource, _now, _quotes: date(resource.effective_time),
        sort=lambda resource: _time(resource.effective_time),
    ),
    ColumnKind(
        id="at-expiry",
        title=_("at expiry"),
        letter="x",
        widest=24,
        is_shown=False,
        cell=lambda resource, _now, _quotes: policy_words(resource.expire_policy),
    ),
    ColumnKind(
        id="id",
        title=_("id"),
        letter="i",
        widest=36,
        align="middle",
        cell=lambda resource, _now, _quotes: resource.resource_id.clean(),
    ),
)
"""Every column, the most telling first: what does not fit is reached sideways."""

BY_ID = {kind.id: kind for kind in KINDS}


def laid_out(kinds: Sequence[ColumnKind], rows: Sequence[Resource], now: datetime, quote_of: QuoteOf) -> list[Column]:
    """Return the table's columns, each as wide as its content and its title need, and no wider than it may be."""
    sample = rows[:: max(1, len(rows) // MEASURED_ROWS)]
    columns = []
    for kind in kinds:
        if kind.id == "name":
            columns.append(Column(kind.title, kind.widest))
            continue
        widest = max((cell_width(kind.cell(each, now, quote_of)) for each in sample), default=0)
        width = max(cell_width(kind.title), min(widest, kind.widest)) if sample else kind.widest
        columns.append(Column(kind.title, width, kind.align))
    return columns


def sort_key(kind: ColumnKind, now: datetime, quote_of: QuoteOf) -> SortKey:
    """Return what a column sorts by."""
    if kind.id == "refund":
        return lambda resource: _refund_rank(quote_of(resource.id))
    return kind.sort or (lambda resource: kind.cell(resource, now, quote_of).casefold())


def _refund_rank(quote: Quote | None) -> tuple[int, object]:
    """Put what is not known behind everything, and currencies beside each other."""
    if quote is None or quote.amounts.refund is None:
        return (1, ("", 0))
    return (0, (quote.amounts.currency, -quote.amounts.refund))
