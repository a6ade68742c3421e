"""The columns of the resource list: cell text, maximum width and sort key; those shown on a tab, and its sort order."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from unsub_tui.app.widgets.table_lines import Column, RowTone
from unsub_tui.domain.eligibility import BlockedReason
from unsub_tui.domain.paid_periods import new_expiry
from unsub_tui.domain.resource import Resource, Status
from unsub_tui.domain.untrusted_text import cell_width
from unsub_tui.listmodel.resource_list import ResourceList
from unsub_tui.listmodel.row_order import SortKey
from unsub_tui.listmodel.tab import Tab
from unsub_tui.present.i18n import _
from unsub_tui.present.money import paid_cell, period_cell, refund_cell
from unsub_tui.present.resources import (
    auto_renewal_cell,
    blocked_text,
    display_name,
    expire_policy_label,
    project_name,
    region,
    service_cell,
    spec,
    state_cell,
)
from unsub_tui.present.time_format import date_and_days_left, format_date, time_left

if TYPE_CHECKING:
    from unsub_tui.domain.inventory.resource_findings import ResourceFindings
    from unsub_tui.present.inventory import FindingText, Viewer

MEASURED_ROWS = 2_000
"""Approximate number of rows, sampled across the list, that determine column widths; more would lag at 100,000 rows."""

PRECOMPUTED_SORTS = ("name", "expires")

DEFAULT_SORTING = (("expires", False),)
"""Sort columns of a list unless the user chooses others, each with whether its order is reversed."""

LISTING_ORDER = ""
"""Name of the sort order in which Huawei Cloud returns the resources."""

SOON = timedelta(days=7)
"""A resource that expires earlier is marked; it is also the time when auto-renewal begins."""

BRANCH = "└"
"""Sign before the name of an attached resource; `theme.py` has its ASCII form."""

NO_BOX, ALONE_ONLY, NOT_POSSIBLE = "   ", "( )", " x "
"""Signs in place of the selection box: attached, only alone or in queue mode, cannot be unsubscribed from."""

REJECTED = "!"
"""Sign in the box of a resource that was rejected as a part of a bundle."""

SORT_LAST = 4e12
"""Sort value of resources that never expire: places them after all others."""


@dataclass(frozen=True, slots=True)
class ColumnKind:
    """A column that the list can show and sort by."""

    id: str
    """Stable identifier, used in the configuration."""
    title: str
    letter: str
    """Key that selects the column in a menu."""
    widest: int
    """Maximum width, in terminal cells."""
    cell: Callable[[Resource, ResourceList], str]
    """Returns the cell of a resource of the list as sanitized text."""
    sort: Callable[[Resource, ResourceList], object] | None = None
    """Returns the sort key of a resource; None sorts by the case-folded text of the cell."""
    align: str = "left"
    is_key: bool = False
    """Whether the name gives way to the column on a narrow screen."""
    is_finding: bool = False
    """Whether the cell is a finding: its column is as wide as it can be, because all findings take long to measure."""
    is_default: bool = True
    """Whether the column is shown unless the user chooses otherwise."""
    tabs: frozenset[Tab] = frozenset(Tab)
    """Tabs on which the column is available."""


def _time(moment: datetime | None) -> float:
    return moment.timestamp() if moment else SORT_LAST


def _is_gone(resource: Resource) -> bool:
    """Whether a resource was unsubscribed: Huawei Cloud continues to list it for a while."""
    return resource.status == Status.CLOSED


def _name_cell(resource: Resource, _resources: ResourceList) -> str:
    return ("" if resource.is_main_resource else f"{BRANCH} ") + display_name(resource)


def _expiry_cell(resource: Resource, resources: ResourceList) -> str:
    return _("gone") if _is_gone(resource) else date_and_days_left(resource.expire_time, resources.context.now())


def _state_cell(resource: Resource, resources: ResourceList) -> str:
    """Return the state of the subscription or, if that is "in use", what the resource is doing once it is known."""
    state, findings = state_cell(resource, resources.context.now()), resources.context.findings_of(resource)
    if findings is None or resource.status != Status.IN_USE or not resource.is_effective(resources.context.now()):
        return state
    from unsub_tui.present.inventory import use_word

    return use_word(findings) or state


def _refund_cell(resource: Resource, resources: ResourceList) -> str:
    return "" if _is_gone(resource) else refund_cell(resources.quotes.get(resource.id))


def _five_day_cell(resource: Resource, resources: ResourceList) -> str:
    return time_left(resources.context.free_until(resource), resources.context.now())


def _new_expiry_cell(resource: Resource, resources: ResourceList) -> str:
    return format_date(new_expiry(resource, resources.context.periods_of(resource)))


def _reason_cell(resource: Resource, resources: ResourceList) -> str:
    reason = resources.reason_of(resource)
    if reason is BlockedReason.ATTACHED:
        return _("attached to its primary resource")
    return "" if reason is None else blocked_text(reason)


def _inventory_cell(
    words: Callable[[ResourceFindings, Viewer], FindingText],
) -> Callable[[Resource, ResourceList], str]:
    """Return the cell of a finding; empty before the inventory is read, and where the finding has no meaning."""

    def cell(resource: Resource, resources: ResourceList) -> str:
        findings = resources.context.findings_of(resource)
        if findings is None:
            return ""
        from unsub_tui.present.inventory import Viewer

        return words(findings, Viewer("", resources.context.now())).cell

    return cell


def _backup_text(findings: ResourceFindings, viewer: Viewer) -> FindingText:
    from unsub_tui.present.inventory import backup_text

    return backup_text(findings, viewer)


def _tags_text(findings: ResourceFindings, viewer: Viewer) -> FindingText:
    from unsub_tui.present.inventory import tags_text

    return tags_text(findings.tags, viewer)


def _activity_text(findings: ResourceFindings, viewer: Viewer) -> FindingText:
    from unsub_tui.present.inventory import activity_text

    return activity_text(findings.activity, viewer)


def _cluster_text(findings: ResourceFindings, viewer: Viewer) -> FindingText:
    from unsub_tui.present.inventory import cluster_text

    return cluster_text(findings.cluster, viewer)


def _refund_rank(resource: Resource, resources: ResourceList) -> tuple[int, object]:
    """Return a sort key that puts unknown refunds last, groups by currency and puts the highest refund first."""
    quote = resources.quotes.get(resource.id)
    if quote is None or quote.amounts.refund is None:
        return (1, ("", 0))
    return (0, (quote.amounts.currency, -quote.amounts.refund))


def _paid_rank(resource: Resource, resources: ResourceList) -> tuple[int, object]:
    periods = resources.context.periods_of(resource)
    if not periods or not all(each.is_amount_known for each in periods):
        return (1, ("", 0))
    return (0, (periods[0].currency, -sum(each.paid for each in periods)))


def _finding(field: str, resource: Resource, resources: ResourceList) -> tuple[bool, str, float]:
    """Return the sort key of a finding by the columns that filters use: what is unknown comes last."""
    facts, row = resources.rows.facts, resources.rows.row_of(resource.id)
    if row is None:
        return (True, "", SORT_LAST)
    timestamp = facts.timestamps(field)[row]
    return (
        not facts.known_findings(field)[row],
        facts.texts(field)[row],
        SORT_LAST if timestamp is None else timestamp,
    )


def _state_rank(resource: Resource, resources: ResourceList) -> tuple[object, ...]:
    """Return a sort key that groups the states of subscriptions, and in each what the resources are doing."""
    if resources.context.inventory is None:
        return (resource.status, _state_cell(resource, resources))
    return (resource.status, *(_finding(field, resource, resources) for field in ("run", "attached", "bound")))


def _finding_rank(field: str) -> Callable[[Resource, ResourceList], object]:
    """Return the sort key of a column with this finding."""
    return lambda resource, resources: _finding(field, resource, resources)


_RENEWAL, _INACTIVE, _ACTIVE = (frozenset({tab}) for tab in (Tab.RENEWAL, Tab.INACTIVE, Tab.ACTIVE))

# One to three lines per column: id, title, letter, maximum width, cell; then what differs from the defaults.
# fmt: off
COLUMN_KINDS = (
    ColumnKind("name", _("name"), "n", 20, _name_cell, align="middle",
        sort=lambda resource, _list: display_name(resource).casefold()),
    ColumnKind("period", _("renewal period"), "d", 25,
        lambda resource, resources: period_cell(resources.context.periods_of(resource)), tabs=_RENEWAL),
    ColumnKind("paid", _("paid"), "a", 14,
        lambda resource, resources: paid_cell(resources.context.periods_of(resource)),
        sort=_paid_rank, align="right", tabs=_RENEWAL),
    ColumnKind("then", _("new expiry"), "w", 10, _new_expiry_cell, tabs=_RENEWAL),
    ColumnKind("service", _("service"), "t", 9, lambda resource, _list: service_cell(resource), is_key=True),
    ColumnKind("begins", _("begins"), "b", 17,
        lambda resource, resources: date_and_days_left(resource.effective_time, resources.context.now()),
        sort=lambda resource, _list: _time(resource.effective_time), tabs=_INACTIVE),
    ColumnKind("expires", _("expires"), "e", 17, _expiry_cell,
        sort=lambda resource, _list: _time(resource.expire_time), is_key=True),
    ColumnKind("refund", _("refund"), "f", 16, _refund_cell, sort=_refund_rank, align="right", is_default=False),
    ColumnKind("five-day", _("five days"), "5", 9, _five_day_cell,
        sort=lambda resource, resources: _time(resources.context.free_until(resource)),
        is_default=False, tabs=_ACTIVE),
    ColumnKind("region", _("region"), "r", 14, lambda resource, _list: region(resource), is_key=True),
    ColumnKind("auto-renewal", _("renewal"), "v", 8,
        lambda resource, _list: auto_renewal_cell(resource.expire_policy), is_key=True),
    ColumnKind("state", _("state"), "s", 10, _state_cell,
        sort=_state_rank, is_key=True, is_finding=True),
    ColumnKind("backup", _("backup"), "k", 12, _inventory_cell(_backup_text), sort=_finding_rank("backup"),
        is_finding=True, is_default=False),
    ColumnKind("tags", _("tags"), "g", 30, _inventory_cell(_tags_text), sort=_finding_rank("tag"),
        is_finding=True, is_default=False),
    ColumnKind("cluster", _("cluster"), "l", 16, _inventory_cell(_cluster_text), sort=_finding_rank("cluster"),
        is_finding=True, is_default=False),
    ColumnKind("activity", _("activity"), "h", 16, _inventory_cell(_activity_text), sort=_finding_rank("quiet"),
        is_finding=True, is_default=False),
    ColumnKind("spec", _("spec"), "z", 18, lambda resource, _list: spec(resource)),
    ColumnKind("project", _("project"), "p", 16, lambda resource, _list: project_name(resource)),
    # The API has no time of creation: the term begins when the resource is created.
    ColumnKind("created", _("created"), "c", 10, lambda resource, _list: format_date(resource.effective_time),
        sort=lambda resource, _list: _time(resource.effective_time), is_default=False),
    ColumnKind("at-expiry", _("at expiry"), "x", 24,
        lambda resource, _list: expire_policy_label(resource.expire_policy), is_default=False),
    ColumnKind("reason", _("not selectable because"), "m", 52, _reason_cell, is_default=False),
    ColumnKind("id", _("id"), "i", 36, lambda resource, _list: resource.resource_id.for_display(), align="middle"),
)
# fmt: on
"""All columns, most important first; the user scrolls right to reach columns that do not fit."""

_FINDING_COLUMNS: Mapping[str, str] = {
    "tag": "tags",
    "run": "state",
    "attached": "state",
    "bound": "state",
    "cluster": "cluster",
    "backup": "backup",
    "quiet": "activity",
}
"""The column of each finding that a filter can use."""

_SIGNS: Mapping[BlockedReason | None, str] = {
    None: "[ ]",
    BlockedReason.ATTACHED: NO_BOX,
    BlockedReason.NOT_BATCH_ELIGIBLE: ALONE_ONLY,
}
"""Sign of a row that is not selected, by the reason why it cannot be selected; any other reason: NOT_POSSIBLE."""

COLUMN_KINDS_BY_ID = {kind.id: kind for kind in COLUMN_KINDS}


def sort_key(kind: ColumnKind, resources: ResourceList) -> SortKey:
    """Return the sort key of a column."""
    sort = kind.sort
    if sort is None:
        return lambda resource: kind.cell(resource, resources).casefold()
    return lambda resource: sort(resource, resources)


class ListColumns:
    """The columns of one tab's list, which is the table's data source: visible columns, cells, sort order.

    The user's choice of columns overrides those that are shown automatically while they are relevant.
    """

    def __init__(self, resources: ResourceList) -> None:
        self._list = resources
        self.kinds = tuple(kind for kind in COLUMN_KINDS if resources.tab in kind.tabs)
        """The columns that the tab can show."""
        self._chosen = frozenset(kind.id for kind in self.kinds if kind.is_default)
        self._declined: frozenset[str] = frozenset()
        self._sorting: tuple[tuple[str, bool], ...] = ()
        """Id of each sort column, most significant first, and whether its order is reversed."""
        self._drawn = self.shown
        """The columns that the table draws."""
        self._widths: dict[str, int] = {}
        """Measured width of each column that was drawn."""
        self._set_sorting(DEFAULT_SORTING)

    def __len__(self) -> int:
        return len(self._list)

    @property
    def shown(self) -> tuple[ColumnKind, ...]:
        """Visible columns in the order of `COLUMN_KINDS`, but name first (always visible), then what a filter asks for.

        The reason and the findings that the filter names must be visible in a narrow terminal, too.
        """
        ids = self._chosen | self._automatic | {"name"}
        kinds = [kind for kind in self.kinds if kind.id in ids]
        asked = self._asked
        if self._automatic <= {"state", "backup"}:  # there is room for the state where it is
            asked = frozenset()
        kinds.sort(key=lambda kind: 0 if kind.id == "name" else 1 if kind.id == "reason" or kind.id in asked else 2)
        return tuple(kinds)

    def choose(self, ids: Collection[str]) -> None:
        """Show these columns; an automatic column among them stays automatic and disappears with its reason."""
        wanted, added = frozenset(ids), self._automatic
        self._declined = (self._declined | added) - wanted
        self._chosen = (wanted - added) | (wanted & self._chosen)

    def table_columns(self, *, measure: bool = True) -> list[Column]:
        """Return the visible columns, each as wide as title and content need, up to the content's maximum width.

        Without `measure`, the contents keep the widths of before: measuring takes time in proportion to the rows.
        """
        rows = self._list.rows.resources
        sample = rows[:: max(1, len(rows) // MEASURED_ROWS)]
        columns = []
        self._drawn = self.shown
        for kind in self._drawn:
            if measure or kind.id not in self._widths:
                self._widths[kind.id] = self._measured_width(kind, sample)
            mark = self._sort_mark(kind.id)
            width = max(self._widths[kind.id], cell_width(kind.title + mark))
            columns.append(Column(kind.title, width, kind.align, mark, is_key=kind.is_key, is_id=kind.id == "id"))
        return columns

    def _measured_width(self, kind: ColumnKind, sample: Sequence[Resource]) -> int:
        is_finding = kind.is_finding and self._list.context.inventory is not None
        if not sample or is_finding or kind.id == "name":  # the name takes the remaining width
            return kind.widest
        widest = max(cell_width(kind.cell(each, self._list)) for each in sample)
        return max(cell_width(kind.title), min(widest, kind.widest))

    def _sort_mark(self, name: str) -> str:
        """Return the arrow behind the title of the first sort column, once the rows are in its order."""
        if not self._sorting or self._sorting[0][0] != name or not self._list.rows.order.is_arranged:
            return ""
        return " ▼" if self._sorting[0][1] else " ▲"

    def cells(self, position: int) -> Sequence[str]:
        """Return the cells of a row."""
        rows = self._list.rows
        row = rows.visible_rows[position]
        resource = rows.resources[row]
        first, *others = (kind.cell(resource, self._list) for kind in self._drawn)
        if rows.is_folded(row):
            count = len(self._list.catalog.attached_to(resource))
            first = f"+{count} {first}" if count else first
        return (first, *others)

    def row_marker(self, position: int) -> str:
        """Return the selection box of a row."""
        rows = self._list.rows
        if rows.ids[rows.visible_rows[position]] in self._list.selection.ids:
            return "[x]"
        sign = _SIGNS.get(self._list.reason_at(position), NOT_POSSIBLE)
        was_rejected = (
            self._list.context.rejection_of(self._list.tab, rows.resources[rows.visible_rows[position]]) is not None
        )
        return f"{sign[0]}{REJECTED}{sign[2]}" if was_rejected and sign != NOT_POSSIBLE else sign

    def row_tone(self, position: int) -> RowTone:
        """Return how a row is shown: what is gone or cannot be selected is dim, what ends soon is a warning."""
        rows = self._list.rows
        resource = rows.resources[rows.visible_rows[position]]
        if resource.status == Status.EXPIRED:
            return RowTone.ERROR
        if resource.status in (Status.FROZEN, Status.FREEZING):
            return RowTone.WARNING
        reason = self._list.reason_at(position)
        if _is_gone(resource) or reason not in (None, BlockedReason.ATTACHED, BlockedReason.NOT_BATCH_ELIGIBLE):
            return RowTone.DIM
        expires = resource.expire_time
        is_soon = expires is not None and expires - self._list.context.now() < SOON
        return (
            RowTone.WARNING
            if is_soon or self._list.context.rejection_of(self._list.tab, resource) is not None
            else RowTone.PLAIN
        )

    @property
    def sorting(self) -> tuple[tuple[str, bool], ...]:
        """Id of each sort column, most significant first, and whether its order is reversed."""
        return self._sorting

    @property
    def sort_note(self) -> str:
        """The sort columns in words, if the titles of the columns do not show them."""
        is_in_titles = len(self._sorting) == 1 and any(kind.id == self._sorting[0][0] for kind in self.shown)
        return "" if is_in_titles else self.sort_description

    @property
    def sort_description(self) -> str:
        """The sort columns in words; empty for the order of Huawei Cloud."""
        words = []
        for name, is_reversed in self._sorting:
            title = COLUMN_KINDS_BY_ID[name].title
            words.append(_("{name} reversed").format(name=title) if is_reversed else title)
        return _(", then ").join(words)

    def sort_by(self, name: str) -> None:
        """Sort by a column, with the previous column as the second key; the same column again reverses the order."""
        if self._sorting and self._sorting[0][0] == name:
            self.reverse()
        elif name == LISTING_ORDER:
            self._set_sorting(())
        else:
            self._set_sorting(((name, False), *(each for each in self._sorting if each[0] != name))[:2])

    def reverse(self) -> None:
        """Reverse the sort order of the first key."""
        if self._sorting:
            (name, is_reversed), *rest = self._sorting
            self._set_sorting(((name, not is_reversed), *rest))

    def precompute_sort_keys(self) -> None:
        """Compute the most common sort keys in advance: with 100,000 rows, computing them on a key press would lag."""
        for name in PRECOMPUTED_SORTS:
            self._list.rows.order.precompute(name, sort_key(COLUMN_KINDS_BY_ID[name], self._list))

    def _set_sorting(self, sorting: tuple[tuple[str, bool], ...]) -> None:
        self._sorting = sorting
        self._list.rows.set_sort(
            *((name, sort_key(COLUMN_KINDS_BY_ID[name], self._list), is_reversed) for name, is_reversed in sorting)
        )

    @property
    def _asked(self) -> frozenset[str]:
        """The columns of the findings that the filter names."""
        return frozenset(_FINDING_COLUMNS[each] for each in self._list.query.finding_fields)

    @property
    def _automatic(self) -> frozenset[str]:
        """The columns that the filter uses, refunds while any quote is known, and the inventory once it is read."""
        query, is_read = self._list.query, self._list.context.inventory is not None
        reasons = {
            "reason": query.uses_state("is:blocked"),
            "five-day": query.uses_state("is:five-day"),
            "refund": bool(self._list.quotes) and self._list.tab is not Tab.RENEWAL,
            "backup": is_read,
            **dict.fromkeys(self._asked, True),
        }
        return frozenset(name for name, holds in reasons.items() if holds) - self._declined
