"""The dialog for a list of ids; a separate module, because the multi-line field takes long to import."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.getters import query_one
from textual.message import Message
from textual.widgets import Static, TextArea

from unsub_tui.app.commands import bindings
from unsub_tui.app.screens.base import Dialog
from unsub_tui.app.widgets.status import TooSmall
from unsub_tui.present.i18n import _


class IdListInput(TextArea):
    """A multi-line field in which Enter submits; multiple lines can only be pasted."""

    @dataclass
    class Submitted(Message):
        """The user pressed Enter."""

    def on_key(self, event: events.Key) -> None:
        """Submit on Enter instead of inserting a line break."""
        if event.key == "enter":
            event.prevent_default()
            event.stop()
            self.post_message(self.Submitted())


class IdListDialog(Dialog[str | None]):
    """A dialog for pasting a list of ids or entering the name of a file with ids."""

    BINDINGS: ClassVar[list[BindingType]] = bindings("prompt")
    area = query_one(IdListInput)

    def compose(self) -> ComposeResult:
        """Return the instructions and the field."""
        with Vertical(classes="dialog"):
            yield Static(Content(_("Select from a list")), classes="title")
            yield Static(Content(_("Paste ids, or enter the name of a file with ids: plain text, CSV, JSON, a plan.")))
            yield IdListInput(soft_wrap=True, show_line_numbers=False, compact=True)
            yield Static(Content(_("enter Select · esc Cancel")))
        yield TooSmall()

    def on_mount(self) -> None:
        """Focus the field."""
        self.area.focus()

    @on(IdListInput.Submitted)
    def _take(self) -> None:
        text = self.area.text.strip()
        self.dismiss_once(text or None)

    def action_cancel(self) -> None:
        """Close the dialog without an answer."""
        self.dismiss_once(None)
