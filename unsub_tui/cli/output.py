"""The one module that writes: data to stdout, words for people to stderr. Neither can hold a control character.

It is loaded for help too, so what a format needs is imported where it is written.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from unsub_tui.domain.untrusted_text import escape_unprintable_lines

if TYPE_CHECKING:
    from unsub_tui.present.page import Entry

NAME_WIDTH = 40
"""Cells of a name in a table: one long name must not push every other column off the screen."""


class OutputError(OSError):
    """Data could not be written to stdout, and not because its reader wants no more: a full disk, mostly."""


def write_message(text: str) -> bool:
    """Write a line of words to stderr; return whether they went anywhere, for those to whom that matters."""
    try:
        sys.stderr.write(escape_unprintable_lines(text) + "\n")
    except (OSError, ValueError):  # ValueError: closed already
        return False
    return True


def write(text: str) -> None:
    """Write data to stdout; raises OutputError. A reader that wants no more changes nothing of what the code says."""
    try:
        sys.stdout.write(escape_unprintable_lines(text))
        sys.stdout.flush()
    except BrokenPipeError:
        return
    except OSError as error:
        raise OutputError(error.errno, error.strerror) from error


@contextmanager
def tolerate_output_error(command: str) -> Iterator[None]:
    """Let a result that cannot be written be told, with the command that shows it: what was done is done."""
    try:
        yield
    except OutputError as error:
        write_message(f"the result cannot be written: {error.strerror}; see: {command}")


def write_json(document: Mapping[str, object]) -> None:
    """Write one JSON document."""
    from unsub_tui.present.export.formats import json_text

    write(json_text(document))


def write_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Write aligned columns of cleaned text; long names are cut, which is said on stderr."""
    from unsub_tui.domain.untrusted_text import cell_width

    shown = _truncate_names(header, rows)
    widths = [max(map(cell_width, column)) for column in zip(header, *shown, strict=True)]
    for row in (header, *shown):
        cells = (cell + " " * (width - cell_width(cell)) for cell, width in zip(row, widths, strict=True))
        write("  ".join(cells).rstrip() + "\n")


def write_page(entries: Iterable[Entry]) -> None:
    """Write a page, wrapped to the terminal, to 80 columns where there is none."""
    from unsub_tui.present.text_layout import wrap

    width = shutil.get_terminal_size((80, 24)).columns
    for entry in entries:
        for line in wrap(entry.text, max(20, width - entry.indent), entry.hang):
            write((" " * entry.indent + line).rstrip() + "\n")


def _truncate_names(header: Sequence[str], rows: Sequence[Sequence[str]]) -> Sequence[Sequence[str]]:
    from unsub_tui.domain.untrusted_text import cell_width
    from unsub_tui.present.i18n import plural
    from unsub_tui.present.text_layout import fit

    if "NAME" not in header:
        return rows
    at = header.index("NAME")
    long = sum(cell_width(row[at]) > NAME_WIDTH for row in rows)
    if not long:
        return rows
    words = plural(
        "{n} long name is cut (…); csv and json have it whole",
        "{n} long names are cut (…); csv and json have them whole",
        long,
    )
    write_message(words)
    return [(*row[:at], fit(row[at], NAME_WIDTH), *row[at + 1 :]) for row in rows]
