"""A filter that is wrong, in words: where, what was expected, and the place under the text."""

from __future__ import annotations

from unsub_tui.domain.filters import FilterError
from unsub_tui.domain.foreign import cell_width, clean
from unsub_tui.present.words import _


def filter_problem(text: str, error: FilterError) -> str:
    """Return the place of the mistake, the part of the filter that stands there, and what was expected."""
    part = clean(text[error.start : error.end])
    return _("at character {place}, {part}: {message}").format(
        place=error.start + 1, part=f'"{part}"' if part else _("the end"), message=clean(error.message)
    )


def filter_with_caret(text: str, error: FilterError) -> str:
    """Return the filter, and on the line below a caret under each cell of the part that is wrong."""
    before, part, behind = text[: error.start], text[error.start : error.end], text[error.end :] if error.end else ""
    margin = " " * (2 + cell_width(clean(before)))
    return f"  {clean(before)}{clean(part)}{clean(behind)}\n{margin}{'^' * max(1, cell_width(clean(part)))}"
