"""Completion of a filter: the fields and the values that can continue the text."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from unsub_tui.listmodel.filters.facts import FieldKind, Vocabulary
from unsub_tui.listmodel.filters.grammar import quoted_value

DAYS = ("7", "30", "60", "90", "1y")
"""Durations that complete the comparison of a time."""

_HEAD = re.compile(r"[!-]?([A-Za-z][A-Za-z0-9_-]*)(:|!=|<=|>=|<|>|=)")
_SEPARATOR = re.compile(r'[,|](?=[^"]*(?:"[^"]*"[^"]*)*$)')
"""A separator of values that is outside quotes, given that the quotes of the text are closed."""


@dataclass(frozen=True, slots=True)
class Completion:
    """Texts that can replace the end of a filter text."""

    start: int = 0
    """Offset of the text to replace, which reaches to the end of the filter."""
    candidates: tuple[str, ...] = ()
    is_field: bool = False
    """Whether the candidates are fields with their operator, so that a value follows."""


def complete(text: str, vocabulary: Vocabulary, values_of: Callable[[str], Sequence[str]]) -> Completion:
    """Return the fields that begin with the last word of a text or, after a field, the matching values that exist."""
    start = _last_term_start(text)
    term = text[start:]
    head = _HEAD.match(term)
    if head is None:
        start += term[:1] in ("!", "-")
        return Completion(start, tuple(_matching_fields(text[start:], vocabulary)), is_field=True)
    name = head[1].lower()
    field = vocabulary.field(name)
    values: Sequence[str] = ()
    if field is None:
        values = vocabulary.states.get(name, ())
    elif field.kind is FieldKind.TEXT or (field.is_finding and head[2][0] not in "<>"):
        values = values_of(field.name)
    elif field.kind is not FieldKind.MONEY and head[2][0] in "<>":
        values = DAYS
    listed = term[head.end() :]
    if listed.startswith("/"):
        return Completion(len(text))
    is_open = listed.count('"') % 2 == 1
    separators = [each.end() for each in _SEPARATOR.finditer(f'{listed}"' if is_open else listed)]
    typed_at = separators[-1] if separators else 0
    present = {each.strip('"').casefold() for each in _SEPARATOR.split(listed[:typed_at])}
    typed = listed[typed_at:].strip('"').casefold()
    return Completion(
        start + head.end() + typed_at,
        tuple(quoted_value(each) for each in _matching_values(typed, values) if each not in present),
    )


def _last_term_start(text: str) -> int:
    """Return the offset after the last space outside quotes."""
    start, is_quoted = 0, False
    for at, char in enumerate(text):
        if char == '"':
            is_quoted = not is_quoted
        elif char.isspace() and not is_quoted:
            start = at + 1
    return start


def _matching_fields(typed: str, vocabulary: Vocabulary) -> list[str]:
    """Return the fields that begin with a word, with the usual operator; for no word, all fields without aliases."""
    heads: dict[str, str] = {}
    for field in vocabulary.fields:
        operator = ":" if field.kind is FieldKind.TEXT or field.is_finding else "<"
        heads |= {name: f"{name}{operator}" for name in (field.name, *(field.aliases if typed else ()))}
    heads |= {name: f"{name}:" for name in vocabulary.states}
    return [head for name, head in heads.items() if name.startswith(typed.lower())]


def _matching_values(typed: str, values: Sequence[str]) -> list[str]:
    """Return the values that begin with a text, then those that contain it; none if the text is a whole value."""
    if typed in values:
        return []
    first = [each for each in values if each.startswith(typed)]
    return first + [each for each in values if typed in each and not each.startswith(typed)]
