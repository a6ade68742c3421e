"""The keys of the app, grouped by the screen or widget whose keys they are."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from typing import NamedTuple

from unsub_tui.present.page import Entry, field_entries, section


class KeyRow(NamedTuple):
    """A command of the app with its keys."""

    place: str
    """The screen or widget whose keys run it."""
    keys: tuple[str, ...]
    """Display names."""
    effect: str
    """A sentence."""
    command_id: str

    def contains(self, words: str) -> bool:
        """Return whether the row contains all words, whatever their case."""
        text = " ".join((self.place, *self.keys, self.effect, self.command_id)).casefold()
        return all(word in text for word in words.casefold().split())


def key_entries(rows: Iterable[KeyRow]) -> list[Entry]:
    """Return a section for each place, with a line for each command."""
    entries: list[Entry] = []
    for place, group in groupby(rows, lambda row: row.place):
        entries += section(
            place[:1].upper() + place[1:], field_entries(("  ".join(row.keys), row.effect) for row in group)
        )
    return entries
