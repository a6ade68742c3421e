"""Patterns that protect resources: `prod-*` matches id, name or service, `region:cn-north-4` one field.

`*`, `?` and `[…]` work as in a shell; a pattern must match the whole text. The comparison is lenient because a guard
may only add protection: it ignores case, Unicode form, hidden characters and surrounding whitespace, and treats
brackets also as literal characters. `tag:KEY=VALUE` and `tag:KEY` match a tag, which the service of a resource lists.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import translate
from functools import lru_cache
from unicodedata import normalize

from unsub_tui.domain.fact import Fact, fact
from unsub_tui.domain.resource import Resource, service_names
from unsub_tui.domain.untrusted_text import for_display

TextExtractor = Callable[[Resource], Sequence[str]]
Matcher = Callable[[str], bool]

PATTERN_FIELDS: Mapping[str, TextExtractor] = {
    "id": lambda resource: (resource.resource_id.raw,),
    "name": lambda resource: (resource.resource_name.raw,),
    "service": lambda resource: service_names(resource.service_type_code.raw),
    "region": lambda resource: (resource.region_code.raw,),
    "project": lambda resource: (resource.enterprise_project_id.raw, resource.enterprise_project_name.raw),
}
"""Fields that a pattern can name, with the texts of each; at least one text must match."""

_FIELD_PATTERN = re.compile(r"\s*([A-Za-z_]+)\s*[:：](.*)", re.DOTALL)  # Chinese keyboards produce the full-width colon
_INVISIBLE = re.compile(
    r"[\x00-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    r"\u3164\ud800-\udfff\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U000e0000-\U000e0fff]"
)
"""Control characters and Unicode's default-ignorable characters, which are invisible in a name."""
_PLAIN_TEXT = re.compile(r"[ -~\xc0-\xff\u4e00-\u9fff]{1,256}")
"""Texts without hidden or escaped characters: most names, which need no cleaning before a comparison."""


@dataclass(frozen=True, slots=True)
class TagPattern:
    """A pattern of a tag's key, and of its value; any value if there is none."""

    key: str
    value: str | None = None

    def matches(self, key: str, value: str) -> bool:
        """Return whether the pattern matches a tag."""
        return compile_pattern(self.key)(key) and (self.value is None or compile_pattern(self.value)(value))


@lru_cache(maxsize=1000)
def tag_pattern(pattern: str) -> TagPattern | None:
    """Return the parts of `tag:KEY=VALUE` or `tag:KEY`; None for a pattern without `tag:`."""
    bound = _FIELD_PATTERN.fullmatch(pattern)
    if bound is None or bound[1].lower() != "tag":
        return None
    key, separator, value = bound[2].replace("＝", "=").partition("=")
    return TagPattern(key.strip(), value.strip() if separator else None)


def matches_pattern(resource: Resource, pattern: str) -> bool:
    """Return whether a pattern matches this resource."""
    texts, is_match = _parse_pattern(pattern)
    return any(text and is_match(text) for text in texts(resource))


@lru_cache(maxsize=1000)
def compile_pattern(pattern: str) -> Matcher:
    """Return a predicate that matches a text against the pattern; compiled patterns are cached."""
    forms = _equivalent_forms(pattern)
    wanted = dict.fromkeys([*forms, *(form.replace("[", "[[]") for form in forms)])
    # The second form takes brackets literally. Without any form, a pattern that matches nothing.
    match = re.compile("|".join(map(translate, wanted)) or "(?!)").match

    def is_match(text: str) -> bool:
        # Most names are such: they have only one form.
        if text.isascii() and text.isprintable() and text[:1] != " " != text[-1:]:
            return match(text.lower()) is not None
        return any(map(match, _equivalent_forms(text)))

    return is_match


def pattern_problem(pattern: str) -> Fact | None:
    """Return the error in a pattern; None if the pattern is valid."""
    bound = _FIELD_PATTERN.fullmatch(pattern)
    if not _without_invisible(pattern) or (bound is not None and not _without_invisible(bound[2])):
        return fact("pattern_names_nothing", pattern=repr(pattern))
    if bound is None or bound[1].lower() in PATTERN_FIELDS:
        return None
    tag = tag_pattern(pattern)
    if tag is not None:
        is_empty = not _without_invisible(tag.key) or (tag.value is not None and not _without_invisible(tag.value))
        return fact("pattern_of_tag", pattern=repr(pattern)) if is_empty else None
    known = ", ".join(f"{name}:" for name in (*PATTERN_FIELDS, "tag"))
    return fact("pattern_field_unknown", pattern=pattern, field=bound[1], fields=known)


@lru_cache(maxsize=1000)
def _parse_pattern(pattern: str) -> tuple[TextExtractor, Matcher]:
    """Return the extractor of the texts to compare, and the predicate for one text."""
    bound = _FIELD_PATTERN.fullmatch(pattern)
    if bound is not None and bound[1].lower() in PATTERN_FIELDS:
        return PATTERN_FIELDS[bound[1].lower()], compile_pattern(bound[2].strip())
    return _default_texts, compile_pattern(pattern.strip())


def _default_texts(resource: Resource) -> Sequence[str]:
    return (resource.resource_id.raw, resource.resource_name.raw, resource.service_type_code.raw)


@lru_cache(maxsize=1000)
def _equivalent_forms(text: str) -> Sequence[str]:
    """Return the equivalent forms of a text: raw, normalized, without hidden characters, as displayed."""
    spellings = {text, text.strip()}
    if not _PLAIN_TEXT.fullmatch(text):
        spellings |= {_without_invisible(text), for_display(text).strip()}
    normalized = [normalize("NFKC", normalize("NFKC", each).casefold()) for each in spellings]
    return tuple(dict.fromkeys(each for each in (*map(str.casefold, spellings), *normalized) if each))


def _without_invisible(text: str) -> str:
    return _INVISIBLE.sub("", text).strip()
