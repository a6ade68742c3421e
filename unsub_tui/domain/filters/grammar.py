"""From what was typed to a `Query`: words, fields, lists, globs, regular expressions, comparisons, states."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from difflib import get_close_matches
from fnmatch import translate
from operator import eq, ge, gt, le, lt, ne

from unsub_tui.domain.filters.facts import RESOURCES, Field, FieldKind, Vocabulary
from unsub_tui.domain.filters.query import (
    FilterError,
    MomentTerm,
    MoneyTerm,
    Query,
    RegexTerm,
    StateTerm,
    Term,
    TextTerm,
    Word,
)

MAX_LENGTH = 500
"""Characters of a filter."""
MAX_REGEX = 200
"""Characters of a regular expression."""

_FIELD = re.compile(r"([A-Za-z][A-Za-z-]*)(:|!=|<=|>=|<|>|=)")
_SPAN = re.compile(r"(-?\d{1,6})(d|w|mo|h|y)")
_DAY = re.compile(r"\d{4}(-\d{2}(-\d{2})?)?")
_AMOUNT = re.compile(r"(-?\d+(?:\.\d+)?)\s*([A-Za-z]{3})?")

_SPANS = {"h": 1 / 24, "d": 1.0, "w": 7.0, "mo": 30.0, "y": 365.0}
"""Days of each unit; a month counts as 30 days, a year as 365."""

_DAY_SECONDS = 86_400.0
_COMPARE: dict[str, Callable[[Decimal, Decimal], bool]] = {
    "<": lt,
    "<=": le,
    ">": gt,
    ">=": ge,
    "=": eq,
    ":": eq,
    "!=": ne,
}


class ExpectedError(FilterError):
    """A filter that is not in the grammar: what was expected where it leaves it."""

    def __init__(self, expected: str, start: int = 0, end: int | None = None) -> None:
        super().__init__(f"expected {expected}", start, end)


@dataclass(frozen=True, slots=True)
class _Token:
    """One part of the filter between blanks, and where it stands."""

    negated: bool
    field: str
    """The field before the operator; empty for a bare word."""
    operator: str
    values: tuple[str, ...]
    is_regex: bool
    start: int
    end: int

    @property
    def where(self) -> tuple[int, int]:
        return self.start, self.end


def parse(text: str, vocabulary: Vocabulary = RESOURCES) -> Query:
    """Return the query; raises FilterError that says where the text goes wrong and what was expected."""
    if len(text) > MAX_LENGTH:
        raise ExpectedError(f"at most {MAX_LENGTH} characters", MAX_LENGTH)
    return Query(text, tuple(_term(token, vocabulary) for token in _tokens(text, vocabulary)))


def _tokens(text: str, vocabulary: Vocabulary) -> list[_Token]:
    found, at = [], 0
    while at < len(text):
        if text[at].isspace():
            at += 1
            continue
        token = _token(text, at, vocabulary)
        found.append(token)
        at = token.end
    return found


def _token(text: str, start: int, vocabulary: Vocabulary) -> _Token:
    at, negated = start, False
    if text[at] in "!-":
        negated, at = True, at + 1
        if at >= len(text) or text[at].isspace():
            raise ExpectedError(f"a word behind {text[start]!r}", start, at)
    named = _FIELD.match(text, at)
    if named is None:
        value, at = _value(text, at, stops="")
        return _Token(negated, "", "", (value,), is_regex=False, start=start, end=at)
    name, operator, at = named[1].lower(), named[2], named.end()
    if name not in vocabulary.names:
        raise ExpectedError(_unknown(name, vocabulary), start, named.end())
    if text[at : at + 1] == "/":
        value, at = _regex(text, at)
        return _Token(negated, name, operator, (value,), is_regex=True, start=start, end=at)
    values: list[str] = []
    while True:
        value, at = _value(text, at, stops=",")
        values.append(value)
        if text[at : at + 1] != ",":
            break
        at += 1
    return _Token(negated, name, operator, tuple(values), is_regex=False, start=start, end=at)


def _value(text: str, at: int, stops: str) -> tuple[str, int]:
    """Return one value, in quotes or up to a blank or one of `stops`, and where it ends."""
    if text[at : at + 1] == '"':
        end = text.find('"', at + 1)
        if end < 0:
            raise ExpectedError('a closing "', at)
        return text[at + 1 : end], end + 1
    end = at
    while end < len(text) and not text[end].isspace() and text[end] not in stops:
        end += 1
    return text[at:end], end


def _regex(text: str, at: int) -> tuple[str, int]:
    """Return a regular expression between slashes, and where it ends; a slash in it has a backslash before it."""
    end = at + 1
    while end < len(text) and text[end] != "/":
        end += 2 if text[end] == "\\" else 1
    if end >= len(text):
        raise ExpectedError("a closing /", at)
    return text[at + 1 : end].replace(r"\/", "/"), end + 1


def _term(token: _Token, vocabulary: Vocabulary) -> Term:
    if not token.field:
        if not token.values[0]:
            raise ExpectedError("a word", *token.where)
        return Word(token.values[0].casefold(), token.negated)
    field = vocabulary.field(token.field)
    if field is None:
        return _state(token, vocabulary.states[token.field])
    match field.kind:
        case FieldKind.TEXT:
            return _regex_term(token, field) if token.is_regex else _text_term(token, field)
        case FieldKind.MONEY:
            return _money_term(token, field)
        case FieldKind.AHEAD | FieldKind.PAST:
            return _moment_term(token, field)


def _state(token: _Token, allowed: Sequence[str]) -> StateTerm:
    value = token.values[0].lower()
    if token.operator != ":" or len(token.values) != 1 or value not in allowed:
        choices = ", ".join(f"{token.field}:{each}" for each in allowed)
        raise ExpectedError(f"one of {choices}", *token.where)
    return StateTerm(f"{token.field}:{value}", token.negated)


def _text_term(token: _Token, field: Field) -> TextTerm:
    if token.operator not in (":", "=", "!="):
        raise ExpectedError(f"{field.name}:TEXT, {field.name}=TEXT or {field.name}:/REGEX/", *token.where)
    exact, negated = token.operator != ":", token.negated is not (token.operator == "!=")
    values = [value.casefold() for value in token.values]
    if field.name == "state":
        values = [value.replace("-", " ") for value in values]
    return TextTerm(field.name, tuple(_pattern(value, exact=exact) for value in values), negated, token.values)


def _pattern(value: str, *, exact: bool) -> Callable[[str], bool]:
    """Return what a value asks of a text: nothing in it, exactly it, a glob of it, or it somewhere within."""
    if not value:
        return lambda text: not text
    if "*" in value or "?" in value:
        glob = re.compile(translate(value.replace("[", "[[]")))  # brackets have no meaning of their own here
        return lambda text: any(glob.match(line) for line in text.split("\n"))
    if exact:
        return lambda text: value in text.split("\n")
    return lambda text: value in text


def _regex_term(token: _Token, field: Field) -> RegexTerm:
    import regex  # only now: few filters need it, and every start would pay for it

    source = token.values[0]
    if token.operator not in (":", "=", "!="):
        raise ExpectedError(f"{field.name}:/REGEX/", *token.where)
    if len(source) > MAX_REGEX:
        raise ExpectedError(f"a regular expression of at most {MAX_REGEX} characters", *token.where)
    try:
        compiled = regex.compile(source, regex.IGNORECASE | regex.MULTILINE)
    except regex.error as error:
        raise ExpectedError(f"a regular expression; {error}", *token.where) from error

    def search(text: str, seconds: float) -> bool:
        return compiled.search(text, timeout=seconds) is not None

    return RegexTerm(field.name, search, token.where, token.negated is not (token.operator == "!="))


def _money_term(token: _Token, field: Field) -> MoneyTerm:
    given = _AMOUNT.fullmatch(token.values[0])
    if given is None or len(token.values) != 1 or token.is_regex:
        raise ExpectedError(f"an amount, such as {field.name}>=100 or {field.name}<10.50USD", *token.where)
    limit, compare = Decimal(given[1]), _COMPARE[token.operator]
    return MoneyTerm(
        field.name, lambda amount: compare(amount, limit), (given[2] or "").upper(), token.where, token.negated
    )


def _moment_term(token: _Token, field: Field) -> MomentTerm:
    value = token.values[0]
    if len(token.values) == 1 and not token.is_regex:
        if not value and token.operator in (":", "="):
            return MomentTerm(field.name, None, None, is_relative=False, negated=token.negated, is_empty=True)
        if span := _SPAN.fullmatch(value):
            return _relative(token, field, int(span[1]) * _SPANS[span[2]] * _DAY_SECONDS)
        if _DAY.fullmatch(value):
            return _absolute(token, field, value)
    raise ExpectedError(f"days or a date, such as {field.name}<30d or {field.name}>2026-01-31", *token.where)


def _relative(token: _Token, field: Field, seconds: float) -> MomentTerm:
    """Compare how long it is until then, or how long ago it was."""
    operator = token.operator
    if operator not in ("<", "<=", ">", ">="):
        raise ExpectedError(f"{field.name}<{token.values[0]} or {field.name}>{token.values[0]}", *token.where)
    is_less = operator.startswith("<")
    if field.kind is FieldKind.PAST:  # a short time ago is a late moment
        seconds, is_less = -seconds, not is_less
    low, high = (None, seconds) if is_less else (seconds, None)
    return MomentTerm(field.name, low, high, is_relative=True, negated=token.negated)


def _absolute(token: _Token, field: Field, value: str) -> MomentTerm:
    """Compare with a day, a month or a year of the reader's own time zone."""
    first, after = _period(value, token)
    low, high = {
        "<": (None, first),
        "<=": (None, after),
        ">": (after, None),
        ">=": (first, None),
        ":": (first, after),
        "=": (first, after),
        "!=": (first, after),
    }[token.operator]
    negated = token.negated is not (token.operator == "!=")
    return MomentTerm(field.name, low, high, is_relative=False, negated=negated)


def _period(value: str, token: _Token) -> tuple[float, float]:
    """Return where a day, month or year begins and where the next one does."""
    year, month, day = (*map(int, value.split("-")), 0, 0)[:3]
    try:
        first = datetime(year, month or 1, day or 1).astimezone()
        if day:
            following = datetime(year, month, day) + timedelta(days=1)  # noqa: DTZ001
        elif month:
            following = datetime(year + month // 12, month % 12 + 1, 1)  # noqa: DTZ001
        else:
            following = datetime(year + 1, 1, 1)  # noqa: DTZ001
        return first.timestamp(), following.astimezone().timestamp()
    except (ValueError, OverflowError, OSError) as error:
        raise ExpectedError("a date such as 2026-01-31", *token.where) from error


def _unknown(name: str, vocabulary: Vocabulary) -> str:
    if name == "tag" and vocabulary is RESOURCES:
        return "no tag: the vendor's list of resources has none; try project: or name:"
    near = get_close_matches(name, vocabulary.names, n=1, cutoff=0.5)
    names = ", ".join((*(field.name for field in vocabulary.fields), *vocabulary.states))
    guess = f'; did you mean "{near[0]}"?' if near else f": {names}"
    return f'a known field{guess} To look for a colon, put the words in "quotes"'
