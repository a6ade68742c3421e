"""`unsub-tui list`: write the account's resources."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import click

from unsub_tui.cli.context import GlobalOptions
from unsub_tui.cli.options import TAB_CHOICE, filter_option, inventory_option, timeout_option
from unsub_tui.cli.output import write_message
from unsub_tui.cli.profile_sweep import Listing, all_profiles_option, write_listing
from unsub_tui.cli.resource_filter import ResourceFilter
from unsub_tui.cli.row_output import OutputColumn, RowOptions, RowTable, row_options
from unsub_tui.domain.eligibility import BlockedReason
from unsub_tui.domain.paid_periods import new_expiry
from unsub_tui.domain.quote import Payment
from unsub_tui.domain.resource import Resource, Status
from unsub_tui.listmodel.tab import Tab
from unsub_tui.present.export.formats import Row
from unsub_tui.present.export.rows import RENEWAL, RESOURCE, resource_row
from unsub_tui.present.i18n import _
from unsub_tui.present.money import paid_cell, period_cell
from unsub_tui.present.resources import (
    auto_renewal_cell,
    blocked_text,
    expire_policy_label,
    project_name,
    service_cell,
    spec,
    state_cell,
)
from unsub_tui.present.status_line import at_risk_text, unreadable_text
from unsub_tui.present.time_format import format_date

if TYPE_CHECKING:
    from datetime import datetime

    from unsub_tui.domain.inventory.resource_findings import ResourceFindings
    from unsub_tui.engine.engine import Engine
    from unsub_tui.present.inventory import FindingText, Viewer


class _Listed(NamedTuple):
    """A row of the list."""

    resource: Resource
    reason: BlockedReason | None
    periods: Sequence[Payment]
    findings: ResourceFindings | None
    now: datetime


def _state_cell(row: _Listed) -> str:
    """Return the state of the subscription or, if that is "in use", what the resource is doing, where it is known."""
    state = state_cell(row.resource, row.now)
    if row.findings is None or row.resource.status != Status.IN_USE or not row.resource.is_effective(row.now):
        return state
    from unsub_tui.present.inventory import use_word

    return use_word(row.findings) or state


def _new_expiry_cell(row: _Listed) -> str:
    return format_date(new_expiry(row.resource, row.periods)) if row.periods else ""


def _finding_cell(read: Callable[[ResourceFindings, Viewer], FindingText]) -> Callable[[_Listed], str]:
    def cell(row: _Listed) -> str:
        if row.findings is None:
            return ""
        from unsub_tui.present.inventory import Viewer

        return read(row.findings, Viewer("", row.now)).cell

    return cell


def _backup_text(findings: ResourceFindings, viewer: Viewer) -> FindingText:
    from unsub_tui.present.inventory import backup_text

    return backup_text(findings, viewer)


def _tags_text(findings: ResourceFindings, viewer: Viewer) -> FindingText:
    from unsub_tui.present.inventory import tags_text

    return tags_text(findings.tags, viewer)


def _cluster_text(findings: ResourceFindings, viewer: Viewer) -> FindingText:
    from unsub_tui.present.inventory import cluster_text

    return cluster_text(findings.cluster, viewer)


_column = OutputColumn[_Listed]
_finding = partial(_column, rank=4, is_default=False)
_chosen = partial(_column, is_default=False)

# The ids are those of the app's columns (`app/columns.py`).
COLUMNS = (
    _column("id", lambda row: row.resource.resource_id.for_display(), ("resource_id",)),
    _column("name", lambda row: row.resource.resource_name.for_display() or "-", ("resource_name",), narrowest=10),
    _column("service", lambda row: service_cell(row.resource), ("service", "resource_type_code"), rank=1),
    _column("region", lambda row: row.resource.region_code.for_display(), ("region_code",), rank=5),
    _chosen("begins", lambda row: format_date(row.resource.effective_time), ("effective_time",), is_time=True),
    _column("expires", lambda row: format_date(row.resource.expire_time), ("expire_time",), rank=2, is_time=True),
    _column("period", lambda row: period_cell(row.periods), ("pending_from", "pending_until"), rank=3, is_time=True),
    _column("paid", lambda row: paid_cell(row.periods), ("pending_paid", "pending_currency"), is_right=True, rank=3),
    _column("then", _new_expiry_cell, ("new_expiry",), rank=3, is_time=True),
    _chosen("auto-renewal", lambda row: auto_renewal_cell(row.resource.expire_policy), ("at_expiry",)),
    _chosen("at-expiry", lambda row: expire_policy_label(row.resource.expire_policy), ("at_expiry",)),
    _column("state", _state_cell, ("state",), rank=2),
    _finding("backup", _finding_cell(_backup_text), ("newest_backup",), is_time=True),
    _finding("tags", _finding_cell(_tags_text), ("tags",)),
    _finding("cluster", _finding_cell(_cluster_text), ("cluster",)),
    _chosen("spec", lambda row: spec(row.resource), ("resource_spec_code",)),
    _chosen("project", lambda row: project_name(row.resource), ("enterprise_project_name", "enterprise_project_id")),
    _chosen("created", lambda row: format_date(row.resource.effective_time), ("effective_time",), is_time=True),
    _column(
        "reason", lambda row: blocked_text(row.reason) if row.reason else "", ("blocked_reason", "blocked_text"), rank=6
    ),
)
"""Columns of the table, in order."""

_RENEWAL_COLUMNS = ("period", "paid", "then")
"""Columns of the tab with renewal periods alone."""

_FINDING_COLUMNS = {"tag": "tags", "cluster": "cluster"}
"""The column of each finding that a filter can name and that is in no column otherwise."""

_FACT_FIELDS = ("run_state", "attached_to", "bound_to", "newest_backup", "tags", "cluster")
"""Fields of the facts in CSV (`present/export/fact_cells.py`, which is imported only where they are read)."""


@click.command("list")
@filter_option("Resources to list: 'type:ecs expires<30d' (unsub-tui help filter).")
@click.option(
    "--tab",
    "tab_name",
    type=TAB_CHOICE,
    help="Only active resources, those with renewal periods, or those that have not begun.",
)
@timeout_option
@inventory_option(
    "Also read from the services what the resources are doing: run state, attachments, tags, newest backup. A filter or"
    " column with these reads them, too.",
    is_on=False,
)
@all_profiles_option
@row_options([column.id for column in COLUMNS])
@click.pass_obj
def command(
    global_options: GlobalOptions,
    *,
    query: str,
    tab_name: str | None,
    with_inventory: bool,
    all_profiles: bool,
    row_options: RowOptions,
) -> int:
    """List the account's yearly/monthly resources."""
    tab = Tab(tab_name) if tab_name is not None else None
    with_inventory = with_inventory or row_options.uses("backup", "tags", "cluster", *_FACT_FIELDS)
    # An invalid filter is an error before anything is read.
    table = _table(tab, ResourceFilter(query, has_quotes=False, with_inventory=with_inventory))

    def read(engine: Engine) -> Awaitable[Listing[_Listed]]:
        resource_filter = ResourceFilter(query, has_quotes=False, with_inventory=with_inventory)
        return _read_resources(engine, resource_filter, tab)

    return write_listing(global_options, read, "resources", table, row_options, all_profiles=all_profiles)


def _table(tab: Tab | None, resource_filter: ResourceFilter) -> RowTable[_Listed]:
    """Return the rows of a tab, with the facts where the inventory is read, and the columns that the filter names."""
    is_renewed = tab is Tab.RENEWAL
    columns = [column for column in COLUMNS if is_renewed or column.id not in _RENEWAL_COLUMNS]
    fields = (*RESOURCE.columns, *RENEWAL.columns) if is_renewed else RESOURCE.columns
    if not resource_filter.reads_inventory:
        return RowTable(columns=columns, row=_json_row, fields=fields, more_fields=_FACT_FIELDS)
    shown = {"backup", *(_FINDING_COLUMNS.get(each) for each in resource_filter.query.finding_fields)}
    columns = [replace(column, is_default=True, rank=1) if column.id in shown else column for column in columns]
    return RowTable(columns=columns, row=_json_row, fields=(*fields, *_FACT_FIELDS), flat_row=_flat_row)


async def _read_resources(engine: Engine, resource_filter: ResourceFilter, tab: Tab | None) -> Listing[_Listed]:
    """Return the matching resources of a tab or of the account."""
    catalog = await engine.catalog.read_all()
    found = await resource_filter.resources_on_tab(catalog, engine, tab)
    if text := at_risk_text(catalog.rows_at_risk):
        write_message(_("{warning}; a plan reads its resources again").format(warning=text))
    if text := unreadable_text(catalog.resources):
        write_message(_("{rows}: listed, and in no plan").format(rows=text))
    renewals, now = engine.catalog.renewals, engine.clock.now()
    rows = [
        _Listed(
            each,
            resource_filter.blocked_reason(each),
            renewals.upcoming_payments(each, now) if tab is Tab.RENEWAL else (),
            resource_filter.findings_of(each) if resource_filter.reads_inventory else None,
            now,
        )
        for each in found
    ]
    account = engine.account.require_ref()
    unknown = resource_filter.unknown_count
    return Listing(account=account, as_of=now, rows=rows, rows_at_risk=catalog.rows_at_risk, unknown_to_filter=unknown)


def _json_row(listed: _Listed) -> Row:
    row = resource_row(listed.resource, listed.reason, listed.now, listed.periods)
    if listed.findings is not None:
        from unsub_tui.present.export.inventory_facts import facts_row

        row["facts"] = facts_row(listed.findings)
    return row


def _flat_row(listed: _Listed) -> Row:
    """Return the fields of a row in CSV, with facts as cells."""
    row = resource_row(listed.resource, listed.reason, listed.now, listed.periods)
    if listed.findings is not None:
        from unsub_tui.present.export.fact_cells import fact_cells

        row |= fact_cells(listed.findings)
    return row
