"""`unsub-tui list`: the account's resources as data."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from unsub_tui.cli.output import write, write_table
from unsub_tui.domain.eligibility import blocked_in_batch
from unsub_tui.domain.resource import Resource
from unsub_tui.domain.rules import SiteRules
from unsub_tui.present.files import export_text
from unsub_tui.present.resources import blocked_text, short_service, status_word
from unsub_tui.present.rows import RESOURCE_COLUMNS, resource_row, rfc3339


def write_resources(form: str, resources: Sequence[Resource], rules: SiteRules, now: datetime) -> None:
    """Write resources as a table for people, or in one of the forms for other programs."""
    if form == "table":
        header = ("ID", "NAME", "SERVICE", "REGION", "EXPIRES", "STATE", "MARKABLE")
        write_table(header, [_line(resource, rules, now) for resource in resources])
    else:
        rows = [resource_row(resource, blocked_in_batch(resource, rules, now)) for resource in resources]
        write(export_text(form, "resources", RESOURCE_COLUMNS, rows))


def _line(resource: Resource, rules: SiteRules, now: datetime) -> tuple[str, ...]:
    reason = blocked_in_batch(resource, rules, now)
    return (
        resource.resource_id.clean(),
        resource.resource_name.clean() or "-",
        short_service(resource.service_type_code),
        resource.region_code.clean(),
        rfc3339(resource.expire_time) or "-",
        status_word(resource.status),
        "yes" if reason is None else blocked_text(reason),
    )
