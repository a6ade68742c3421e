"""`unsub-tui list`: write the account's resources."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from unsub_tui.cli.context import GlobalOptions, run_with_engine
from unsub_tui.cli.exit_codes import ExitCode
from unsub_tui.cli.options import TAB_CHOICE, filter_option, format_option
from unsub_tui.cli.output import write, write_message, write_table, write_time_zone
from unsub_tui.cli.resource_filter import ResourceFilter
from unsub_tui.domain.eligibility import BlockedReason
from unsub_tui.domain.paid_periods import new_expiry
from unsub_tui.domain.quote import Payment
from unsub_tui.domain.resource import Resource
from unsub_tui.listmodel.tab import Tab
from unsub_tui.present.export.formats import export_text
from unsub_tui.present.export.rows import RENEWAL, RESOURCE, resource_row
from unsub_tui.present.i18n import _
from unsub_tui.present.money import paid_cell
from unsub_tui.present.resources import blocked_text, short_service, status_label
from unsub_tui.present.status_line import at_risk_text, unreadable_text
from unsub_tui.present.time_format import format_date

if TYPE_CHECKING:
    from unsub_tui.engine.engine import Engine

HEADER = ("ID", "NAME", "SERVICE", "REGION", "EXPIRES", "STATE", "SELECTABLE")
RENEWED_HEADER = (*HEADER[:5], "RENEWAL FROM", "UNTIL", "PAID", "NEW EXPIRY", *HEADER[5:])


@click.command("list")
@filter_option("Resources to list, in the filter language of the app: type:ecs expires<30 (docs/filter.md).")
@click.option(
    "--tab",
    "tab_name",
    type=TAB_CHOICE,
    help="Only active resources, those with renewal periods, or those that have not begun.",
)
@format_option("json", "jsonl", "csv", "md")
@click.pass_obj
def command(global_options: GlobalOptions, *, query: str, tab_name: str | None, output_format: str) -> int:
    """List the account's yearly/monthly resources."""
    resource_filter = ResourceFilter(query, has_quotes=False)
    tab = Tab(tab_name) if tab_name is not None else None
    return run_with_engine(global_options, lambda engine: _write_resources(engine, resource_filter, tab, output_format))


async def _write_resources(engine: Engine, resource_filter: ResourceFilter, tab: Tab | None, output_format: str) -> int:
    """Write the matching resources of a tab or of the account, as a table or in an export format."""
    catalog = await engine.catalog.read_all()
    found = await resource_filter.resources_on_tab(catalog, engine, tab)
    if text := at_risk_text(catalog.rows_at_risk):
        write_message(_("{warning}; a plan reads its resources again").format(warning=text))
    if text := unreadable_text(catalog.resources):
        write_message(_("{rows}: listed, and in no plan").format(rows=text))
    renewals, now, is_renewed = engine.catalog.renewals, engine.clock.now(), tab is Tab.RENEWAL
    rows = [
        (each, resource_filter.blocked_reason(each), renewals.upcoming_payments(each, now) if is_renewed else ())
        for each in found
    ]
    if output_format == "table":
        write_time_zone(now)
        write_table(RENEWED_HEADER if is_renewed else HEADER, [_line(*row, is_renewed=is_renewed) for row in rows])
    else:
        columns = (*RESOURCE.columns, *RENEWAL.columns) if is_renewed else RESOURCE.columns
        data, at_risk = [resource_row(*row) for row in rows], catalog.rows_at_risk
        write(export_text(output_format, "resources", columns, data, rows_at_risk=at_risk))
    return ExitCode.OK


def _line(
    resource: Resource, reason: BlockedReason | None, periods: Sequence[Payment], *, is_renewed: bool
) -> tuple[str, ...]:
    return (
        resource.resource_id.for_display(),
        resource.resource_name.for_display() or "-",
        short_service(resource.service_type_code),
        resource.region_code.for_display(),
        format_date(resource.expire_time),
        *(_renewal_cells(resource, periods) if is_renewed else ()),
        status_label(resource.status),
        "yes" if reason is None else blocked_text(reason),
    )


def _renewal_cells(resource: Resource, periods: Sequence[Payment]) -> tuple[str, ...]:
    if not periods:
        return ("-",) * 4
    moments = (periods[0].term_start, periods[-1].term_end)
    return (*map(format_date, moments), paid_cell(periods), format_date(new_expiry(resource, periods)))
