"""The only module that writes output: data to stdout, messages to stderr, both with control characters escaped.

It is imported for help too, so the functions import what their format needs.
"""

from __future__ import annotations

import select
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO

import click

from unsub_tui.domain.untrusted_text import cell_width, escape_unprintable_lines
from unsub_tui.present.i18n import _

if TYPE_CHECKING:
    from datetime import datetime

    from unsub_tui.domain.plan import Plan
    from unsub_tui.present.page import Entry


_ZONE_IS_TOLD = f"{__name__}.zone"
"""Key in the context of a command that has written the time zone."""


class OutputError(OSError):
    """stdout could not be written for another reason than a closed reader, such as a full disk."""


_format_message: Callable[[str], str] = escape_unprintable_lines


def use_message_format(format_message: Callable[[str], str]) -> None:
    """Write messages in this form from now on; it may return printable characters and line breaks only."""
    global _format_message  # noqa: PLW0603 - the process has one stderr
    _format_message = format_message


def write_message(text: str) -> bool:
    """Write a message to stderr; return whether the write succeeded."""
    return write_line(_format_message(text))


def write_line(text: str) -> bool:
    """Write a line of printable text to stderr as it is; return whether the write succeeded."""
    try:
        sys.stderr.write(text + "\n")
    except (OSError, ValueError):  # ValueError: stderr is closed
        return False
    return True


def write_note(text: str) -> bool:
    """Write progress, or what a reader can do without, to stderr unless `--quiet`; return whether it can be written."""
    context = click.get_current_context(silent=True)
    options = None if context is None else context.find_root().obj
    return _has_reader(sys.stderr) if getattr(options, "quiet", False) else write_message(text)


def _has_reader(stream: TextIO) -> bool:
    """Return whether nothing shows that the reader of a stream is gone, as that of a closed pipe or terminal."""
    try:
        poll = select.poll()
        poll.register(stream.fileno(), 0)  # errors are always reported
        return not poll.poll(0)
    except (OSError, ValueError):  # a stream without a descriptor
        return True


def write(text: str) -> None:
    """Write data to stdout. Raises OutputError; a closed reader is ignored and does not change the exit code."""
    try:
        sys.stdout.write(escape_unprintable_lines(text))
        sys.stdout.flush()
    except BrokenPipeError:
        return
    except OSError as error:
        raise OutputError(error.errno, error.strerror) from error


@contextmanager
def tolerate_output_error(command: str) -> Iterator[None]:
    """Report a failed write of a result, with the command that shows it, instead of failing a completed action."""
    try:
        yield
    except OutputError as error:
        words = _("The result cannot be written: {why}. See: {command}")
        write_message(words.format(why=error.strerror, command=command))


def write_json(document: Mapping[str, object]) -> None:
    """Write a JSON document to stdout."""
    from unsub_tui.present.export.formats import json_text

    write(json_text(document))


def write_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Write a table with aligned columns. Rows that users choose from are written by `row_output.py`."""
    widths = [max(map(cell_width, column)) for column in zip(header, *rows, strict=True)]
    for row in (header, *rows):
        cells = (cell + " " * (width - cell_width(cell)) for cell, width in zip(row, widths, strict=True))
        write("  ".join(cells).rstrip() + "\n")


def write_time_zone(now: datetime) -> None:
    """Write to stderr, once in a command, the time zone of the dates in a table or a filter."""
    from unsub_tui.present.time_format import zone_text

    context = click.get_current_context(silent=True)
    told: dict[str, object] = {} if context is None else context.meta
    if _ZONE_IS_TOLD not in told:
        told[_ZONE_IS_TOLD] = True
        write_note(_("Time zone: {zone}").format(zone=zone_text(now)))


def write_page(entries: Iterable[Entry]) -> None:
    """Write a page, wrapped to the width of the terminal or to 80 columns."""
    from unsub_tui.present.text_layout import wrap

    width = shutil.get_terminal_size((80, 24)).columns
    for entry in entries:
        for line in wrap(entry.text, max(20, width - entry.indent), entry.hang):
            write((" " * entry.indent + line).rstrip() + "\n")


def review_lines(plan: Plan, now: datetime, stream: TextIO) -> list[str]:
    """Return title, summary and table of a plan; on a terminal with the columns that fit, else with all."""
    from unsub_tui.present.pages.review_table import ReviewTable
    from unsub_tui.present.text_layout import wrap

    table = ReviewTable(plan=plan, now=now)
    width = shutil.get_terminal_size().columns if stream.isatty() else None
    summary = [line for entry in table.heading() for line in wrap(entry.text, width or 80, entry.hang)]
    return [*summary, *table.text_lines(width)]


def write_unread(plan: Plan) -> None:
    """Report the lists of the services that could not be read for a plan."""
    if plan.findings is not None:
        from unsub_tui.present.inventory_problems import inventory_problem_lines

        for line in inventory_problem_lines(plan.findings.places):
            write_message(line)
