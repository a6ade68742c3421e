"""Looks that a sheet cannot say: no colour at all, and signs from ASCII alone."""

from __future__ import annotations

from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

ASCII_SIGNS = str.maketrans(
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


class WithoutColour(LineFilter):
    """Keeps bold, reverse and underline, and sends no colour."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:  # noqa: ARG002 - Textual's form
        """Take the colours out of a line."""
        return [
            Segment(text, None if style is None else style.without_color, control) for text, style, control in segments
        ]


class AsciiSigns(LineFilter):
    """Replaces frames and signs; names in other scripts stay as they are."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:  # noqa: ARG002 - Textual's form
        """Replace the signs of a line."""
        return [Segment(text.translate(ASCII_SIGNS), style, control) for text, style, control in segments]
