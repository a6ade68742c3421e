"""The filter field."""

from __future__ import annotations

from time import monotonic

from rich.highlighter import Highlighter
from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.getters import query_one
from textual.message import Message
from textual.timer import Timer
from textual.widgets import Input, Static

from unsub_tui.app.commands import bindings, key_of
from unsub_tui.app.widgets.inputs import NoBlinkInput
from unsub_tui.listmodel.filters import RESOURCES, FilterError, Query, Vocabulary, parse_lenient
from unsub_tui.present.facets import toggle_term
from unsub_tui.present.filter_messages import filter_error_text
from unsub_tui.present.i18n import _

DEBOUNCE_SECONDS = 0.12
"""Debounce time, in seconds: faster input is applied together, because each change repaints the list."""

HISTORY_KEPT = 50
"""Maximum number of filters in the history; the history is lost when the program exits."""


class _ErrorHighlighter(Highlighter):
    """Underlines the invalid part of the filter."""

    def __init__(self) -> None:
        self.part: tuple[int, int | None] | None = None

    def highlight(self, text: Text) -> None:
        """Underline the part."""
        if self.part is not None:
            start, end = self.part
            text.stylize("underline bold", start, len(text) if end is None else end)


class FilterBar(Vertical):
    """The filter field with its error message; hidden while it is empty and unused."""

    BINDINGS = bindings("filter")
    field = query_one("#query", Input)
    _error_text = query_one("#wrong-filter", Static)

    class Changed(Message):
        """The filter text has changed; receivers read `current_query`."""

    class Exited(Message):
        """The user has left the filter field."""

    def __init__(
        self, edit_command: str, clear_command: str, vocabulary: Vocabulary = RESOURCES, example: str = ""
    ) -> None:
        """Create a field; the commands, given by id, open it and clear it from outside."""
        super().__init__()
        self._edit_command, self._clear_command, self._vocabulary = edit_command, clear_command, vocabulary
        self._example = example or _("words, type:ecs, expires<30, name:web-*, is:selected")
        self._underline = _ErrorHighlighter()
        self._history: list[str] = []
        self._history_index = 0
        self._timer: Timer | None = None
        self._applied = ""
        self._error: FilterError | None = None
        self._last_applied_at = -DEBOUNCE_SECONDS

    def compose(self) -> ComposeResult:
        """Return the prompt, the field and the error message."""
        with Horizontal():
            yield Static("/", markup=False)
            yield NoBlinkInput(
                id="query",
                compact=True,
                select_on_focus=False,
                highlighter=self._underline,
                placeholder=self._example,
            )
        yield Static("", id="wrong-filter", markup=False)

    @property
    def current_query(self) -> Query:
        """The filter as typed, applied or not."""
        return parse_lenient(self.field.value, self._vocabulary)

    def open(self) -> None:
        """Show the field and focus it."""
        self.add_class("-open")
        self._history_index = len(self._history)
        self.field.focus()

    def set_filter(self, text: str) -> None:
        """Apply a filter text; "" hides the field."""
        self.set_class(bool(text), "-open")
        self.field.value = text
        self._apply()

    def toggle_term(self, term: str) -> None:
        """Add a term to the filter, or remove it."""
        self.set_filter(toggle_term(self.field.value, term))

    def show_applied(self, text: str) -> None:
        """Show a filter that is already applied."""
        self._applied = text
        self.set_filter(text)

    def show_error(self, error: FilterError | None) -> None:
        """Underline the invalid part and show the error below; None clears both."""
        if error is self._error:
            return
        self._error = error
        self._underline.part = None if error is None else (error.start, error.end)
        self.set_class(error is not None, "-wrong")
        self._error_text.update(Content("" if error is None else filter_error_text(self.field.value, error)))
        self.field.refresh()

    @property
    def error_hint(self) -> str:
        """What an invalid filter prevents, with the keys that correct and clear it."""
        clear = key_of(self.screen, "filter.leave") or key_of(self.screen, self._clear_command)
        if self.field.has_focus:
            return _("No rows: invalid filter. Correct it, or {clear} clears it.").format(clear=clear)
        edit = key_of(self.screen, self._edit_command)
        return _("Not possible: invalid filter. {edit} corrects it, {clear} clears it.").format(edit=edit, clear=clear)

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        if event.value.startswith("/"):
            self.field.value = event.value.lstrip("/")  # the key that opens the filter was pressed again
        elif monotonic() - self._last_applied_at >= DEBOUNCE_SECONDS:
            self._apply()
        elif self._timer is None:
            self._timer = self.set_timer(DEBOUNCE_SECONDS, self._apply)

    def _apply(self) -> None:
        """Post `Changed` if the text differs from the last one applied."""
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
        if self.field.value != self._applied:
            self._applied, self._last_applied_at = self.field.value, monotonic()
            self.post_message(self.Changed())

    @on(Input.Submitted)
    def _submit(self, event: Input.Submitted) -> None:
        event.stop()
        self.action_done()

    def action_leave(self) -> None:
        """Clear the field; if it is empty, leave it."""
        if self.field.value:
            self.field.value = ""
            self._apply()
        else:
            self.action_done()

    def action_done(self) -> None:
        """Apply the filter, add it to the history, and leave the field."""
        self._apply()
        text = self.field.value.strip()
        if text:
            self._history = [*(each for each in self._history if each != text), text][-HISTORY_KEPT:]
            self._history_index = len(self._history)
        else:
            self.remove_class("-open")
        self.post_message(self.Exited())

    def action_history(self, step: int) -> None:
        """Show an older or newer filter of the history; after the newest, leave the field."""
        target = self._history_index + step
        if target > len(self._history) or (step > 0 and not self._history):
            self.action_done()
        elif target >= 0:
            self._history_index = target
            self.field.value = self._history[target] if target < len(self._history) else ""
            self.field.cursor_position = len(self.field.value)
