"""The base class of dialogs, questions with two buttons of which the safe one is focused, notices, and prompts."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.events import Key, Paste
from textual.getters import query_one
from textual.screen import ModalScreen
from textual.widgets import Button, Input, Static

from unsub_tui.app.commands import bindings, key_of
from unsub_tui.app.screens.base import Answer
from unsub_tui.app.terminal.key_queue import TerminalRead
from unsub_tui.app.widgets.inputs import NoBlinkInput
from unsub_tui.app.widgets.status import OneLineLabel, TooSmall
from unsub_tui.present.i18n import _, plural


class Dialog(ModalScreen[Answer | None]):
    """A modal dialog; it only returns an answer, or None if it is canceled, and the caller acts on it."""

    BINDINGS = bindings("dialog")
    box_classes = "dialog"

    def __init__(self, title: str) -> None:
        super().__init__()
        self._title = title

    def compose(self) -> ComposeResult:
        """Return the box with the title and the content."""
        with Vertical(classes=self.box_classes):
            yield Static(Content(self._title), classes="title")
            yield from self.compose_content()
        yield TooSmall()

    def compose_content(self) -> ComposeResult:
        """Return the widgets below the title."""
        return ()

    def dismiss_once(self, answer: Answer | None) -> None:
        """Close the dialog with an answer; ignored if the dialog is not current, such as after the first answer."""
        if self.is_current:
            self.dismiss(answer)

    def action_cancel(self) -> None:
        """Close the dialog without an answer."""
        self.dismiss_once(None)


class YesNoDialog(Dialog[bool]):
    """A question; returns True only if the user presses the second button."""

    BINDINGS = bindings("question")

    box = query_one(".dialog", Vertical)
    body = query_one(VerticalScroll)

    def __init__(self, title: str, lines: Sequence[str], *, yes: str, no: str, rows: Sequence[str] = ()) -> None:
        """Create a question; `rows` appear below the lines, each truncated to one line."""
        super().__init__(title)
        self._lines, self._rows, self._yes, self._no = lines, rows, yes, no
        self.box_classes = "dialog -wide" if rows else "dialog"

    def compose_content(self) -> ComposeResult:
        """Return the lines, the rows and the buttons."""
        with VerticalScroll(can_focus=False):
            for line in self._lines:
                yield Static(Content(line))
            for row in self._rows:
                yield OneLineLabel(row)
        with Horizontal(classes="buttons"):
            yield Button(Content(self._no), id="cancel", compact=True)
            if self._yes:
                yield Button(Content(self._yes), id="yes", compact=True)

    def on_mount(self) -> None:
        """Focus the safe button, and show the key for scrolling if there is more text."""
        self.query_one("#cancel", Button).focus()
        self.watch(self.body, "scroll_y", self._update_more_hint, init=False)
        self.call_after_refresh(self._update_more_hint)

    def on_resize(self) -> None:
        """Update the hint about more text."""
        self.call_after_refresh(self._update_more_hint)

    def _update_more_hint(self) -> None:
        key = key_of(self, "question.down")
        below = self.body.max_scroll_y - round(self.body.scroll_y)
        words = plural("{n} more line", "{n} more lines", below)
        self.box.border_subtitle = Content(f"{words}: {key}" if below > 0 else "")

    def action_scroll(self, lines: int) -> None:
        """Scroll the text; if all of it is visible, focus the other button."""
        if self.body.max_scroll_y:
            self.body.scroll_relative(y=lines, animate=False)
        else:
            self.focus_next()

    def action_page(self, pages: int) -> None:
        """Scroll by pages."""
        self.body.scroll_relative(y=pages * max(1, self.body.size.height - 1), animate=False)

    def action_end(self, way: int) -> None:
        """Scroll to the end, or to the beginning."""
        self.body.scroll_to(y=self.body.max_scroll_y if way > 0 else 0, animate=False)

    @on(Button.Pressed)
    def _choose(self, event: Button.Pressed) -> None:
        event.stop()
        self.dismiss_once(event.button.id == "yes")


class Notice(YesNoDialog):
    """A message that needs no decision, with a single button."""

    def __init__(self, title: str, lines: Sequence[str]) -> None:
        super().__init__(title, lines, yes="", no=_("Close"))


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
