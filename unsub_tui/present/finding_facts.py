"""The findings of the inventory that filters can query: columns by row, read when a filter first needs them.

In the app they are read later, a few rows at a time: the findings of all rows take longer than a key may.
"""

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
PASSED_ROWS = 100
"""Number of rows that have not changed, or for which a finding has no meaning, in the time in which one is read."""


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
    read_count: int = 0
    """Number of rows, from the first on, that have been read; the others are unknown."""

    def pad(self, count: int) -> None:
        """Let rows that have not been read be unknown."""
        missing = count - len(self.known)
        self.known.extend([False] * missing)
        self.texts.extend([""] * missing)
        self.timestamps.extend([None] * missing)


class FindingFacts:
    """Columns of findings. A cell is read again only if a list of the region of its row has arrived since."""

    def __init__(
        self, rows: Sequence[Resource], inventory: Callable[[], Inventory | None], *, is_deferred: bool = False
    ) -> None:
        """Create columns; if `is_deferred`, only `refresh` reads cells, and those of before are used until then."""
        self._rows = rows
        self._inventory = inventory
        self._is_deferred = is_deferred
        self.outdated: set[str] = set()
        """The findings that were used since they were last read, although something has changed."""
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
        yield from self._steps(name, self._columns.setdefault(name, _Column()))
        self.outdated.discard(name)

    def _column(self, name: str) -> _Column:
        column = self._columns.setdefault(name, _Column())
        if self._is_current(column):
            return column
        if self._is_deferred:
            column.pad(len(self._rows))
            self.outdated.add(name)
        else:
            for _step in self._steps(name, column):
                pass
        return column

    def _is_current(self, column: _Column) -> bool:
        """Return whether all cells were read, and nothing has arrived since."""
        inventory = self._inventory()
        is_same = column.inventory is inventory and (inventory is None or column.versions == inventory.versions)
        return is_same and column.read_count == len(self._rows)

    def _steps(self, name: str, column: _Column) -> Iterator[None]:
        # Not needed before a filter uses a finding, and the list is to be there early.
        from unsub_tui.present.finding_cells import NONE, READERS, UNKNOWN, kind_in_use  # noqa: PLC0415

        inventory = self._inventory()
        is_other, before, first = inventory is not column.inventory, column.versions, column.read_count
        versions = {} if inventory is None else dict(inventory.versions)
        changed = {each for each, version in versions.items() if before.get(each) != version}
        if not changed and not is_other and first == len(self._rows):
            return
        kinds, read = READERS[name]
        done = 0.0
        for row, resource in enumerate(self._rows):
            if done >= STEP_ROWS:
                done = 0.0
                yield
            done += 1 / PASSED_ROWS
            if row == len(self._kinds):
                self._kinds.append(kind_in_use(resource))
            if row < first and not is_other and resource.region_code.raw not in changed:
                continue
            kind = self._kinds[row]
            if kind is None or kind not in kinds:
                _set(column, row, None, NONE)
                continue
            cell = UNKNOWN if inventory is None else read(inventory.subject_of(resource))
            _set(column, row, cell[0], cell)
            done += 1
        column.inventory, column.versions, column.read_count = inventory, versions, len(self._rows)


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
