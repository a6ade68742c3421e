"""Appearance that style sheets cannot express: output without colors, ASCII-only symbols, high-contrast themes."""

from __future__ import annotations

from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter
from textual.theme import Theme

ASCII_REPLACEMENTS = str.maketrans(
    "…·─━│┃╸╺▁▔▊▎▐▌●▲▼┌┐└┘├┤┬┴┼╭╮╰╯┏┓┗┛",
    "~---||-- -||[]*^v+++++++++++++++++",
)
"""ASCII replacements for our symbols and Textual's; each is one cell wide."""


CUSTOM_THEMES = (
    Theme(
        name="slate",
        primary="#6c8ea8",
        secondary="#8fb8d8",
        accent="#7cc7ff",
        foreground="#d8dee6",
        background="#161b22",
        surface="#161b22",
        panel="#1d242d",
        success="#8fd694",
        warning="#f2cc60",
        error="#ff8f87",
        dark=True,
    ),
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
"""Themes with their own colors; tests check the contrast of their texts."""

ANSI_COLORS = {
    "ansi-dark": {
        "primary": "ansi_cyan",
        "accent": "ansi_cyan",
        "success": "ansi_green",
        "warning": "ansi_bright_yellow",
        "error": "ansi_bright_red",
    },
    "ansi-light": {
        "primary": "ansi_blue",
        "accent": "ansi_blue",
        "success": "ansi_blue",
        "warning": "ansi_magenta",
        "error": "ansi_red",
    },
}
"""Colors of the terminal that replace those of Textual's themes, by theme and variable.

Blue and red on black, and green and yellow on white, cannot be read with the palettes of common terminals.
"""

THEMES = ("ansi-dark", "ansi-light", *(theme.name for theme in CUSTOM_THEMES))
"""Themes that a user can choose; the first two use the terminal's own colors."""


class AsciiFilter(LineFilter):
    """Replaces frames and symbols with ASCII; text in other scripts stays unchanged."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:  # noqa: ARG002 - Textual API
        """Return the segments with their symbols replaced."""
        return [Segment(text.translate(ASCII_REPLACEMENTS), style, control) for text, style, control in segments]
