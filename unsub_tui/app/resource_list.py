"""A tab's list of resources with its selection."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from itertools import compress
from operator import not_

from unsub_tui.app.list_snapshot import REASON_CODES
from unsub_tui.app.resource_view import ResourceView
from unsub_tui.domain.eligibility import BlockedReason
from unsub_tui.domain.resource import Resource
from unsub_tui.listmodel.filters import Query
from unsub_tui.present.i18n import _, plural
from unsub_tui.present.status_line import selection_result_text


@dataclass(frozen=True, slots=True)
class IdListResult:
    """The result of selecting resources from a list of ids."""

    selected_count: int
    """Number of selectable resources found, including those already selected."""
    missing: tuple[str, ...]
    """Ids that are not in the account."""
    skipped: tuple[tuple[Resource, BlockedReason], ...]
    """Resources that were found but cannot be selected, with the reason."""


class ResourceList(ResourceView):
    """A tab of the list, with commands that change the selection."""

    def toggle(self, position: int) -> str:
        """Select or deselect a row; return the reason if it cannot be selected, else ""."""
        resource = self.resource_at(position)
        if resource is None:
            return _("nothing is listed here")
        reason = self.reason_at(position)
        if not reason:
            self.selection.toggle([resource.id])
        return reason

    def select(self, positions: Iterable[int]) -> str:
        """Select rows; return a message with the number selected and the rows skipped."""
        shown = self._snapshot.listing.visible_rows
        return self._select_rows([shown[position] for position in positions])

    def select_shown(self) -> str:
        """Select all visible rows; return a message with the number selected and the rows skipped."""
        return self._select_rows(self._snapshot.listing.visible_rows)

    def select_matching(self, query: Query) -> str:
        """Select all resources that match a filter, visible or not; return a message. Raise FilterError."""
        words = self._select_rows(self._matching_rows(query))
        self._update_hidden_count()
        return words

    def deselect_matching(self, query: Query) -> str:
        """Deselect all resources that match a filter, visible or not; return a message. Raise FilterError."""
        ids = self._snapshot.listing.ids
        count = self.selection.remove(ids[row] for row in self._matching_rows(query))
        self._update_hidden_count()
        return plural("unmarked {n}", "unmarked {n}", count)

    def select_ids(self, ids: Iterable[str]) -> IdListResult:
        """Select the resources with these ids; report missing ids and resources that cannot be selected."""
        listing, reasons = self._snapshot.listing, self._snapshot.reasons
        missing: list[str] = []
        skipped: list[tuple[Resource, BlockedReason]] = []
        allowed: list[str] = []
        for each in dict.fromkeys(ids):
            row = listing.row_of(each)
            if row is None:
                missing.append(each)
            elif (reason := reasons[row]) is not None:
                skipped.append((listing.rows[row], reason))
            else:
                allowed.append(each)
        self.selection.add(allowed)
        self._update_hidden_count()
        return IdListResult(len(allowed), tuple(missing), tuple(skipped))

    def deselect_shown(self) -> str:
        """Deselect all visible rows; return a message with the number."""
        listing = self._snapshot.listing
        if len(listing.visible_rows) == len(listing):
            count = self.selection.clear()
        else:
            count = self.selection.remove(map(listing.ids.__getitem__, listing.visible_rows))
        return plural("unmarked {n}", "unmarked {n}", count)

    def invert_shown(self) -> str:
        """Invert the selection of all visible rows; return a message with the number selected and the rows skipped."""
        ids, skipped = self._partition_selectable(self._snapshot.listing.visible_rows)
        self.selection.toggle(ids)
        return selection_result_text(sum(each in self.selection for each in ids), skipped)

    def clear_selection(self) -> str:
        """Deselect all resources, including hidden ones; return a message with the number."""
        count = self.selection.clear()
        self._update_hidden_count()
        return plural("cleared {n} mark; z brings it back", "cleared {n} marks; z brings them back", count)

    def undo(self) -> str:
        """Undo the last selection step; return a message."""
        return self._undo_message(self.selection.undo(), _("undone: {n} marks changed"), _("nothing to undo"))

    def redo(self) -> str:
        """Redo the last undone selection step; return a message."""
        return self._undo_message(self.selection.redo(), _("redone: {n} marks changed"), _("nothing to redo"))

    def selected_ids(self) -> list[str]:
        """Return the selected ids in listing order."""
        return [each for each in self._snapshot.listing.ids if each in self.selection]

    def _matching_rows(self, query: Query) -> list[int]:
        listing = self._snapshot.listing
        return query.match_rows(listing.facts, range(len(listing)))

    def _select_rows(self, rows: Sequence[int]) -> str:
        ids, skipped = self._partition_selectable(rows)
        self.selection.add(ids)
        return selection_result_text(len(ids), skipped)

    def _partition_selectable(self, rows: Sequence[int]) -> tuple[Collection[str], dict[BlockedReason, int]]:
        """Return the ids of the selectable rows, and the number of other rows by reason."""
        snapshot = self._snapshot
        if len(rows) == len(snapshot.listing):  # all rows, in any order
            ids: Collection[str] = snapshot.selectable
            verdicts: bytes | bytearray = snapshot.reason_codes
        else:
            verdicts = bytes(map(snapshot.reason_codes.__getitem__, rows))
            ids = list(compress(map(snapshot.listing.ids.__getitem__, rows), map(not_, verdicts)))
        counts = {reason: verdicts.count(REASON_CODES[reason]) for reason in BlockedReason}
        return ids, {reason: count for reason, count in counts.items() if count}

    def _undo_message(self, count: int, some: str, none: str) -> str:
        self._update_hidden_count()
        return some.format(n=count) if count else none
