"""The order of a list: attached resources under their main one, filtered by words, sorted by a column.

Everything that costs time in the number of resources happens when data, filter or sorting change, never for
a key that only moves or marks.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from unsub_tui.domain.resource import Resource

SortKey = Callable[[Resource], Any]
"""What a column sorts by: anything that compares with its own kind."""


class Listing:
    """Resources by row, and the rows that are shown, in the order in which they are shown."""

    def __init__(self, haystack: Callable[[Resource], str]) -> None:
        self._haystack_of = haystack
        self.rows: list[Resource] = []
        """In the order of arrival; a row's number never changes."""
        self.shown: list[int] = []
        """Row numbers, in the order of the screen."""
        self.query = ""
        """The filter, as typed."""
        self._hay: list[str] = []
        self._row_of: dict[str, int] = {}
        self._order: list[int] = []
        self._wanted: Callable[[Resource], bool] | None = None
        self._sort: tuple[str, SortKey] | None = None
        self._descending = False
        self._ranks: dict[str, list[int]] = {}

    def __len__(self) -> int:
        return len(self.rows)

    def extend(self, page: Sequence[Resource]) -> None:
        """Take in one page at the end; `settle` brings attached ones to their main ones."""
        first = len(self.rows)
        self.rows.extend(page)
        self._hay.extend(map(self._haystack_of, page))
        self._row_of.update((resource.id, first + offset) for offset, resource in enumerate(page))
        new = range(first, len(self.rows))
        self._order.extend(new)
        self._ranks.clear()
        self.shown.extend(self._matching(new))

    def settle(self) -> None:
        """Put all rows into their final order, once the listing is whole."""
        self._order = self._grouped()
        self._show_all()

    def resource_at(self, position: int) -> Resource | None:
        """Return the resource shown at this position of the screen's order."""
        return self.rows[self.shown[position]] if 0 <= position < len(self.shown) else None

    def position_of(self, resource_id: str) -> int | None:
        """Return where a resource is shown, or None where it is not."""
        row = self._row_of.get(resource_id)
        try:
            return None if row is None else self.shown.index(row)
        except ValueError:
            return None

    def filter(self, query: str) -> None:
        """Show only rows that have every word of `query` in one of their texts."""
        narrower = bool(self.query) and query.startswith(self.query)
        self.query = query
        if narrower:
            self.shown = self._matching(self.shown)
        else:
            self._show_all()

    def only(self, wanted: Callable[[Resource], bool] | None) -> None:
        """Show, besides the filter, only what is `wanted`; None shows all."""
        self._wanted = wanted
        self._show_all()

    def sort(self, name: str, key: SortKey | None, *, descending: bool = False) -> None:
        """Sort main resources by a key, each followed by its attached ones; None is the order of arrival."""
        self._sort = (name, key) if key is not None else None
        self._descending = descending
        self.settle()

    def _show_all(self) -> None:
        self.shown = self._matching(self._order)

    def _matching(self, rows: Sequence[int]) -> list[int]:
        found = list(rows)
        for word in self.query.casefold().split():
            hay = self._hay
            found = [row for row in found if word in hay[row]]
        if self._wanted is not None:
            found = [row for row in found if self._wanted(self.rows[row])]
        return found

    def _grouped(self) -> list[int]:
        """Return all rows, each main one followed by its attached ones; a lost attached one stands alone."""
        heads: list[int] = []
        followers: dict[int, list[int]] = {}
        for row, resource in enumerate(self.rows):
            head = None if resource.is_main_resource else self._row_of.get(resource.parent_resource_id.raw)
            if head is None or head == row or not self.rows[head].is_main_resource:
                heads.append(row)
            else:
                followers.setdefault(head, []).append(row)
        if self._sort is not None:
            heads.sort(key=self._rank(*self._sort).__getitem__, reverse=self._descending)
        if not followers:
            return heads
        return [row for head in heads for row in (head, *followers.get(head, ()))]

    def _rank(self, name: str, key: SortKey) -> list[int]:
        """Return each row's rank in a column; computed once for a listing."""
        if name not in self._ranks:
            keys = [key(resource) for resource in self.rows]
            values = {value: rank for rank, value in enumerate(sorted(set(keys)))}
            self._ranks[name] = [values[value] for value in keys]
        return self._ranks[name]
