"""Truncates, pads and wraps sanitized text by terminal cells."""

from __future__ import annotations

from unsub_tui.domain.untrusted_text import cell_width, char_width

ELLIPSIS = "…"
"""Mark for truncated text, one cell wide."""


def fit(text: str, width: int, mark: str = ELLIPSIS) -> str:
    """Return `text` in exactly `width` cells, truncated or padded at the end."""
    if width <= 0:
        return ""
    taken = cell_width(text)
    if taken <= width:
        return text + " " * (width - taken)
    kept, used = _head(text, width - 1)
    return kept + mark + " " * (width - 1 - used)


def fit_right(text: str, width: int, mark: str = ELLIPSIS) -> str:
    """Return `text` right-aligned in exactly `width` cells."""
    taken = cell_width(text)
    return " " * (width - taken) + text if taken <= width else fit(text, width, mark)


def fit_middle(text: str, width: int, mark: str = ELLIPSIS) -> str:
    """Return `text` in exactly `width` cells, truncated in the middle, for ids that differ at both ends."""
    if cell_width(text) <= width or width < 5:
        return fit(text, width, mark)
    head, used = _head(text, width // 2)
    tail, _ = _head(text[::-1], width - 1 - used)
    return fit(head + mark + tail[::-1], width)


def wrap(text: str, width: int, indent: int = 0) -> list[str]:
    """Return `text` in lines of at most `width` cells; all lines but the first start with `indent` spaces."""
    lines: list[str] = []
    line = ""
    for word in text.split(" "):
        longer = f"{line} {word}" if line else word
        if cell_width(longer) <= width or not line.strip():
            line = longer
        else:
            lines.append(line)
            line = " " * indent + word
        while cell_width(line) > width:
            head, _ = _head(line, width)
            if not head.strip():
                break  # the indent alone fills the line
            lines.append(head)
            line = " " * indent + line[len(head) :]
    lines.append(line)
    return lines


def _head(text: str, width: int) -> tuple[str, int]:
    """Return the longest prefix of `text` that fits, and its width in cells."""
    used = 0
    for index, char in enumerate(text):
        cells = char_width(char)
        if used + cells > width:
            return text[:index], used
        used += cells
    return text, used
