"""The order of a list: attached resources under their main one or folded into it, filtered, sorted by columns.

Everything that costs time in the number of resources happens when data, filter or sorting change, never for
a key that only moves or marks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import chain
from typing import Any

from unsub_tui.domain.filters import Facts, FilterError, Query, UnknownValueError
from unsub_tui.domain.resource import Resource

SortKey = Callable[[Resource], Any]
"""What a column sorts by: anything that compares with its own kind."""

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
        self._order: list[int] = []
        self._heads: list[int] = []
        """Rows that stand for themselves, in the order of arrival."""
        self._followers: dict[int, list[int]] = {}
        self._head_of: dict[int, int] = {}
        """The head that an attached row follows."""
        self._is_grouped = False
        self._wanted: Callable[[Resource], bool] | None = None
        self._sorting: tuple[Sorting, ...] = ()
        self._groups: dict[int, tuple[int, ...]] = {}
        """By head: its row and those of what is attached to it; only where anything is attached at all."""
        self._keys: dict[str, dict[int, Any]] = {}
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
        self._row_of.update((self.ids[row], row) for row in range(first, len(self.rows)))
        new = range(first, len(self.rows))
        self._order.extend(new)
        self._keys.clear()
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
        self._keys.clear()
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
            self._keys_of(name, key)

    def fold(self, row: int) -> bool:
        """Fold the attached resources of this row's main one away, or show them; return whether it has any."""
        head = self._head_of.get(row, row)
        if head not in self._followers:
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
        try:
            found = self.query.rows(self.facts, rows)
        except FilterError as error:
            self.wrong = error
            return []
        self.wrong = None
        return found

    def _visible(self, rows: list[int]) -> list[int]:
        """Leave out what is not wanted, and attached ones whose main one is folded and shown itself."""
        if self._wanted is not None:
            rows = [row for row in rows if self._wanted(self.rows[row])]
        if not self._folds_any:
            return rows
        present, head_of = set(rows), self._head_of
        return [
            row for row in rows if (head := head_of.get(row)) is None or head not in present or not self.is_folded(head)
        ]

    def _grouped(self) -> list[int]:
        """Return all rows in order, each main one followed by its attached ones."""
        if not self._is_grouped:
            self._group()
        heads = self._in_order(self._sorting)
        return list(chain.from_iterable(map(self._groups.__getitem__, heads))) if self._groups else list(heads)

    def _in_order(self, sorting: tuple[Sorting, ...]) -> list[int]:
        """Return the rows that stand for themselves in this order; what is second now was mostly first before."""
        if not sorting:
            return self._heads
        (name, key, descending), *rest = sorting
        columns = [(each, is_descending) for each, _key, is_descending in sorting]
        if self._ordered[0] != columns:
            heads = self._in_order(tuple(rest)).copy()
            heads.sort(key=self._keys_of(name, key).__getitem__, reverse=descending)
            self._ordered = columns, heads
        return self._ordered[1]

    def _group(self) -> None:
        """Find out which attached row follows which primary one; one whose primary is not listed stands alone."""
        self._heads, self._followers, self._head_of = [], {}, {}
        for row, resource in enumerate(self.rows):
            head = None if resource.is_main_resource else self._primary_row(row)
            if head is None:
                self._heads.append(row)
            else:
                self._followers.setdefault(head, []).append(row)
                self._head_of[row] = head
        followers = self._followers
        self._groups = {head: (head, *followers.get(head, ())) for head in self._heads} if followers else {}
        self._is_grouped = True

    def _primary_row(self, row: int) -> int | None:
        """Return the row of the primary resource that an attached one belongs to, at any depth; None if not listed."""
        seen = {row}
        parent = self._row_of.get(self.rows[row].parent_resource_id.raw)
        while parent is not None and not self.rows[parent].is_main_resource:
            if parent in seen:
                return None
            seen.add(parent)
            parent = self._row_of.get(self.rows[parent].parent_resource_id.raw)
        return parent

    def _keys_of(self, name: str, key: SortKey) -> dict[int, Any]:
        """Return what each row that stands for itself is sorted by in a column; computed once for a listing."""
        if name not in self._keys:
            self._keys[name] = dict(zip(self._heads, map(key, map(self.rows.__getitem__, self._heads)), strict=True))
        return self._keys[name]

    def forget_keys(self, names: Iterable[str]) -> None:
        """Compute anew what these columns sort by when that is next done: their values have changed."""
        self._ordered = [], []
        for name in names:
            self._keys.pop(name, None)
