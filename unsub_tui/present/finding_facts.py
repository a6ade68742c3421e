"""The findings of the inventory that filters can query: columns by row, read when a filter first needs them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from unsub_tui.domain.resource import Resource
from unsub_tui.listmodel.filters import FIELDS

if TYPE_CHECKING:
    from unsub_tui.domain.inventory.inventory import Inventory
    from unsub_tui.domain.inventory.resource_kinds import ResourceKind
    from unsub_tui.present.finding_cells import Cell

FINDING_FIELDS = frozenset(each.name for each in FIELDS if each.is_finding)

STEP_ROWS = 40
"""Number of rows that are read in one step: backups of so many take some milliseconds."""


@dataclass(slots=True)
class _Column:
    """A finding by row."""

    known: list[bool | None] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    timestamps: list[float | None] = field(default_factory=list)
    inventory: Inventory | None = None
    versions: Mapping[str, int] = field(default_factory=dict)
    """The state of the inventory, by region, that the cells are from."""
    distinct: dict[str, str] = field(default_factory=dict)
    """The distinct texts, of which there are few."""
    is_refreshing: bool = False
    """Whether the cells are being read again, step by step: until then, the old ones are used."""


class FindingFacts:
    """Columns of findings. A cell is read again only if a list of the region of its row has arrived since."""

    def __init__(self, rows: Sequence[Resource], inventory: Callable[[], Inventory | None]) -> None:
        self._rows = rows
        self._inventory = inventory
        self._columns: dict[str, _Column] = {}
        self._kinds: list[ResourceKind | None] = []

    def known(self, name: str) -> Sequence[bool | None]:
        """Return whether a finding is known, by row; None if it has no meaning for the row."""
        return self._column(name).known

    def texts(self, name: str) -> Sequence[str]:
        """Return the case-folded text of a finding by row; "" if nothing was seen or it is unknown."""
        return self._column(name).texts

    def timestamps(self, name: str) -> Sequence[float | None]:
        """Return the time of a finding by row."""
        return self._column(name).timestamps

    def known_values(self, name: str) -> set[str]:
        """Return the possible values of a finding: those of this version and of the account."""
        return {*_VALUES.get(name, ()), *self._column(name).texts}

    def existing_values(self, name: str) -> Sequence[str]:
        """Return the values that complete a term, those of the account sorted."""
        if name in _SUGGESTED:
            return _SUGGESTED[name]
        texts = set(self._column(name).texts)
        if name == "tag":
            return sorted({line for text in texts for line in text.split("\n") if not line.endswith("=")} - {""})
        return sorted({text.partition("\n")[0] for text in texts} - {""})

    def refresh(self, name: str) -> Iterator[None]:
        """Read the cells whose region has changed, and yield after every few of them."""
        column = self._columns.setdefault(name, _Column())
        column.is_refreshing = True
        try:
            yield from self._steps(name, column)
        finally:
            column.is_refreshing = False

    def _column(self, name: str) -> _Column:
        column = self._columns.setdefault(name, _Column())
        is_whole = len(column.known) == len(self._rows)
        if not is_whole or not (column.is_refreshing or self._is_current(column)):
            for _step in self._steps(name, column):
                pass
        return column

    def _is_current(self, column: _Column) -> bool:
        """Return whether nothing has arrived since the cells were read."""
        inventory = self._inventory()
        return column.inventory is inventory and (inventory is None or column.versions == inventory.versions)

    def _steps(self, name: str, column: _Column) -> Iterator[None]:
        # Not needed before a filter uses a finding, and the list is to be there early.
        from unsub_tui.present.finding_cells import NONE, READERS, UNKNOWN, kind_in_use  # noqa: PLC0415

        inventory = self._inventory()
        is_other, before, first = inventory is not column.inventory, column.versions, len(column.known)
        versions = {} if inventory is None else dict(inventory.versions)
        changed = {each for each, version in versions.items() if before.get(each) != version}
        if not changed and not is_other and first == len(self._rows):
            return
        self._kinds.extend(map(kind_in_use, self._rows[len(self._kinds) :]))
        kinds, read = READERS[name]
        done = 0
        for row, resource in enumerate(self._rows):
            if row < first and not is_other and resource.region_code.raw not in changed:
                continue
            kind = self._kinds[row]
            if kind is None or kind not in kinds:
                _set(column, row, None, NONE)
                continue
            cell = UNKNOWN if inventory is None else read(inventory.subject_of(resource))
            _set(column, row, cell[0], cell)
            done += 1
            if not done % STEP_ROWS:
                yield
        column.inventory, column.versions = inventory, versions


def _set(column: _Column, row: int, known: bool | None, cell: Cell) -> None:  # noqa: FBT001 - a cell
    text = column.distinct.setdefault(cell[1], cell[1])
    if row == len(column.known):
        column.known.append(known)
        column.texts.append(text)
        column.timestamps.append(cell[2])
    else:
        column.known[row], column.texts[row], column.timestamps[row] = known, text, cell[2]


_VALUES: Mapping[str, Sequence[str]] = {
    "run": ("running", "stopped"),
    "attached": ("yes", "no"),
    "bound": ("yes", "no"),
}
"""Values that this version knows."""

_SUGGESTED: Mapping[str, Sequence[str]] = {
    "attached": ("no", "yes"),
    "bound": ("no", "yes"),
    "backup": ("none", "any", "older>30d", "older>7d"),
    "quiet": ("30d",),
}
"""Values that complete a term whatever the account has."""
