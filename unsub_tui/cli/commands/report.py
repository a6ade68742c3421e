"""`unsub-tui report`: the candidates for a cleanup, with their cost and what is known of their backups."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING

import click

from unsub_tui.cli.context import GlobalOptions
from unsub_tui.cli.options import filter_option, format_option
from unsub_tui.cli.output import write_message
from unsub_tui.cli.profile_sweep import Listing, all_profiles_option, write_listing
from unsub_tui.cli.resource_filter import ResourceFilter, quote_plan
from unsub_tui.domain.cleanup_candidates import DEFAULT_EXPIRY_DAYS, Candidate, monthly_cost
from unsub_tui.domain.plan import PlanItem
from unsub_tui.domain.resource import Catalog
from unsub_tui.present.export.candidate_rows import CANDIDATE, ReportRow
from unsub_tui.present.i18n import _
from unsub_tui.present.inventory import CANDIDATE_REASONS, Viewer, backup_text
from unsub_tui.present.inventory_problems import inventory_problem_lines
from unsub_tui.present.money import format_money
from unsub_tui.present.resources import display_name, region, service_cell
from unsub_tui.present.status_line import at_risk_text

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
@all_profiles_option
@format_option("json", "jsonl", "csv", "md")
@click.pass_obj
def command(global_options: GlobalOptions, *, query: str, days: int, all_profiles: bool, output_format: str) -> int:
    """List candidates for a cleanup: stopped, unattached, unbound, empty, quiet, or expiring soon.

    States and figures only, each with what a month costs, what an unsubscription would refund now, and what is known of
    the backups. Changes nothing.
    """
    ResourceFilter(query, has_quotes=False)  # an invalid filter is an error before anything is read

    def read(engine: Engine) -> Awaitable[Listing]:
        return _report(engine, ResourceFilter(query, has_quotes=False), days, output_format)

    return write_listing(global_options, read, "candidates", output_format, all_profiles=all_profiles)


async def _report(engine: Engine, resource_filter: ResourceFilter, days: int, output_format: str) -> Listing:
    """Return the candidates among the matching resources, as a table or for an export format."""
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
    write_message(_("{n} of {total} primary resources").format(n=len(rows), total=len(resources)))
    account, now = engine.account.require_ref(), engine.clock.now()
    if output_format == "table":
        await engine.account.fetch_actor()
        viewer = Viewer(engine.account.actor.user_name.for_display(), now)
        return Listing(account=account, as_of=now, header=HEADER, lines=[_line(each, viewer) for each in rows])
    data = CANDIDATE.rows(rows)
    return Listing(account=account, as_of=now, columns=CANDIDATE.columns, rows=data, rows_at_risk=catalog.rows_at_risk)


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
