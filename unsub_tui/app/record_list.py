"""The rows of the Records tab: our runs and the account's orders, in three groups, subject to a filter.

Contains no widget; the table displays the rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from enum import Enum

from unsub_tui.app.widgets.table_lines import Column, RowTone
from unsub_tui.domain.account import LockOwner
from unsub_tui.domain.order import AttributedOrder
from unsub_tui.domain.run import Run
from unsub_tui.listmodel.filters import FilterError, Query
from unsub_tui.present.i18n import _
from unsub_tui.present.pages import records as shown
from unsub_tui.present.pages.records import Record, RecordFacts
from unsub_tui.present.problems import lock_owner_lines
from unsub_tui.present.text_layout import wrap

CELLS: tuple[tuple[Column, Callable[[Record], str]], ...] = (
    (Column(_("time and subject"), 36), shown.record_title),
    (Column(_("state"), 20), shown.state_text),
    (Column(_("refund"), 17, "right"), lambda record: shown.amount_cell(record, "refund")),
    (Column(_("by"), 24), shown.operator_name),
    (Column(_("fee"), 14, "right"), lambda record: shown.amount_cell(record, "fee")),
    (Column(_("difference"), 17, "right"), shown.estimate_comparison),
    (Column(_("service"), 10), shown.service_names),
    (Column(_("consumed"), 14, "right"), lambda record: shown.amount_cell(record, "consumed")),
    (Column(_("run"), 22, is_id=True), shown.run_id_text),
    (Column(_("ticket and reason"), 30), shown.ticket_and_reason),
)
"""Columns and their cells, most important first; the user scrolls right to reach columns that do not fit."""

COLUMNS = [column for column, _cell in CELLS]

DETAIL_WIDTH = 74
"""Width of a detail line, in terminal cells; fits the smallest common terminal."""


class RecordGroup(Enum):
    """The groups of the list in display order, each with its heading."""

    WAITING = _("Pending: {n}")
    RUNS = _("Runs: {n}")
    ORDERS = _("Unsubscription orders: {n}")


_TROUBLE = frozenset({"x", "?", "!"})
"""Symbols of records that need attention."""

ListRow = RecordGroup | str | Record
"""A row: the heading of a group, a line of text that belongs to the record above it, or a record."""


class RecordList:
    """The filtered, grouped list of records."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._runs: Sequence[Run] = ()
        self._orders: dict[str, AttributedOrder] = {}
        self._lines: list[ListRow] = []
        self._folded: set[RecordGroup] = set()
        self._counts: dict[RecordGroup, int] = {}
        self.matching: list[Record] = []
        """Records that match the filter, including folded ones, in list order."""
        self.facts = RecordFacts((), now)
        """The filter's access to the records."""
        self.query = Query()
        self.filter_error: FilterError | None = None
        """Why the filter cannot be applied; the list is then empty."""
        self.lock_owner: LockOwner | None = None
        """The holder of the journal lock, if another terminal works on one of the runs now."""
        self.orders_note = ""
        """Why orders are missing from the list, or ""."""

    def __len__(self) -> int:
        return len(self._lines)

    @property
    def total(self) -> int:
        """Number of records."""
        return len(self._runs) + len(self._orders)

    def cells(self, position: int) -> Sequence[str]:
        """Return the cells of a row."""
        line = self._lines[position]
        if isinstance(line, RecordGroup):
            return [self._heading_text(line)]
        return [line] if isinstance(line, str) else [cell(line) for _column, cell in CELLS]

    def row_marker(self, position: int) -> str:
        """Return the symbol at the start of a row."""
        line = self._lines[position]
        if isinstance(line, RecordGroup):
            return "-> " if line in self._folded else "---"
        if isinstance(line, str):
            return "   "
        return f" {'>' if self.is_running(line) else shown.status_symbol(line)} "

    def row_tone(self, position: int) -> RowTone:
        """Return how a row is shown: what has failed or is unknown is an error, what is pending a warning."""
        line = self._lines[position]
        if isinstance(line, RecordGroup | str):
            return RowTone.PLAIN
        if shown.status_symbol(line) in _TROUBLE:
            return RowTone.ERROR
        return RowTone.WARNING if shown.is_pending(line) or self.is_running(line) else RowTone.PLAIN

    def is_running(self, record: Record) -> bool:
        """Return whether another terminal is working on the record now."""
        return self.lock_owner is not None and isinstance(record, Run) and record.run_id == self.lock_owner.run_id

    def record_at(self, position: int) -> Record | None:
        """Return the record of a row; None for headings, detail lines and positions out of range."""
        line = self._line_at(position)
        return None if isinstance(line, RecordGroup | str) else line

    def position_of(self, record: Record | None) -> int | None:
        """Return the row of a record, or the first record's row if it is not displayed; None without records."""
        keys = [None if isinstance(line, RecordGroup | str) else shown.record_key(line) for line in self._lines]
        if record is not None and (key := shown.record_key(record)) in keys:
            return keys.index(key)
        return next((number for number, key in enumerate(keys) if key is not None), None)

    def set_runs(self, runs: Sequence[Run], lock_owner: LockOwner | None) -> None:
        """Replace the runs."""
        self._runs, self.lock_owner = runs, lock_owner
        self._arrange()

    def add_orders(self, orders: Iterable[AttributedOrder]) -> None:
        """Add orders; an order that was already in the list is replaced."""
        self._orders |= {each.order.order_id: each for each in orders}
        self._arrange()

    def apply_filter(self, query: Query) -> None:
        """Show the records that match; an invalid filter shows none."""
        self.query = query
        self._arrange()

    def toggle_fold(self, position: int) -> None:
        """Fold or unfold the group of a heading."""
        line = self._line_at(position)
        if isinstance(line, RecordGroup):
            self._folded ^= {line}
            self._arrange()

    def _line_at(self, position: int) -> ListRow | None:
        return self._lines[position] if 0 <= position < len(self._lines) else None

    def _arrange(self) -> None:
        orders = sorted(self._orders.values(), key=_moment, reverse=True)
        records: list[Record] = [*self._runs, *orders]
        self.matching, self._lines, self.filter_error = [], [], None
        self.facts = RecordFacts(records, self._now)
        try:
            rows = self.query.match_rows(self.facts, range(len(records)))
        except FilterError as error:
            self.filter_error = error
            return
        grouped: dict[RecordGroup, list[Record]] = {group: [] for group in RecordGroup}
        for row in rows:
            grouped[self._group_of(records[row])].append(records[row])
        for group, found in grouped.items():
            self.matching += found
            self._counts[group] = len(found)
            if found or group is not RecordGroup.WAITING or self.lock_owner is not None:
                self._lines.append(group)
                self._lines += [] if group in self._folded else self._with_lock_owner(group, found)

    def _with_lock_owner(self, group: RecordGroup, found: Sequence[Record]) -> list[ListRow]:
        """Return the rows of a group; in the first group, running records and the lock owner's details come first."""
        if group is not RecordGroup.WAITING or self.lock_owner is None:
            return list(found)
        words = [_("In progress in another terminal:"), *lock_owner_lines(self.lock_owner)]
        notes = [line for text in words for line in wrap(text, DETAIL_WIDTH, 2)]
        running = [each for each in found if self.is_running(each)]
        return [*running, *notes, *(each for each in found if not self.is_running(each))]

    def _group_of(self, record: Record) -> RecordGroup:
        if shown.is_pending(record) or self.is_running(record):
            return RecordGroup.WAITING
        return RecordGroup.RUNS if isinstance(record, Run) else RecordGroup.ORDERS

    def _heading_text(self, group: RecordGroup) -> str:
        text = group.value.format(n=f"{self._counts[group]:,}")
        return f"{text} ({self.orders_note})" if group is RecordGroup.ORDERS and self.orders_note else text


def _moment(placed: AttributedOrder) -> tuple[float, str]:
    created = placed.order.create_time
    return (created.timestamp() if created else 0.0, placed.order.order_id)
