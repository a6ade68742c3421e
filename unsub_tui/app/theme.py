"""Looks that a sheet cannot say: no colour at all, and signs from ASCII alone."""

from __future__ import annotations

from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter
from textual.theme import Theme

ASCII_REPLACEMENTS = str.maketrans(
    {
        "…": "~",
        "·": "-",
        "─": "-",
        "━": "-",
        "│": "|",
        "┃": "|",
        "╸": "-",
        "╺": "-",
        "▁": " ",
        "▔": "-",
        "▊": "|",
        "▎": "|",
        "▐": "[",
        "▌": "]",
        "●": "*",
        "▲": "^",
        "▼": "v",
        **dict.fromkeys("┌┐└┘├┤┬┴┼╭╮╰╯┏┓┗┛", "+"),
    }
)
"""Our own signs and Textual's, and what stands for them; all one cell wide."""


CUSTOM_THEMES = (
    Theme(
        name="high-contrast-dark",
        primary="#ffff00",
        secondary="#00ffff",
        accent="#00ffff",
        foreground="#ffffff",
        background="#000000",
        surface="#000000",
        panel="#000000",
        success="#7fff7f",
        warning="#ffd75f",
        error="#ff9f9f",
        dark=True,
    ),
    Theme(
        name="high-contrast-light",
        primary="#00008b",
        secondary="#004d4d",
        accent="#004d4d",
        foreground="#000000",
        background="#ffffff",
        surface="#ffffff",
        panel="#ffffff",
        success="#005000",
        warning="#5f3700",
        error="#8b0000",
        dark=False,
    ),
)
"""Themes with colours of their own; a test holds every text in them to a contrast of 7 to 1."""

THEMES = ("ansi-dark", "ansi-light", *(theme.name for theme in CUSTOM_THEMES))
"""The themes that a user may choose; the first two are the terminal's own colours."""


class NoColorFilter(LineFilter):
    """Keeps bold, reverse and underline, and sends no colour."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:  # noqa: ARG002 - Textual's form
        """Take the colours out of a line."""
        return [
            Segment(text, None if style is None else style.without_color, control) for text, style, control in segments
        ]


class AsciiFilter(LineFilter):
    """Replaces frames and signs; names in other scripts stay as they are."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:  # noqa: ARG002 - Textual's form
        """Replace the signs of a line."""
        return [Segment(text.translate(ASCII_REPLACEMENTS), style, control) for text, style, control in segments]
