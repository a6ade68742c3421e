"""The panel beside the list: counts that filter, or the details of the row under the cursor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from textual.binding import BindingType
from textual.message import Message

from unsub_tui.app.commands import Command, bindings
from unsub_tui.app.widgets.page import Page
from unsub_tui.present.words import _


class SidePanel(Page):
    """A page that is hidden until it is asked for; enter on an entry tells of its key."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(
        Command(
            id="side.take",
            keys="enter,space",
            action="take",
            label=_("Filter"),
            help=_("filter by this, or no longer"),
            hint=True,
        ),
        Command(
            id="side.back", keys="escape", action="leave", label=_("To the list"), help=_("back to the list"), hint=True
        ),
    )

    @dataclass
    class Chosen(Message):
        """An entry was taken."""

        key: str

    @dataclass
    class Left(Message):
        """The keys belong to the list again."""

    def action_take(self) -> None:
        """Tell of the entry under the cursor."""
        entry = self.current
        if entry is not None and entry.key:
            self.post_message(self.Chosen(entry.key))

    def action_leave(self) -> None:
        """Give the keys back to the list."""
        self.post_message(self.Left())
