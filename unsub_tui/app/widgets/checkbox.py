"""Check boxes and radio buttons that show their state by a character instead of a color."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual.app import RenderResult
from textual.binding import BindingType
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from unsub_tui.app.commands import bindings


class Checkbox(Widget, can_focus=True):
    """A check box with a sentence: `[x]` or `[ ]`; only Space changes it."""

    BINDINGS: ClassVar[list[BindingType]] = bindings("check box")

    value: reactive[bool] = reactive(default=False)
    """Whether the box is checked."""

    @dataclass
    class Changed(Message):
        """The box was checked or unchecked."""

        value: bool

    def __init__(self, text: str, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._text = text

    def render(self) -> RenderResult:
        """Return the box and the sentence."""
        return Content(f"[{'x' if self.value else ' '}] {self._text}")

    def action_toggle_checkbox(self) -> None:
        """Check or uncheck the box."""
        self.value = not self.value
        self.post_message(self.Changed(self.value))


class RadioSet(Widget, can_focus=True):
    """A list of options with one choice, shown as `(o)`; the up and down keys choose."""

    BINDINGS: ClassVar[list[BindingType]] = bindings("radio set")

    index: reactive[int] = reactive(0)
    """Index of the chosen option."""

    def __init__(self, texts: Sequence[str], index: int, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._texts = texts
        self.set_reactive(RadioSet.index, index)

    def render(self) -> RenderResult:
        """Return one line per option."""
        lines = [f"({'o' if number == self.index else ' '}) {text}" for number, text in enumerate(self._texts)]
        return Content("\n".join(lines))

    def action_choose(self, step: int) -> None:
        """Move the choice by `step`."""
        self.index = max(0, min(self.index + step, len(self._texts) - 1))
