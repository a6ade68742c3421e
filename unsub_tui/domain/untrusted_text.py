"""Text from outside the program, and the only way to display it.

Names, tags, projects and error messages from Huawei Cloud can contain terminal escapes, markup or direction
overrides. `UntrustedText` keeps the raw value for comparisons and JSON, and displays only a cleaned form.
A character is kept only if it is printable and all terminal libraries agree on its width.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pydantic_core import CoreSchema

from unsub_tui.domain.widths import STARTS, WIDTHS

MAX_DISPLAY_LENGTH = 256
"""Maximum number of characters displayed of one text; longer texts end in an ellipsis."""

SAFE_ID = re.compile(r"[A-Za-z0-9._:-]{1,128}")
"""Required form of the id of a resource before any action on it."""

_CACHE_SIZE = 20_000
_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]")
_REPLACED_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp", "Zs"})
"""Categories of hidden characters, and of spaces, which are shown as a plain one."""
_MARK_CATEGORIES = frozenset({"Mn", "Mc", "Me"})
_VIRAMA = 9
"""Combining class of virama signs, which join the letters around them."""


class UntrustedText:
    """A string from outside the program; its raw value is never displayed."""

    __slots__ = ("raw",)

    raw: str
    """The string as received, for comparisons, JSON and requests; not for display."""

    def __init__(self, raw: str) -> None:
        self.raw = raw

    def for_display(self) -> str:
        """Return the text for display: at most 256 characters before escaping, hidden ones escaped, width known."""
        raw = self.raw
        if len(raw) > MAX_DISPLAY_LENGTH:
            return for_display(raw)
        return raw if raw.isascii() and raw.isprintable() else _for_display_cached(raw)

    @property
    def is_safe_id(self) -> bool:
        """Whether this can be sent to Huawei Cloud as an id."""
        return SAFE_ID.fullmatch(self.raw) is not None

    @classmethod
    def __get_pydantic_core_schema__(cls, source: object, handler: object) -> CoreSchema:
        """Return the schema with which pydantic encodes the text as its raw value."""
        from pydantic_core import core_schema  # noqa: PLC0415 - already loaded; the domain itself needs no pydantic

        return core_schema.json_or_python_schema(
            json_schema=core_schema.no_info_after_validator_function(cls, core_schema.str_schema()),
            python_schema=core_schema.is_instance_schema(cls),
            serialization=core_schema.plain_serializer_function_ser_schema(lambda text: text.raw),
        )

    def __bool__(self) -> bool:
        return bool(self.raw)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, UntrustedText) and other.raw == self.raw

    def __hash__(self) -> int:
        return hash(self.raw)

    def __lt__(self, other: UntrustedText) -> bool:
        return self.raw < other.raw

    def __str__(self) -> str:
        return self.for_display()

    def __repr__(self) -> str:
        return f"UntrustedText({self.for_display()!r})"


EMPTY = UntrustedText("")


def for_display(text: str) -> str:
    """Return `text` with every character escaped that could mislead a reader or disturb a terminal."""
    if text.isascii() and text.isprintable() and len(text) <= MAX_DISPLAY_LENGTH:
        return text  # most texts, in a fraction of the time
    output: list[str] = []
    takes_mark = False  # a combining mark is kept only directly after a kept character: others can overprint a line
    for char in text[: MAX_DISPLAY_LENGTH + 1]:
        category = unicodedata.category(char)
        if category in _MARK_CATEGORIES:
            is_kept = takes_mark and _is_zero_width_mark(char, category)
            takes_mark = False
        else:
            is_kept = takes_mark = category not in _REPLACED_CATEGORIES and char_width(char) in (1, 2)
        output.append(char if is_kept else _space_or_escape(char))
    if len(text) > MAX_DISPLAY_LENGTH:
        output[MAX_DISPLAY_LENGTH:] = ["…"]
    return "".join(output)


def escape_unprintable(text: str) -> str:
    """Return the whole `text` on one line with unprintable characters escaped.

    For our own texts that quote paths, settings or arguments; text from Huawei Cloud needs `for_display`.
    """
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else _space_or_escape(char) for char in text)


def escape_unprintable_lines(text: str) -> str:
    """Return a multi-line text with unprintable characters escaped; lines can end in CR LF."""
    return "\n".join(
        escape_unprintable(line[:-1]) + "\r" if line.endswith("\r") else escape_unprintable(line)
        for line in text.split("\n")
    )


def _space_or_escape(char: str) -> str:
    return " " if unicodedata.category(char) == "Zs" else escape_char(char)


_for_display_cached = lru_cache(_CACHE_SIZE)(for_display)
"""Cached `for_display`, for texts that are displayed, searched and sorted repeatedly."""


def _is_zero_width_mark(char: str, category: str) -> bool:
    """Return whether a mark always has width 0; the width of other marks depends on their neighbors."""
    return category != "Mc" and char_width(char) == 0 and unicodedata.combining(char) != _VIRAMA


def escape_char(char: str) -> str:
    """Return the escaped form of a character: `<1B>`, `<U+202E>`."""
    point = ord(char)
    return f"<{point:02X}>" if point < 0x100 else f"<U+{point:04X}>"


def char_width(char: str) -> int:
    """Return the width of a character in terminal cells, or -1 if terminals disagree."""
    point = ord(char)
    if 0x20 <= point < 0x7F:
        return 1
    return WIDTHS[bisect_right(STARTS, point) - 1]


def cell_width(text: str) -> int:
    """Return the width of a cleaned text in terminal cells."""
    if text.isascii():
        return len(text)
    return len(text) + sum(char_width(char) - 1 for char in _BEYOND_ASCII.findall(text))
