"""Errors in a filter, with their position in its text."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


class FilterError(ValueError):
    """A filter that cannot be parsed or applied: the reason and the position in the text."""

    def __init__(self, message: str, start: int = 0, end: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.start = start
        """Offset of the first invalid character."""
        self.end = end
        """Offset after the last invalid character; None means the end of the filter."""


class ExpectedError(FilterError):
    """A syntax error that states what was expected at its position."""

    def __init__(self, expected: str, start: int = 0, end: int | None = None) -> None:
        super().__init__(f"expected {expected}", start, end)


class UnknownValueError(ExpectedError):
    """A value that no row of a closed field has so far; rows loaded later can have it."""


def suggest_similar(word: str, known: Iterable[str], *, max_suggestions: int = 1, cutoff: float = 0.5) -> str:
    """Return a "did you mean" phrase with up to `max_suggestions` known words similar to `word`, else an empty text."""
    near = get_close_matches(word, sorted(known), n=10, cutoff=cutoff)
    near.sort(key=lambda each: sorted(each) != sorted(word))  # swapped letters are the most common typo
    named = " or ".join(f'"{each}"' for each in near[:max_suggestions])
    return f"; did you mean {named}?" if named else ""
