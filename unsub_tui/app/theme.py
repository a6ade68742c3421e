"""Appearance that style sheets cannot express: output without colors, ASCII-only symbols, high-contrast themes."""

from __future__ import annotations

from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter
from textual.theme import Theme

ASCII_REPLACEMENTS = str.maketrans(
    "…·–─━│┃╸╺▁▔▊▎▐▌●▲▼┌┐└┘├┤┬┴┼╭╮╰╯┏┓┗┛",
    "~----||-- -||[]*^v+++++++++++++++++",
)
"""ASCII replacements for our symbols and Textual's; each is one cell wide."""


CUSTOM_THEMES = (
    Theme(
        name="slate",
        primary="#4d647a",
        secondary="#8fb8d8",
        accent="#79c0ff",
        foreground="#d3dae3",
        background="#141a21",
        surface="#141a21",
        panel="#1c2530",
        success="#86d9a0",
        warning="#f0c674",
        error="#ff8e86",
        dark=True,
        variables={
            "cursor-style": "bold",
            "cursor-color": "#ffffff",
            "cursor-background": "#2c4a6b",
            "quiet-style": "none",
            "quiet-color": "#94a2b0",
            "bar-background": "#1c2530",
            "band-production": "#a3151c",
            "band-read-only": "#0f6a70",
            "band-read-only-text": "#ffffff",
            "band-demo": "#3d3f82",
        },
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
        variables={"quiet-style": "none", "quiet-color": "#bfbfbf"},
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
        variables={"quiet-style": "none", "quiet-color": "#404040"},
    ),
)
"""Themes with their own colors; tests check the contrast of their texts."""

DEFAULT_VARIABLES = {
    "cursor-style": "reverse",
    "cursor-color": "$foreground",
    "cursor-background": "$background",
    "quiet-style": "dim",
    "quiet-color": "$foreground",
    "bar-background": "$background",
    "band-production": "#b00000",
    "band-read-only": "#00afaf",
    "band-read-only-text": "#000000",
    "band-demo": "#00009f",
}
"""Variables of our style sheets, for themes that do not set them: cursor, quiet texts, bars, kind of account.

The bands have these colors because each palette has near ones that can be read.
"""

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
