"""The line where the filter is typed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.getters import query_one
from textual.message import Message
from textual.widgets import Input, Static

from unsub_tui.app.commands import Command, bindings
from unsub_tui.present.words import _


class FilterBar(Horizontal):
    """Words that a row must have; hidden while empty and not in use."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(
        Command(
            id="filter.leave",
            keys="escape",
            action="leave",
            label=_("Clear"),
            help=_("empty the filter; when empty, leave it"),
            hint=True,
        ),
        Command(
            id="filter.done", keys="down,enter", action="done", label=_("To the list"), help=_("to the list"), hint=True
        ),
    )
    field = query_one("#query", Input)

    @dataclass
    class Changed(Message):
        """Other words are wanted."""

        query: str

    @dataclass
    class Left(Message):
        """The keys belong to the list again."""

    def compose(self) -> ComposeResult:
        """Put a sign and the field on one line."""
        yield Static("/", markup=False)
        yield Input(id="query", compact=True, placeholder=_("words in name, id, service, region"))

    def open(self) -> None:
        """Show the field and type into it."""
        self.add_class("-open")
        self.field.focus()

    def empty(self) -> None:
        """Forget the words and hide."""
        self.field.value = ""
        self.remove_class("-open")

    @on(Input.Changed)
    def _tell(self, event: Input.Changed) -> None:
        event.stop()
        if event.value.startswith("/"):
            self.field.value = event.value.lstrip("/")  # the key that opens the filter, pressed once more
            return
        self.post_message(self.Changed(event.value))

    @on(Input.Submitted)
    def _submit(self, event: Input.Submitted) -> None:
        event.stop()
        self.action_done()

    def action_leave(self) -> None:
        """Empty the field first, leave it second."""
        if self.field.value:
            self.field.value = ""
        else:
            self.action_done()

    def action_done(self) -> None:
        """Give the keys back to the list."""
        if not self.field.value:
            self.remove_class("-open")
        self.post_message(self.Left())
