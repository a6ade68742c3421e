"""Boxes that say by a sign, not by a colour, whether they are ticked; only space changes them."""

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

from unsub_tui.app.commands import Command, bindings
from unsub_tui.present.i18n import _


class Checkbox(Widget, can_focus=True):
    """A box with a sentence: `[x]` or `[ ]`."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(
        Command(
            id="checkbox.toggle",
            keys="space",
            action="toggle_checkbox",
            label=_("Tick"),
            help=_("tick or un-tick"),
            in_footer=True,
        )
    )

    value: reactive[bool] = reactive(default=False)
    """Whether it is ticked."""

    @dataclass
    class Changed(Message):
        """It was ticked or un-ticked."""

        value: bool

    def __init__(self, text: str, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name for it
        super().__init__(id=id)
        self._text = text

    def render(self) -> RenderResult:
        """Show box and sentence."""
        return Content(f"[{'x' if self.value else ' '}] {self._text}")

    def action_toggle_checkbox(self) -> None:
        """Tick or un-tick."""
        self.value = not self.value
        self.post_message(self.Changed(self.value))


class RadioSet(Widget, can_focus=True):
    """One of several sentences: `(o)` before the chosen one; up and down choose."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(
        Command(id="radio-set.up", keys="up,k", action="choose(-1)", label=_("Up"), help=_("the one above")),
        Command(
            id="radio-set.down",
            keys="down,j",
            action="choose(1)",
            label=_("Choose"),
            help=_("the one below"),
            in_footer=True,
        ),
    )

    index: reactive[int] = reactive(0)
    """The chosen one."""

    def __init__(self, texts: Sequence[str], index: int, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._texts = texts
        self.set_reactive(RadioSet.index, index)

    def render(self) -> RenderResult:
        """Show a line for each."""
        lines = [f"({'o' if number == self.index else ' '}) {text}" for number, text in enumerate(self._texts)]
        return Content("\n".join(lines))

    def action_choose(self, step: int) -> None:
        """Choose another one."""
        self.index = max(0, min(self.index + step, len(self._texts) - 1))
