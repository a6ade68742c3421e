"""`unsub-tui quote`: estimate the refunds of an unsubscription. Changes nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING

import click

from unsub_tui.cli.context import GlobalOptions, run_with_engine
from unsub_tui.cli.exit_codes import ExitCode, ending
from unsub_tui.cli.options import filter_option, ids_option, inventory_option, timeout_option
from unsub_tui.cli.output import write_message, write_note
from unsub_tui.cli.process.signals import CommandSignals
from unsub_tui.cli.resource_filter import RequestedIds, ResourceFilter, refused_counts
from unsub_tui.cli.row_output import OutputColumn, RowOptions, RowTable, RowWriter, row_options
from unsub_tui.domain.money import Amounts
from unsub_tui.domain.plan import Plan, PlanItem
from unsub_tui.domain.resource import Catalog
from unsub_tui.domain.untrusted_text import for_display
from unsub_tui.present.export.documents import quotes_document
from unsub_tui.present.export.formats import Row
from unsub_tui.present.export.rows import QUOTE
from unsub_tui.present.fact_texts import fact_text
from unsub_tui.present.i18n import _
from unsub_tui.present.money import SOURCE_LABELS, format_money
from unsub_tui.present.quotes import plan_totals
from unsub_tui.present.resources import blocked_text, region, service_cell
from unsub_tui.present.time_format import format_date

if TYPE_CHECKING:
    from unsub_tui.engine.engine import Engine


def _amount(
    name: str, read: Callable[[Amounts], Decimal | None], field: str, *, rank: int = 0, is_default: bool = True
) -> OutputColumn[PlanItem]:
    def cell(item: PlanItem) -> str:
        return format_money(read(item.quote.amounts))

    return OutputColumn(name, cell, (field,), is_right=True, rank=rank, is_default=is_default)


_column = OutputColumn[PlanItem]

COLUMNS = (
    _column("id", lambda item: item.resource.resource_id.for_display(), ("resource_id",)),
    _column("name", lambda item: item.resource.resource_name.for_display() or "-", ("resource_name",), narrowest=10),
    _column("service", lambda item: service_cell(item.resource), ("service",), is_default=False),
    _column("region", lambda item: region(item.resource), ("region_code",), is_default=False),
    _column(
        "expires", lambda item: format_date(item.resource.expire_time), ("expire_time",), is_default=False, is_time=True
    ),
    _column(
        "attached", lambda item: str(len(item.attached)), ("attached_resource_ids",), is_right=True, is_default=False
    ),
    _column("kind", lambda item: item.quote.kind.value, ("kind",), rank=4),
    _amount("paid", lambda amounts: amounts.paid, "paid", rank=3),
    _amount("consumed", lambda amounts: amounts.consumed, "consumed", rank=5),
    _amount("coupons", lambda amounts: amounts.coupon_lost, "coupon_lost", is_default=False),
    _amount("fee", lambda amounts: amounts.handling_fee, "handling_fee", rank=1),
    _amount("refund", lambda amounts: amounts.refund, "refund"),
    _column("currency", lambda item: for_display(item.quote.amounts.currency), ("currency",), rank=2),
    _column("source", lambda item: SOURCE_LABELS[item.quote.source], ("source",), rank=6),
)
"""Columns of the table, in order."""


@click.command("quote", short_help="Estimate refunds and costs; changes nothing.")
@click.argument("ids", metavar="[ID]...", nargs=-1)
@filter_option("Resources to estimate: 'type:ecs refund<10' (unsub-tui help filter).")
@ids_option
@timeout_option
@inventory_option(
    "Also read from the services what the resources are doing and which backups they have, as facts in JSON"
    " (unsub-tui help inventory).",
    is_on=False,
)
@row_options([column.id for column in COLUMNS])
@click.pass_obj
def command(
    global_options: GlobalOptions,
    *,
    ids: tuple[str, ...],
    query: str,
    ids_file: str,
    with_inventory: bool,
    row_options: RowOptions,
) -> int:
    """Estimate the refunds and costs of the given resources, or of all primary resources. Changes nothing.

    The id - stands for ids on stdin. Huawei Cloud states no amounts in advance, so every figure states its source.
    """
    if with_inventory and not row_options.is_json:
        raise click.UsageError(_("--inventory needs --format json or jsonl, which contain the facts"))
    quotes: dict[str, Row] = {}
    table = RowTable(columns=COLUMNS, row=lambda item: quotes[item.id], fields=QUOTE.columns)
    writer = RowWriter(row_options, table)
    resource_filter = ResourceFilter(query, has_quotes=True)
    requested = RequestedIds(ids, ids_file)

    async def write_quotes(engine: Engine) -> int:
        catalog = await engine.catalog.read_all()
        ids = None
        if requested:
            ids, catalog = await requested.resolve(engine, catalog)
        plan = await resource_filter.quoted_plan(engine, catalog, ids, None, quote_only=True)
        found = await _rows_with_facts(engine, catalog, plan) if with_inventory else QUOTE.rows(plan.items)
        quotes.update((item.id, row) for item, row in zip(plan.items, found, strict=True))
        code = _exit_code(plan, requested)
        ended = ending(code, plan.account, engine.clock.now())
        writer.write(plan.items, lambda rows: quotes_document(plan, ended, rows, requested.missing_refusals))
        if row_options.output_format in ("table", "md"):
            _write_totals(plan)
        _report_refused(plan, has_ids=bool(requested))
        return code

    signals = CommandSignals(sends_requests=False)
    return run_with_engine(global_options, lambda engine: signals.handle_signals(write_quotes(engine)))


def _exit_code(plan: Plan, requested: RequestedIds) -> int:
    """Return the exit code: a given id without a quote is a failure."""
    is_incomplete = bool(requested and plan.refused) or requested.missing
    return ExitCode.SOME_FAILED if is_incomplete else ExitCode.OK


async def _rows_with_facts(engine: Engine, catalog: Catalog, plan: Plan) -> list[Row]:
    """Read the inventory, and return the quotes with the facts about their resources."""
    from unsub_tui.cli.resource_facts import read_findings
    from unsub_tui.present.export.quote_facts import quotes_with_facts

    return quotes_with_facts(plan.items, await read_findings(engine, catalog, plan))


def _write_totals(plan: Plan) -> None:
    """Write the sums, and what is missing for the others, to stderr."""
    for line in plan_totals(plan):
        write_note(line)
    missing = Counter(each for item in plan.items for each in item.quote.missing)
    for each, count in missing.most_common():
        write_message(_("Missing for {count}: {what}").format(count=count, what=fact_text(each)))


def _report_refused(plan: Plan, *, has_ids: bool) -> None:
    """Report refused resources, individually if ids were given, otherwise as counts."""
    if not has_ids:
        if plan.refused:
            write_message(_("Not estimated: {counts}").format(counts=refused_counts(plan)))
        return
    for each in plan.refused:
        words = _("Not estimated: {resource}: {why}")
        write_message(words.format(resource=each.resource.resource_id.for_display(), why=blocked_text(each.reason)))
