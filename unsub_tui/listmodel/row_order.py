"""Order of the rows of a list: attached resources follow their primary one, and the groups are sorted by columns."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from unsub_tui.domain.resource import Resource

SortKey = Callable[[Resource], Any]
"""Returns the sort key of a resource in a column: any hashable value comparable with its own kind."""

NO_ROW = -1
"""Placeholder for "no row", which ends a group."""

SortColumn = tuple[str, SortKey, bool]
"""Name of a column, its sort key, and whether the order is descending."""


class RowOrder:
    """The order of row numbers. Rows that arrive are last and ungrouped until `arrange` is called."""

    def __init__(self, rows: Sequence[Resource], row_of: Mapping[str, int]) -> None:
        self._rows = rows
        self._row_of = row_of
        self.sort_columns: tuple[SortColumn, ...] = ()
        """Columns to sort primary resources by, the most significant first; none for the order of arrival."""
        self.rows: list[int] = []
        """All row numbers, in order."""
        self.head_of: list[int] = []
        """For each row, the head row of its group; its own number if it is a head."""
        self._arrival_order: list[int] = []
        """All row numbers. The other lists share these int objects: separate ones would take 3 MiB for 100,000 rows."""
        self._heads: list[int] = []
        """Rows that are not grouped under another row, in order of arrival."""
        self._next_attached: list[int] = []
        """For each row, the next attached row of its group, or NO_ROW."""
        self._is_grouped = False
        self._ranks: dict[str, list[int]] = {}
        """For each column and head row, the rank of the value among all values of the column."""
        self._sorted_heads: tuple[list[tuple[str, bool]], list[int]] = ([], [])
        """Sort columns with their directions, and the head rows in that order."""

    def append(self, new: Sequence[int]) -> None:
        """Append the numbers of rows that have arrived."""
        self._arrival_order.extend(new)
        self.rows.extend(new)
        self.head_of.extend(new)
        self._next_attached.extend([NO_ROW] * len(new))
        self.forget_values()
        self._is_grouped = False

    @property
    def is_arranged(self) -> bool:
        """Whether all rows are grouped and sorted: no row has arrived since."""
        return self._is_grouped

    def arrange(self) -> None:
        """Group all rows and sort the groups; each primary resource is followed by its attached ones."""
        if not self._is_grouped:
            self._group()
        order, next_attached = list[int](), self._next_attached
        for head in self._sorted(self.sort_columns):
            row = head
            while row != NO_ROW:
                order.append(row)
                row = next_attached[row]
        self.rows = order

    def has_attached(self, head: int) -> bool:
        """Return whether a head row has attached rows."""
        return self._next_attached[head] != NO_ROW

    def precompute(self, name: str, key: SortKey) -> None:
        """Compute the sort ranks of a column in advance, if the complete listing has been grouped."""
        if self._is_grouped:
            self._column_ranks(name, key)

    def forget_values(self, name: str | None = None) -> None:
        """Discard the cached sort ranks of a column, or of all columns, because values have changed."""
        self._sorted_heads = [], []
        if name is None:
            self._ranks.clear()
        else:
            self._ranks.pop(name, None)

    def _sorted(self, sort_columns: tuple[SortColumn, ...]) -> list[int]:
        """Return the sorted head rows, reusing the cached order: users mostly add a column before the old ones."""
        if not sort_columns:
            return self._heads
        (name, key, descending), *rest = sort_columns
        columns = [(each, is_descending) for each, _key, is_descending in sort_columns]
        if self._sorted_heads[0] != columns:
            heads = self._sorted(tuple(rest)).copy()
            heads.sort(key=self._column_ranks(name, key).__getitem__, reverse=descending)
            self._sorted_heads = columns, heads
        return self._sorted_heads[1]

    def _group(self) -> None:
        """Group attached rows under their primary row; one without a listed primary resource forms its own group."""
        rows, last = self._rows, self._arrival_order.copy()
        self.head_of = [row if rows[row].is_main_resource else self._find_head(row) for row in self._arrival_order]
        self._heads, self._next_attached = [], [NO_ROW] * len(rows)
        for row, head in zip(self._arrival_order, self.head_of, strict=True):
            if head == row:
                self._heads.append(row)
            else:
                self._next_attached[last[head]] = row
                last[head] = row
        self._is_grouped = True

    def _find_head(self, row: int) -> int:
        """Return the row of an attached row's primary resource, at any depth, or the row itself if there is none."""
        head, seen = row, set[int]()
        while not self._rows[head].is_main_resource:
            seen.add(head)
            parent_id = self._rows[head].parent_resource_id.raw
            parent = self._row_of.get(parent_id) if parent_id else None  # rows without an id are nobody's parent
            if parent is None or parent in seen:
                return row
            head = parent
        return head

    def _column_ranks(self, name: str, key: SortKey) -> list[int]:
        """Return the rank of each head row's value in a column, computed once per listing."""
        if name not in self._ranks:
            values = list(map(key, map(self._rows.__getitem__, self._heads)))
            rank_of = {value: rank for rank, value in enumerate(sorted(set(values)))}  # equal values share a rank
            ranks = self._ranks[name] = [0] * len(self._rows)
            for head, value in zip(self._heads, values, strict=True):
                ranks[head] = rank_of[value]
        return self._ranks[name]
