"""Input fields: one without a blinking cursor, and one that accepts typed keys only."""

from __future__ import annotations

from collections import Counter

from textual.events import Paste
from textual.message import Message
from textual.reactive import reactive
from textual.widgets import Input

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
