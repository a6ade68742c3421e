"""`unsub-tui list`: write the account's resources."""

from __future__ import annotations

from collections.abc import Awaitable, Sequence
from typing import TYPE_CHECKING

import click

from unsub_tui.cli.context import GlobalOptions
from unsub_tui.cli.options import TAB_CHOICE, filter_option, format_option
from unsub_tui.cli.output import write_message, write_time_zone
from unsub_tui.cli.profile_sweep import Listing, all_profiles_option, write_listing
from unsub_tui.cli.resource_filter import ResourceFilter
from unsub_tui.domain.eligibility import BlockedReason
from unsub_tui.domain.paid_periods import new_expiry
from unsub_tui.domain.quote import Payment
from unsub_tui.domain.resource import Resource, Status
from unsub_tui.listmodel.tab import Tab
from unsub_tui.present.export.formats import Row
from unsub_tui.present.export.rows import RENEWAL, RESOURCE, resource_row
from unsub_tui.present.i18n import _
from unsub_tui.present.money import paid_cell
from unsub_tui.present.resources import blocked_text, short_service, status_label
from unsub_tui.present.status_line import at_risk_text, unreadable_text
from unsub_tui.present.time_format import format_date

if TYPE_CHECKING:
    from datetime import datetime

    from unsub_tui.domain.inventory.resource_findings import ResourceFindings
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
@click.option(
    "--inventory",
    "with_inventory",
    is_flag=True,
    help="Read from the services what the resources are doing: run state, attachments, tags, newest backup. A filter on"
    " these reads them, too.",
)
@all_profiles_option
@format_option("json", "jsonl", "csv", "md")
@click.pass_obj
def command(
    global_options: GlobalOptions,
    *,
    query: str,
    tab_name: str | None,
    with_inventory: bool,
    all_profiles: bool,
    output_format: str,
) -> int:
    """List the account's yearly/monthly resources."""
    tab = Tab(tab_name) if tab_name is not None else None
    ResourceFilter(query, has_quotes=False)  # an invalid filter is an error before anything is read

    def read(engine: Engine) -> Awaitable[Listing]:
        resource_filter = ResourceFilter(query, has_quotes=False, with_inventory=with_inventory)
        return _read_resources(engine, resource_filter, tab, output_format)

    return write_listing(global_options, read, "resources", output_format, all_profiles=all_profiles)


async def _read_resources(
    engine: Engine, resource_filter: ResourceFilter, tab: Tab | None, output_format: str
) -> Listing:
    """Return the matching resources of a tab or of the account, as a table or for an export format."""
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
    account = engine.account.require_ref()
    if output_format == "table":
        write_time_zone(now)
        header: Sequence[str] = RENEWED_HEADER if is_renewed else HEADER
        lines: Sequence[Sequence[str]] = [_line(*row, is_renewed=is_renewed) for row in rows]
        if resource_filter.reads_inventory:
            header, lines = _with_findings(header, lines, [resource_filter.findings_of(each) for each in found], now)
        return Listing(account=account, as_of=now, header=header, lines=lines)
    columns = (*RESOURCE.columns, *RENEWAL.columns) if is_renewed else RESOURCE.columns
    data = [resource_row(*row) for row in rows]
    if resource_filter.reads_inventory:
        findings = [resource_filter.findings_of(each) for each in found]
        columns = (*columns, *_add_facts(data, findings, output_format, now))
    return Listing(account=account, as_of=now, columns=columns, rows=data, rows_at_risk=catalog.rows_at_risk)


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


def _with_findings(
    header: Sequence[str], lines: Sequence[Sequence[str]], findings: Sequence[ResourceFindings | None], now: datetime
) -> tuple[Sequence[str], Sequence[Sequence[str]]]:
    """Return the table with the state of what is in use, where it is known, and with the newest backup."""
    from unsub_tui.present.inventory import Viewer, backup_text, use_word

    in_use, viewer = status_label(Status.IN_USE), Viewer("", now)
    shown = []
    for line, known in zip(lines, findings, strict=True):
        *first, state, selectable = line
        word = use_word(known) if known is not None and state == in_use else ""
        shown.append((*first, word or state, backup_text(known, viewer).cell if known is not None else "", selectable))
    return (*header[:-1], "BACKUP", header[-1]), shown


def _add_facts(
    rows: Sequence[Row], findings: Sequence[ResourceFindings | None], output_format: str, now: datetime
) -> Sequence[str]:
    """Add the facts to the rows: nested, or as cells of a table, whose columns are returned."""
    from unsub_tui.present.export.fact_cells import FACT_CELLS, ViewedFindings
    from unsub_tui.present.export.inventory_facts import facts_row

    for row, known in zip(rows, findings, strict=True):
        if known is not None and output_format in ("json", "jsonl"):
            row["facts"] = facts_row(known)
        elif known is not None:
            row.update(FACT_CELLS.row(ViewedFindings(known, now)))
    return FACT_CELLS.columns


def _renewal_cells(resource: Resource, periods: Sequence[Payment]) -> tuple[str, ...]:
    if not periods:
        return ("-",) * 4
    moments = (periods[0].term_start, periods[-1].term_end)
    return (*map(format_date, moments), paid_cell(periods), format_date(new_expiry(resource, periods)))
