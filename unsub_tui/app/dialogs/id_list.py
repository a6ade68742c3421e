"""The dialog for a list of ids; a separate module, because the multi-line field takes long to import."""

from __future__ import annotations

from dataclasses import dataclass

from textual import events, on
from textual.app import ComposeResult
from textual.content import Content
from textual.message import Message
from textual.widgets import Static, TextArea

from unsub_tui.app.commands import bindings
from unsub_tui.app.dialogs.dialog import Dialog
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


class IdListDialog(Dialog[str]):
    """A dialog for pasting a list of ids or entering the name of a file with ids."""

    BINDINGS = bindings("prompt")

    def __init__(self) -> None:
        super().__init__(_("Select from a list"))

    def compose_content(self) -> ComposeResult:
        """Return the instructions and the field."""
        yield Static(
            Content(_("Paste ids or cells of a spreadsheet, or enter the name of a file: text, CSV, JSON, a plan."))
        )
        yield IdListInput(soft_wrap=True, show_line_numbers=False, compact=True)
        yield Static(Content(_("enter Select · esc Cancel")))

    def on_mount(self) -> None:
        """Focus the field."""
        self.query_one(IdListInput).focus()

    @on(IdListInput.Submitted)
    def _take(self) -> None:
        text = self.query_one(IdListInput).text
        self.dismiss_once(text if text.strip() else None)  # a tab at the beginning is an empty cell
