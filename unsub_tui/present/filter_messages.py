"""Messages for invalid filters: position, expected syntax, and a caret line."""

from __future__ import annotations

from unsub_tui.domain.untrusted_text import cell_width, for_display
from unsub_tui.listmodel.filters import FilterError
from unsub_tui.present.i18n import _


def filter_error_text(text: str, error: FilterError) -> str:
    """Return the position of the error, the invalid part of the filter, and what was expected."""
    part = for_display(text[error.start : error.end])
    return _("at character {place}, {part}: {message}").format(
        place=error.start + 1, part=f'"{part}"' if part else _("the end"), message=for_display(error.message)
    )


def filter_with_caret(text: str, error: FilterError) -> str:
    """Return the filter and below it a line with carets under the invalid part."""
    before, part, after = text[: error.start], text[error.start : error.end], text[error.end :] if error.end else ""
    margin = " " * (2 + cell_width(for_display(before)))
    carets = "^" * max(1, cell_width(for_display(part)))
    return f"  {for_display(before)}{for_display(part)}{for_display(after)}\n{margin}{carets}"
