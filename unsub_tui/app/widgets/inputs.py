"""Input fields without a blinking cursor, one of which accepts typed keys only; check boxes with a sentence."""

from __future__ import annotations

from collections import Counter

from textual.app import RenderResult
from textual.content import Content
from textual.events import Paste
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget
from textual.widgets import Input

from unsub_tui.app.commands import bindings
from unsub_tui.app.terminal.key_queue import TerminalRead
from unsub_tui.present.i18n import _

SHORT_PHRASE = 4
"""Length below which a phrase is refused only if a single read contained all of it."""


class NoBlinkInput(Input):
    """A single-line input field without a blinking cursor, so that an idle app sends nothing to the terminal."""

    cursor_blink = reactive(False, init=False)  # noqa: FBT003 - as declared by Textual


class PhraseInput(NoBlinkInput):
    """The input field for a confirmation phrase; accepts typed keys only."""

    def __init__(self, phrase: str) -> None:
        super().__init__(id="phrase", compact=True, select_on_focus=False, placeholder=_("type it here"))
        length = len(phrase)
        self._limit = length - 1 if length < SHORT_PHRASE else length // 2
        self._brought: Counter[TerminalRead] = Counter()
        self.was_refused = False
        """Whether the last characters arrived too many at once."""

    def count_and_check(self, read: TerminalRead) -> bool:
        """Count a character; return whether its terminal read has more of the phrase than anyone types at once.

        Over a slow connection, two or three keys can arrive in one read, so up to half of the phrase is accepted.
        """
        self._brought[read] += 1
        self.was_refused = not read.is_single_key and self._brought[read] > self._limit
        if self.was_refused:
            self.value = ""
        return self.was_refused

    class PasteAttempted(Message):
        """The user tried to paste."""

    def on_paste(self, event: Paste) -> None:
        """Refuse pasted text."""
        event.stop()
        event.prevent_default()
        self.post_message(self.PasteAttempted())


class Checkbox(Widget, can_focus=True):
    """A check box with a sentence: `[x]` or `[ ]`; only Space changes it."""

    BINDINGS = bindings("check box")

    value: reactive[bool] = reactive(default=False)
    """Whether the box is checked."""

    class Changed(Message):
        """The box was checked or unchecked."""

    def __init__(self, text: str, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._text = text

    def render(self) -> RenderResult:
        """Return the box and the sentence."""
        return Content(f"[{'x' if self.value else ' '}] {self._text}")

    def action_toggle_checkbox(self) -> None:
        """Check or uncheck the box."""
        self.value = not self.value
        self.post_message(self.Changed())
