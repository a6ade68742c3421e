"""Parser of filters: words, fields, lists, globs, regular expressions, comparisons, states, alternatives."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from fnmatch import translate

from unsub_tui.listmodel.filters.comparisons import money_term, quiet_term, time_term
from unsub_tui.listmodel.filters.facts import RESOURCES, Field, FieldKind, Vocabulary
from unsub_tui.listmodel.filters.filter_errors import FilterError, FilterProblem, similar_words
from unsub_tui.listmodel.filters.query import (
    FindingTerm,
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

_PLAIN_VALUE = re.compile(r"\w[\w.:=>-]*")
_AGE = re.compile(r"older(>=?)(.*)")


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
            return money_term(token, field)
        case FieldKind.FUTURE | FieldKind.PAST:
            return time_term(token, field)


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
        values = [value.replace(" ", "-") for value in values]
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
        parts = (quiet_term(plain, field),)
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
        return TimeTerm(field.name, None, None, token.span, negated=text == "any", is_empty=True)
    if is_named and aged is not None:
        return time_term(replace(token, operator=aged[1], values=(replace(value, text=aged[2]),)), field)
    return time_term(token, field)
