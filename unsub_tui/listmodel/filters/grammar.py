"""Parser of filters: words, fields, lists, globs, regular expressions, comparisons, states, alternatives."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from fnmatch import translate
from operator import eq, ge, gt, le, lt, ne

from unsub_tui.domain.bounds import MAX_TIME, MIN_TIME
from unsub_tui.domain.time_zone import start_of_day
from unsub_tui.listmodel.filters.facts import RESOURCES, Field, FieldKind, Vocabulary
from unsub_tui.listmodel.filters.filter_errors import FilterError, FilterProblem, similar_words
from unsub_tui.listmodel.filters.query import (
    FindingTerm,
    MoneyTerm,
    Query,
    RegexTerm,
    StateTerm,
    Term,
    TextTerm,
    TimeTerm,
    WordTerm,
)
from unsub_tui.listmodel.filters.tokenizer import Token, Value, tokenize

MAX_FILTER_LENGTH = 500
"""Maximum number of characters of a filter."""
MAX_REGEX_LENGTH = 200
"""Maximum number of characters of a regular expression."""

_DURATION = re.compile(r"(-?\d{1,6})(d|w|mo|h|y|)")
_PLAIN_VALUE = re.compile(r"\w[\w.:=>-]*")
_AGE = re.compile(r"older(>=?)(.*)")
_DATE = re.compile(r"\d{4}(-\d{2}(-\d{2})?)?")
_AMOUNT = re.compile(r"(-?\d+(?:\.\d+)?)\s*([A-Za-z]{3})?")

_UNIT_SECONDS = {"": 86_400, "h": 3_600, "d": 86_400, "w": 604_800, "mo": 2_592_000, "y": 31_536_000}
"""Number of seconds in each unit; a bare number is days, a month counts as 30 days, a year as 365."""

_YEARS = range(MIN_TIME.year, MAX_TIME.year + 1)
"""Bare numbers that are years, because the program knows no times outside them."""

_COMPARISONS = {"<": lt, "<=": le, ">": gt, ">=": ge, "=": eq, ":": eq, "!=": ne}


def parse(text: str, vocabulary: Vocabulary = RESOURCES) -> Query:
    """Return the query; raise FilterError with the position of the error and the expected syntax."""
    if len(text) > MAX_FILTER_LENGTH:
        raise FilterError(FilterProblem.TOO_LONG, MAX_FILTER_LENGTH, limit=MAX_FILTER_LENGTH)
    alternatives = [tuple(_make_term(each, vocabulary) for each in tokens) for tokens in tokenize(text, vocabulary)]
    return Query(text, tuple(alternatives))


def parse_lenient(text: str, vocabulary: Vocabulary = RESOURCES) -> Query:
    """Return the query of a text; for an invalid filter, a query that holds the error and raises it when applied."""
    try:
        return parse(text, vocabulary)
    except FilterError as error:
        return Query(text, error=error)


def quoted_value(value: str) -> str:
    """Return a value as it is written in a filter: in quotes unless it is a plain word."""
    text = value.replace('"', "?")  # a quoted value cannot contain a quote; ? matches any character
    return text if _PLAIN_VALUE.fullmatch(text) else f'"{text}"'


def split_alternatives(text: str, vocabulary: Vocabulary = RESOURCES) -> list[str]:
    """Return the text of each alternative that `or` separates; the whole text if it is invalid."""
    try:
        alternatives = tokenize(text, vocabulary)
    except FilterError:
        return [text]
    return [text[tokens[0].start : tokens[-1].end] if tokens else "" for tokens in alternatives]


def _make_term(token: Token, vocabulary: Vocabulary) -> Term:
    if not token.field:
        return WordTerm(tuple(value.text.casefold() for value in token.values), token.negated)
    field = vocabulary.field(token.field)
    if field is None:
        return _make_state_term(token, vocabulary.states[token.field])
    if field.is_finding:
        return _finding_term(token, field)
    match field.kind:
        case FieldKind.TEXT:
            return _regex_term(token, field) if token.is_regex else _text_term(token, field)
        case FieldKind.MONEY:
            return _money_term(token, field)
        case FieldKind.FUTURE | FieldKind.PAST:
            return _time_term(token, field)


def _make_state_term(token: Token, allowed: Sequence[str]) -> StateTerm:
    values = [value.text.lower() for value in token.values]
    unknown = next((each for each in values if each not in allowed), None)
    if token.operator != ":" or token.is_regex or unknown is not None:
        choices = ", ".join(f"{token.field}:{each}" for each in allowed)
        similar = similar_words(unknown or "", allowed)
        raise FilterError(FilterProblem.ONE_OF_STATES, *token.span, similar=similar, states=choices)
    return StateTerm(tuple(f"{token.field}:{each}" for each in values), token.negated)


def _text_term(token: Token, field: Field) -> TextTerm:
    if token.operator not in (":", "=", "!="):
        raise FilterError(FilterProblem.TEXT_TERM, *token.span, field=token.field)
    if field.is_never_empty and not all(value.text for value in token.values):
        raise FilterError(FilterProblem.VALUE_OF_FIELD, *token.span, head=f"{token.field}{token.operator}")
    exact, negated = token.operator != ":", token.negated is not (token.operator == "!=")
    values = [value.text.casefold() for value in token.values]
    if field.name == "state":
        values = [value.replace("-", " ") for value in values]
    patterns = tuple(_compile_value(value, exact=exact) for value in values)
    places = tuple((value.start, value.end) for value in token.values) if field.is_closed else ()
    typed = tuple(value.text for value in token.values)
    return TextTerm(field.name, typed, patterns, places, exact=exact, negated=negated)


def _compile_value(value: str, *, exact: bool) -> Callable[[str], bool]:
    """Return the predicate of a value: text is empty, equals the value, matches it as a glob, or contains it."""
    if not value:
        return lambda text: not text
    if "*" in value or "?" in value:
        glob = re.compile(translate(value.replace("[", "[[]")))  # only * and ? are special, brackets are literal
        return lambda text: any(glob.match(line) for line in text.split("\n"))
    if exact:
        line = f"\n{value}\n"  # faster than to split a text of many lines, such as tags
        return lambda text: text == value or line in f"\n{text}\n"
    return lambda text: value in text


def _regex_term(token: Token, field: Field) -> RegexTerm:
    import regex  # lazy: few filters use it, and the import would slow down every start

    source = token.value
    if token.operator not in (":", "=", "!="):
        raise FilterError(FilterProblem.REGEX_TERM, *token.span, field=token.field)
    if not source:
        raise FilterError(FilterProblem.REGEX_IS_EMPTY, *token.span)
    if len(source) > MAX_REGEX_LENGTH:
        raise FilterError(FilterProblem.REGEX_TOO_LONG, *token.span, limit=MAX_REGEX_LENGTH)
    try:
        compiled = regex.compile(source, regex.IGNORECASE | regex.MULTILINE)
    except (regex.error, OverflowError, RecursionError) as error:
        raise FilterError(FilterProblem.REGEX_INVALID, *token.span, error=error) from error

    def search(text: str, seconds: float) -> bool:
        return compiled.search(text, timeout=seconds) is not None

    return RegexTerm(field.name, source, search, token.span, token.negated is not (token.operator == "!="))


def _finding_term(token: Token, field: Field) -> FindingTerm:
    """Return the term on a finding, whose negation refers to the rows with a known finding only."""
    plain = replace(token, negated=False, operator=":" if token.operator == "!=" else token.operator)
    parts: tuple[TextTerm | RegexTerm | TimeTerm, ...]
    if field.name == "backup":
        parts = tuple(_backup_part(replace(plain, values=(each,)), field, each) for each in plain.values)
    elif plain.is_regex:
        parts = (_regex_term(plain, field),)
    elif field.name == "quiet":
        parts = (_quiet_part(plain, field),)
    else:  # a tag is named completely: env=prod is not env=production
        parts = (
            _text_term(replace(plain, operator="=") if field.name == "tag" and plain.operator == ":" else plain, field),
        )
    return FindingTerm(parts, token.negated is not (token.operator == "!="))


def _backup_part(token: Token, field: Field, value: Value) -> TimeTerm:
    """Return the term for `none`, `any`, an age such as `older>30d`, or a time like those of other fields."""
    text, aged = value.text.lower(), _AGE.fullmatch(value.text.lower())
    is_named = token.operator in (":", "=") and not token.is_regex
    if is_named and text in ("none", "any"):
        return TimeTerm(field.name, None, None, is_relative=False, negated=text == "any", is_empty=True)
    if is_named and aged is not None:
        return _time_term(replace(token, operator=aged[1], values=(replace(value, text=aged[2]),)), field)
    return _time_term(token, field)


def _quiet_part(token: Token, field: Field) -> TextTerm:
    """Return the term for a number of days, on the number of days that a server was quiet."""
    span = _DURATION.fullmatch(token.value)
    if span is None or span[2] == "h" or token.operator not in (":", "=") or len(token.values) != 1:
        raise FilterError(FilterProblem.DAYS, *token.span, field=token.field)
    days = int(span[1]) * _UNIT_SECONDS[span[2]] // _UNIT_SECONDS["d"]
    return TextTerm(field.name, (token.value,), (lambda text: int(text) >= days,))


def _money_term(token: Token, field: Field) -> MoneyTerm:
    given = _AMOUNT.fullmatch(token.value)
    if given is None or len(token.values) != 1 or token.is_regex:
        raise FilterError(FilterProblem.AMOUNT, *token.span, field=token.field)
    limit, compare = Decimal(given[1]), _COMPARISONS[token.operator]
    return MoneyTerm(
        field.name, lambda amount: compare(amount, limit), (given[2] or "").upper(), token.span, token.negated
    )


def _time_term(token: Token, field: Field) -> TimeTerm:
    value = token.value
    if len(token.values) == 1 and not token.is_regex:
        if not value and token.operator in (":", "="):
            return TimeTerm(field.name, None, None, is_relative=False, negated=token.negated, is_empty=True)
        span = _DURATION.fullmatch(value)
        if span is not None and not (value.isdecimal() and int(value) in _YEARS):
            return _make_relative_term(token, field, int(span[1]) * _UNIT_SECONDS[span[2]])
        if _DATE.fullmatch(value):
            return _make_absolute_term(token, field, value)
    raise FilterError(FilterProblem.DAYS_OR_DATE, *token.span, field=token.field)


def _make_relative_term(token: Token, field: Field, seconds: float) -> TimeTerm:
    """Return the comparison of the time until then, or since then, with a duration."""
    operator = token.operator
    if operator not in ("<", "<=", ">", ">="):
        raise FilterError(FilterProblem.LESS_OR_MORE, *token.span, field=token.field, value=token.value)
    is_less = operator.startswith("<")
    if field.kind is FieldKind.PAST:  # less time ago means a later timestamp
        seconds, is_less = -seconds, not is_less
    low, high = (None, seconds) if is_less else (seconds, None)
    return TimeTerm(field.name, low, high, is_relative=True, negated=token.negated)


def _make_absolute_term(token: Token, field: Field, value: str) -> TimeTerm:
    """Return the comparison with a day, month or year in the user's time zone."""
    first, after = _period_bounds(value, token)
    bounds = {"<": (None, first), "<=": (None, after), ">": (after, None), ">=": (first, None)}
    low, high = bounds.get(token.operator, (first, after))
    negated = token.negated is not (token.operator == "!=")
    return TimeTerm(field.name, low, high, is_relative=False, negated=negated)


def _period_bounds(value: str, token: Token) -> tuple[float, float]:
    """Return the start timestamps of a day, month or year and of the following one."""
    year, month, day = (*map(int, value.split("-")), 0, 0)[:3]
    try:
        first = date(year, month or 1, day or 1)
        if day:
            following = first + timedelta(days=1)
        elif month:
            following = first.replace(year=year + month // 12, month=month % 12 + 1)
        else:
            following = first.replace(year=year + 1)
        return start_of_day(first).timestamp(), start_of_day(following).timestamp()
    except (ValueError, OverflowError, OSError) as error:
        raise FilterError(FilterProblem.DATE, *token.span) from error
