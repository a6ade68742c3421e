"""Tokenizer of filters; it also rejects typos that would silently change the meaning."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from unsub_tui.listmodel.filters.facts import Vocabulary
from unsub_tui.listmodel.filters.filter_errors import FilterError, FilterProblem, similar_words

_FIELD = re.compile(r"([A-Za-z][A-Za-z0-9_-]*)(:|!=|<=|>=|<|>|=)")
_COMPARISON = re.compile(r"(!=|<=|>=|<|>|=|:)(\S*)")
_TILDE = re.compile(r"([A-Za-z]+)[=!]?~(.*)")
_OR = re.compile(r"or(?=\s|$)", re.IGNORECASE)

_NOT_SEARCH_WORDS = (
    (r"OR", FilterProblem.TERM_BESIDE_OR),
    (r"AND|&&?", FilterProblem.AND_IS_NO_TERM),
    (r"NOT", FilterProblem.NOT_IS_NO_TERM),
    (r"\|\S*|\S*\|", FilterProblem.VALUE_BESIDE_BAR),
    (r"\(\S*|[^\s(]*\)", FilterProblem.NO_PARENTHESES),
    (r"[:~]\S*|\S*[<>=]\S*", FilterProblem.FIELD_BEFORE_COMPARISON),
    (r"[!-]\S*", FilterProblem.ONE_NEGATION),
    (r"/\S*/", FilterProblem.FIELD_BEFORE_REGEX),
    (r"\S*\*\S*", FilterProblem.FIELD_BEFORE_PATTERN),
)
"""Patterns of unquoted words that are not search text, with the problem; OR, AND and NOT also in lower case."""


@dataclass(frozen=True, slots=True)
class Value:
    """A value as typed, without quotes; its position includes the quotes."""

    text: str
    start: int
    end: int
    is_quoted: bool = False

    @property
    def is_missing(self) -> bool:
        """Whether nothing was typed; `""` is not missing but matches an empty field."""
        return not self.text and not self.is_quoted


@dataclass(frozen=True, slots=True)
class Token:
    """A whitespace-separated part of a filter and its position."""

    negated: bool
    field: str
    """The field name before the operator; empty for a bare word."""
    operator: str
    values: tuple[Value, ...]
    is_regex: bool
    start: int

    @property
    def end(self) -> int:
        """Offset after the last character."""
        return self.values[-1].end

    @property
    def span(self) -> tuple[int, int]:
        """Offsets of the first character and after the last one."""
        return self.start, self.end

    @property
    def value(self) -> str:
        """The first value; most terms have only one."""
        return self.values[0].text


def tokenize(text: str, vocabulary: Vocabulary) -> list[list[Token]]:
    """Return the tokens of each alternative of a filter, which `or` separates; raise FilterError for invalid syntax."""
    alternatives: list[list[Token]] = [[]]
    at = 0
    while at < len(text):
        found = alternatives[-1]
        if text[at].isspace():
            at += 1
        elif separator := _OR.match(text, at):
            at = separator.end()
            if not found or not text[at:].strip():
                raise FilterError(FilterProblem.TERM_BESIDE_OR, *separator.span(), word=separator[0])
            alternatives.append([])
        else:
            token = _read_token(text, at, vocabulary, found[-1] if found else None)
            at = token.end
            if at < len(text) and not text[at].isspace():
                raise FilterError(FilterProblem.BLANK_BETWEEN_TERMS, at, at + 1)
            found.append(token)
    return alternatives


def _read_token(text: str, start: int, vocabulary: Vocabulary, previous: Token | None) -> Token:
    at, negated = start, False
    if text[at] in "!-" and not text.startswith("!=", at):
        negated, at = True, at + 1
        if at >= len(text) or text[at].isspace():
            raise FilterError(FilterProblem.WORD_AFTER_NEGATION, start, at, sign=text[start])
    named = _FIELD.match(text, at)
    if named is None:
        words = _values(text, at, stops="|")
        _check_words(text, words, vocabulary, previous)
        token = Token(negated, "", "", words, is_regex=False, start=start)
        _check_values(token, vocabulary)
        return token
    name, operator, at = named[1].lower(), named[2], named.end()
    if name not in vocabulary.names:
        raise _unknown_field_error(name, vocabulary, start, at)
    if text[at : at + 1] == "/":
        return Token(negated, name, operator, (_regex(text, at),), is_regex=True, start=start)
    token = Token(negated, name, operator, _values(text, at, stops=",|"), is_regex=False, start=start)
    _check_missing_value(text, token)
    _check_values(token, vocabulary)
    return token


def _values(text: str, at: int, stops: str) -> tuple[Value, ...]:
    """Return the values separated by one of the characters in `stops`."""
    values = [_value(text, at, stops)]
    while values[-1].end < len(text) and text[values[-1].end] in stops:
        values.append(_value(text, values[-1].end + 1, stops))
    return tuple(values)


def _value(text: str, at: int, stops: str) -> Value:
    """Return one value: quoted, or up to whitespace or a character in `stops`."""
    if text[at : at + 1] == '"':
        end = text.find('"', at + 1)
        if end < 0:
            raise FilterError(FilterProblem.CLOSING_QUOTE, at)
        return Value(text[at + 1 : end], at, end + 1, is_quoted=True)
    end = at
    while end < len(text) and not text[end].isspace() and text[end] not in stops:
        if text[end] == '"':
            raise FilterError(FilterProblem.QUOTE_AROUND_ALL, end, end + 1)
        end += 1
    return Value(text[at:end], at, end)


def _regex(text: str, at: int) -> Value:
    """Return a regular expression between slashes; a slash within it is escaped with a backslash."""
    end = at + 1
    while end < len(text) and text[end] != "/":
        end += 2 if text[end] == "\\" else 1
    if end >= len(text):
        raise FilterError(FilterProblem.CLOSING_SLASH, at)
    return Value(text[at + 1 : end].replace(r"\/", "/"), at, end + 1)


def _check_words(text: str, words: Sequence[Value], vocabulary: Vocabulary, previous: Token | None) -> None:
    """Raise FilterError for bare words, together or one by one, that are probably not meant as search text."""
    unquoted = [word for word in words if not word.is_quoted]
    if len(unquoted) == len(words):
        first, last = words[0].start, words[-1].end
        unquoted.insert(0, Value(text[first:last], first, last))
    for word in dict.fromkeys(unquoted):
        _check_word(text, word, vocabulary, previous)
    if any(word.is_quoted and not word.text for word in words):
        raise FilterError(FilterProblem.WORD, words[0].start, words[-1].end)


def _check_word(text: str, word: Value, vocabulary: Vocabulary, previous: Token | None) -> None:
    """Raise FilterError for a bare word that is probably not meant as search text."""
    typed = word.text
    split = _COMPARISON.fullmatch(typed)
    if split is not None and previous is not None and not previous.field and previous.value.lower() in vocabulary.names:
        behind = _next_word(text, word.end) if not split[2] else None
        value, end = (split[2], word.end) if behind is None else (_source_text(text, behind), behind.end)
        raise FilterError(FilterProblem.NO_BLANKS, previous.start, end, term=f"{previous.value}{split[1]}{value}")
    tilde = _TILDE.fullmatch(typed)
    if tilde is not None and tilde[1].lower() in vocabulary.names:
        raise FilterError(FilterProblem.REGEX_INSTEAD_OF_TILDE, word.start, word.end, field=tilde[1])
    is_last = not text[word.end :].strip()  # "and" may be the beginning of a longer word that is being typed
    for pattern, problem in _NOT_SEARCH_WORDS:
        if re.fullmatch(pattern, typed if is_last else typed.upper(), re.DOTALL):
            raise FilterError(problem, word.start, word.end, word=typed)


def _check_missing_value(text: str, token: Token) -> None:
    """Raise FilterError if a space separates the operator from its value."""
    behind = _next_word(text, token.end) if token.values[0].is_missing and len(token.values) == 1 else None
    if behind is not None:
        term = f"{token.field}{token.operator}{_source_text(text, behind)}"
        raise FilterError(FilterProblem.NO_BLANK, token.start, behind.end, term=term)


def _check_values(token: Token, vocabulary: Vocabulary) -> None:
    """Raise FilterError for a value that is missing in a list, is a term, or begins like an operator."""
    head = f"{token.field}{token.operator}"
    for number, value in enumerate(token.values):
        if value.is_missing and len(token.values) > 1:
            raise FilterError(FilterProblem.VALUE_BESIDE_SEPARATOR, token.start, token.end)
        named = None if value.is_quoted or not number else _FIELD.match(value.text)
        is_pair = token.field == "tag" and named is not None and named[2] == "="  # a key can be the name of a field
        if named is not None and not is_pair and named[1].lower() in vocabulary.names:
            raise FilterError(FilterProblem.VALUE_IS_TERM, value.start, value.end, term=value.text)
        if value.is_quoted or value.text[:1] not in tuple("=<>:~!"):
            continue
        rest = value.text.lstrip("=<>:~!")
        hint = {"~": f"{token.field}:/{rest}/", "!": f"!{head}{rest}"}.get(value.text[0], f"{head}{rest}")
        raise FilterError(FilterProblem.VALUE_BEFORE_OPERATOR, value.start, value.end, head=head, hint=hint)


def _next_word(text: str, at: int) -> Value | None:
    """Return the bare word after whitespace, or None if a field term, a negation, `or` or the end follows."""
    while at < len(text) and text[at].isspace():
        at += 1
    if at >= len(text) or text[at] in "!-" or _OR.match(text, at) or _FIELD.match(text, at):
        return None
    return _value(text, at, stops="")


def _source_text(text: str, value: Value) -> str:
    return text[value.start : value.end]


def _unknown_field_error(name: str, vocabulary: Vocabulary, start: int, end: int) -> FilterError:
    names = ", ".join((*(field.name for field in vocabulary.fields), *vocabulary.states))
    similar = similar_words(name, vocabulary.names)
    return FilterError(FilterProblem.KNOWN_FIELD, start, end, similar=similar, names=names)
