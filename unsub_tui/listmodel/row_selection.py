"""Selecting the rows of a list: single rows, visible rows, rows that match a filter, listed ids; undo and redo."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import compress
from operator import not_

from unsub_tui.domain.eligibility import BlockedReason
from unsub_tui.domain.resource import Resource
from unsub_tui.listmodel.list_snapshot import REASON_CODES, ListSnapshot
from unsub_tui.listmodel.selection import Selection


@dataclass(frozen=True, slots=True)
class SelectionResult:
    """The result of selecting rows."""

    selected_count: int
    """Number of rows of the request that are selected now."""
    skipped: Mapping[BlockedReason, int]
    """Number of rows that cannot be selected, by reason."""


@dataclass(frozen=True, slots=True)
class IdListResult:
    """The result of selecting resources from a list of ids."""

    selected_count: int
    """Number of selectable resources found, including those already selected."""
    missing: tuple[str, ...]
    """Ids that are not in the list."""
    skipped: tuple[tuple[Resource, BlockedReason], ...]
    """Resources that were found but cannot be selected, with the reason."""


class RowSelection:
    """The selected resources of a list, changed by rows of the displayed snapshot."""

    def __init__(self, snapshot: ListSnapshot) -> None:
        self.snapshot = snapshot
        """The displayed rows; replaced when a new listing is displayed."""
        self.ids = Selection()
        self._hidden_count = 0
        self._counted_rows: list[int] | None = None
        """The visible rows for which `_hidden_count` is right; None after a change of hidden ones."""

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def hidden_count(self) -> int:
        """Number of selected resources that are hidden by the filter or by folding."""
        rows = self.snapshot.listing.visible_rows
        if rows is not self._counted_rows:  # not on every key, which would lag at 100,000 rows
            self._hidden_count, self._counted_rows = len(self.hidden_ids()), rows
        return self._hidden_count

    def toggle(self, position: int) -> BlockedReason | None:
        """Select or deselect a visible row; return the reason if it cannot be selected, else None."""
        row = self.snapshot.listing.visible_rows[position]
        reason = self.snapshot.reason_at(row)
        if reason is None:
            self.ids.toggle([self.snapshot.listing.ids[row]])
        return reason

    def select(self, positions: Iterable[int]) -> SelectionResult:
        """Select visible rows."""
        shown = self.snapshot.listing.visible_rows
        return self._select_rows([shown[position] for position in positions])

    def select_visible(self) -> SelectionResult:
        """Select all visible rows."""
        return self._select_rows(self.snapshot.listing.visible_rows)

    def deselect_visible(self) -> int:
        """Deselect all visible rows; return how many were selected."""
        listing = self.snapshot.listing
        if len(listing.visible_rows) == len(listing):
            return self.ids.clear()
        return self.ids.remove(map(listing.ids.__getitem__, listing.visible_rows))

    def invert_visible(self) -> SelectionResult:
        """Invert the selection of all visible rows."""
        ids, skipped = self._partition_selectable(self.snapshot.listing.visible_rows)
        self.ids.toggle(ids)
        return SelectionResult(sum(each in self.ids for each in ids), skipped)

    def select_rows(self, rows: Sequence[int]) -> SelectionResult:
        """Select rows, visible or not, by their row numbers."""
        self._counted_rows = None
        return self._select_rows(rows)

    def deselect_rows(self, rows: Iterable[int]) -> int:
        """Deselect rows, visible or not, by their row numbers; return how many were selected."""
        self._counted_rows = None
        return self.ids.remove(map(self.snapshot.listing.ids.__getitem__, rows))

    def select_ids(self, ids: Iterable[str]) -> IdListResult:
        """Select the resources with these ids; report missing ids and resources that cannot be selected."""
        listing = self.snapshot.listing
        missing: list[str] = []
        skipped: list[tuple[Resource, BlockedReason]] = []
        allowed: list[str] = []
        for each in dict.fromkeys(ids):
            row = listing.row_of(each)
            if row is None:
                missing.append(each)
            elif (reason := self.snapshot.reason_at(row)) is not None:
                skipped.append((listing.resources[row], reason))
            else:
                allowed.append(each)
        self._counted_rows = None
        self.ids.add(allowed)
        return IdListResult(len(allowed), tuple(missing), tuple(skipped))

    def clear(self) -> int:
        """Deselect all resources, including hidden ones; return how many were selected."""
        self._counted_rows = None
        return self.ids.clear()

    def undo(self) -> int:
        """Undo the last step; return how many resources changed."""
        self._counted_rows = None
        return self.ids.undo()

    def redo(self) -> int:
        """Redo the last undone step; return how many resources changed."""
        self._counted_rows = None
        return self.ids.redo()

    def prune(self, resource_ids: Collection[str]) -> list[str]:
        """Deselect resources for good, so that no undo selects them again; return those that were selected, sorted."""
        self._counted_rows = None
        return sorted(self.ids.prune(resource_ids))

    def prune_unselectable(self) -> list[str]:
        """Deselect resources that are gone or can no longer be selected; return their ids, sorted."""
        return self.prune([each for each in self.ids.ids_with_history if each not in self.snapshot.selectable])

    def in_listing_order(self) -> list[str]:
        """Return the selected ids in listing order."""
        return [each for each in self.snapshot.listing.ids if each in self.ids]

    def hidden_ids(self) -> frozenset[str]:
        """Return the selected ids that are hidden by the filter or by folding."""
        listing = self.snapshot.listing
        if not len(self.ids) or len(listing.visible_rows) == len(listing):
            return frozenset()
        seen = {listing.ids[row] for row in listing.visible_rows}
        return frozenset(each for each in self.ids if each not in seen)

    def _select_rows(self, rows: Sequence[int]) -> SelectionResult:
        ids, skipped = self._partition_selectable(rows)
        self.ids.add(ids)
        return SelectionResult(len(ids), skipped)

    def _partition_selectable(self, rows: Sequence[int]) -> tuple[Collection[str], dict[BlockedReason, int]]:
        """Return the ids of the selectable rows, and the number of other rows by reason."""
        snapshot = self.snapshot
        if len(rows) == len(snapshot.listing):  # all rows, in any order
            ids: Collection[str] = snapshot.selectable
            verdicts: bytes | bytearray = snapshot.reason_codes
        else:
            verdicts = bytes(map(snapshot.reason_codes.__getitem__, rows))
            ids = list(compress(map(snapshot.listing.ids.__getitem__, rows), map(not_, verdicts)))
        counts = {reason: verdicts.count(REASON_CODES[reason]) for reason in BlockedReason}
        return ids, {reason: count for reason, count in counts.items() if count}
