"""`unsub-tui orders`: write the account's unsubscription orders, from our runs and from others."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import click

from unsub_tui.cli.config.named_filters import filter_usage_errors, warn_if_no_match
from unsub_tui.cli.context import run_with_engine
from unsub_tui.cli.exit_codes import ExitCode
from unsub_tui.cli.options import filter_option, format_option, start_of_period
from unsub_tui.cli.output import write, write_json, write_message, write_table, write_time_zone
from unsub_tui.domain.order import AttributedOrder, AttributedOrderDetails
from unsub_tui.domain.untrusted_text import for_display
from unsub_tui.listmodel.filters import RECORDS, Query, parse
from unsub_tui.present.export.documents import order_document, orders_document
from unsub_tui.present.export.formats import export_text, page_markdown
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


@click.command("orders", short_help="List the unsubscription orders of the account.")
@click.argument("order_id", metavar="[ORDER]", required=False)
@click.option(
    "--since", type=start_of_period, default="12mo", show_default=True, metavar="DATE|SPAN", help="Start of the period."
)
@filter_option("Orders to list: is:others state:pending fee>0 (docs/records.md).")
@format_option("json", "jsonl", "csv", "md")
@click.pass_context
def command(context: click.Context, *, order_id: str | None, since: datetime, query: str, output_format: str) -> int:
    """List the unsubscription orders of the account with their exact amounts, or show one.

    The list contains orders of our runs and of others. One order is shown with its refunds by original order. Changes
    nothing.
    """
    is_given = context.get_parameter_source("since") is not click.core.ParameterSource.DEFAULT
    if order_id is not None and (query or is_given):
        raise click.UsageError(_("--since and --filter cannot be combined with ORDER"))
    if order_id is not None:
        detail = run_with_engine(context.obj, lambda engine: engine.history.order(order_id))
        return _write_order(detail, output_format)
    with filter_usage_errors("--filter", query):
        parsed = parse(query, RECORDS)

    async def write_orders(engine: Engine) -> int:
        async for each in engine.history.orders(since):
            progress = each
        return _write_orders(progress, parsed, output_format, engine)

    return run_with_engine(context.obj, write_orders)


def _write_orders(progress: OrdersProgress, query: Query, output_format: str, engine: Engine) -> int:
    """Write the matching orders, newest first; report data that could not be read on stderr."""
    with filter_usage_errors("--filter", query.text):
        rows = query.match_rows(RecordFacts(progress.orders, engine.clock.now), range(len(progress.orders)))
    matching = [progress.orders[row] for row in rows]
    if query:
        warn_if_no_match(len(matching), len(progress.orders))
    if output_format == "table":
        write_time_zone(engine.clock.now())
        write_table(_HEADER, [_line(each) for each in matching])
    elif output_format == "json":
        write_json(orders_document(matching, progress.since))
    else:
        write(export_text(output_format, "orders", ORDER.columns, ORDER.rows(matching)))
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


def _write_order(detail: AttributedOrderDetails, output_format: str) -> int:
    """Write an order as a page with all known facts, or its refunds by original order in CSV and other row formats."""
    if output_format == "table":
        write(plain_text(shown.order_page(detail)) + "\n")
    elif output_format == "md":
        write(page_markdown(shown.order_page(detail)))
    elif output_format == "json":
        write_json(order_document(detail))
    else:
        write(export_text(output_format, "by_original_order", REFUND.columns, refund_rows(detail)))
    return ExitCode.OK


_HEADER = ("ORDER", "PLACED", "STATE", "REFUND", "FEE", "CONSUMED", "SERVICES", "BY", "RUN")


def _line(placed: AttributedOrder) -> tuple[str, ...]:
    order, amounts = placed.order, placed.order.amounts
    return (
        for_display(order.order_id),
        format_short_datetime(order.create_time),
        order_state_label(order.status),
        format_money(amounts.net, order.currency),
        format_money(amounts.commission),
        format_money(amounts.consumed),
        shown.order_services(order) or "-",
        shown.placed_by(placed),
        for_display(placed.run.run_id) if placed.run is not None else "-",
    )
