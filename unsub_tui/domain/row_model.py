"""The order of a list: attached resources under their main one or folded into it, filtered, sorted by columns.

Everything that costs time in the number of resources happens when data, filter or sorting change, never for
a key that only moves or marks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from unsub_tui.domain.filters import Facts, FilterError, Query, UnknownValueError
from unsub_tui.domain.resource import Resource

SortKey = Callable[[Resource], Any]
"""What a column sorts by: anything that compares with its own kind, and can be hashed."""

NO_ROW = -1
"""No row: stands behind the last one of a group."""

SortColumn = tuple[str, SortKey, bool]
"""A column's name, its key, and whether the order is reversed."""


class RowModel:
    """Resources by row, and the rows that are shown, in the order in which they are shown."""

    def __init__(self, make_facts: Callable[[Sequence[Resource]], Facts]) -> None:
        self.rows: list[Resource] = []
        """In the order of arrival; a row's number never changes."""
        self.ids: list[str] = []
        """Their ids, by row."""
        self.visible_rows: list[int] = []
        """Row numbers, in the order of the screen."""
        self.query = Query()
        """The filter that is in force."""
        self.filter_error: FilterError | None = None
        """Why the filter cannot be applied; nothing is shown then."""
        self.facts = make_facts(self.rows)
        """What the filter asks of the rows."""
        self._make_facts = make_facts
        self._row_of: dict[str, int] = {}
        self._arrival_order: list[int] = []
        """Every row number. The other lists share these objects: numbers of their own would take 3 MiB at 100,000."""
        self._order: list[int] = []
        self._head_rows: list[int] = []
        """Rows that stand for themselves, in the order of arrival."""
        self._head_of: list[int] = []
        """By row: the head that it follows; its own number where it stands for itself."""
        self._next_attached: list[int] = []
        """By row: the next one of its head's attached rows, or LAST."""
        self._is_grouped = False
        self._restriction: Callable[[Resource], bool] | None = None
        self._sort_columns: tuple[SortColumn, ...] = ()
        self._ranks: dict[str, list[int]] = {}
        """By column and row: the place of a head's value among all values of the column."""
        self._sorted_heads: tuple[list[tuple[str, bool]], list[int]] = ([], [])
        """Columns and directions, and the heads in the order that they make."""
        self._toggled_heads: set[int] = set()
        self._all_folded = False
        self._can_narrow = False
        """Whether what is shown is what the filter finds in the rows as they are now."""

    def __len__(self) -> int:
        return len(self.rows)

    def add_page(self, page: Sequence[Resource]) -> None:
        """Take in one page at the end; `settle` brings attached ones to their main ones."""
        first = len(self.rows)
        self.rows.extend(page)
        self.ids.extend(resource.id for resource in page)
        new = list(range(first, len(self.rows)))
        self._row_of.update(zip(self.ids[first:], new, strict=True))
        self._arrival_order.extend(new)
        self._order.extend(new)
        self._head_of.extend(new)
        self._next_attached.extend([NO_ROW] * len(new))
        self._ranks.clear()
        self._sorted_heads = [], []
        self._is_grouped = False
        if self.filter_error is None:
            self._append_visible(new)
        elif isinstance(self.filter_error, UnknownValueError):  # the page may have the value
            self.update_visible()

    def replace_resources(self, resources: Iterable[Resource]) -> None:
        """Let resources stand where those of the same ids stood; the order stays until it is next made."""
        for resource in resources:
            row = self._row_of.get(resource.id)
            if row is not None:
                self.rows[row] = resource
        self.facts = self._make_facts(self.rows)
        self._ranks.clear()
        self._sorted_heads = [], []
        self._can_narrow = False

    def reorder(self) -> None:
        """Put all rows into their final order, once the listing is whole."""
        self._order = self._grouped_order()
        self.update_visible()

    def resource_at(self, position: int) -> Resource | None:
        """Return the resource shown at this position of the screen's order."""
        return self.rows[self.visible_rows[position]] if 0 <= position < len(self.visible_rows) else None

    def row_of(self, resource_id: str) -> int | None:
        """Return a resource's row number, whether it is shown or not."""
        return self._row_of.get(resource_id)

    def position_of(self, resource_id: str) -> int | None:
        """Return where a resource is shown, or None where it is not."""
        row = self._row_of.get(resource_id)
        try:
            return None if row is None else self.visible_rows.index(row)
        except ValueError:
            return None

    def set_filter(self, query: Query) -> None:
        """Show only rows that fit; none where the filter cannot be applied, for which `wrong` then is the reason."""
        is_narrower = (
            self._can_narrow and self._restriction is None and not self._has_folds and query.narrows(self.query)
        )
        self.query = query
        if is_narrower:
            self.visible_rows = self._matching_rows(self.visible_rows)
        else:
            self.update_visible()

    def restrict_to(self, predicate: Callable[[Resource], bool] | None) -> None:
        """Show, besides the filter, only what is `wanted`; None shows all."""
        self._restriction = predicate
        self.update_visible()

    def set_sort(self, *sorting: SortColumn) -> None:
        """Sort main resources by columns, the first one before the second; none is the order of arrival."""
        self._sort_columns = sorting
        self.reorder()

    def precompute_sort_key(self, name: str, key: SortKey) -> None:
        """Compute what a column sorts by, before anybody sorts by it; only of a listing that is whole."""
        if self._is_grouped:
            self._column_ranks(name, key)

    def toggle_fold(self, row: int) -> bool:
        """Fold the attached resources of this row's main one away, or show them; return whether it has any."""
        head = self._head_of[row]
        if self._next_attached[head] == NO_ROW:
            return False
        self._toggled_heads ^= {head}
        self.update_visible()
        return True

    def fold_all(self, *, folded: bool) -> None:
        """Fold all attached resources away, or show them all."""
        self._all_folded = folded
        self._toggled_heads.clear()
        self.update_visible()

    @property
    def all_folded(self) -> bool:
        """Whether attached resources are folded unless one by one they were shown."""
        return self._all_folded

    def is_folded(self, row: int) -> bool:
        """Whether the attached resources of a main one are folded away."""
        return (row in self._toggled_heads) is not self._all_folded

    def update_visible(self) -> None:
        """Work out anew what is shown; nothing where the filter cannot be applied to these rows."""
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
        """Return those of these rows that fit, in their order.

        All rows of a sorted list are looked at in the order of arrival: in another order each one waits for memory.
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
        """Leave out what is not wanted, and attached ones whose main one is folded and shown itself."""
        if self._restriction is not None:
            rows = [row for row in rows if self._restriction(self.rows[row])]
        if not self._has_folds:
            return rows
        present, head_of = set(rows), self._head_of
        return [row for row in rows if (head := head_of[row]) == row or head not in present or not self.is_folded(head)]

    def _grouped_order(self) -> list[int]:
        """Return all rows in order, each main one followed by its attached ones."""
        if not self._is_grouped:
            self._group()
        order, next_attached = list[int](), self._next_attached
        for head in self._sort_heads(self._sort_columns):
            row = head
            while row != NO_ROW:
                order.append(row)
                row = next_attached[row]
        return order

    def _sort_heads(self, sort_columns: tuple[SortColumn, ...]) -> list[int]:
        """Return the rows that stand for themselves in this order; what is second now was mostly first before."""
        if not sort_columns:
            return self._head_rows
        (name, key, descending), *rest = sort_columns
        columns = [(each, is_descending) for each, _key, is_descending in sort_columns]
        if self._sorted_heads[0] != columns:
            heads = self._sort_heads(tuple(rest)).copy()
            heads.sort(key=self._column_ranks(name, key).__getitem__, reverse=descending)
            self._sorted_heads = columns, heads
        return self._sorted_heads[1]

    def _group(self) -> None:
        """Find out which attached row follows which primary one; one whose primary is not listed stands alone."""
        rows, last = self.rows, self._arrival_order.copy()
        self._head_of = [row if rows[row].is_main_resource else self._find_head(row) for row in self._arrival_order]
        self._head_rows, self._next_attached = [], [NO_ROW] * len(rows)
        for row, head in zip(self._arrival_order, self._head_of, strict=True):
            if head == row:
                self._head_rows.append(row)
            else:
                self._next_attached[last[head]] = row
                last[head] = row
        self._is_grouped = True

    def _find_head(self, row: int) -> int:
        """Return the row of the primary resource that an attached one belongs to, at any depth; else its own."""
        head, seen = row, set[int]()
        while not self.rows[head].is_main_resource:
            seen.add(head)
            parent = self._row_of.get(self.rows[head].parent_resource_id.raw)
            if parent is None or parent in seen:
                return row
            head = parent
        return head

    def _column_ranks(self, name: str, key: SortKey) -> list[int]:
        """Return by row where the value of each head comes in a column; computed once for a listing."""
        if name not in self._ranks:
            values = list(map(key, map(self.rows.__getitem__, self._head_rows)))
            rank_of = {value: rank for rank, value in enumerate(sorted(set(values)))}  # equal ones have one rank
            ranks = self._ranks[name] = [0] * len(self.rows)
            for head, value in zip(self._head_rows, values, strict=True):
                ranks[head] = rank_of[value]
        return self._ranks[name]

    def invalidate_sort_keys(self, names: Iterable[str]) -> None:
        """Compute anew what these columns sort by when that is next done: their values have changed."""
        self._sorted_heads = [], []
        for name in names:
            self._ranks.pop(name, None)
