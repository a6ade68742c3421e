"""Boxes that say by a sign, not by a colour, whether they are ticked."""

from __future__ import annotations

from textual.widgets import Checkbox, RadioButton


class Tick(Checkbox):
    """A box: `[x]` or `[ ]`."""

    BUTTON_LEFT = "["
    BUTTON_RIGHT = "]"
    BUTTON_INNER = " "

    def watch_value(self) -> None:
        """Show the sign of the value."""
        self.BUTTON_INNER = "x" if self.value else " "
        super().watch_value()


class Choice(RadioButton):
    """One of several: `(o)` or `( )`."""

    BUTTON_LEFT = "("
    BUTTON_RIGHT = ")"
    BUTTON_INNER = " "

    def watch_value(self) -> None:
        """Show the sign of the value."""
        self.BUTTON_INNER = "o" if self.value else " "
        super().watch_value()
