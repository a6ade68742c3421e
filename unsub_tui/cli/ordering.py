"""`unsub-tui orders`: the account's unsubscription orders as data, ours and others'."""

from __future__ import annotations

from datetime import datetime

from unsub_tui.cli.exits import Exit
from unsub_tui.cli.filters import say_if_none, wrong_filter
from unsub_tui.cli.output import say, write, write_json, write_table
from unsub_tui.domain.filters import RECORDS, FilterError, Query, parse
from unsub_tui.domain.foreign import clean
from unsub_tui.domain.placed import Placed, PlacedDetail
from unsub_tui.engine.engine import Engine
from unsub_tui.engine.orders import OrdersProgress
from unsub_tui.present import orders as shown
from unsub_tui.present.files import export_text, page_markdown
from unsub_tui.present.money import money
from unsub_tui.present.page import text_of
from unsub_tui.present.problems import problem_text
from unsub_tui.present.records import RecordFacts
from unsub_tui.present.times import rfc3339
from unsub_tui.present.words import _, plural

SCHEMA_VERSION = 1


def order_filter(text: str) -> Query:
    """Return the filter; raises UsageError where it cannot be understood."""
    try:
        return parse(text, RECORDS)
    except FilterError as error:
        raise wrong_filter("--filter", text, error) from error


async def read_listed(engine: Engine, since: datetime) -> OrdersProgress:
    """Read the orders to the end; raises where a window of them cannot be read."""
    async for progress in engine.orders(since):
        found = progress
    return found


def write_listed(found: OrdersProgress, query: Query, form: str, engine: Engine) -> int:
    """Write the orders that fit, newest first; what could not be found out goes to stderr."""
    try:
        rows = query.rows(RecordFacts(found.orders, engine.now), range(len(found.orders)))
    except FilterError as error:
        raise wrong_filter("--filter", query.text, error) from error
    fitting = [found.orders[row] for row in rows]
    if query:
        say_if_none(len(fitting), len(found.orders))
    if form == "table":
        write_table(_HEADER, [_line(each) for each in fitting])
    elif form == "json":
        listed = [shown.order_row(each) for each in fitting]
        write_json({"schema_version": SCHEMA_VERSION, "since": rfc3339(found.since), "orders": listed})
    else:
        write(export_text(form, "orders", shown.ORDER_COLUMNS, [shown.order_row(each) for each in fitting]))
    if found.problem is not None:
        say(_("who placed some of the orders could not be read: {why}").format(why=problem_text(found.problem)))
    elif found.unnamed:
        words = plural(
            "who placed {n} older order was not asked; name it as ORDER",
            "who placed {n} older orders was not asked; name one as ORDER",
            found.unnamed,
        )
        say(words)
    return Exit.OK


def write_one(detail: PlacedDetail, form: str) -> int:
    """Write one order: as a page with all that is known, or what came back by original order."""
    if form == "table":
        write(text_of(shown.order_page(detail)) + "\n")
    elif form == "md":
        write(page_markdown(shown.order_page(detail)))
    elif form == "json":
        write_json(
            {
                "schema_version": SCHEMA_VERSION,
                "order": shown.order_row(detail.placed),
                "by_original_order": shown.share_rows(detail),
                "missing": detail.missing or None,
            }
        )
    else:
        write(export_text(form, "by_original_order", shown.SHARE_COLUMNS, shown.share_rows(detail)))
    return Exit.OK


_HEADER = ("ORDER", "PLACED", "STATE", "REFUND", "FEE", "CONSUMED", "SERVICES", "BY", "RUN")


def _line(placed: Placed) -> tuple[str, ...]:
    order, amounts = placed.order, placed.order.amounts
    return (
        clean(order.order_id),
        rfc3339(order.create_time) or "-",
        shown.order_state(order.status),
        money(amounts.net, order.currency),
        money(amounts.commission),
        money(amounts.consumed),
        shown.services(order) or "-",
        shown.who(placed),
        clean(placed.run.run_id) if placed.run is not None else "-",
    )
