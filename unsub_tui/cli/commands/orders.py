"""`unsub-tui orders`: write the account's unsubscription orders, from our runs and from others."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import click

from unsub_tui.cli.completions import complete_orders
from unsub_tui.cli.config.named_filters import filter_usage_errors, warn_if_no_match
from unsub_tui.cli.context import run_with_engine
from unsub_tui.cli.exit_codes import ExitCode
from unsub_tui.cli.options import filter_option, start_of_period, timeout_option
from unsub_tui.cli.output import write, write_message, write_time_zone
from unsub_tui.cli.row_output import OutputColumn, RowOptions, RowTable, RowWriter, row_options
from unsub_tui.domain.order import AttributedOrder, AttributedOrderDetails
from unsub_tui.domain.untrusted_text import for_display
from unsub_tui.listmodel.filters import RECORDS, Query, parse
from unsub_tui.present.export.documents import order_document, orders_document
from unsub_tui.present.export.formats import Row, page_markdown
from unsub_tui.present.export.record_rows import ORDER, REFUND, refund_rows
from unsub_tui.present.i18n import _, plural
from unsub_tui.present.money import format_money
from unsub_tui.present.page import plain_text
from unsub_tui.present.pages import order as shown
from unsub_tui.present.pages.order import order_state_label
from unsub_tui.present.pages.records import RecordFacts
from unsub_tui.present.problems import problem_text
from unsub_tui.present.time_format import format_short_datetime

if TYPE_CHECKING:
    from unsub_tui.engine.engine import Engine
    from unsub_tui.engine.orders import OrdersProgress

_column = OutputColumn[AttributedOrder]

COLUMNS = (
    _column("order", lambda placed: for_display(placed.order.order_id), ("order_id",)),
    _column("placed", lambda placed: format_short_datetime(placed.order.create_time), ("created",), is_time=True),
    _column("state", lambda placed: order_state_label(placed.order.status), ("state",)),
    _column("refund", lambda placed: format_money(placed.order.amounts.net), ("refund",), is_right=True),
    _column(
        "fee", lambda placed: format_money(placed.order.amounts.commission), ("handling_fee",), is_right=True, rank=2
    ),
    _column(
        "consumed", lambda placed: format_money(placed.order.amounts.consumed), ("consumed",), is_right=True, rank=5
    ),
    _column("currency", lambda placed: for_display(placed.order.currency), ("currency",), rank=1),
    _column("services", lambda placed: shown.order_services(placed.order) or "-", ("services",), rank=4),
    _column("by", shown.placed_by, ("origin", "user_name", "operator"), rank=3),
    _column(
        "run", lambda placed: for_display(placed.run.run_id) if placed.run is not None else "-", ("run_id",), rank=6
    ),
)
"""Columns of the table, in order."""


@click.command("orders", short_help="List the unsubscription orders of the account.")
@click.argument("order_id", metavar="[ORDER]", required=False, shell_complete=complete_orders)
@click.option(
    "--since",
    type=start_of_period,
    default="12mo",
    show_default=True,
    metavar="DATE|SPAN",
    help="Start of the period: 2026-01, 30d.",
)
@filter_option("Orders to list: 'is:others fee>0' (unsub-tui help records).")
@timeout_option
@row_options([column.id for column in COLUMNS])
@click.pass_context
def command(
    context: click.Context, *, order_id: str | None, since: datetime, query: str, row_options: RowOptions
) -> int:
    """List the unsubscription orders of the account with their exact amounts, or show one.

    The list contains orders of our runs and of others. One order is shown with its refunds by original order. Changes
    nothing.
    """
    is_given = context.get_parameter_source("since") is not click.core.ParameterSource.DEFAULT
    if order_id is not None and (query or is_given):
        raise click.UsageError(_("--since and --filter cannot be combined with ORDER"))
    if order_id is not None:
        refunds: RowTable[Row] = RowTable(columns=(), row=lambda row: row, fields=REFUND.columns)
        one = RowWriter(row_options, refunds)

        async def write_order(engine: Engine) -> int:
            return _write_order(await engine.history.order(order_id), one, row_options.output_format, engine)

        return run_with_engine(context.obj, write_order)
    rows = RowWriter(row_options, RowTable(columns=COLUMNS, row=ORDER.row, fields=ORDER.columns))
    with filter_usage_errors("--filter", query):
        parsed = parse(query, RECORDS)

    async def write_orders(engine: Engine) -> int:
        async for each in engine.history.orders(since):
            progress = each
        return _write_orders(progress, parsed, rows, engine)

    return run_with_engine(context.obj, write_orders)


def _write_orders(progress: OrdersProgress, query: Query, writer: RowWriter[AttributedOrder], engine: Engine) -> int:
    """Write the matching orders, newest first; report data that could not be read on stderr."""
    with filter_usage_errors("--filter", query.text):
        rows = query.match_rows(RecordFacts(progress.orders, engine.clock.now), range(len(progress.orders)))
    matching = [progress.orders[row] for row in rows]
    if query:
        warn_if_no_match(len(matching), len(progress.orders))
    if query.has_days:
        write_time_zone(engine.clock.now())
    account, now = engine.account.require_ref(), engine.clock.now()
    writer.write(matching, lambda orders: orders_document(orders, progress.since, account, now))
    if progress.problem is not None:
        words = _("The origin of some orders could not be read: {why}")
        write_message(words.format(why=problem_text(progress.problem)))
    elif progress.unnamed:
        words = plural(
            "The origin of {n} older order was not read. To read it: unsub-tui orders ORDER",
            "The origin of {n} older orders was not read. To read one: unsub-tui orders ORDER",
            progress.unnamed,
        )
        write_message(words)
    return ExitCode.OK


def _write_order(detail: AttributedOrderDetails, writer: RowWriter[Row], output_format: str, engine: Engine) -> int:
    """Write an order: as a page with all known facts, or its refunds by original order for other programs."""
    if writer.has_choice or output_format not in ("table", "md"):
        account, now = engine.account.require_ref(), engine.clock.now()
        writer.write(
            refund_rows(detail), lambda rows: order_document(detail, account, now) | {"by_original_order": rows}
        )
    elif output_format == "md":
        write(page_markdown(shown.order_page(detail)))
    else:
        write(plain_text(shown.order_page(detail)) + "\n")
    return ExitCode.OK
