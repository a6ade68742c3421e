"""Visible rows of a list: filtered, folded, in display order.

Work proportional to the number of resources happens only when data, filter, sort order or folding change, never on a
cursor move or a selection.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from unsub_tui.domain.resource import Resource
from unsub_tui.listmodel.filters import Facts, FilterError, Query, UnknownValueError
from unsub_tui.listmodel.row_order import RowOrder, SortColumn


class RowModel:
    """Resources by row number, and the visible rows in display order."""

    def __init__(self, make_facts: Callable[[Sequence[Resource]], Facts]) -> None:
        self.resources: list[Resource] = []
        """Resources in order of arrival: the position of a resource is its row number, which never changes."""
        self.ids: list[str] = []
        """Resource ids by row."""
        self.visible_rows: list[int] = []
        """Numbers of the visible rows, in display order."""
        self.query = Query()
        """The current filter."""
        self.filter_error: FilterError | None = None
        """Why the filter cannot be applied; no row is visible then."""
        self.unknown_count = 0
        """Number of rows that do not match the filter, but would if findings about them had other values."""
        self.facts = make_facts(self.resources)
        """The filter's access to the rows."""
        self._make_facts = make_facts
        self._row_of: dict[str, int] = {}
        self.order = RowOrder(self.resources, self._row_of)
        self._restriction: Callable[[Resource], bool] | None = None
        self._toggled_heads: set[int] = set()
        self.all_folded = False
        """Whether groups are folded by default."""
        self._can_narrow = False
        """Whether `visible_rows` is the filter's current result, so that a narrower filter can search it alone."""

    def __len__(self) -> int:
        return len(self.resources)

    def add_page(self, page: Sequence[Resource]) -> None:
        """Append one page; `reorder` later groups attached resources under their primary ones."""
        first = len(self.resources)
        self.resources.extend(page)
        self.ids.extend(resource.id for resource in page)
        new = list(range(first, len(self.resources)))
        self._row_of.update(zip(self.ids[first:], new, strict=True))
        self.order.append(new)
        if self.filter_error is None:
            self._append_visible(new)
        elif isinstance(self.filter_error, UnknownValueError):  # the page may have the value
            self.update_visible()

    def replace_resources(self, resources: Iterable[Resource]) -> None:
        """Replace the resources that have the same ids; the order does not change until the next reordering."""
        for resource in resources:
            row = self._row_of.get(resource.id)
            if row is not None:
                self.resources[row] = resource
        self.facts = self._make_facts(self.resources)
        self.order.forget_values()
        self._can_narrow = False

    def take_view_of(self, other: RowModel) -> None:
        """Apply the filter, the sort order, the restriction and the general folding of another model."""
        self.query, self._restriction, self.all_folded = other.query, other._restriction, other.all_folded
        self.order.sort_columns = other.order.sort_columns
        self._toggled_heads.clear()
        self.reorder()

    def reorder(self) -> None:
        """Compute the final order of all rows, once the listing is complete."""
        self.order.arrange()
        self.update_visible()

    def resource_at(self, position: int) -> Resource | None:
        """Return the resource at this display position, or None."""
        return self.resources[self.visible_rows[position]] if 0 <= position < len(self.visible_rows) else None

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
            self.unknown_count = 0
            self.visible_rows = self._matching_rows(self.visible_rows)
        else:
            self.update_visible()

    def restrict_to(self, predicate: Callable[[Resource], bool] | None) -> None:
        """Show only resources that match both the filter and `predicate`; None removes this restriction."""
        self._restriction = predicate
        self.update_visible()

    def set_sort(self, *sorting: SortColumn) -> None:
        """Sort primary resources by columns, the first one taking precedence; without columns by order of arrival."""
        self.order.sort_columns = sorting
        self.reorder()

    def sort_again(self, name: str) -> None:
        """Sort again if the list is sorted by this column, whose values have changed."""
        self.order.forget_values(name)
        if any(each == name for each, _key, _descending in self.order.sort_columns):
            self.reorder()

    def toggle_fold(self, row: int) -> bool:
        """Fold or unfold the attached resources in this row's group; return whether there are any."""
        head = self.order.head_of[row]
        if not self.order.has_attached(head):
            return False
        self._toggled_heads ^= {head}
        self.update_visible()
        return True

    def fold_all(self, *, folded: bool) -> None:
        """Fold or unfold all attached resources."""
        self.all_folded = folded
        self._toggled_heads.clear()
        self.update_visible()

    def is_folded(self, row: int) -> bool:
        """Return whether the group of a head row is folded."""
        return (row in self._toggled_heads) is not self.all_folded

    def update_visible(self) -> None:
        """Recompute the visible rows; none if the filter cannot be applied."""
        self.unknown_count = 0
        self.visible_rows = self._without_folded(self._matching_rows(self.order.rows))
        self._can_narrow = self.filter_error is None

    @property
    def _has_folds(self) -> bool:
        return self.all_folded or bool(self._toggled_heads)

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
        count = len(self.resources)
        is_by_arrival = bool(self.order.sort_columns and self.query) and len(rows) == count
        try:
            searched = range(count) if is_by_arrival else rows
            found = self.query.match_rows(self.facts, searched)
            if self.query.finding_fields:
                self.unknown_count += len(self.query.with_unknown().match_rows(self.facts, searched)) - len(found)
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
            rows = [row for row in rows if self._restriction(self.resources[row])]
        if not self._has_folds:
            return rows
        present, head_of = set(rows), self.order.head_of
        return [row for row in rows if (head := head_of[row]) == row or head not in present or not self.is_folded(head)]
