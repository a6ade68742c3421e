"""Selection of a list by resource id, not by row, with undo and redo."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from itertools import filterfalse
from typing import NamedTuple

MAX_UNDO_STEPS = 200
"""Maximum number of steps that can be undone."""


class _Step(NamedTuple):
    """A change of the selection, with ids in order of selection: sorting 100,000 ids would be noticeably slow."""

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()

    @property
    def size(self) -> int:
        """Number of ids that change."""
        return len(self.added) + len(self.removed)


class Selection:
    """The selected ids in order of selection, with undo and redo."""

    def __init__(self) -> None:
        self._ids: dict[str, None] = {}
        self._undo_stack: list[_Step] = []
        self._redo_stack: list[_Step] = []

    def __contains__(self, resource_id: object) -> bool:
        return resource_id in self._ids

    def __len__(self) -> int:
        return len(self._ids)

    def __iter__(self) -> Iterator[str]:
        return iter(self._ids)

    def add(self, ids: Iterable[str] | dict[str, None]) -> int:
        """Select these ids (or the keys of a dictionary); return how many were not selected before."""
        # Copying a dictionary rehashes nothing: for 100,000 ids it takes a twentieth of the time.
        once, known = ids.copy() if isinstance(ids, dict) else dict.fromkeys(ids), self._ids
        added = tuple(filterfalse(known.__contains__, once) if known else once)
        self._ids = known | once if known else once
        return self._record(_Step(added=added))

    def remove(self, ids: Iterable[str]) -> int:
        """Deselect these ids; return how many were selected."""
        return self._change(_Step(removed=tuple(filter(self._ids.__contains__, dict.fromkeys(ids)))))

    def toggle(self, ids: Collection[str]) -> None:
        """Select the given ids that are not selected, and deselect the others."""
        once, known = dict.fromkeys(ids), self._ids
        self._change(_Step(tuple(filterfalse(known.__contains__, once)), tuple(filter(known.__contains__, once))))

    def clear(self) -> int:
        """Deselect everything; return how many ids were selected."""
        return self._change(_Step(removed=tuple(self._ids)))

    def undo(self) -> int:
        """Undo the last step; return how many ids changed."""
        return self._reverse_last(self._undo_stack, self._redo_stack)

    def redo(self) -> int:
        """Redo the last undone step; return how many ids changed."""
        return self._reverse_last(self._redo_stack, self._undo_stack)

    def prune(self, removed_ids: Collection[str]) -> frozenset[str]:
        """Remove ids that can no longer be selected, also from the history; return those that were selected."""
        removed = frozenset(removed_ids)
        deselected = removed.intersection(self._ids)
        for each in deselected:
            del self._ids[each]
        for history in (self._undo_stack, self._redo_stack):
            history[:] = [_Step(*(tuple(filterfalse(removed.__contains__, ids)) for ids in step)) for step in history]
        return deselected

    @property
    def ids_with_history(self) -> frozenset[str]:
        """All ids that are selected or that undo or redo could select."""
        steps = (*self._undo_stack, *self._redo_stack)
        return frozenset(self._ids).union(*(ids for step in steps for ids in step))

    def _change(self, step: _Step) -> int:
        self._apply(step)
        return self._record(step)

    def _record(self, step: _Step) -> int:
        """Make an applied step the next one to undo, unless nothing changed; return how many ids changed."""
        if step.size:
            self._undo_stack.append(step)
            del self._undo_stack[:-MAX_UNDO_STEPS]
            self._redo_stack.clear()
        return step.size

    def _reverse_last(self, source: list[_Step], target: list[_Step]) -> int:
        """Reverse the last step that still has ids, and move it to the other history; return how many ids changed."""
        while source:
            step = source.pop()
            if step.size:
                inverse = _Step(added=step.removed, removed=step.added)
                self._apply(inverse)
                target.append(inverse)
                return step.size
        return 0

    def _apply(self, step: _Step) -> None:
        if len(step.removed) == len(self._ids):  # a step removes selected ids only
            self._ids.clear()
        else:
            for each in step.removed:
                self._ids.pop(each, None)
        if self._ids:
            self._ids.update(dict.fromkeys(step.added))
        else:
            self._ids = dict.fromkeys(step.added)
