"""A field whose cursor does not blink: nothing is sent while nobody types."""

from __future__ import annotations

from textual.reactive import reactive
from textual.widgets import Input


class NoBlinkInput(Input):
    """A line to type into."""

    cursor_blink = reactive(False, init=False)  # noqa: FBT003 - as Textual declares it
