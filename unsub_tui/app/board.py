"""The list as a person works on it: what is shown, and what is marked."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from itertools import compress
from operator import not_

from unsub_tui.app.shown import Shown
from unsub_tui.app.stock import NUMBERS
from unsub_tui.domain.eligibility import Blocked
from unsub_tui.domain.filters import Query
from unsub_tui.domain.resource import Resource
from unsub_tui.present.listing import marked_text
from unsub_tui.present.words import _, plural


@dataclass(frozen=True, slots=True)
class Found:
    """What became of a list of ids that somebody brought."""

    marked: int
    """Found and markable, whether they were marked before or not."""
    missing: tuple[str, ...]
    """Ids that the account does not have."""
    skipped: tuple[tuple[Resource, Blocked], ...]
    """Found, and not allowed."""


class Board(Shown):
    """One tab of the list, to find and mark on."""

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

    def _fitting(self, query: Query) -> list[int]:
        listing = self._stock.listing
        return query.rows(listing.facts, range(len(listing)))

    def _mark_rows(self, rows: Sequence[int]) -> str:
        ids, skipped = self._sift(rows)
        self.marks.add(ids)
        return marked_text(len(ids), skipped)

    def _sift(self, rows: Sequence[int]) -> tuple[Collection[str], dict[Blocked, int]]:
        """Return the ids of the rows that may be marked, and how many may not, by reason."""
        stock = self._stock
        if len(rows) == len(stock.listing):  # all of them, in whatever order
            ids: Collection[str] = stock.markable
            verdicts: bytes | bytearray = stock.verdicts
        else:
            verdicts = bytes(map(stock.verdicts.__getitem__, rows))
            ids = list(compress(map(stock.listing.ids.__getitem__, rows), map(not_, verdicts)))
        counts = {reason: verdicts.count(NUMBERS[reason]) for reason in Blocked}
        return ids, {reason: count for reason, count in counts.items() if count}

    def _travelled(self, count: int, some: str, none: str) -> str:
        self._count_hidden()
        return some.format(n=count) if count else none
