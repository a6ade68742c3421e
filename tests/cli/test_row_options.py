"""--columns, --sort, --limit and --no-headers, which all commands with rows have."""

from __future__ import annotations

import csv
import io
from decimal import Decimal
from importlib import import_module
from typing import NamedTuple

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.cli.command_steps import list_rows
from tests.support.program_process import run_json, run_program
from tests.support.pseudo_terminal import Terminal
from unsub_tui.app.columns import COLUMN_KINDS_BY_ID
from unsub_tui.cli.commands.list import _FACT_FIELDS, COLUMNS
from unsub_tui.cli.exit_codes import ExitCode
from unsub_tui.cli.row_output import OutputColumn, RowOptions, RowTable, RowWriter
from unsub_tui.domain.untrusted_text import cell_width
from unsub_tui.present.export.fact_cells import FACT_COLUMNS
from unsub_tui.present.export.forms import Form, amount, value

WITH_ROWS = ("list", "quote", "report", "orders", "runs")


class _Sum(NamedTuple):
    name: str
    paid: Decimal | None


_SUM = Form[_Sum]("Sum", "A sum.", name=value(str, lambda each: each.name), paid=amount(lambda each: each.paid))
_TABLE = RowTable(
    columns=(
        OutputColumn[_Sum]("id", lambda each: each.name, ("name",)),
        OutputColumn[_Sum]("sum", lambda each: str(each.paid), ("paid",)),
    ),
    row=_SUM.row,
    fields=_SUM.columns,
)


def _options(*, columns: str = "", sort: str = "", limit: int | None = None) -> RowOptions:
    return RowOptions(output_format="csv", columns=columns, sort=sort, limit=limit, has_titles=True)


@given(numbers=st.lists(st.none() | st.decimals(-999, 999, places=2), max_size=8), is_reversed=st.booleans())
def test_unknown_amounts_are_last_in_both_directions(numbers: list[Decimal | None], *, is_reversed: bool) -> None:
    """Amounts are ordered as numbers, and an unknown one is neither the lowest nor the highest."""
    writer = RowWriter(_options(sort="-sum" if is_reversed else "sum"), _TABLE)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.stdout", text := io.StringIO())
        writer.write([_Sum("", each) for each in numbers], lambda _rows: {})
    written = [row["paid"] for row in csv.DictReader(io.StringIO(text.getvalue()))]
    known = sorted((each for each in numbers if each is not None), reverse=is_reversed)
    assert list(map(Decimal, filter(None, written))) == known
    assert written[len(known) :] == [""] * numbers.count(None)


def test_a_second_key_orders_equal_rows(capsys: pytest.CaptureFixture[str]) -> None:
    """The first key counts most; a limit takes the first rows of the order and says of how many."""
    rows = [_Sum("b", Decimal(1)), _Sum("a", Decimal(2)), _Sum("c", Decimal(2))]
    RowWriter(_options(sort="-paid,ID", limit=2), _TABLE).write(rows, lambda _rows: {})
    written = capsys.readouterr()
    assert [row["name"] for row in csv.DictReader(io.StringIO(written.out))] == ["a", "c"]
    assert "2 of 3 rows" in written.err


@pytest.mark.parametrize("option", ["columns", "sort"])
@pytest.mark.parametrize("name", ["color", "id,,sum"])
def test_the_name_of_no_column_is_an_error_that_lists_all(option: str, name: str) -> None:
    """Columns and fields of the JSON; a table without a column that was asked for would be misread."""
    options = _options(columns=name) if option == "columns" else _options(sort=name)
    with pytest.raises(click.UsageError, match=rf"--{option}: there is no column .* id, sum\. Fields: name, paid"):
        RowWriter(options, _TABLE)


def test_columns_have_the_ids_of_the_app() -> None:
    """In the list; in every command, a column has a field of the JSON and no name twice."""
    assert {column.id for column in COLUMNS} <= set(COLUMN_KINDS_BY_ID)
    assert FACT_COLUMNS == _FACT_FIELDS
    for command in WITH_ROWS:
        columns = import_module(f"unsub_tui.cli.commands.{command}").COLUMNS
        assert all(column.fields for column in columns), command
        assert len({column.id for column in columns}) == len(columns)


@pytest.mark.usefixtures("account")
def test_the_same_columns_in_every_format() -> None:
    """A column is its cell in a table and its fields in CSV; titles can be left out."""
    arguments = ("list", "--columns", "id,expires,spec,resource_type_code", "--sort", "-expires", "--limit", "3")
    rows = list(csv.DictReader(io.StringIO(run_program(*arguments, "--format", "csv").stdout)))
    assert list(rows[0]) == ["resource_id", "expire_time", "resource_spec_code", "resource_type_code"]
    wanted = sorted(list_rows(), key=lambda row: row["expire_time"], reverse=True)
    assert [row["expire_time"] for row in rows] == [row["expire_time"] for row in wanted[:3]]
    ids = [row["resource_id"] for row in rows]
    assert [line.split()[0] for line in run_program(*arguments).stdout.splitlines()] == ["ID", *ids]
    assert [line.split()[0] for line in run_program(*arguments, "--no-headers").stdout.splitlines()] == ids
    markdown = run_program(*arguments, "--format", "md").stdout.splitlines()
    assert markdown[0] == "| id | expires | spec | resource_type_code |"
    sorted_json = run_json("list", "--sort", "-expires", "--limit", "3")["resources"]
    assert [row["resource_id"] for row in sorted_json] == ids


@pytest.mark.usefixtures("account")
def test_codes_of_rows_are_those_of_filters() -> None:
    """A script filters by what it has read: the same rows come back, of resources and of orders."""
    rows = list_rows()
    one = next(row for row in rows if row["at_expiry"] == "auto-renew")
    codes = ("service", "state", "at_expiry")
    found = list_rows("--filter", "type:{} state:{} at-expiry:{}".format(*(one[each] for each in codes)))
    assert found == [row for row in rows if all(row[each] == one[each] for each in codes)]
    begins_later = [each for each in rows if each["state"] == "not-begun"]
    table = run_program("list", "--filter", "state:not-begun", "--columns", "state", "--no-headers").stdout.splitlines()
    assert [each.strip() for each in table] == ["not begun"] * len(begins_later) != []
    assert one["service"] in run_program("quote", one["resource_id"], "--format", "csv").stdout
    orders = run_json("orders")["orders"]
    text = f"state:{orders[0]['state']} type:{orders[0]['services'][0]}"
    assert run_json("orders", "--filter", text)["orders"][0] == orders[0]


@pytest.mark.usefixtures("account")
def test_a_column_with_facts_reads_the_inventory() -> None:
    """As a filter on them does; the fields are those of `--inventory`."""
    text = run_program("list", "--columns", "id,run_state", "--sort", "run_state", "--format", "csv").stdout
    states = [row["run_state"] for row in csv.DictReader(io.StringIO(text))]
    assert {"running", "stopped"} <= set(states)
    assert states == [*sorted(filter(None, states)), *(each for each in states if not each)]


@pytest.mark.usefixtures("account")
def test_a_table_fits_the_terminal_and_is_whole_on_a_pipe() -> None:
    """The least important columns give way and are named; chosen ones do not."""
    assert run_program("quote").stdout.splitlines()[0].split()[-1] == "SOURCE"
    with Terminal("quote", "--limit", "9") as terminal:
        assert terminal.wait_for_exit() == ExitCode.OK
        lines = terminal.output.decode().splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith("ID  "))
    assert all(cell_width(line) <= 80 for line in lines[start : start + 10])
    assert "REFUND" in lines[start]
    assert "SOURCE" not in lines[start]
    assert any(line.startswith("Columns without room: kind, ") for line in lines)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("list", "--columns", "refund"), "there is no column 'refund'"),
        (("runs", "--sort", "-color"), "there is no column 'color'"),
        (("quote", "--columns", "id", "--format", "jsonl"), "JSON always has all fields"),
        (("orders", "--no-headers", "--format", "json"), "--no-headers is for"),
        (("report", "--limit", "0"), "0 is not in the range x>=1"),
    ],
)
def test_a_wrong_option_is_an_error_before_anything_is_read(arguments: tuple[str, ...], words: str) -> None:
    """Without keys and network the option is named, not they."""
    result = run_program(*arguments)
    assert result.returncode == ExitCode.USAGE
    assert words in result.stderr
