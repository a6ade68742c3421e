"""`unsub-tui report`: the candidates for a cleanup, with their cost and what is known of their backups."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

import click

from unsub_tui.cli.context import GlobalOptions
from unsub_tui.cli.options import filter_option, timeout_option
from unsub_tui.cli.output import write_message, write_note
from unsub_tui.cli.profile_sweep import Listing, all_profiles_option, write_listing
from unsub_tui.cli.resource_filter import ResourceFilter, quote_plan
from unsub_tui.cli.row_output import OutputColumn, RowOptions, RowTable, row_options
from unsub_tui.domain.cleanup_candidates import DEFAULT_EXPIRY_DAYS, Candidate, monthly_cost
from unsub_tui.domain.plan import PlanItem
from unsub_tui.domain.resource import Catalog, Resource
from unsub_tui.domain.untrusted_text import for_display
from unsub_tui.present.export.candidate_rows import CANDIDATE, ReportRow
from unsub_tui.present.export.fact_cells import FACT_COLUMNS, fact_cells
from unsub_tui.present.export.formats import Row
from unsub_tui.present.i18n import _
from unsub_tui.present.inventory import CANDIDATE_REASONS, Viewer, backup_text
from unsub_tui.present.inventory_problems import inventory_problem_lines
from unsub_tui.present.money import format_money
from unsub_tui.present.resources import region, service_cell
from unsub_tui.present.status_line import at_risk_text
from unsub_tui.present.time_format import format_date

if TYPE_CHECKING:
    from unsub_tui.domain.inventory.resource_findings import ResourceFindings
    from unsub_tui.engine.engine import Engine


class _ViewedRow(NamedTuple):
    """A candidate, and for whom its cells are written."""

    figures: ReportRow
    viewer: Viewer

    @property
    def resource(self) -> Resource:
        """The resource."""
        return self.figures.candidate.resource

    @property
    def findings(self) -> ResourceFindings:
        """The facts that the services tell about it."""
        return self.figures.candidate.findings


def _cost_cell(row: _ViewedRow) -> str:
    cost = row.figures.cost
    return format_money(cost[0] if cost is not None else None)


def _flat_row(row: _ViewedRow) -> Row:
    """Return the fields of a row in CSV, with facts as cells."""
    return CANDIDATE.row(row.figures) | fact_cells(row.findings)


_column = OutputColumn[_ViewedRow]

COLUMNS = (
    _column("id", lambda row: row.resource.resource_id.for_display(), ("resource_id",)),
    _column("name", lambda row: row.resource.resource_name.for_display() or "-", ("resource_name",), narrowest=10),
    _column("service", lambda row: service_cell(row.resource), ("service",), rank=4),
    _column("region", lambda row: region(row.resource), ("region_code",), rank=6),
    _column(
        "expires", lambda row: format_date(row.resource.expire_time), ("expire_time",), is_default=False, is_time=True
    ),
    _column("why", lambda row: ", ".join(CANDIDATE_REASONS[each] for each in row.figures.candidate.reasons), ("why",)),
    _column("cost", _cost_cell, ("monthly_cost",), is_right=True, rank=1),
    _column("refund", lambda row: format_money(row.figures.refund), ("refund",), is_right=True, rank=3),
    _column("currency", lambda row: for_display(row.figures.currency), ("currency",), rank=2),
    _column("backup", lambda row: backup_text(row.findings, row.viewer).cell, ("newest_backup",), rank=5, is_time=True),
)
"""Columns of the table, in order."""

_TABLE = RowTable(
    columns=COLUMNS,
    row=lambda row: CANDIDATE.row(row.figures),
    fields=(*CANDIDATE.columns, *FACT_COLUMNS),
    flat_row=_flat_row,
)


@click.command("report", short_help="List candidates for a cleanup.")
@filter_option("Resources to look at: 'type:ecs region:cn-north-4' (unsub-tui help filter).")
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
@timeout_option
@row_options([column.id for column in COLUMNS])
@click.pass_obj
def command(
    global_options: GlobalOptions, *, query: str, days: int, all_profiles: bool, row_options: RowOptions
) -> int:
    """List candidates for a cleanup: stopped, unattached, unbound, empty, quiet, or expiring soon.

    States and figures only, each with what a month costs, what an unsubscription would refund now, and what is known of
    the backups. Changes nothing.
    """
    ResourceFilter(query, has_quotes=False)  # an invalid filter is an error before anything is read

    def read(engine: Engine) -> Awaitable[Listing[_ViewedRow]]:
        resource_filter = ResourceFilter(query, has_quotes=False)
        return _report(engine, resource_filter, days, names_user=not row_options.is_json)

    return write_listing(global_options, read, "candidates", _TABLE, row_options, all_profiles=all_profiles)


async def _report(
    engine: Engine, resource_filter: ResourceFilter, days: int, *, names_user: bool
) -> Listing[_ViewedRow]:
    """Return the candidates among the matching resources; with `names_user`, facts in words can name the user."""
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
    write_note(_("{n} of {total} primary resources").format(n=len(rows), total=len(resources)))
    account, now = engine.account.require_ref(), engine.clock.now()
    if names_user:
        await engine.account.fetch_actor()
    viewer = Viewer(engine.account.actor.user_name.for_display(), now)
    viewed = [_ViewedRow(each, viewer) for each in rows]
    unknown = resource_filter.unknown_count
    return Listing(
        account=account, as_of=now, rows=viewed, rows_at_risk=catalog.rows_at_risk, unknown_to_filter=unknown
    )


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
