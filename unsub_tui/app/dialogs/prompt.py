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
from unsub_tui.app.widgets.inputs import NoBlinkInput
from unsub_tui.app.widgets.status import TooSmall
from unsub_tui.present.i18n import _

if TYPE_CHECKING:
    from unsub_tui.app.terminal.key_queue import TerminalRead

CANCEL_COMMAND = Command(
    id="prompt.cancel", keys="escape,ctrl+c", action="cancel", label=_("Back"), help=_("leave it"), in_footer=True
)


class Prompt(Dialog[str | None]):
    """One line to write; `check` returns what is wrong with it, or nothing."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(CANCEL_COMMAND)
    field = query_one(Input)
    error_text = query_one("#wrong", Static)

    def __init__(
        self,
        title: str,
        lines: Sequence[str] = (),
        *,
        value: str = "",
        placeholder: str = "",
        validate_text: Callable[[str], str] = lambda _text: "",
        allow_empty: bool = False,
        writes_file: bool = False,
    ) -> None:
        """Take what to ask; where the answer writes a file, enter counts only if it came alone."""
        super().__init__()
        self._writes_file = writes_file
        self._title, self._lines = title, lines
        self._value, self._placeholder, self._check = value, placeholder, validate_text
        self._allow_empty = allow_empty

    def compose(self) -> ComposeResult:
        """Put the words over the field."""
        with Vertical(classes="dialog"):
            yield Static(Content(self._title), classes="title")
            for line in self._lines:
                yield Static(Content(line))
            yield NoBlinkInput(self._value, placeholder=self._placeholder, compact=True, select_on_focus=False)
            yield Static("", id="wrong", markup=False)
            yield Static(Content(_("enter takes it · esc leaves")))
        yield TooSmall()

    def on_mount(self) -> None:
        """Write at the end of what is there."""
        self.field.focus()

    def should_drop(self, event: Key | Paste, read: TerminalRead) -> bool:
        """Drop an enter that came in one read with other input, where it would write a file."""
        is_pasted = self._writes_file and isinstance(event, Key) and event.key == "enter" and not read.is_single_key
        if is_pasted:
            self.error_text.update(Content(_("enter came together with other input: press it again")))
        return is_pasted

    @on(Input.Submitted)
    def _take(self, event: Input.Submitted) -> None:
        event.stop()
        text = event.value.strip()
        wrong = self._check(text) if text or self._allow_empty else _("write something first")
        if wrong:
            self.error_text.update(Content(wrong))
        else:
            self.dismiss_once(text)

    def action_cancel(self) -> None:
        """Leave it."""
        self.dismiss_once(None)
