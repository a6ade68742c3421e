"""The marks of a list: they belong to resource ids, never to rows, and every step can be undone."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from itertools import filterfalse

MAX_UNDO_STEPS = 200
"""Steps that can be undone."""


@dataclass(frozen=True, slots=True)
class _SelectionChange:
    """One change of marks, its ids in the order of marking: sorting them would be felt at 100,000."""

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()


class Selection:
    """The ids a person has marked, in the order of marking, with undo and redo."""

    def __init__(self) -> None:
        self._ids: dict[str, None] = {}
        self._undo_stack: list[_SelectionChange] = []
        self._redo_stack: list[_SelectionChange] = []

    def __contains__(self, resource_id: object) -> bool:
        return resource_id in self._ids

    def __len__(self) -> int:
        return len(self._ids)

    def __iter__(self) -> Iterator[str]:
        return iter(self._ids)

    def add(self, ids: Iterable[str] | dict[str, None]) -> int:
        """Mark these ids, or the keys of this dictionary; return how many were not marked before."""
        # A copy of a dictionary hashes nothing: it takes a twentieth of the time at 100,000 ids.
        once, known = ids.copy() if isinstance(ids, dict) else dict.fromkeys(ids), self._ids
        added = tuple(filterfalse(known.__contains__, once) if known else once)
        self._ids = known | once if known else once
        return len(self._record(_SelectionChange(added=added)).added)

    def remove(self, ids: Iterable[str]) -> int:
        """Unmark these ids; return how many were marked before."""
        removed = tuple(filter(self._ids.__contains__, dict.fromkeys(ids)))
        return len(self._apply_and_record(_SelectionChange(removed=removed)).removed)

    def toggle(self, ids: Collection[str]) -> None:
        """Mark those of these ids that are not marked, and unmark the others."""
        once = dict.fromkeys(ids)
        self._apply_and_record(
            _SelectionChange(
                added=tuple(each for each in once if each not in self._ids),
                removed=tuple(each for each in once if each in self._ids),
            )
        )

    def clear(self) -> int:
        """Unmark everything; return how many were marked."""
        return len(self._apply_and_record(_SelectionChange(removed=tuple(self._ids))).removed)

    def undo(self) -> int:
        """Take the last step back; return how many marks changed."""
        return self._move_change(self._undo_stack, self._redo_stack)

    def redo(self) -> int:
        """Take the last undone step again; return how many marks changed."""
        return self._move_change(self._redo_stack, self._undo_stack)

    def prune(self, removed_ids: Collection[str]) -> frozenset[str]:
        """Forget ids that cannot be marked any more, also in the history; return those that were marked."""
        deselected = frozenset(each for each in removed_ids if each in self._ids)
        for each in deselected:
            del self._ids[each]
        removed = frozenset(removed_ids)
        for history in (self._undo_stack, self._redo_stack):
            history[:] = [
                _SelectionChange(
                    added=tuple(each for each in step.added if each not in removed),
                    removed=tuple(each for each in step.removed if each not in removed),
                )
                for step in history
            ]
        return deselected

    @property
    def ids_with_history(self) -> frozenset[str]:
        """Every id that is marked or that undo or redo could bring back."""
        steps = (*self._undo_stack, *self._redo_stack)
        return frozenset(self._ids).union(*(step.added for step in steps), *(step.removed for step in steps))

    def _apply_and_record(self, step: _SelectionChange) -> _SelectionChange:
        if step.added or step.removed:
            self._apply(step)
        return self._record(step)

    def _record(self, step: _SelectionChange) -> _SelectionChange:
        if step.added or step.removed:
            self._undo_stack.append(step)
            del self._undo_stack[:-MAX_UNDO_STEPS]
            self._redo_stack.clear()
        return step

    def _move_change(self, source: list[_SelectionChange], target: list[_SelectionChange]) -> int:
        while source:
            step = source.pop()
            inverse = _SelectionChange(added=step.removed, removed=step.added)
            if inverse.added or inverse.removed:
                self._apply(inverse)
                target.append(inverse)
                return len(inverse.added) + len(inverse.removed)
        return 0

    def _apply(self, step: _SelectionChange) -> None:
        if len(step.removed) == len(self._ids):  # only marked ids are ever removed
            self._ids.clear()
        else:
            for each in step.removed:
                self._ids.pop(each, None)
        if self._ids:
            self._ids.update(dict.fromkeys(step.added))
        else:
            self._ids = dict.fromkeys(step.added)
