"""A filter that was understood: terms that all must hold."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from time import monotonic

from unsub_tui.domain.filters.facts import Facts
from unsub_tui.domain.filters.filter_errors import FilterError, UnknownValueError, suggest_similar

REGEX_SECONDS = 0.25
"""How long one regular expression may look at all rows: longer would stop the keys."""


@dataclass(frozen=True, slots=True)
class WordTerm:
    """A text that must be somewhere in the row, or must not."""

    text: str
    """Case folded."""
    negated: bool = False

    def match_rows(self, facts: Facts, rows: Sequence[int]) -> list[int]:
        """Return those of these rows that fit."""
        return facts.search_text().match_rows(self.text, rows, is_found=not self.negated)


@dataclass(frozen=True, slots=True)
class TextTerm:
    """A field of which one of several patterns must hold."""

    name: str
    patterns: tuple[Callable[[str], bool], ...]
    """Each is given the field's case folded text."""
    negated: bool = False
    values: tuple[str, ...] = ()
    """The values as they were typed."""
    value_spans: tuple[tuple[int, int], ...] = ()
    """Where the values of a closed field stand; empty for an open field."""

    def match_rows(self, facts: Facts, rows: Sequence[int]) -> list[int]:
        """Return those of these rows that fit; raise UnknownValueError for a value that no row can have."""
        if self.value_spans:
            self._check_values(facts.known_values(self.name))
        column, patterns, wanted = facts.texts(self.name), self.patterns, not self.negated
        if len(patterns) == 1:
            only = patterns[0]
            return [row for row in rows if only(column[row]) is wanted]
        return [row for row in rows if any(fits(column[row]) for fits in patterns) is wanted]

    def _check_values(self, known: Collection[str]) -> None:
        """Raise UnknownValueError for the first value that fits nothing known: negated, it would fit every row."""
        for fits, value, place in zip(self.patterns, self.values, self.value_spans, strict=True):
            if value and not any(map(fits, known)):
                raise UnknownValueError(_expected_value(self.name, value, known), *place)


def _expected_value(name: str, value: str, known: Collection[str]) -> str:
    """Return which values a closed field has: all of them where they are few, else the nearest one."""
    shown = {each.replace(" ", "-") for each in known if each}
    guess = suggest_similar(value.casefold().replace(" ", "-"), shown, max_suggestions=3, cutoff=0.6)
    if name == "state":
        return f"a state: {', '.join(sorted(shown))}{guess}"
    kind = "service or resource type" if name == "type" else name
    return f"a known {kind}{guess or ', or one that the account has'}"


@dataclass(frozen=True, slots=True)
class RegexTerm:
    """A field that a regular expression must be found in, within a limit of time for all rows together."""

    name: str
    search: Callable[[str, float], bool]
    """Given a text and the seconds that are left; raises TimeoutError."""
    span: tuple[int, int]
    negated: bool = False

    def match_rows(self, facts: Facts, rows: Sequence[int]) -> list[int]:
        """Return those of these rows that fit; raises FilterError where that takes too long."""
        column, wanted, until = facts.texts(self.name), not self.negated, monotonic() + REGEX_SECONDS
        found: list[int] = []
        try:
            for row in rows:
                remaining = until - monotonic()
                if remaining <= 0:
                    raise TimeoutError  # noqa: TRY301 - the same end as a single text that takes too long
                if self.search(column[row], remaining) is wanted:
                    found.append(row)
        except TimeoutError:
            raise FilterError("this regular expression takes too long; write a simpler one", *self.span) from None
        return found


@dataclass(frozen=True, slots=True)
class TimeTerm:
    """A moment that must lie within bounds, in seconds from 1970 or from now."""

    name: str
    low: float | None
    """At or after this."""
    high: float | None
    """Before this."""
    is_relative: bool
    negated: bool = False
    is_empty: bool = False
    """Rows without such a moment are wanted instead."""

    def match_rows(self, facts: Facts, rows: Sequence[int]) -> list[int]:
        """Return those of these rows that fit; a row without the moment fits no comparison."""
        column, wanted = facts.timestamps(self.name), not self.negated
        if self.is_empty:
            return [row for row in rows if (column[row] is None) is wanted]
        base = facts.now.timestamp() if self.is_relative else 0.0
        low = float("-inf") if self.low is None else base + self.low
        high = float("inf") if self.high is None else base + self.high
        return [row for row in rows if (timestamp := column[row]) is not None and (low <= timestamp < high) is wanted]


@dataclass(frozen=True, slots=True)
class MoneyTerm:
    """An amount that compares; only quoted rows have any."""

    name: str
    predicate: Callable[[Decimal], bool]
    currency: str
    """Rows of other currencies never fit; empty where the filter names none."""
    span: tuple[int, int]
    negated: bool = False

    def match_rows(self, facts: Facts, rows: Sequence[int]) -> list[int]:
        """Return those of these rows that fit; raises FilterError where amounts of two currencies would be mixed."""
        found: list[int] = []
        currencies: set[str] = set()
        for row in rows:
            known = facts.amount(self.name, row)
            if known is None or (self.currency and known[1] != self.currency):
                continue
            currencies.add(known[1])
            if self.predicate(known[0]) is not self.negated:
                found.append(row)
        if len(currencies) > 1:
            both = " and ".join(sorted(currencies))
            raise FilterError(
                f"amounts in {both} are not comparable; name one, such as 10{min(currencies)}", *self.span
            )
        return found


@dataclass(frozen=True, slots=True)
class StateTerm:
    """Something that a row is or has."""

    name: str
    """As in `is:marked`."""
    negated: bool = False

    def match_rows(self, facts: Facts, rows: Sequence[int]) -> list[int]:
        """Return those of these rows that fit."""
        name, wanted = self.name, not self.negated
        return [row for row in rows if facts.has_state(name, row) is wanted]


Term = WordTerm | TextTerm | RegexTerm | TimeTerm | MoneyTerm | StateTerm


@dataclass(frozen=True, slots=True)
class Query:
    """All terms of a filter; a row fits when every one of them holds."""

    text: str = ""
    """As it was typed."""
    terms: tuple[Term, ...] = field(default=())
    error: FilterError | None = None
    """Why the text is no filter; no row can then be asked for."""

    def __bool__(self) -> bool:
        return bool(self.terms)

    def match_rows(self, facts: Facts, rows: Sequence[int]) -> list[int]:
        """Return those of these rows that fit, in their order; raise FilterError where it cannot be applied."""
        if self.error is not None:
            raise self.error.with_traceback(None)
        found: Sequence[int] = rows
        for term in self.terms:
            found = term.match_rows(facts, found)
        return list(found)

    def narrows(self, other: Query) -> bool:
        """Whether everything that fits this query is sure to fit `other`: typing on needs to look at fewer rows."""
        last = len(other.terms) - 1
        if not 0 <= last < len(self.terms) or not all(map(_is_stable, other.terms)):
            return False
        return self.terms[:last] == other.terms[:last] and _term_narrows(self.terms[last], other.terms[last])

    @property
    def money_terms(self) -> tuple[MoneyTerm, ...]:
        """The terms that only quoted rows can meet."""
        return tuple(term for term in self.terms if isinstance(term, MoneyTerm))

    @property
    def depends_on_selection(self) -> bool:
        """Whether the answer changes when marks change."""
        return self.uses_state("is:marked")

    def uses_state(self, state: str) -> bool:
        """Whether a state such as `is:marked` is asked for."""
        return any(isinstance(term, StateTerm) and term.name == state for term in self.terms)

    @property
    def order_ids(self) -> tuple[str, ...]:
        """The orders whose resources are asked for, as they were typed."""
        named = (term for term in self.terms if isinstance(term, TextTerm) and term.name == "order")
        return tuple(dict.fromkeys(value for term in named for value in term.values if value))

    def without_money(self) -> Query:
        """Return the query with only those terms that need no quote."""
        return Query(self.text, tuple(term for term in self.terms if not isinstance(term, MoneyTerm)))


def _is_stable(term: Term) -> bool:
    """Whether the rows that fit stay the same while the list does: selection, quotes and orders change without it."""
    return not isinstance(term, StateTerm | MoneyTerm) and not (isinstance(term, TextTerm) and term.name == "order")


def _term_narrows(term: Term, other: Term) -> bool:
    if isinstance(term, WordTerm) and isinstance(other, WordTerm) and not (term.negated or other.negated):
        return other.text in term.text
    return term == other
