"""A dialog for a line of text, such as a filter or a file name."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from textual import on
from textual.app import ComposeResult
from textual.content import Content
from textual.events import Key, Paste
from textual.getters import query_one
from textual.widgets import Input, Static

from unsub_tui.app.commands import bindings
from unsub_tui.app.dialogs.dialog import Dialog
from unsub_tui.app.terminal.key_queue import TerminalRead
from unsub_tui.app.widgets.inputs import NoBlinkInput
from unsub_tui.present.i18n import _


class Prompt(Dialog[str]):
    """A prompt for a line of text; `validate_text` returns an error message, or ""."""

    BINDINGS = bindings("prompt")
    field = query_one(Input)
    error_text = query_one("#wrong", Static)

    def __init__(
        self,
        title: str,
        lines: Sequence[str],
        *,
        value: str = "",
        validate_text: Callable[[str], str] = lambda _text: "",
        allow_empty: bool = False,
        writes_file: bool = False,
    ) -> None:
        """Create a prompt; if the answer writes a file, Enter counts only if its terminal read has no other input."""
        super().__init__(title)
        self._lines, self._value, self._validate = lines, value, validate_text
        self._allow_empty, self._writes_file = allow_empty, writes_file

    def compose_content(self) -> ComposeResult:
        """Return the lines, the field, the error and the hint."""
        for line in self._lines:
            yield Static(Content(line))
        yield NoBlinkInput(self._value, compact=True, select_on_focus=False)
        yield Static("", id="wrong", markup=False)
        yield Static(Content(_("enter OK · esc Cancel")))

    def on_mount(self) -> None:
        """Focus the field, with the cursor at the end."""
        self.field.focus()

    def should_drop(self, event: Key | Paste, read: TerminalRead) -> bool:
        """Return whether to drop an Enter that would write a file but arrived in one read with other input."""
        is_pasted = self._writes_file and isinstance(event, Key) and event.key == "enter" and not read.is_single_key
        if is_pasted:
            self.error_text.update(Content(_("Enter came together with other input. Press it again.")))
        return is_pasted

    @on(Input.Submitted)
    def _take(self, event: Input.Submitted) -> None:
        event.stop()
        text = event.value.strip()
        wrong = self._validate(text) if text or self._allow_empty else _("Enter a text first.")
        if wrong:
            self.error_text.update(Content(wrong))
        else:
            self.dismiss_once(text)
