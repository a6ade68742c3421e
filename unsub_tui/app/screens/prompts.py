"""Dialogs in which something is written: a filter, a file's name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.events import Key, Paste
from textual.getters import query_one
from textual.widgets import Input, Static

from unsub_tui.app.commands import Command, bindings
from unsub_tui.app.screens.base import Dialog
from unsub_tui.app.widgets.bars import TooSmall
from unsub_tui.app.widgets.still import StillInput
from unsub_tui.present.words import _

if TYPE_CHECKING:
    from unsub_tui.app.keys import Arrival

NO = Command(id="prompt.no", keys="escape,ctrl+c", action="no", label=_("Back"), help=_("leave it"), hint=True)


class Prompt(Dialog[str | None]):
    """One line to write; `check` returns what is wrong with it, or nothing."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(NO)
    field = query_one(Input)
    wrong = query_one("#wrong", Static)

    def __init__(
        self,
        title: str,
        lines: Sequence[str] = (),
        *,
        value: str = "",
        placeholder: str = "",
        check: Callable[[str], str] = lambda _text: "",
        may_be_empty: bool = False,
        writes_file: bool = False,
    ) -> None:
        """Take what to ask; where the answer writes a file, enter counts only if it came alone."""
        super().__init__()
        self._writes_file = writes_file
        self._title, self._lines = title, lines
        self._value, self._placeholder, self._check = value, placeholder, check
        self._may_be_empty = may_be_empty

    def compose(self) -> ComposeResult:
        """Put the words over the field."""
        with Vertical(classes="dialog"):
            yield Static(Content(self._title), classes="title")
            for line in self._lines:
                yield Static(Content(line))
            yield StillInput(self._value, placeholder=self._placeholder, compact=True, select_on_focus=False)
            yield Static("", id="wrong", markup=False)
            yield Static(Content(_("enter takes it · esc leaves")))
        yield TooSmall()

    def on_mount(self) -> None:
        """Write at the end of what is there."""
        self.field.focus()

    def drops(self, event: Key | Paste, came: Arrival) -> bool:
        """Drop an enter that came in one read with other input, where it would write a file."""
        is_pasted = self._writes_file and isinstance(event, Key) and event.key == "enter" and not came.is_alone
        if is_pasted:
            self.wrong.update(Content(_("enter came together with other input: press it again")))
        return is_pasted

    @on(Input.Submitted)
    def _take(self, event: Input.Submitted) -> None:
        event.stop()
        text = event.value.strip()
        wrong = self._check(text) if text or self._may_be_empty else _("write something first")
        if wrong:
            self.wrong.update(Content(wrong))
        else:
            self.answer(text)

    def action_no(self) -> None:
        """Leave it."""
        self.answer(None)
