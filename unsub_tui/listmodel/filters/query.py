"""Parsed filters: a query is a disjunction of conjunctions of terms."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from enum import Enum, auto
from itertools import chain
from time import monotonic

from unsub_tui.domain.time_zone import current_time_zone, start_of_day
from unsub_tui.listmodel.filters.facts import Facts
from unsub_tui.listmodel.filters.filter_errors import FilterError, FilterProblem, UnknownValueError, similar_words

REGEX_SECONDS = 0.25
"""Maximum seconds to match one regular expression against all rows; more would block the keyboard."""


VALUES_SHOWN = 12
"""Maximum number of values of the account that an error names."""

_FEW_VALUES = frozenset({"at-expiry", "attached", "bound"})
"""Closed fields whose values an error names all."""


@dataclass(frozen=True, slots=True)
class WordTerm:
    """Texts of which a row must contain at least one, or none if negated."""

    texts: tuple[str, ...]
    """Case-folded."""
    negated: bool = False

    def match_rows(self, facts: Facts, rows: Sequence[int]) -> list[int]:
        """Return the given rows that match."""
        searched = facts.search_text()
        if len(self.texts) == 1:
            return searched.match_rows(self.texts[0], rows, is_found=not self.negated)
        return _union(
            rows, [searched.match_rows(each, rows, is_found=True) for each in self.texts], is_member=not self.negated
        )


@dataclass(frozen=True, slots=True)
class TextTerm:
    """A field that must match at least one of several patterns."""

    name: str
    values: tuple[str, ...]
    """The values as typed; with `exact`, they determine the patterns."""
    patterns: tuple[Callable[[str], bool], ...] = field(compare=False)
    """Predicates on the field's case-folded text."""
    value_spans: tuple[tuple[int, int], ...] = field(default=(), compare=False)
    """Positions of the values of a closed field in the filter; empty for an open field."""
    exact: bool = False
    """Whether a value is the whole text of the field, not a part of it."""
    negated: bool = False

    def match_rows(self, facts: Facts, rows: Sequence[int]) -> list[int]:
        """Return the given rows that match; raise UnknownValueError for a value that no row can have."""
        if self.value_spans:
            self._check_values(facts)
        column, patterns, wanted = facts.texts(self.name), self.patterns, not self.negated
        if len(patterns) == 1:
            only = patterns[0]
            return [row for row in rows if only(column[row]) is wanted]
        return [row for row in rows if any(fits(column[row]) for fits in patterns) is wanted]

    def _check_values(self, facts: Facts) -> None:
        """Raise UnknownValueError for the first value without any known match: negated, it would match every row."""
        known = facts.known_values(self.name)
        for fits, value, place in zip(self.patterns, self.values, self.value_spans, strict=True):
            if value and not any(map(fits, known)):
                raise _unknown_value_error(self.name, value, facts, place)


def _unknown_value_error(name: str, value: str, facts: Facts, span: tuple[int, int]) -> UnknownValueError:
    """Return the error with the values of a closed field: all states, or the similar ones and those of the account."""
    shown = {each for each in facts.known_values(name) if each}
    similar = similar_words(value.casefold(), shown, count=3, cutoff=0.6)
    if name == "state":
        return UnknownValueError(FilterProblem.KNOWN_STATE, *span, similar=similar, states=", ".join(sorted(shown)))
    if name in _FEW_VALUES:
        return UnknownValueError(FilterProblem.ONE_OF_STATES, *span, similar=similar, states=", ".join(sorted(shown)))
    problem = FilterProblem.KNOWN_SERVICE if name == "type" else FilterProblem.KNOWN_VALUE
    existing = facts.existing_values(name)
    shown_values = [*existing[:VALUES_SHOWN], *(["…"] if len(existing) > VALUES_SHOWN else [])]
    return UnknownValueError(problem, *span, similar=similar, field=name, existing=", ".join(shown_values))


@dataclass(frozen=True, slots=True)
class RegexTerm:
    """A field searched with a regular expression, within one time limit for all rows."""

    name: str
    source: str
    """The regular expression."""
    search: Callable[[str, float], bool] = field(compare=False)
    """Search function for a text and the remaining seconds; raises TimeoutError."""
    span: tuple[int, int]
    negated: bool = False

    def match_rows(self, facts: Facts, rows: Sequence[int]) -> list[int]:
        """Return the given rows that match; raise FilterError if the search takes too long."""
        column, wanted, until = facts.texts(self.name), not self.negated, monotonic() + REGEX_SECONDS
        found: list[int] = []
        try:
            for row in rows:
                remaining = until - monotonic()
                if remaining <= 0:
                    raise TimeoutError  # noqa: TRY301 - handled like a timeout within one text
                if self.search(column[row], remaining) is wanted:
                    found.append(row)
        except TimeoutError:
            raise FilterError(FilterProblem.REGEX_TOO_SLOW, *self.span) from None
        return found


class TimeBase(Enum):
    """What a bound of a term on a time is counted from; all but the first move with the clock."""

    EPOCH = auto()
    NOW = auto()
    TODAY = auto()
    """Start of the current day in the user's time zone."""
    TOMORROW = auto()
    """Start of the following day."""


@dataclass(frozen=True, slots=True)
class TimeBound:
    """A bound of a term on a time."""

    base: TimeBase
    seconds: float = 0.0
    """Seconds since the base."""

    def timestamp(self, now: datetime) -> float:
        """Return the bound in seconds since 1970."""
        if self.base is TimeBase.EPOCH:
            return self.seconds
        if self.base is TimeBase.NOW:
            return now.timestamp() + self.seconds
        today = now.astimezone(current_time_zone()).date()
        day = today if self.base is TimeBase.TODAY else today + timedelta(days=1)
        return start_of_day(day).timestamp() + self.seconds


@dataclass(frozen=True, slots=True)
class TimeTerm:
    """A time that must be within bounds."""

    name: str
    low: TimeBound | None
    """Inclusive lower bound; None for no bound."""
    high: TimeBound | None
    """Exclusive upper bound; None for no bound."""
    span: tuple[int, int] = field(compare=False)
    negated: bool = False
    is_empty: bool = False
    """Match the rows without a time instead."""

    def match_rows(self, facts: Facts, rows: Sequence[int]) -> list[int]:
        """Return the given rows that match; a row without a time matches no comparison.

        Raise FilterError if the bounds are in the wrong order.
        """
        column, wanted = facts.timestamps(self.name), not self.negated
        if self.is_empty:
            return [row for row in rows if (column[row] is None) is wanted]
        now = facts.now()
        low = float("-inf") if self.low is None else self.low.timestamp(now)
        high = float("inf") if self.high is None else self.high.timestamp(now)
        if low >= high:  # now and here, because a range can have one bound that moves with the clock
            raise FilterError(FilterProblem.RANGE_REVERSED, *self.span)
        return [row for row in rows if (timestamp := column[row]) is not None and (low <= timestamp < high) is wanted]


@dataclass(frozen=True, slots=True)
class MoneyTerm:
    """A comparison of an amount, which only quoted rows have."""

    name: str
    predicate: Callable[[Decimal], bool]
    currency: str
    """Required currency (rows in another one never match, even if negated); empty if the filter names none."""
    span: tuple[int, int]
    negated: bool = False

    def match_rows(self, facts: Facts, rows: Sequence[int]) -> list[int]:
        """Return the given rows that match; raise FilterError if the amounts are in several currencies."""
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
            first, both = min(currencies), sorted(currencies)
            raise FilterError(FilterProblem.SEVERAL_CURRENCIES, *self.span, first=first, currencies=both)
        return found


@dataclass(frozen=True, slots=True)
class StateTerm:
    """States of which a row must have at least one."""

    names: tuple[str, ...]
    """Names of the states, such as `is:selected`."""
    negated: bool = False

    def match_rows(self, facts: Facts, rows: Sequence[int]) -> list[int]:
        """Return the given rows that match."""
        names, wanted = self.names, not self.negated
        if len(names) == 1:
            only = names[0]
            return [row for row in rows if facts.has_state(only, row) is wanted]
        return [row for row in rows if any(facts.has_state(each, row) for each in names) is wanted]


@dataclass(frozen=True, slots=True)
class FindingTerm:
    """A finding of the inventory that must match at least one of several terms.

    A row about which it is unknown, or for which it has no meaning, matches neither the term nor its negation.
    """

    parts: tuple[TextTerm | RegexTerm | TimeTerm, ...]
    """Terms about the same field, none of them negated."""
    negated: bool = False
    accepts_unknown: bool = False
    """Whether rows match about which it is unknown: those that would match if it had another value."""

    @property
    def name(self) -> str:
        """The field."""
        return self.parts[0].name

    def match_rows(self, facts: Facts, rows: Sequence[int]) -> list[int]:
        """Return the given rows that match; raise FilterError if the filter cannot be applied."""
        is_known = facts.known_findings(self.name)
        known = [row for row in rows if is_known[row]]
        matched = set(chain.from_iterable(part.match_rows(facts, known) for part in self.parts))
        if not self.accepts_unknown:
            return [row for row in known if (row in matched) is not self.negated]
        found = {row for row in known if (row in matched) is not self.negated}
        return [row for row in rows if row in found or is_known[row] is False]


Term = WordTerm | TextTerm | RegexTerm | TimeTerm | MoneyTerm | StateTerm | FindingTerm


@dataclass(frozen=True, slots=True)
class Query:
    """A parsed filter; a row matches if it matches all terms of at least one alternative."""

    text: str = ""
    """The filter as typed."""
    alternatives: tuple[tuple[Term, ...], ...] = ((),)
    error: FilterError | None = None
    """Syntax error of the text, raised by `match_rows`; None if the text is valid."""

    def __bool__(self) -> bool:
        return any(self.alternatives)

    def match_rows(self, facts: Facts, rows: Sequence[int]) -> list[int]:
        """Return the given rows that match, in order; raise FilterError if the filter cannot be applied."""
        if self.error is not None:
            raise self.error.with_traceback(None)
        if len(self.alternatives) == 1:
            return _match_all(self.alternatives[0], facts, rows)
        return _union(rows, [_match_all(terms, facts, rows) for terms in self.alternatives], is_member=True)

    def narrows(self, other: Query) -> bool:
        """Return whether all rows that match this query surely match `other`, so that only they need a search."""
        if len(self.alternatives) != 1 or len(other.alternatives) != 1:
            return False
        mine, others = self.alternatives[0], other.alternatives[0]
        last = len(others) - 1
        if not 0 <= last < len(mine) or not all(map(_is_stable, others)):
            return False
        return mine[:last] == others[:last] and _term_narrows(mine[last], others[last])

    @property
    def terms(self) -> tuple[Term, ...]:
        """The terms of all alternatives."""
        return tuple(chain.from_iterable(self.alternatives))

    @property
    def money_terms(self) -> tuple[MoneyTerm, ...]:
        """The terms on amounts, which only quoted rows can match."""
        return tuple(term for term in self.terms if isinstance(term, MoneyTerm))

    @property
    def has_days(self) -> bool:
        """Whether the filter names days, months or years, which depend on the time zone."""
        parts = chain.from_iterable(each.parts if isinstance(each, FindingTerm) else (each,) for each in self.terms)
        bounds = chain.from_iterable((each.low, each.high) for each in parts if isinstance(each, TimeTerm))
        return any(each is not None and each.base is not TimeBase.NOW for each in bounds)

    @property
    def finding_fields(self) -> tuple[str, ...]:
        """The findings of the inventory that the filter uses."""
        return tuple(dict.fromkeys(term.name for term in self.terms if isinstance(term, FindingTerm)))

    def with_unknown(self) -> Query:
        """Return the query that also matches the rows about which the findings that it uses are unknown."""
        kept = [
            tuple(replace(term, accepts_unknown=True) if isinstance(term, FindingTerm) else term for term in terms)
            for terms in self.alternatives
        ]
        return Query(self.text, tuple(kept), self.error)

    def uses_state(self, state: str) -> bool:
        """Return whether a term names a state, such as `is:selected`."""
        return any(isinstance(term, StateTerm) and state in term.names for term in self.terms)

    @property
    def order_ids(self) -> tuple[str, ...]:
        """The order ids that the filter names, as typed."""
        named = (term for term in self.terms if isinstance(term, TextTerm) and term.name == "order")
        return tuple(dict.fromkeys(value for term in named for value in term.values if value))

    def without_money(self) -> Query:
        """Return the query without its terms on amounts; all rows that match this query match it."""
        kept = [tuple(term for term in terms if not isinstance(term, MoneyTerm)) for terms in self.alternatives]
        return Query(self.text, tuple(kept))


def _match_all(terms: Sequence[Term], facts: Facts, rows: Sequence[int]) -> list[int]:
    """Return the given rows that match all terms."""
    for term in terms:
        rows = term.match_rows(facts, rows)
    return list(rows)


def _union(rows: Sequence[int], found: Sequence[Sequence[int]], *, is_member: bool) -> list[int]:
    """Return the given rows that are in one of the results, or with `is_member=False` those that are in none."""
    members = set(chain.from_iterable(found))
    return [row for row in rows if (row in members) is is_member]


def _is_stable(term: Term) -> bool:
    """Return whether a term's result depends on the list alone: not on selection, quotes, orders or inventory."""
    return not isinstance(term, StateTerm | MoneyTerm | FindingTerm) and not (
        isinstance(term, TextTerm) and term.name == "order"
    )


def _term_narrows(term: Term, other: Term) -> bool:
    if isinstance(term, WordTerm) and isinstance(other, WordTerm) and not (term.negated or other.negated):
        return len(term.texts) == 1 and any(text in term.texts[0] for text in other.texts)
    return term == other
