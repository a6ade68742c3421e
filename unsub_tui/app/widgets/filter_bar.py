"""The filter field."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from time import monotonic

from rich.highlighter import Highlighter
from rich.text import Text
from textual import on
from textual.app import ComposeResult, RenderResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.events import DescendantBlur, DescendantFocus
from textual.getters import query_one
from textual.message import Message
from textual.reactive import reactive
from textual.timer import Timer
from textual.widget import Widget
from textual.widgets import Input, Static

from unsub_tui.app.commands import bindings, key_of
from unsub_tui.app.widgets.inputs import NoBlinkInput
from unsub_tui.domain.untrusted_text import cell_width, for_display
from unsub_tui.listmodel.filters import (
    RESOURCES,
    Completion,
    Facts,
    FilterError,
    Query,
    Vocabulary,
    complete,
    parse_lenient,
)
from unsub_tui.present.facets import toggle_term
from unsub_tui.present.filter_messages import RESOURCE_FILTER_HELP, filter_error_text, filter_help_lines
from unsub_tui.present.i18n import _

GAP = 2
"""Number of cells before each candidate."""

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


class FilterInput(NoBlinkInput):
    """The field, in which the right key at the end of the text takes the first candidate."""

    BINDINGS = bindings("filter")

    def __init__(self, bar: FilterBar, highlighter: Highlighter) -> None:
        super().__init__(id="query", compact=True, select_on_focus=False, highlighter=highlighter)
        # Textual calls them for the bindings, which must be here to precede those of the stock field.
        self.action_leave, self.action_done, self.action_history = bar.leave, bar.finish, bar.show_history
        self.action_complete, self._take_candidate = bar.complete, bar.take_typed_candidate

    def action_cursor_right(self, select: bool = False) -> None:  # noqa: FBT001, FBT002 - as declared by Textual
        """Move the cursor, or complete the text before it."""
        if select or self.cursor_position < len(self.value) or not self._take_candidate():
            super().action_cursor_right(select)


class Candidates(Widget):
    """A line with the candidates of a completion, the next one highlighted, as many as fit."""

    completion: reactive[Completion] = reactive(Completion())
    """The candidates."""
    index: reactive[int] = reactive(0)
    """Number of the highlighted candidate."""
    key: reactive[str] = reactive("")
    """Display name of the key that takes it."""

    def render(self) -> RenderResult:
        """Return the key and the candidates, beginning with the highlighted one if they do not fit."""
        candidates = [for_display(each) for each in self.completion.candidates]
        if not candidates:
            return Content("")
        parts: list[Content] = [Content.assemble("  ", (self.key, "bold"))]
        room = self.size.width - len(parts[0])
        is_fitting = sum(cell_width(each) + GAP for each in candidates) <= room
        first = 0 if is_fitting else self.index
        for number, each in enumerate(candidates[first:], first):
            needed = cell_width(each) + GAP
            if needed > room - (0 if is_fitting else GAP + 1):
                parts.append(Content("  …"))
                break
            room -= needed
            parts.append(Content.assemble(" " * GAP, (each, "reverse" if number == self.index else "")))
        return Content("").join(parts)


class FilterBar(Vertical):
    """The filter field; below it, while it is typed, candidates and a cheat sheet, or the error message.

    Hidden while it is empty and unused.
    """

    field = query_one(FilterInput)
    _candidates = query_one(Candidates)
    _help_text = query_one("#filter-help", Static)
    _error_text = query_one("#wrong-filter", Static)

    class Changed(Message):
        """The filter text has changed; receivers read `current_query`."""

    class Exited(Message):
        """The user has left the filter field."""

    def __init__(
        self,
        edit_command: str,
        clear_command: str,
        facts: Callable[[], Facts],
        vocabulary: Vocabulary = RESOURCES,
        help_lines: Sequence[Sequence[str]] = RESOURCE_FILTER_HELP,
    ) -> None:
        """Create a field; the commands, given by id, open it and clear it from outside.

        `facts` returns the rows, whose values are the candidates; `help_lines` are the examples of the cheat sheet.
        """
        super().__init__()
        self._edit_command, self._clear_command, self._vocabulary = edit_command, clear_command, vocabulary
        self._facts, self._help_lines = facts, help_lines
        self._underline = _ErrorHighlighter()
        self._history: list[str] = []
        self._history_index = 0
        self._timer: Timer | None = None
        self._applied = ""
        self._error: FilterError | None = None
        self._last_applied_at = -DEBOUNCE_SECONDS
        self._completed_text: str | None = None
        """The text with a candidate taken, while the next candidate can replace it."""

    def compose(self) -> ComposeResult:
        """Return the prompt, the field, the candidates, the cheat sheet and the error message."""
        with Horizontal():
            yield Static("/", markup=False)
            yield FilterInput(self, self._underline)
        yield Candidates()
        yield Static("", id="filter-help", markup=False)
        yield Static("", id="wrong-filter", markup=False)

    def on_resize(self) -> None:
        """Show as much of the cheat sheet as fits."""
        self._help_text.update(Content("\n".join(filter_help_lines(self._help_lines, self.size.width))))

    @on(DescendantFocus)
    def _show_help(self) -> None:
        self.add_class("-typing")
        self._candidates.key = key_of(self.screen, "filter.complete")
        self._find_candidates()

    @on(DescendantBlur)
    def _hide_help(self) -> None:
        self.remove_class("-typing")

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
        """The actions that an invalid filter prevents, with the keys that correct and clear it."""
        clear = key_of(self.screen, "filter.leave") or key_of(self.screen, self._clear_command)
        if self.field.has_focus:
            return _("No rows: invalid filter. Correct it, or {clear} clears it.").format(clear=clear)
        edit = key_of(self.screen, self._edit_command)
        return _("Not possible: invalid filter. {edit} corrects it, {clear} clears it.").format(edit=edit, clear=clear)

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        if event.value != self._completed_text:
            self._find_candidates()
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

    def _find_candidates(self) -> None:
        self._completed_text = None
        self._candidates.completion = complete(self.field.value, self._vocabulary, self._facts().existing_values)
        self._candidates.index = 0

    def take_typed_candidate(self) -> bool:
        """Take the first candidate for the characters typed; return whether there is one."""
        completion = self._candidates.completion
        is_typed = self._completed_text is None and completion.start < len(self.field.value)
        if is_typed and completion.candidates:
            self.complete(1)
            return True
        return False

    def complete(self, step: int) -> None:
        """Take the highlighted candidate; after that, the next one or the previous one instead."""
        completion, typed = self._candidates.completion, self.field.value
        if not completion.candidates or self.field.cursor_position < len(typed):
            return
        if self._completed_text is not None:
            self._candidates.index = (self._candidates.index + step) % len(completion.candidates)
        text = typed[: completion.start] + completion.candidates[self._candidates.index]
        self._completed_text = None if completion.is_field else text  # after a field, its values are next
        self.field.value = text
        self.field.cursor_position = len(text)

    def leave(self) -> None:
        """Clear the field; if it is empty, leave it."""
        if self.field.value:
            self.field.value = ""
            self._apply()
        else:
            self.finish()

    def finish(self) -> None:
        """Apply the filter, add it to the history, and leave the field."""
        self._apply()
        text = self.field.value.strip()
        if text:
            self._history = [*(each for each in self._history if each != text), text][-HISTORY_KEPT:]
            self._history_index = len(self._history)
        else:
            self.remove_class("-open")
        self.post_message(self.Exited())

    def show_history(self, step: int) -> None:
        """Show an older or newer filter of the history; after the newest, leave the field."""
        target = self._history_index + step
        if target > len(self._history) or (step > 0 and not self._history):
            self.finish()
        elif target >= 0:
            self._history_index = target
            self.field.value = self._history[target] if target < len(self._history) else ""
            self.field.cursor_position = len(self.field.value)
