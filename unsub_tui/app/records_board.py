"""What the Records tab knows: runs of ours and the account's orders, in three parts, of which a filter shows some.

No widget in here. It is the table's rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto

from unsub_tui.app.widgets.table import Column
from unsub_tui.domain.filters import FilterError, Query
from unsub_tui.domain.holder import Holder
from unsub_tui.domain.placed import Placed
from unsub_tui.domain.run import Run
from unsub_tui.present import records as shown
from unsub_tui.present.cells import wrap
from unsub_tui.present.others import holder_lines
from unsub_tui.present.records import Record, RecordFacts
from unsub_tui.present.words import _

COLUMNS: tuple[tuple[Column, Callable[[Record], str]], ...] = (
    (Column(_("when and what"), 36), shown.what),
    (Column(_("state"), 20), shown.state),
    (Column(_("refund"), 17, "right"), shown.refund),
    (Column(_("by"), 24), shown.by),
    (Column(_("fee"), 14, "right"), shown.fee),
    (Column(_("difference"), 17, "right"), shown.compared),
    (Column(_("service"), 10), shown.service),
    (Column(_("consumed"), 14, "right"), shown.consumed),
    (Column(_("run"), 22), shown.run_of),
    (Column(_("ticket and reason"), 30), shown.why),
)
"""The columns, the most telling first: what does not fit is reached sideways."""


NOTE_WIDTH = 74
"""Cells of a line of words: it fits the smallest usual terminal."""


class Part(Enum):
    """The parts of the list, in their order."""

    WAITING = auto()
    RUNS = auto()
    ORDERS = auto()


@dataclass(frozen=True, slots=True)
class Title:
    """The line over a part."""

    part: Part
    count: int


@dataclass(frozen=True, slots=True)
class Note:
    """A line of words that belongs to the record above it."""

    text: str


Line = Title | Note | Run | Placed


class RecordsBoard:
    """The list of records as a person works on it."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._runs: Sequence[Run] = ()
        self._orders: dict[str, Placed] = {}
        self._lines: list[Line] = []
        self._fitting: list[Record] = []
        self._folded: set[Part] = set()
        self.query = Query()
        self.wrong: FilterError | None = None
        """Why the filter cannot be applied; nothing is shown then."""
        self.holder: Holder | None = None
        """Who runs one of the runs now, in another terminal."""
        self.orders_words = ""
        """Why orders are missing from the list, or nothing."""

    def __len__(self) -> int:
        return len(self._lines)

    @property
    def columns(self) -> list[Column]:
        """The columns of the table."""
        return [column for column, _cell in COLUMNS]

    @property
    def total(self) -> int:
        """How many records there are."""
        return len(self._runs) + len(self._orders)

    @property
    def fitting(self) -> Sequence[Record]:
        """The records that the filter lets through, folded ones too, in the order of the list."""
        return self._fitting

    def cells(self, position: int) -> Sequence[str]:
        """Return the cells of a line."""
        line = self._lines[position]
        if isinstance(line, Title):
            return [self._title(line)]
        if isinstance(line, Note):
            return [line.text]
        return [cell(line) for _column, cell in COLUMNS]

    def box(self, position: int) -> str:
        """Return the sign of a line."""
        line = self._lines[position]
        if isinstance(line, Title):
            return "-> " if line.part in self._folded else "---"
        if isinstance(line, Note):
            return "   "
        return f" {'>' if self.is_running(line) else shown.sign(line)} "

    def is_running(self, record: Record) -> bool:
        """Whether another terminal works on it now."""
        return self.holder is not None and isinstance(record, Run) and record.run_id == self.holder.run_id

    def record_at(self, position: int) -> Record | None:
        """Return the record of a line; None on a title and beyond the end."""
        line = self._lines[position] if 0 <= position < len(self._lines) else None
        return None if isinstance(line, Title | Note) else line

    def position_of(self, record: Record | None) -> int | None:
        """Return the line of a record, or of the first one where it is not shown any more."""
        keys = [None if isinstance(line, Title | Note) else shown.record_key(line) for line in self._lines]
        if record is not None and (key := shown.record_key(record)) in keys:
            return keys.index(key)
        return next((number for number, key in enumerate(keys) if key is not None), None)

    def take_runs(self, runs: Sequence[Run], holder: Holder | None) -> None:
        """Show these runs."""
        self._runs, self.holder = runs, holder
        self._arrange()

    def take_orders(self, orders: Iterable[Placed]) -> None:
        """Show these orders as well; what was read before becomes what it is now."""
        self._orders |= {each.order.order_id: each for each in orders}
        self._arrange()

    def filter(self, query: Query) -> None:
        """Show what fits; nothing where the filter is wrong."""
        self.query = query
        self._arrange()

    def fold(self, position: int) -> None:
        """Fold the part of a title away, or show it again."""
        line = self._lines[position] if 0 <= position < len(self._lines) else None
        if isinstance(line, Title):
            self._folded ^= {line.part}
            self._arrange()

    def _arrange(self) -> None:
        orders = sorted(self._orders.values(), key=_moment, reverse=True)
        records: list[Record] = [*self._runs, *orders]
        self._fitting, self._lines = [], []
        try:
            rows = self.query.rows(RecordFacts(records, self._now), range(len(records)))
        except FilterError as error:
            self.wrong = error
            return
        self.wrong = None
        parts: dict[Part, list[Record]] = {part: [] for part in Part}
        for row in rows:
            parts[self._part(records[row])].append(records[row])
        self._fitting = [record for part in Part for record in parts[part]]
        for part, found in parts.items():
            if found or part is not Part.WAITING or self.holder is not None:
                self._lines.append(Title(part, len(found)))
                self._lines += [] if part in self._folded else self._with_notes(part, found)

    def _with_notes(self, part: Part, found: Sequence[Record]) -> list[Line]:
        """Return the records of a part; in the first one also who works on the account now."""
        if part is not Part.WAITING or self.holder is None:
            return list(found)
        words = [_("In progress in another terminal:"), *holder_lines(self.holder)]
        notes = [Note(line) for text in words for line in wrap(text, NOTE_WIDTH, 2)]
        running = [each for each in found if self.is_running(each)]
        return [*running, *notes, *(each for each in found if not self.is_running(each))]

    def _part(self, record: Record) -> Part:
        if shown.is_waiting(record) or self.is_running(record):
            return Part.WAITING
        return Part.RUNS if isinstance(record, Run) else Part.ORDERS

    def _title(self, title: Title) -> str:
        words = {
            Part.WAITING: _("Open or waiting: {n}"),
            Part.RUNS: _("Runs of ours: {n}"),
            Part.ORDERS: _("Unsubscription orders: {n}"),
        }
        text = words[title.part].format(n=f"{title.count:,}")
        return f"{text} ({self.orders_words})" if title.part is Part.ORDERS and self.orders_words else text


def _moment(placed: Placed) -> tuple[float, str]:
    created = placed.order.create_time
    return (created.timestamp() if created else 0.0, placed.order.order_id)
