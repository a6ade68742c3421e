"""Text that came from outside, and the one way to show it to a person.

A name, a tag, a project or an error message from the service may carry terminal escapes, markup or
direction overrides. `UntrustedText` keeps the raw value for comparing and for JSON, and gives people only
the cleaned form. Rule A of the reliability page: a character is kept only if it is printable and every
terminal library agrees on its width.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from functools import lru_cache

from unsub_tui.domain.widths import STARTS, WIDTHS

MAX_DISPLAY_LENGTH = 256
"""Characters shown of one text; what is longer ends in an ellipsis."""

SAFE_ID = re.compile(r"[A-Za-z0-9._:-]{1,128}")
"""What an id must look like before anything may be done to the resource."""

_CACHE_SIZE = 20_000
_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]")
_HIDDEN_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_MARK_CATEGORIES = frozenset({"Mn", "Mc", "Me"})
_VIRAMA = 9
"""The combining class of signs that join the letters around them."""


class UntrustedText:
    """A string from outside; its raw value never reaches a screen."""

    __slots__ = ("raw",)

    raw: str
    """As received. For comparing, for JSON and for requests; never for people."""

    def __init__(self, raw: str) -> None:
        self.raw = raw

    def for_display(self) -> str:
        """Return what may be shown: hidden characters named, width known, at most 256 characters."""
        raw = self.raw
        if len(raw) > MAX_DISPLAY_LENGTH:
            return for_display(raw)
        return raw if raw.isascii() and raw.isprintable() else _for_display_cached(raw)

    @property
    def is_safe_id(self) -> bool:
        """Whether this can be sent back to the service as an id."""
        return SAFE_ID.fullmatch(self.raw) is not None

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
"""The empty text, shared."""


def for_display(text: str) -> str:
    """Return `text` with every character that could mislead or disturb a terminal spelt out."""
    output: list[str] = []
    marks_left = 0
    for char in text[: MAX_DISPLAY_LENGTH + 1]:
        category = unicodedata.category(char)
        width = char_width(char)
        if category in _MARK_CATEGORIES:
            output.append(char if marks_left and _is_zero_width_mark(char, category) else escape_char(char))
            marks_left = 0
            continue
        if category == "Zs":
            output.append(" ")
            marks_left = 0
        elif category in _HIDDEN_CATEGORIES or width not in (1, 2):
            output.append(escape_char(char))
            marks_left = 0
        else:
            output.append(char)
            marks_left = 1
    if len(text) > MAX_DISPLAY_LENGTH:
        output[MAX_DISPLAY_LENGTH:] = ["…"]
    return "".join(output)


def escape_unprintable(text: str) -> str:
    """Return the whole `text` on one line, with every character spelt out that does not print.

    For texts of our own that quote a path, a setting or an argument; what the service sent is for `clean`.
    """
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else _space_or_escape(char) for char in text)


def escape_unprintable_lines(text: str) -> str:
    """Return the same for a text of several lines, which may end in CR LF."""
    return "\n".join(
        escape_unprintable(line[:-1]) + "\r" if line.endswith("\r") else escape_unprintable(line)
        for line in text.split("\n")
    )


def _space_or_escape(char: str) -> str:
    return " " if unicodedata.category(char) == "Zs" else escape_char(char)


_for_display_cached = lru_cache(_CACHE_SIZE)(for_display)
"""The same for texts that are shown, searched and sorted by again and again."""


def _is_zero_width_mark(char: str, category: str) -> bool:
    """Whether a mark takes no room wherever it stands: the others are as wide as their neighbours make them."""
    return category != "Mc" and char_width(char) == 0 and unicodedata.combining(char) != _VIRAMA


def escape_char(char: str) -> str:
    """Return the visible form of a character that is not shown: `<1B>`, `<U+202E>`."""
    point = ord(char)
    return f"<{point:02X}>" if point < 0x100 else f"<U+{point:04X}>"


def char_width(char: str) -> int:
    """Return the terminal cells of one character, or -1 where terminals disagree."""
    point = ord(char)
    if 0x20 <= point < 0x7F:
        return 1
    return WIDTHS[bisect_right(STARTS, point) - 1]


def cell_width(text: str) -> int:
    """Return the terminal cells of a cleaned text."""
    if text.isascii():
        return len(text)
    return len(text) + sum(char_width(char) - 1 for char in _BEYOND_ASCII.findall(text))
