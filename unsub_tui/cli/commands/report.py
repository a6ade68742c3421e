"""`unsub-tui report`: the candidates for a cleanup, with their cost and what is known of their backups."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING

import click

from unsub_tui.cli.context import GlobalOptions, run_with_engine
from unsub_tui.cli.exit_codes import ExitCode
from unsub_tui.cli.options import filter_option, format_option
from unsub_tui.cli.output import write, write_message, write_table
from unsub_tui.cli.resource_filter import ResourceFilter, quote_plan
from unsub_tui.domain.cleanup_candidates import DEFAULT_EXPIRY_DAYS, Candidate, monthly_cost
from unsub_tui.domain.plan import PlanItem
from unsub_tui.domain.resource import Catalog
from unsub_tui.present.export.candidate_rows import CANDIDATE, ReportRow
from unsub_tui.present.export.formats import export_text
from unsub_tui.present.i18n import _
from unsub_tui.present.inventory import CANDIDATE_REASONS, Viewer, backup_text
from unsub_tui.present.inventory_problems import inventory_problem_lines
from unsub_tui.present.money import format_money
from unsub_tui.present.resources import display_name, region, service_cell
from unsub_tui.present.status_line import at_risk_text
from unsub_tui.present.time_format import rfc3339

if TYPE_CHECKING:
    from unsub_tui.engine.engine import Engine

HEADER = ("ID", "NAME", "SERVICE", "REGION", "WHY", "A MONTH", "REFUND", "", "BACKUP")


@click.command("report", short_help="List candidates for a cleanup.")
@filter_option("Resources to look at: type:ecs region:cn-north-4 (docs/filter.md).")
@click.option(
    "--expires-within",
    "days",
    metavar="DAYS",
    type=click.IntRange(0, 3650),
    default=DEFAULT_EXPIRY_DAYS,
    show_default=True,
    help="Also resources that expire within this many days and do not auto-renew; 0 leaves them out.",
)
@format_option("json", "jsonl", "csv", "md")
@click.pass_obj
def command(global_options: GlobalOptions, *, query: str, days: int, output_format: str) -> int:
    """List candidates for a cleanup: stopped, unattached, unbound, empty, quiet, or expiring soon.

    States and figures only, each with what a month costs, what an unsubscription would refund now, and what is known of
    the backups. Changes nothing.
    """
    resource_filter = ResourceFilter(query, has_quotes=False)
    return run_with_engine(global_options, lambda engine: _report(engine, resource_filter, days, output_format))


async def _report(engine: Engine, resource_filter: ResourceFilter, days: int, output_format: str) -> int:
    from unsub_tui.engine.inventory.candidates import find_candidates

    catalog = await engine.catalog.read_all()
    if text := at_risk_text(catalog.rows_at_risk):
        write_message(_("{warning}; a plan reads its resources again").format(warning=text))
    resources = [
        each for each in await resource_filter.resources_on_tab(catalog, engine, None) if each.is_main_resource
    ]
    search = await find_candidates(engine, catalog, resources, timedelta(days=days))
    for line in inventory_problem_lines(search.swept.places):
        write_message(line)
    if search.unmeasured_count:
        write_message(_("Not measured: {n} running servers; use --filter").format(n=search.unmeasured_count))
    quotes = await _quotes(engine, catalog, search.candidates)
    rows = [_row(engine, catalog, each, quotes.get(each.resource.id)) for each in search.candidates]
    rows.sort(key=lambda row: (row.cost is None, row.cost[1] if row.cost else "", -(row.cost[0] if row.cost else 0)))
    if output_format == "table":
        await engine.account.fetch_actor()
        viewer = Viewer(engine.account.actor.user_name.for_display(), engine.clock.now())
        write_table(HEADER, [_line(each, viewer) for each in rows])
    else:
        data = CANDIDATE.rows(rows)
        ref = engine.account.require_ref()
        more = {"site": ref.site, "account": ref.account_id, "as_of": rfc3339(engine.clock.now())}
        write(export_text(output_format, "candidates", CANDIDATE.columns, data, **more))
    write_message(_("{n} of {total} primary resources").format(n=len(rows), total=len(resources)))
    return ExitCode.OK


async def _quotes(engine: Engine, catalog: Catalog, candidates: list[Candidate]) -> Mapping[str, PlanItem]:
    """Return the quoted candidates that can be unsubscribed from, by id."""
    if not candidates:
        return {}
    plan = engine.draft(catalog, [each.resource.id for each in candidates], quote_only=True)
    return {item.id: item for item in (await quote_plan(engine, plan)).items}


def _row(engine: Engine, catalog: Catalog, candidate: Candidate, item: PlanItem | None) -> ReportRow:
    payments = [engine.payments(each.id) for each in (candidate.resource, *catalog.attached_to(candidate.resource))]
    cost = monthly_cost(payments)
    amounts = item.quote.amounts if item is not None else None
    return ReportRow(candidate, cost, amounts.refund if amounts is not None else None, amounts)


def _line(row: ReportRow, viewer: Viewer) -> tuple[str, ...]:
    resource, cost = row.candidate.resource, row.cost
    return (
        resource.resource_id.for_display(),
        display_name(resource),
        service_cell(resource),
        region(resource),
        ", ".join(CANDIDATE_REASONS[each] for each in row.candidate.reasons),
        format_money(cost[0] if cost is not None else None),
        format_money(row.refund),
        row.currency,
        backup_text(row.candidate.findings, viewer).cell,
    )
