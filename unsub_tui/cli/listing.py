"""`unsub-tui list`: the account's resources as data."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from unsub_tui.cli.exits import Exit
from unsub_tui.cli.finding import Finder
from unsub_tui.cli.output import write, write_table
from unsub_tui.domain.quote import Payment
from unsub_tui.domain.renewed import new_expiry
from unsub_tui.domain.resource import Resource
from unsub_tui.domain.tab import Tab
from unsub_tui.engine.engine import Engine
from unsub_tui.present.files import export_text
from unsub_tui.present.renewed import paid_cell
from unsub_tui.present.resources import blocked_text, date, short_service, status_word
from unsub_tui.present.rows import RENEWED_COLUMNS, RESOURCE_COLUMNS, renewed_row, resource_row

HEADER = ("ID", "NAME", "SERVICE", "REGION", "EXPIRES", "STATE", "MARKABLE")
RENEWED_HEADER = (*HEADER[:5], "RENEWED FROM", "UNTIL", "PAID", "NEW EXPIRY", *HEADER[5:])

PeriodsOf = Callable[[Resource], Sequence[Payment]]


async def list_tab(engine: Engine, finder: Finder, name: str | None, form: str) -> int:
    """Write what fits of a tab, or of the whole account, as a table for people, or in one of the forms for programs."""
    tab = Tab(name) if name is not None else None
    found = await finder.on_tab(await engine.whole_catalogue(), engine, tab)
    now = engine.now()

    def periods_of(resource: Resource) -> Sequence[Payment]:
        return engine.renewals.of(resource, now) if tab is Tab.RENEWAL else ()

    if form == "table":
        header = RENEWED_HEADER if tab is Tab.RENEWAL else HEADER
        write_table(header, [_line(each, finder, engine, periods_of, is_renewed=tab is Tab.RENEWAL) for each in found])
        return Exit.OK
    rows = [resource_row(each, finder.reason(each, engine)) | renewed_row(each, periods_of(each)) for each in found]
    columns = (*RESOURCE_COLUMNS, *RENEWED_COLUMNS) if tab is Tab.RENEWAL else RESOURCE_COLUMNS
    write(export_text(form, "resources", columns, rows))
    return Exit.OK


def _line(
    resource: Resource, finder: Finder, engine: Engine, periods_of: PeriodsOf, *, is_renewed: bool
) -> tuple[str, ...]:
    reason, periods = finder.reason(resource, engine), periods_of(resource)
    return (
        resource.resource_id.clean(),
        resource.resource_name.clean() or "-",
        short_service(resource.service_type_code),
        resource.region_code.clean(),
        date(resource.expire_time),
        *(_renewed_cells(resource, periods) if is_renewed else ()),
        status_word(resource.status),
        "yes" if reason is None else blocked_text(reason),
    )


def _renewed_cells(resource: Resource, periods: Sequence[Payment]) -> tuple[str, ...]:
    if not periods:
        return ("-",) * 4
    moments = (periods[0].term_start, periods[-1].term_end)
    return (*map(date, moments), paid_cell(periods), date(new_expiry(resource, periods)))
