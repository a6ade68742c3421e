"""Row order of the resource list: grouped by primary resource, folded, filtered and sorted.

Work proportional to the number of resources happens only when data, filter, sort order or folding change, never on a
cursor move or a selection.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from unsub_tui.domain.resource import Resource
from unsub_tui.listmodel.filters import Facts, FilterError, Query, UnknownValueError

SortKey = Callable[[Resource], Any]
"""Returns the sort key of a resource in a column: any hashable value comparable with its own kind."""

NO_ROW = -1
"""Placeholder for "no row", which ends a group."""

SortColumn = tuple[str, SortKey, bool]
"""Name of a column, its sort key, and whether the order is descending."""


class RowModel:
    """Resources by row number, and the visible rows in display order."""

    def __init__(self, make_facts: Callable[[Sequence[Resource]], Facts]) -> None:
        self.rows: list[Resource] = []
        """Resources in order of arrival; the number of a row never changes."""
        self.ids: list[str] = []
        """Resource ids by row."""
        self.visible_rows: list[int] = []
        """Numbers of the visible rows, in display order."""
        self.query = Query()
        """The current filter."""
        self.filter_error: FilterError | None = None
        """Why the filter cannot be applied; no row is visible then."""
        self.facts = make_facts(self.rows)
        """The filter's access to the rows."""
        self._make_facts = make_facts
        self._row_of: dict[str, int] = {}
        self._arrival_order: list[int] = []
        """All row numbers. The other lists share these int objects: separate ones would take 3 MiB for 100,000 rows."""
        self._order: list[int] = []
        self._group_rows: list[int] = []
        """Rows that are not grouped under another row, in order of arrival."""
        self._group_of: list[int] = []
        """For each row, the head row of its group; its own number if it is a head."""
        self._next_attached: list[int] = []
        """For each row, the next attached row of its group, or NO_ROW."""
        self._is_grouped = False
        self._restriction: Callable[[Resource], bool] | None = None
        self._sort_columns: tuple[SortColumn, ...] = ()
        self._ranks: dict[str, list[int]] = {}
        """For each column and head row, the rank of the value among all values of the column."""
        self._sorted_heads: tuple[list[tuple[str, bool]], list[int]] = ([], [])
        """Sort columns with their directions, and the head rows in that order."""
        self._toggled_heads: set[int] = set()
        self._all_folded = False
        self._can_narrow = False
        """Whether `visible_rows` is the filter's current result, so that a narrower filter can search it alone."""

    def __len__(self) -> int:
        return len(self.rows)

    def add_page(self, page: Sequence[Resource]) -> None:
        """Append one page; `reorder` later groups attached resources under their primary ones."""
        first = len(self.rows)
        self.rows.extend(page)
        self.ids.extend(resource.id for resource in page)
        new = list(range(first, len(self.rows)))
        self._row_of.update(zip(self.ids[first:], new, strict=True))
        self._arrival_order.extend(new)
        self._order.extend(new)
        self._group_of.extend(new)
        self._next_attached.extend([NO_ROW] * len(new))
        self._ranks.clear()
        self._sorted_heads = [], []
        self._is_grouped = False
        if self.filter_error is None:
            self._append_visible(new)
        elif isinstance(self.filter_error, UnknownValueError):  # the page may have the value
            self.update_visible()

    def replace_resources(self, resources: Iterable[Resource]) -> None:
        """Replace the resources that have the same ids; the order does not change until the next reordering."""
        for resource in resources:
            row = self._row_of.get(resource.id)
            if row is not None:
                self.rows[row] = resource
        self.facts = self._make_facts(self.rows)
        self._ranks.clear()
        self._sorted_heads = [], []
        self._can_narrow = False

    def reorder(self) -> None:
        """Compute the final order of all rows, once the listing is complete."""
        self._order = self._grouped_order()
        self.update_visible()

    def resource_at(self, position: int) -> Resource | None:
        """Return the resource at this display position, or None."""
        return self.rows[self.visible_rows[position]] if 0 <= position < len(self.visible_rows) else None

    def row_of(self, resource_id: str) -> int | None:
        """Return the row number of a resource, visible or not, or None if there is none."""
        return self._row_of.get(resource_id)

    def position_of(self, resource_id: str) -> int | None:
        """Return the display position of a resource, or None if it is not visible."""
        row = self._row_of.get(resource_id)
        try:
            return None if row is None else self.visible_rows.index(row)
        except ValueError:
            return None

    def set_filter(self, query: Query) -> None:
        """Show only matching rows; none if the filter cannot be applied (the reason is in `filter_error`)."""
        is_narrower = (
            self._can_narrow and self._restriction is None and not self._has_folds and query.narrows(self.query)
        )
        self.query = query
        if is_narrower:
            self.visible_rows = self._matching_rows(self.visible_rows)
        else:
            self.update_visible()

    def restrict_to(self, predicate: Callable[[Resource], bool] | None) -> None:
        """Show only resources that match both the filter and `predicate`; None removes this restriction."""
        self._restriction = predicate
        self.update_visible()

    def set_sort(self, *sorting: SortColumn) -> None:
        """Sort primary resources by columns, the first one taking precedence; without columns by order of arrival."""
        self._sort_columns = sorting
        self.reorder()

    def precompute_sort_key(self, name: str, key: SortKey) -> None:
        """Compute the sort ranks of a column in advance, if the complete listing has been grouped."""
        if self._is_grouped:
            self._column_ranks(name, key)

    def toggle_fold(self, row: int) -> bool:
        """Fold or unfold the attached resources in this row's group; return whether there are any."""
        head = self._group_of[row]
        if self._next_attached[head] == NO_ROW:
            return False
        self._toggled_heads ^= {head}
        self.update_visible()
        return True

    def fold_all(self, *, folded: bool) -> None:
        """Fold or unfold all attached resources."""
        self._all_folded = folded
        self._toggled_heads.clear()
        self.update_visible()

    @property
    def all_folded(self) -> bool:
        """Whether groups are folded by default."""
        return self._all_folded

    def is_folded(self, row: int) -> bool:
        """Return whether the group of a head row is folded."""
        return (row in self._toggled_heads) is not self._all_folded

    def update_visible(self) -> None:
        """Recompute the visible rows; none if the filter cannot be applied."""
        self.visible_rows = self._without_folded(self._matching_rows(self._order))
        self._can_narrow = self.filter_error is None

    @property
    def _has_folds(self) -> bool:
        return self._all_folded or bool(self._toggled_heads)

    def _append_visible(self, rows: Sequence[int]) -> None:
        found = self._without_folded(self._matching_rows(rows))
        if self.filter_error is None:
            self.visible_rows.extend(found)
        else:
            self.visible_rows = []

    def _matching_rows(self, rows: Sequence[int]) -> list[int]:
        """Return the given rows that match, in order.

        All rows of a sorted list are read in order of arrival: any other order causes cache misses.
        """
        count = len(self.rows)
        is_by_arrival = bool(self._sort_columns and self.query) and len(rows) == count
        try:
            found = self.query.match_rows(self.facts, range(count) if is_by_arrival else rows)
        except FilterError as error:
            self.filter_error = error
            return []
        self.filter_error = None
        if not is_by_arrival:
            return found
        is_match = bytearray(count)
        for row in found:
            is_match[row] = True
        return [row for row in rows if is_match[row]]

    def _without_folded(self, rows: list[int]) -> list[int]:
        """Return the rows without those excluded by the restriction and those folded under a visible head row."""
        if self._restriction is not None:
            rows = [row for row in rows if self._restriction(self.rows[row])]
        if not self._has_folds:
            return rows
        present, head_of = set(rows), self._group_of
        return [row for row in rows if (head := head_of[row]) == row or head not in present or not self.is_folded(head)]

    def _grouped_order(self) -> list[int]:
        """Return all rows in order, each primary resource followed by its attached ones."""
        if not self._is_grouped:
            self._group()
        order, next_attached = list[int](), self._next_attached
        for head in self._sort_groups(self._sort_columns):
            row = head
            while row != NO_ROW:
                order.append(row)
                row = next_attached[row]
        return order

    def _sort_groups(self, sort_columns: tuple[SortColumn, ...]) -> list[int]:
        """Return the sorted head rows, reusing the cached order: users mostly add a column before the old ones."""
        if not sort_columns:
            return self._group_rows
        (name, key, descending), *rest = sort_columns
        columns = [(each, is_descending) for each, _key, is_descending in sort_columns]
        if self._sorted_heads[0] != columns:
            heads = self._sort_groups(tuple(rest)).copy()
            heads.sort(key=self._column_ranks(name, key).__getitem__, reverse=descending)
            self._sorted_heads = columns, heads
        return self._sorted_heads[1]

    def _group(self) -> None:
        """Group attached rows under their primary row; one without a listed primary resource forms its own group."""
        rows, last = self.rows, self._arrival_order.copy()
        self._group_of = [row if rows[row].is_main_resource else self._find_head(row) for row in self._arrival_order]
        self._group_rows, self._next_attached = [], [NO_ROW] * len(rows)
        for row, head in zip(self._arrival_order, self._group_of, strict=True):
            if head == row:
                self._group_rows.append(row)
            else:
                self._next_attached[last[head]] = row
                last[head] = row
        self._is_grouped = True

    def _find_head(self, row: int) -> int:
        """Return the row of an attached row's primary resource, at any depth, or the row itself if there is none."""
        head, seen = row, set[int]()
        while not self.rows[head].is_main_resource:
            seen.add(head)
            parent = self._row_of.get(self.rows[head].parent_resource_id.raw)
            if parent is None or parent in seen:
                return row
            head = parent
        return head

    def _column_ranks(self, name: str, key: SortKey) -> list[int]:
        """Return the rank of each head row's value in a column, computed once per listing."""
        if name not in self._ranks:
            values = list(map(key, map(self.rows.__getitem__, self._group_rows)))
            rank_of = {value: rank for rank, value in enumerate(sorted(set(values)))}  # equal values share a rank
            ranks = self._ranks[name] = [0] * len(self.rows)
            for head, value in zip(self._group_rows, values, strict=True):
                ranks[head] = rank_of[value]
        return self._ranks[name]

    def invalidate_sort_keys(self, names: Iterable[str]) -> None:
        """Discard the cached sort ranks of these columns because their values have changed."""
        self._sorted_heads = [], []
        for name in names:
            self._ranks.pop(name, None)
