"""A page of text for reading: entries that a screen wraps, colours and lets a cursor stand on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from unsub_tui.present.text_layout import fit


class Tone(StrEnum):
    """What kind of entry it is; the sheet says how that looks, the words say it too."""

    PLAIN = "plain"
    HEADING = "heading"
    WARNING = "warning"
    ERROR = "error"
    GOOD = "good"
    MONEY = "money"


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing to read, cleaned; it may take several lines."""

    text: str
    tone: Tone = Tone.PLAIN
    key: str = ""
    """What the entry stands for, where a key can do something with it: an id of ours or of a resource."""
    indent: int = 0
    """Spaces before every line."""
    hang: int = 0
    """Further spaces before every line but the first."""


BLANK = Entry("")
"""An empty line."""


def heading(text: str) -> Entry:
    """Return a heading."""
    return Entry(text, Tone.HEADING)


def field_entries(rows: Iterable[tuple[str, str]], indent: int = 2) -> Sequence[Entry]:
    """Return label and text pairs, the texts below each other."""
    pairs = list(rows)
    width = max((len(label) for label, _ in pairs), default=0) + 2
    return [Entry(fit(label, width) + text, indent=indent, hang=width) for label, text in pairs]


def plain_text(entries: Iterable[Entry]) -> str:
    """Return entries as plain text, for stdout."""
    return "\n".join((" " * entry.indent + entry.text).rstrip() for entry in entries)
