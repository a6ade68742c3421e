"""A page of text entries: wrapped to the width, scrollable, with a cursor on an entry."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.content import Content
from textual.geometry import Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from unsub_tui.app.commands import bindings
from unsub_tui.present.page import Entry, Tone
from unsub_tui.present.text_layout import fit, wrap


class TextPage(ScrollView, can_focus=True):
    """A scrollable page of entries; the text is shown without markup."""

    BINDINGS = bindings("page")
    COMPONENT_CLASSES: ClassVar[set[str]] = {"page--cursor", *(f"page--{tone}" for tone in Tone)}

    entries: reactive[Sequence[Entry]] = reactive[Sequence[Entry]]((), repaint=False)
    """The entries shown."""
    cursor: reactive[int] = reactive(0, repaint=False)
    """Index of the entry under the cursor."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._lines: list[tuple[str, int]] = []
        """Each line on the screen, with the index of its entry."""
        self._first_line: list[int] = []
        """Number of the first line of each entry."""

    @property
    def current(self) -> Entry | None:
        """The entry under the cursor, or None."""
        return self.entries[self.cursor] if self.cursor < len(self.entries) else None

    def watch_entries(self, old: Sequence[Entry], new: Sequence[Entry]) -> None:
        """Show other entries; the cursor stays on its entry, and the entry on its screen line."""
        height = self._first_line[self.cursor] - self.scroll_offset.y if self.cursor < len(self._first_line) else 0
        here = _entry_after_change(old, new, self.cursor)
        self._break_lines()
        self.set_reactive(TextPage.cursor, self.validate_cursor(here))
        if self._first_line:
            self.scroll_to(y=self._first_line[self.cursor] - height, animate=False, force=True, immediate=True)
        self.watch_cursor()

    def validate_cursor(self, cursor: int) -> int:
        """Return the nearest valid cursor position."""
        return max(0, min(cursor, len(self.entries) - 1))

    def watch_cursor(self) -> None:
        """Scroll so that the whole entry is visible."""
        if self.cursor >= len(self._first_line):
            return
        first, last = self._span(self.cursor)
        top, height = self.scroll_offset.y, self.view.height
        if last >= top + height:
            self.scroll_to(y=min(last - height + 1, first), animate=False, force=True, immediate=True)
        elif first < top:
            self.scroll_to(y=first, animate=False, force=True, immediate=True)
        self.refresh()

    def action_move(self, entries: int) -> None:
        """Move the cursor to the next entry that is not empty."""
        target = self.cursor + entries
        while 0 <= target < len(self.entries) and not self.entries[target].text:
            target += entries
        if 0 <= target < len(self.entries):
            self.cursor = target

    def action_page(self, pages: int) -> None:
        """Move by pages."""
        if self._lines:
            lines = pages * max(1, self.view.height - 1)
            line = max(0, min(self._span(self.cursor)[0] + lines, len(self._lines) - 1))
            top = self.scroll_offset.y + lines
            self.cursor = self._lines[line][1]
            self.scroll_to(y=top, animate=False, force=True, immediate=True)

    def action_top(self) -> None:
        """Go to the beginning."""
        self.cursor = 0
        self.scroll_to(y=0, animate=False, force=True, immediate=True)

    def action_bottom(self) -> None:
        """Go to the end."""
        self.cursor = len(self.entries) - 1
        self.scroll_to(y=len(self._lines), animate=False, force=True, immediate=True)

    def on_resize(self) -> None:
        """Wrap the text to the new width."""
        self._break_lines()
        self.watch_cursor()

    @property
    def view(self) -> Size:
        """Size of the area for lines, without the scroll bar."""
        return self.scrollable_content_region.size

    def render_line(self, y: int) -> Strip:
        """Return a line."""
        width = self.view.width
        index = self.scroll_offset.y + y
        if index >= len(self._lines):
            return Strip([Segment(" " * width, self.rich_style)], width)
        text, entry = self._lines[index]
        return Strip([Segment(fit(text, width), self._style(entry))], width)

    def _style(self, entry: int) -> Style:
        if entry == self.cursor and self.has_focus:
            return self.get_component_rich_style("page--cursor")
        return self.get_component_rich_style(f"page--{self.entries[entry].tone}")

    def _break_lines(self) -> None:
        width = self.view.width
        if width < 1:
            return
        self._lines, self._first_line = [], []
        for number, entry in enumerate(self.entries):
            self._first_line.append(len(self._lines))
            for text in wrap(entry.text, max(1, width - entry.indent), entry.hang):
                self._lines.append((" " * entry.indent + text, number))
        self.virtual_size = Size(width, len(self._lines))
        self.cursor = self.validate_cursor(self.cursor)
        self.refresh()

    def _span(self, entry: int) -> tuple[int, int]:
        """Return the first and the last line of an entry."""
        following = self._first_line[entry + 1] if entry + 1 < len(self._first_line) else len(self._lines)
        return self._first_line[entry], max(self._first_line[entry], following - 1)


class SidePanel(TextPage):
    """A text page beside the list, hidden by default: counts that act as filters, or the details of a resource."""

    BINDINGS = bindings("side panel")

    @dataclass
    class EntryChosen(Message):
        """The user chose an entry."""

        key: str

    @dataclass
    class Exited(Message):
        """The user has left the panel."""

    def action_choose(self) -> None:
        """Post the key of the entry under the cursor."""
        entry = self.current
        if entry is not None and entry.target:
            self.post_message(self.EntryChosen(entry.target))

    def action_leave(self) -> None:
        """Leave the panel."""
        self.post_message(self.Exited())


_TONE_STYLES = {
    Tone.HEADING: "bold",
    Tone.WARNING: "bold $warning",
    Tone.ERROR: "bold $error",
    Tone.LOSS: "$error",
    Tone.GOOD: "$success",
    Tone.MONEY: "bold",
}


def entries_content(entries: Iterable[Entry]) -> Content:
    """Return entries as the content of a widget that wraps them; each begins on a line of its own."""
    return Content("\n").join(Content.styled(entry.text, _TONE_STYLES.get(entry.tone, "")) for entry in entries)


def _entry_after_change(old: Sequence[Entry], new: Sequence[Entry], cursor: int) -> int:
    """Return the new index of the entry under the cursor: by key, else by content; the last entry stays last."""
    if cursor >= len(old):
        return cursor
    if cursor == len(old) - 1:
        return len(new) - 1
    entry = old[cursor]
    if entry.target:
        nth = sum(each.target == entry.target for each in old[:cursor])
        same = [number for number, each in enumerate(new) if each.target == entry.target]
        return same[min(nth, len(same) - 1)] if same else cursor
    same = [number for number, each in enumerate(new) if each == entry]
    return min(same, key=lambda number: abs(number - cursor), default=cursor)
