"""The line where the filter is typed."""

from __future__ import annotations

from time import monotonic
from typing import ClassVar

from rich.highlighter import Highlighter
from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.getters import query_one
from textual.message import Message
from textual.timer import Timer
from textual.widgets import Input, Static

from unsub_tui.app.commands import Command, bindings, key_of
from unsub_tui.app.widgets.still import StillInput
from unsub_tui.domain.filters import RESOURCES, FilterError, Query, Vocabulary, understood
from unsub_tui.present.filters import filter_problem
from unsub_tui.present.words import _

DEBOUNCE_SECONDS = 0.12
"""Letters that follow each other faster are applied together: each repaints the list, over a slow line too."""

HISTORY_KEPT = 50
"""Filters that up and down go through; they are forgotten when the program ends."""


class _Underline(Highlighter):
    """Underlines the part of the filter that is not understood."""

    def __init__(self) -> None:
        self.part: tuple[int, int | None] | None = None

    def highlight(self, text: Text) -> None:
        """Underline the part."""
        if self.part is not None:
            start, end = self.part
            text.stylize("underline bold", start, len(text) if end is None else end)


class FilterBar(Vertical):
    """The filter in force, and below it what is wrong with it; hidden while empty and not in use."""

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
            id="filter.done", keys="enter", action="done", label=_("To the list"), help=_("to the list"), hint=True
        ),
        Command(
            id="filter.older", keys="up", action="history(-1)", label=_("Older"), help=_("an older filter"), hint=True
        ),
        Command(
            id="filter.newer",
            keys="down",
            action="history(1)",
            label=_("Newer"),
            help=_("a newer filter; behind the newest: to the list"),
        ),
    )
    field = query_one("#query", Input)
    _reason = query_one("#wrong-filter", Static)

    class Changed(Message):
        """The text is another one; whoever shows rows takes `query_typed`."""

    class Left(Message):
        """The keys belong to the list again."""

    def __init__(self, vocabulary: Vocabulary = RESOURCES, example: str = "") -> None:
        super().__init__()
        self._vocabulary = vocabulary
        self._example = example or _("words, type:ecs, expires<30d, name:web-*, is:marked")
        self._underline = _Underline()
        self._history: list[str] = []
        self._at = 0
        self._timer: Timer | None = None
        self._applied = ""
        self._wrong: FilterError | None = None
        self._last_applied_at = -DEBOUNCE_SECONDS

    def compose(self) -> ComposeResult:
        """Put a sign and the field on one line, and the reason why it is wrong below."""
        with Horizontal():
            yield Static("/", markup=False)
            yield StillInput(
                id="query",
                compact=True,
                select_on_focus=False,
                highlighter=self._underline,
                placeholder=self._example,
            )
        yield Static("", id="wrong-filter", markup=False)

    @property
    def query_typed(self) -> Query:
        """The filter as it stands now, applied or not."""
        return understood(self.field.value, self._vocabulary)

    def open(self) -> None:
        """Show the field and type into it."""
        self.add_class("-open")
        self._at = len(self._history)
        self.field.focus()

    def empty(self) -> None:
        """Forget the filter and hide."""
        self.put("")

    def put(self, text: str) -> None:
        """Filter by this text."""
        self.set_class(bool(text), "-open")
        self.field.value = text
        self._apply()

    def show(self, text: str) -> None:
        """Show a filter that is in force already."""
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
        self._applied = text
        self.set_class(bool(text), "-open")
        self.field.value = text

    def tell(self, wrong: FilterError | None) -> None:
        """Underline the part that is wrong and say below what was expected there; None: nothing is."""
        if wrong is self._wrong:
            return
        self._wrong = wrong
        self._underline.part = None if wrong is None else (wrong.start, wrong.end)
        self.set_class(wrong is not None, "-wrong")
        self._reason.update(Content("" if wrong is None else filter_problem(self.field.value, wrong)))
        self.field.refresh()

    def way_out(self, edit: str, clear: str) -> str:
        """Return what a wrong filter prevents, with the keys of the commands that correct and clear it."""
        active = self.screen.active_bindings.values()
        words = (
            _("No rows: the filter is wrong. Correct it, or {clear} clears it.")
            if self.field.has_focus
            else _("Not possible: wrong filter. {edit} corrects it, {clear} clears it.")
        )
        return words.format(edit=key_of(active, edit), clear=key_of(active, "filter.leave") or key_of(active, clear))

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        if event.value.startswith("/"):
            self.field.value = event.value.lstrip("/")  # the key that opens the filter, pressed once more
        elif monotonic() - self._last_applied_at >= DEBOUNCE_SECONDS:
            self._apply()
        elif self._timer is None:
            self._timer = self.set_timer(DEBOUNCE_SECONDS, self._apply)

    def _apply(self) -> None:
        """Tell of the filter as it stands now, once."""
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
        text = self.field.value
        if text == self._applied:
            return
        self._applied, self._last_applied_at = text, monotonic()
        self.post_message(self.Changed())

    @on(Input.Submitted)
    def _submit(self, event: Input.Submitted) -> None:
        event.stop()
        self.action_done()

    def action_leave(self) -> None:
        """Empty the field first, leave it second."""
        if self.field.value:
            self.field.value = ""
            self._apply()
        else:
            self.action_done()

    def action_done(self) -> None:
        """Give the keys back to the list, which takes them where the filter is one."""
        self._apply()
        text = self.field.value.strip()
        if text:
            self._history = [*(each for each in self._history if each != text), text][-HISTORY_KEPT:]
            self._at = len(self._history)
        else:
            self.remove_class("-open")
        self.post_message(self.Left())

    def action_history(self, step: int) -> None:
        """Go through the filters of before."""
        target = self._at + step
        if target > len(self._history) or (step > 0 and not self._history):
            self.action_done()
        elif target >= 0:
            self._at = target
            self.field.value = self._history[target] if target < len(self._history) else ""
            self.field.cursor_position = len(self.field.value)
