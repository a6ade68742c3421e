"""Pages of text: entries that a screen wraps and colors, and that the cursor can be on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from unsub_tui.present.text_layout import fit


class Tone(StrEnum):
    """Kind of an entry. The style sheet sets its appearance, but the text must be clear without it."""

    PLAIN = "plain"
    HEADING = "heading"
    WARNING = "warning"
    ERROR = "error"
    LOSS = "loss"
    """Data that is deleted."""
    GOOD = "good"
    MONEY = "money"
    ID = "id"


@dataclass(frozen=True, slots=True)
class Entry:
    """A paragraph of sanitized text; it may take several lines."""

    text: str
    tone: Tone = Tone.PLAIN
    target: str = ""
    """The id or filter term that the entry represents, if a key can act on it."""
    indent: int = 0
    """Spaces before every line."""
    hang: int = 0
    """Further spaces before every line but the first."""


BLANK = Entry("")
"""An empty line."""


def heading(text: str) -> Entry:
    """Return a heading entry."""
    return Entry(text, Tone.HEADING)


def lines(texts: Iterable[str], tone: Tone = Tone.PLAIN, *, target: str = "", indent: int = 2) -> list[Entry]:
    """Return an entry per text that is not empty, indented, with further lines indented once more."""
    return [Entry(text, tone, target, indent, hang=2) for text in texts if text]


def section(title: str, entries: Iterable[Entry]) -> list[Entry]:
    """Return entries below a heading and above an empty line; nothing without entries."""
    found = list(entries)
    return [heading(title), *found, BLANK] if found else []


def field_entries(rows: Iterable[tuple[str, str]], *, is_narrow: bool = False) -> list[Entry]:
    """Return pairs of label and text as entries, `-` for an empty text. On a wide page the texts are in a column."""
    pairs = [(label, text or "-") for label, text in rows]
    if is_narrow:
        return lines(f"{label}: {text}" for label, text in pairs)
    width = max((len(label) for label, _ in pairs), default=0) + 2
    return [Entry(fit(label, width) + text, indent=2, hang=width) for label, text in pairs]


def plain_text(entries: Iterable[Entry]) -> str:
    """Return entries as plain text for stdout, unwrapped."""
    return "\n".join((" " * entry.indent + entry.text).rstrip() for entry in entries)
