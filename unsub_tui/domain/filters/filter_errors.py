"""What can be wrong with a filter, with the place in its text."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


class FilterError(ValueError):
    """A filter that cannot be understood or applied: where it goes wrong, and why."""

    def __init__(self, message: str, start: int = 0, end: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.start = start
        """The first character of the part that is wrong."""
        self.end = end
        """The character behind that part; None is the end of the filter."""


class ExpectedError(FilterError):
    """A filter that is not in the grammar: what was expected where it leaves it."""

    def __init__(self, expected: str, start: int = 0, end: int | None = None) -> None:
        super().__init__(f"expected {expected}", start, end)


class UnknownValueError(ExpectedError):
    """A value that no row of a closed field can have; a row that arrives later may bring it."""


def suggest_similar(word: str, known: Iterable[str], *, max_suggestions: int = 1, cutoff: float = 0.5) -> str:
    """Return words that name the known words nearest to `word`, at most `most` of them, or nothing."""
    near = get_close_matches(word, sorted(known), n=10, cutoff=cutoff)
    near.sort(key=lambda each: sorted(each) != sorted(word))  # two letters in the wrong order are the commonest slip
    named = " or ".join(f'"{each}"' for each in near[:max_suggestions])
    return f"; did you mean {named}?" if named else ""
