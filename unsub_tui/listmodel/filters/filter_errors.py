"""Errors in a filter, with their position in its text; `present/filter_messages.py` has their sentences."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from enum import StrEnum, auto


class FilterProblem(StrEnum):
    """The problem of a filter, mostly the syntax that was expected."""

    TOO_LONG = auto()
    BLANK_BETWEEN_TERMS = auto()
    WORD = auto()
    WORD_AFTER_NEGATION = auto()
    CLOSING_QUOTE = auto()
    QUOTE_AROUND_ALL = auto()
    CLOSING_SLASH = auto()
    NO_BLANK = auto()
    NO_BLANKS = auto()
    VALUE_BESIDE_SEPARATOR = auto()
    VALUE_BESIDE_BAR = auto()
    VALUE_IS_TERM = auto()
    VALUE_BEFORE_OPERATOR = auto()
    KNOWN_FIELD = auto()
    REGEX_INSTEAD_OF_TILDE = auto()
    TERM_BESIDE_OR = auto()
    AND_IS_NO_TERM = auto()
    NOT_IS_NO_TERM = auto()
    NO_PARENTHESES = auto()
    FIELD_BEFORE_COMPARISON = auto()
    ONE_NEGATION = auto()
    FIELD_BEFORE_REGEX = auto()
    FIELD_BEFORE_PATTERN = auto()
    ONE_OF_STATES = auto()
    TEXT_TERM = auto()
    VALUE_OF_FIELD = auto()
    REGEX_TERM = auto()
    REGEX_IS_EMPTY = auto()
    REGEX_TOO_LONG = auto()
    REGEX_INVALID = auto()
    REGEX_TOO_SLOW = auto()
    AMOUNT = auto()
    DAYS_OR_DATE = auto()
    LESS_OR_MORE = auto()
    RANGE_REVERSED = auto()
    DAYS = auto()
    DATE = auto()
    KNOWN_STATE = auto()
    KNOWN_SERVICE = auto()
    KNOWN_VALUE = auto()
    SEVERAL_CURRENCIES = auto()


class FilterError(ValueError):
    """A filter that cannot be parsed or applied: the problem with its values, and the position in the text."""

    def __init__(
        self,
        problem: FilterProblem,
        start: int = 0,
        end: int | None = None,
        *,
        similar: Sequence[str] = (),
        **values: object,
    ) -> None:
        super().__init__(problem)
        self.problem = problem
        self.start = start
        """Offset of the first invalid character."""
        self.end = end
        """Offset after the last invalid character; None means the end of the filter."""
        self.similar = similar
        """Known words similar to the unknown one."""
        self.values = values
        """Values that the sentence of the problem names."""


class UnknownValueError(FilterError):
    """A value that no row of a closed field has so far; rows loaded later can have it."""


def similar_words(word: str, known: Iterable[str], *, count: int = 1, cutoff: float = 0.5) -> Sequence[str]:
    """Return up to `count` known words similar to `word`."""
    near = get_close_matches(word, sorted(known), n=10, cutoff=cutoff)
    near.sort(key=lambda each: sorted(each) != sorted(word))  # swapped letters are the most common typo
    return near[:count]
