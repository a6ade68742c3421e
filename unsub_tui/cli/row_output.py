"""Writes the rows of a command: which columns, in which order, how many, in which format."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import wraps
from operator import itemgetter
from typing import TYPE_CHECKING, Generic, TypeVar

import click

from unsub_tui.cli.completions import complete_columns
from unsub_tui.cli.options import format_option
from unsub_tui.cli.output import write, write_note, write_time_zone
from unsub_tui.present.i18n import _

if TYPE_CHECKING:
    from unsub_tui.present.export.formats import Row, SortValue

R = TypeVar("R")
"""What a row shows."""
P = TypeVar("P")
Body = TypeVar("Body", bound=Callable[..., int])

FORMATS = ("json", "jsonl", "csv", "md")
"""Formats of rows beside the table."""

GAP = 2
"""Number of spaces between the columns of a table."""

UNLIMITED = 1_000_000
"""Width of a table that is not on a terminal, in cells."""


@dataclass(frozen=True)  # no slots: they break the creation of a generic frozen class
class OutputColumn(Generic[R]):
    """A column of a command's table."""

    id: str
    """Its name on the command line, and in capitals its title; where the app has the column, that of the app."""
    cell: Callable[[R], str]
    """Returns the cell of a row as sanitized text."""
    fields: Sequence[str] = ()
    """Fields of the JSON that stand for the column in CSV; the first one orders the rows. Without any: the cell."""
    is_right: bool = False
    narrowest: int = 0
    """Width below which a terminal does not show the column, in cells; 0: it is as wide as its content."""
    rank: int = 0
    """Columns of rank 0 are always shown; the others as long as the terminal has room, the lowest rank first."""
    is_default: bool = True
    """Whether the column is shown unless the user chooses."""
    is_time: bool = False
    """Whether the cells are times, which need a time zone to be read."""

    def of(self, part: Callable[[P], R]) -> OutputColumn[P]:
        """Return the same column for rows that contain a row of this table."""
        return OutputColumn(
            self.id,
            lambda whole: self.cell(part(whole)),
            self.fields,
            is_right=self.is_right,
            narrowest=self.narrowest,
            rank=self.rank,
            is_default=self.is_default,
            is_time=self.is_time,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class RowOptions:
    """The options of a command that writes rows; empty texts and None were not given."""

    output_format: str
    columns: str
    sort: str
    limit: int | None
    has_titles: bool

    @property
    def is_json(self) -> bool:
        """Whether programs read the rows as JSON, which has all fields."""
        return self.output_format in ("json", "jsonl")

    def uses(self, *names: str) -> bool:
        """Return whether one of the columns is named."""
        return not {*names}.isdisjoint(each.removeprefix("-") for each in (*_names(self.columns), *_names(self.sort)))


@dataclass(frozen=True, kw_only=True)  # no slots, as above
class RowTable(Generic[R]):
    """The rows of a command: its columns, and their fields for other programs."""

    columns: Sequence[OutputColumn[R]]
    row: Callable[[R], Row]
    """Returns the JSON of a row."""
    fields: Sequence[str]
    """Columns of CSV."""
    more_fields: Sequence[str] = ()
    """Further fields that can be chosen as columns."""
    flat_row: Callable[[R], Row] | None = None
    """Returns the fields of a row in tables, if they are not those of the JSON."""


def row_options(column_ids: Sequence[str], *, item_ids: Sequence[str] = ()) -> Callable[[Body], Body]:
    """Return the options of a command that writes rows; its body receives them as `row_options`.

    `item_ids` are the columns of the items of a single row.
    """

    def add(body: Body) -> Body:
        @wraps(body)
        def with_rows(
            *arguments: object,
            output_format: str,
            columns: str,
            sort: str,
            limit: int | None,
            no_headers: bool,
            **more: object,
        ) -> int:
            if columns and output_format in ("json", "jsonl"):
                raise click.UsageError(_("--columns: JSON always has all fields; use --format csv"))
            if no_headers and output_format not in ("table", "csv"):
                raise click.UsageError(_("--no-headers is for --format table and csv"))
            options = RowOptions(
                output_format=output_format, columns=columns, sort=sort, limit=limit, has_titles=not no_headers
            )
            return body(*arguments, row_options=options, **more)

        completion = complete_columns(list(dict.fromkeys((*column_ids, *item_ids))))
        of_items = f"; of the items of one: {', '.join(item_ids)}" if item_ids else ""
        listed = f"Columns of table, CSV and Markdown: {', '.join(column_ids)}{of_items}; or fields of the JSON."
        for option in (
            click.option("--no-headers", is_flag=True, help="Leave out the line of titles."),
            click.option("--limit", type=click.IntRange(min=1), metavar="N", help="Write the first N rows only."),
            click.option(
                "--sort",
                default="",
                metavar="A,-B",
                help="Order by columns; - reverses. Unknown values are last.",
                shell_complete=completion,
            ),
            click.option("--columns", default="", metavar="A,B", help=listed, shell_complete=completion),
            format_option(*FORMATS),
        ):
            with_rows = option(with_rows)
        return with_rows  # type: ignore[return-value]  # its signature differs by the options

    return add


class RowWriter(Generic[R]):
    """The rows of a command as its options want them."""

    def __init__(self, options: RowOptions, table: RowTable[R]) -> None:
        """Take the options; raise UsageError for the name of no column."""
        self._options, self._table = options, table
        self._flat_row = table.flat_row or table.row
        self._columns = {column.id: column for column in table.columns}
        self._fields = list(dict.fromkeys((*table.fields, *table.more_fields)))
        self._chosen = self._checked("--columns", _names(options.columns))
        self._sorting = self._checked("--sort", _names(options.sort))

    @property
    def has_choice(self) -> bool:
        """Whether the user chose columns."""
        return bool(self._chosen)

    def write(self, sources: Sequence[R], document: Callable[[list[Row]], Row]) -> None:
        """Write the rows; `document` returns the JSON document of all."""
        from unsub_tui.present.export.formats import csv_text, json_text, jsonl_text, markdown_text

        found = self._limited(self._sorted(sources))
        output_format, row = self._options.output_format, self._table.row
        if output_format == "json":
            write(json_text(document([row(each) for each in found])))
        elif output_format == "jsonl":
            write(jsonl_text(map(row, found)))
        elif output_format == "csv":
            write(csv_text(self._csv_columns(), map(self._flat_row, found), has_titles=self._options.has_titles))
        else:
            columns = self._table_columns()
            if any(column.is_time for column in columns):
                write_time_zone(datetime.now(UTC))
            cells = [[column.cell(each) for column in columns] for each in found]
            if output_format == "md":
                write(markdown_text([column.id for column in columns], cells))
            else:
                self._write_table(columns, cells)

    def _checked(self, option: str, names: Sequence[str]) -> Sequence[str]:
        """Return the names in the value of an option, which are those of columns."""
        for name in (each.removeprefix("-") if option == "--sort" else each for each in names):
            if name not in self._columns and name not in self._fields:
                words = _("{option}: there is no column {name!r}. Columns: {ids}. Fields: {fields}")
                ids, fields = ", ".join(self._columns), ", ".join(self._fields)
                raise click.UsageError(words.format(option=option, name=name, ids=ids, fields=fields))
        return names

    def _csv_columns(self) -> Sequence[str]:
        if not self._chosen:
            return self._table.fields
        fields_of = {name: column.fields for name, column in self._columns.items()}
        return list(dict.fromkeys(field for name in self._chosen for field in fields_of.get(name, (name,))))

    def _table_columns(self) -> Sequence[OutputColumn[R]]:
        """Return the columns of table and Markdown."""
        if not self._chosen:
            return [column for column in self._columns.values() if column.is_default]
        return [self._columns.get(name) or _field_column(name, self._flat_row) for name in self._chosen]

    def _write_table(self, columns: Sequence[OutputColumn[R]], cells: Sequence[Sequence[str]]) -> None:
        """Write a table: on a terminal with the columns that have room, unless the user chose them."""
        from unsub_tui.present.table_layout import TextColumn, fit_columns, table_lines

        shown = [
            TextColumn[Sequence[str]](
                column.id.upper(),
                itemgetter(number),
                is_right=column.is_right,
                narrowest=column.narrowest,
                widest=UNLIMITED,
                rank=0 if self._chosen else column.rank,
            )
            for number, column in enumerate(columns)
        ]
        is_narrow = sys.stdout.isatty() and not self._chosen
        width = shutil.get_terminal_size().columns if is_narrow else UNLIMITED
        fitting = fit_columns(shown, cells, width, gap=GAP)
        titles, *lines = table_lines(fitting, cells, gap=GAP)
        if self._options.has_titles:
            lines.insert(0, titles)
        write("".join(f"{line}\n" for line in lines))
        fit = {column.title for column, _width in fitting}
        if hidden := [column.id for column in columns if column.id.upper() not in fit]:
            write_note(_("Columns without room: {ids}. To choose: --columns").format(ids=", ".join(hidden)))

    def _sorted(self, sources: Sequence[R]) -> Sequence[R]:
        """Return the rows in their order; those without a value are last, also in reversed order."""
        found = sources
        for name in reversed(self._sorting):
            key = self._sort_key(name.removeprefix("-"))
            keyed = [(key(each), each) for each in found]
            known = [(value, each) for value, each in keyed if value is not None]
            known.sort(key=itemgetter(0), reverse=name.startswith("-"))
            found = [each for _value, each in known] + [each for value, each in keyed if value is None]
        return found

    def _sort_key(self, name: str) -> Callable[[R], SortValue | None]:
        from unsub_tui.present.export.formats import find_value, sort_value

        column = self._columns.get(name)
        if column is not None and not column.fields:
            cell = column.cell
            return lambda each: sort_value(cell(each))
        field, row = column.fields[0] if column is not None else name, self._flat_row
        return lambda each: sort_value(find_value(row(each), field))

    def _limited(self, found: Sequence[R]) -> Sequence[R]:
        limit = self._options.limit
        if limit is None or limit >= len(found):
            return found
        write_note(_("{n} of {total} rows (--limit)").format(n=f"{limit:,}", total=f"{len(found):,}"))
        return found[:limit]


def _names(text: str) -> Sequence[str]:
    """Return the names of columns in the value of an option."""
    return [each.strip().lower() for each in text.split(",")] if text else ()


def _field_column(name: str, row: Callable[[R], Row]) -> OutputColumn[R]:
    """Return the column of a field of the JSON that has no column of its own."""
    from unsub_tui.present.export.formats import cell_text, find_value

    return OutputColumn(name, lambda each: cell_text(find_value(row(each), name)))
