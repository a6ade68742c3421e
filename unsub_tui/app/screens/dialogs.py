"""Questions with two buttons; the safe one has the focus."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Button, Static

from unsub_tui.app.commands import Command, bindings
from unsub_tui.app.screens.base import Dialog
from unsub_tui.app.widgets.bars import TooSmall
from unsub_tui.present.words import _


class Question(Dialog[bool]):
    """Asks something; True is the answer of the second button, and only of that."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(
        Command(
            id="question.no",
            keys="escape,ctrl+c",
            action="no",
            label=_("No"),
            help=_("leave all as it is"),
            hint=True,
        ),
        Command(
            id="question.other",
            keys="left,right,up,down",
            action="app.focus_next",
            label=_("Other button"),
            help=_("go to the other button"),
        ),
    )

    def __init__(self, title: str, lines: Sequence[str], *, yes: str, no: str) -> None:
        super().__init__()
        self._title, self._lines, self._yes, self._no = title, lines, yes, no

    def compose(self) -> ComposeResult:
        """Put the words over the buttons."""
        with Vertical(classes="dialog"):
            yield Static(Content(self._title), classes="title")
            with VerticalScroll(can_focus=False):
                for line in self._lines:
                    yield Static(Content(line))
            with Horizontal(classes="buttons"):
                yield Button(Content(self._no), id="no", compact=True)
                yield Button(Content(self._yes), id="yes", compact=True)
        yield TooSmall()

    def on_mount(self) -> None:
        """Start on the safe button."""
        self.query_one("#no", Button).focus()

    @on(Button.Pressed)
    def _choose(self, event: Button.Pressed) -> None:
        event.stop()
        self.answer(event.button.id == "yes")

    def action_no(self) -> None:
        """Leave all as it is."""
        self.answer(False)  # noqa: FBT003 - the answer is the value


class Notice(Question):
    """Says something that has to be read; there is nothing to decide."""

    def __init__(self, title: str, lines: Sequence[str]) -> None:
        super().__init__(title, lines, yes="", no=_("Close"))

    def on_mount(self) -> None:
        """Show one button only."""
        super().on_mount()
        self.query_one("#yes", Button).display = False
