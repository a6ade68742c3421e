"""The columns of a tab: the user's choice and the columns that the program adds while they are relevant."""

from __future__ import annotations

from collections.abc import Collection

from unsub_tui.app.columns import ColumnKind, column_kinds
from unsub_tui.listmodel.tab import Tab


class ColumnSelection:
    """The columns of one tab; the user's choice overrides the automatic columns."""

    def __init__(self, tab: Tab) -> None:
        self._kinds = column_kinds(tab)
        self._chosen = frozenset(kind.id for kind in self._kinds if kind.is_default)
        self._requested: frozenset[str] = frozenset()
        self._declined: frozenset[str] = frozenset()
        self.shown: tuple[ColumnKind, ...] = ()
        """Visible columns in the order of `COLUMN_KINDS`, but name first (always visible) and reason second."""
        self._arrange()

    def choose(self, ids: Collection[str]) -> None:
        """Show these columns; an automatic column among them stays automatic and disappears with its reason."""
        wanted, added = frozenset(ids), self._automatic
        self._declined = (self._declined | added) - wanted
        self._chosen = (wanted - added) | (wanted & self._chosen)
        self._arrange()

    def set_automatic(self, ids: Collection[str]) -> None:
        """Replace the columns that are shown automatically in addition to the user's choice."""
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
