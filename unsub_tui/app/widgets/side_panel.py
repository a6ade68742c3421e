"""The panel beside the list: counts that act as filters, or the details of the current row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from textual.binding import BindingType
from textual.message import Message

from unsub_tui.app.commands import bindings
from unsub_tui.app.widgets.text_page import TextPage


class SidePanel(TextPage):
    """A text page, hidden by default, that posts the key of an entry when the user presses Enter."""

    BINDINGS: ClassVar[list[BindingType]] = bindings("side panel")

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
