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

LAST = -1
"""No row: stands behind the last one of a group."""

Sorting = tuple[str, SortKey, bool]
"""A column's name, its key, and whether the order is reversed."""


class Listing:
    """Resources by row, and the rows that are shown, in the order in which they are shown."""

    def __init__(self, facts_of: Callable[[Sequence[Resource]], Facts]) -> None:
        self.rows: list[Resource] = []
        """In the order of arrival; a row's number never changes."""
        self.ids: list[str] = []
        """Their ids, by row."""
        self.shown: list[int] = []
        """Row numbers, in the order of the screen."""
        self.query = Query()
        """The filter that is in force."""
        self.wrong: FilterError | None = None
        """Why the filter cannot be applied; nothing is shown then."""
        self.facts = facts_of(self.rows)
        """What the filter asks of the rows."""
        self._facts_of = facts_of
        self._row_of: dict[str, int] = {}
        self._arrival: list[int] = []
        """Every row number. The other lists share these objects: numbers of their own would take 3 MiB at 100,000."""
        self._order: list[int] = []
        self._heads: list[int] = []
        """Rows that stand for themselves, in the order of arrival."""
        self._head_of: list[int] = []
        """By row: the head that it follows; its own number where it stands for itself."""
        self._next_attached: list[int] = []
        """By row: the next one of its head's attached rows, or LAST."""
        self._is_grouped = False
        self._wanted: Callable[[Resource], bool] | None = None
        self._sorting: tuple[Sorting, ...] = ()
        self._ranks: dict[str, list[int]] = {}
        """By column and row: the place of a head's value among all values of the column."""
        self._ordered: tuple[list[tuple[str, bool]], list[int]] = ([], [])
        """Columns and directions, and the heads in the order that they make."""
        self._folded: set[int] = set()
        self._all_folded = False
        self._may_narrow = False
        """Whether what is shown is what the filter finds in the rows as they are now."""

    def __len__(self) -> int:
        return len(self.rows)

    def extend(self, page: Sequence[Resource]) -> None:
        """Take in one page at the end; `settle` brings attached ones to their main ones."""
        first = len(self.rows)
        self.rows.extend(page)
        self.ids.extend(resource.id for resource in page)
        new = list(range(first, len(self.rows)))
        self._row_of.update(zip(self.ids[first:], new, strict=True))
        self._arrival.extend(new)
        self._order.extend(new)
        self._head_of.extend(new)
        self._next_attached.extend([LAST] * len(new))
        self._ranks.clear()
        self._ordered = [], []
        self._is_grouped = False
        if self.wrong is None:
            self._show_more(new)
        elif isinstance(self.wrong, UnknownValueError):  # the page may have the value
            self.show()

    def replace(self, resources: Iterable[Resource]) -> None:
        """Let resources stand where those of the same ids stood; the order stays until it is next made."""
        for resource in resources:
            row = self._row_of.get(resource.id)
            if row is not None:
                self.rows[row] = resource
        self.facts = self._facts_of(self.rows)
        self._ranks.clear()
        self._ordered = [], []
        self._may_narrow = False

    def settle(self) -> None:
        """Put all rows into their final order, once the listing is whole."""
        self._order = self._grouped()
        self.show()

    def resource_at(self, position: int) -> Resource | None:
        """Return the resource shown at this position of the screen's order."""
        return self.rows[self.shown[position]] if 0 <= position < len(self.shown) else None

    def row_of(self, resource_id: str) -> int | None:
        """Return a resource's row number, whether it is shown or not."""
        return self._row_of.get(resource_id)

    def position_of(self, resource_id: str) -> int | None:
        """Return where a resource is shown, or None where it is not."""
        row = self._row_of.get(resource_id)
        try:
            return None if row is None else self.shown.index(row)
        except ValueError:
            return None

    def filter(self, query: Query) -> None:
        """Show only rows that fit; none where the filter cannot be applied, for which `wrong` then is the reason."""
        is_narrower = self._may_narrow and self._wanted is None and not self._folds_any and query.narrows(self.query)
        self.query = query
        if is_narrower:
            self.shown = self._fitting(self.shown)
        else:
            self.show()

    def only(self, wanted: Callable[[Resource], bool] | None) -> None:
        """Show, besides the filter, only what is `wanted`; None shows all."""
        self._wanted = wanted
        self.show()

    def sort(self, *sorting: Sorting) -> None:
        """Sort main resources by columns, the first one before the second; none is the order of arrival."""
        self._sorting = sorting
        self.settle()

    def prepare(self, name: str, key: SortKey) -> None:
        """Compute what a column sorts by, before anybody sorts by it; only of a listing that is whole."""
        if self._is_grouped:
            self._ranks_of(name, key)

    def fold(self, row: int) -> bool:
        """Fold the attached resources of this row's main one away, or show them; return whether it has any."""
        head = self._head_of[row]
        if self._next_attached[head] == LAST:
            return False
        self._folded ^= {head}
        self.show()
        return True

    def fold_all(self, *, folded: bool) -> None:
        """Fold all attached resources away, or show them all."""
        self._all_folded = folded
        self._folded.clear()
        self.show()

    @property
    def all_folded(self) -> bool:
        """Whether attached resources are folded unless one by one they were shown."""
        return self._all_folded

    def is_folded(self, row: int) -> bool:
        """Whether the attached resources of a main one are folded away."""
        return (row in self._folded) is not self._all_folded

    def show(self) -> None:
        """Work out anew what is shown; nothing where the filter cannot be applied to these rows."""
        self.shown = self._visible(self._fitting(self._order))
        self._may_narrow = self.wrong is None

    @property
    def _folds_any(self) -> bool:
        return self._all_folded or bool(self._folded)

    def _show_more(self, rows: Sequence[int]) -> None:
        found = self._visible(self._fitting(rows))
        if self.wrong is None:
            self.shown.extend(found)
        else:
            self.shown = []

    def _fitting(self, rows: Sequence[int]) -> list[int]:
        """Return those of these rows that fit, in their order.

        All rows of a sorted list are looked at in the order of arrival: in another order each one waits for memory.
        """
        count = len(self.rows)
        is_by_arrival = bool(self._sorting and self.query) and len(rows) == count
        try:
            found = self.query.rows(self.facts, range(count) if is_by_arrival else rows)
        except FilterError as error:
            self.wrong = error
            return []
        self.wrong = None
        if not is_by_arrival:
            return found
        fits = bytearray(count)
        for row in found:
            fits[row] = True
        return [row for row in rows if fits[row]]

    def _visible(self, rows: list[int]) -> list[int]:
        """Leave out what is not wanted, and attached ones whose main one is folded and shown itself."""
        if self._wanted is not None:
            rows = [row for row in rows if self._wanted(self.rows[row])]
        if not self._folds_any:
            return rows
        present, head_of = set(rows), self._head_of
        return [row for row in rows if (head := head_of[row]) == row or head not in present or not self.is_folded(head)]

    def _grouped(self) -> list[int]:
        """Return all rows in order, each main one followed by its attached ones."""
        if not self._is_grouped:
            self._group()
        order, next_attached = list[int](), self._next_attached
        for head in self._in_order(self._sorting):
            row = head
            while row != LAST:
                order.append(row)
                row = next_attached[row]
        return order

    def _in_order(self, sorting: tuple[Sorting, ...]) -> list[int]:
        """Return the rows that stand for themselves in this order; what is second now was mostly first before."""
        if not sorting:
            return self._heads
        (name, key, descending), *rest = sorting
        columns = [(each, is_descending) for each, _key, is_descending in sorting]
        if self._ordered[0] != columns:
            heads = self._in_order(tuple(rest)).copy()
            heads.sort(key=self._ranks_of(name, key).__getitem__, reverse=descending)
            self._ordered = columns, heads
        return self._ordered[1]

    def _group(self) -> None:
        """Find out which attached row follows which primary one; one whose primary is not listed stands alone."""
        rows, last = self.rows, self._arrival.copy()
        self._head_of = [row if rows[row].is_main_resource else self._head_row(row) for row in self._arrival]
        self._heads, self._next_attached = [], [LAST] * len(rows)
        for row, head in zip(self._arrival, self._head_of, strict=True):
            if head == row:
                self._heads.append(row)
            else:
                self._next_attached[last[head]] = row
                last[head] = row
        self._is_grouped = True

    def _head_row(self, row: int) -> int:
        """Return the row of the primary resource that an attached one belongs to, at any depth; else its own."""
        head, seen = row, set[int]()
        while not self.rows[head].is_main_resource:
            seen.add(head)
            parent = self._row_of.get(self.rows[head].parent_resource_id.raw)
            if parent is None or parent in seen:
                return row
            head = parent
        return head

    def _ranks_of(self, name: str, key: SortKey) -> list[int]:
        """Return by row where the value of each head comes in a column; computed once for a listing."""
        if name not in self._ranks:
            values = list(map(key, map(self.rows.__getitem__, self._heads)))
            rank_of = {value: rank for rank, value in enumerate(sorted(set(values)))}  # equal ones have one rank
            ranks = self._ranks[name] = [0] * len(self.rows)
            for head, value in zip(self._heads, values, strict=True):
                ranks[head] = rank_of[value]
        return self._ranks[name]

    def forget_keys(self, names: Iterable[str]) -> None:
        """Compute anew what these columns sort by when that is next done: their values have changed."""
        self._ordered = [], []
        for name in names:
            self._ranks.pop(name, None)
