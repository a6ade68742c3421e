"""`unsub-tui quote`: estimate the refunds of an unsubscription. Changes nothing."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import click

from unsub_tui.cli.context import GlobalOptions, run_with_engine
from unsub_tui.cli.exit_codes import ExitCode
from unsub_tui.cli.options import filter_option, format_option, ids_option, inventory_option
from unsub_tui.cli.output import write, write_json, write_message, write_table
from unsub_tui.cli.resource_filter import RequestedIds, ResourceFilter, refused_counts
from unsub_tui.domain.plan import Plan
from unsub_tui.domain.resource import Catalog
from unsub_tui.domain.untrusted_text import for_display
from unsub_tui.present.export.documents import quotes_document
from unsub_tui.present.export.formats import Row, export_text
from unsub_tui.present.export.rows import QUOTE
from unsub_tui.present.fact_texts import fact_text
from unsub_tui.present.i18n import _
from unsub_tui.present.money import SOURCE_LABELS, format_money
from unsub_tui.present.quotes import plan_totals
from unsub_tui.present.resources import blocked_text, display_name

if TYPE_CHECKING:
    from unsub_tui.engine.engine import Engine


_AMOUNTS = ("paid", "consumed", "handling_fee", "refund")


@click.command("quote", short_help="Estimate refunds and costs; changes nothing.")
@click.argument("ids", metavar="[ID]...", nargs=-1)
@filter_option("Resources to estimate: type:ecs refund<10 (docs/filter.md).")
@ids_option
@inventory_option
@format_option("json", "jsonl", "csv", "md")
@click.pass_obj
def command(
    global_options: GlobalOptions,
    *,
    ids: tuple[str, ...],
    query: str,
    ids_file: str,
    with_inventory: bool,
    output_format: str,
) -> int:
    """Estimate the refunds and costs of the given resources, or of all primary resources. Changes nothing.

    The id - stands for ids on stdin. Huawei Cloud states no amounts in advance, so every figure states its source.
    """
    if with_inventory and output_format not in ("json", "jsonl"):
        raise click.UsageError(_("--inventory needs --format json or jsonl, which contain the facts"))
    resource_filter = ResourceFilter(query, has_quotes=True)
    requested = RequestedIds(ids, ids_file)

    async def write_quotes(engine: Engine) -> int:
        catalog = await engine.catalog.read_all()
        ids = None
        if requested:
            ids, catalog = await requested.resolve(engine, catalog)
        plan = await resource_filter.quoted_plan(engine, catalog, ids, None, quote_only=True)
        rows = await _rows_with_facts(engine, catalog, plan) if with_inventory else QUOTE.rows(plan.items)
        if output_format == "table":
            _write_quote_table(plan)
        elif output_format == "json":
            write_json(quotes_document(plan, rows))
        else:
            write(export_text(output_format, "quotes", QUOTE.columns, rows))
        code = _report_refused(plan, has_ids=bool(requested))
        return ExitCode.SOME_FAILED if requested.missing else code

    return run_with_engine(global_options, write_quotes)


async def _rows_with_facts(engine: Engine, catalog: Catalog, plan: Plan) -> list[Row]:
    """Read the inventory, and return the quotes with the facts about their resources."""
    from unsub_tui.cli.resource_facts import read_findings
    from unsub_tui.present.export.quote_facts import quotes_with_facts

    return quotes_with_facts(plan.items, await read_findings(engine, catalog, plan))


def _write_quote_table(plan: Plan) -> None:
    header = ("ID", "NAME", "KIND", "PAID", "CONSUMED", "FEE", "REFUND", "", "SOURCE")
    lines = [
        (
            item.resource.resource_id.for_display(),
            display_name(item.resource),
            item.quote.kind.value,
            *(format_money(getattr(item.quote.amounts, name)) for name in _AMOUNTS),
            for_display(item.quote.amounts.currency),
            SOURCE_LABELS[item.quote.source],
        )
        for item in plan.items
    ]
    write_table(header, lines)
    for line in plan_totals(plan):
        write_message(line)
    missing = Counter(each for item in plan.items for each in item.quote.missing)
    for each, count in missing.most_common():
        write_message(_("Missing for {count}: {what}").format(count=count, what=fact_text(each)))


def _report_refused(plan: Plan, *, has_ids: bool) -> int:
    """Report refused resources, individually if ids were given, otherwise as counts; return the exit code."""
    if not has_ids:
        if plan.refused:
            write_message(_("Not estimated: {counts}").format(counts=refused_counts(plan)))
        return ExitCode.OK
    for each in plan.refused:
        words = _("Not estimated: {resource}: {why}")
        write_message(words.format(resource=each.resource.resource_id.for_display(), why=blocked_text(each.reason)))
    return ExitCode.SOME_FAILED if plan.refused else ExitCode.OK
