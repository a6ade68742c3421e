"""An input field without a blinking cursor, so that an idle app sends nothing to the terminal."""

from __future__ import annotations

from textual.reactive import reactive
from textual.widgets import Input


class NoBlinkInput(Input):
    """A single-line input field whose cursor does not blink."""

    cursor_blink = reactive(False, init=False)  # noqa: FBT003 - as declared by Textual
