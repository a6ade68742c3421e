"""Which columns a tab shows: what a person chose, and what the program adds while it has a reason to."""

from __future__ import annotations

from collections.abc import Collection

from unsub_tui.app.columns import ColumnKind, column_kinds
from unsub_tui.domain.tab import Tab


class ColumnSelection:
    """The columns of one tab; what a person chose or took away wins over what the program would show."""

    def __init__(self, tab: Tab) -> None:
        self._kinds = column_kinds(tab)
        self._chosen = frozenset(kind.id for kind in self._kinds if kind.is_default)
        self._requested: frozenset[str] = frozenset()
        self._declined: frozenset[str] = frozenset()
        self.shown: tuple[ColumnKind, ...] = ()
        """The columns in the order of all columns, the reason before all; the name is always among them."""
        self._arrange()

    def choose(self, ids: Collection[str]) -> None:
        """Show these columns from now on; one that the program had added and that stays does so only for its reason."""
        wanted, added = frozenset(ids), self._automatic
        self._declined = (self._declined | added) - wanted
        self._chosen = (wanted - added) | (wanted & self._chosen)
        self._arrange()

    def set_automatic(self, ids: Collection[str]) -> None:
        """Show these besides what was chosen, instead of those that were added before."""
        self._requested = frozenset(ids)
        self._arrange()

    @property
    def _automatic(self) -> frozenset[str]:
        return self._requested - self._declined

    def _arrange(self) -> None:
        ids = self._chosen | self._automatic | {"name"}
        kinds = [kind for kind in self._kinds if kind.id in ids]
        kinds.sort(key=lambda kind: {"name": 0, "reason": 1}.get(kind.id, 2))
        self.shown = tuple(kinds)
