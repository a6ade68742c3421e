"""`unsub-tui list`: the account's resources as data."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from unsub_tui.cli.output import rfc3339, write_csv, write_json, write_jsonl, write_table
from unsub_tui.domain.eligibility import blocked_in_batch
from unsub_tui.domain.foreign import clean
from unsub_tui.domain.resource import Resource
from unsub_tui.domain.rules import SiteRules
from unsub_tui.present.resources import blocked_text, short_service, status_word

Row = dict[str, object]
"""One resource in its stable JSON form."""

SCHEMA_VERSION = 1


def resource_row(resource: Resource, rules: SiteRules, now: datetime) -> Row:
    """Return the stable JSON form of one resource; foreign text keeps its raw value."""
    reason = blocked_in_batch(resource, rules, now)
    return {
        "resource_id": resource.id,
        "resource_name": resource.resource_name.raw,
        "service_type_code": resource.service_type_code.raw,
        "resource_type_code": resource.resource_type_code.raw,
        "resource_spec_code": resource.resource_spec_code.raw,
        "region_code": resource.region_code.raw,
        "status": int(resource.status),
        "is_main_resource": resource.is_main_resource,
        "parent_resource_id": resource.parent_resource_id.raw or None,
        "effective_time": rfc3339(resource.effective_time),
        "expire_time": rfc3339(resource.expire_time),
        "expire_policy": resource.expire_policy,
        "enterprise_project_id": resource.enterprise_project_id.raw or None,
        "enterprise_project_name": resource.enterprise_project_name.raw or None,
        "batch_eligible": reason is None,
        "blocked_reason": reason.value if reason else None,
        "blocked_text": blocked_text(reason) if reason else None,
    }


def write_json_list(resources: Sequence[Resource], rules: SiteRules, now: datetime) -> None:
    """Write one JSON document."""
    rows = [resource_row(resource, rules, now) for resource in resources]
    write_json({"schema_version": SCHEMA_VERSION, "resources": rows})


def write_json_lines(resources: Sequence[Resource], rules: SiteRules, now: datetime) -> None:
    """Write one JSON object a line."""
    write_jsonl(resource_row(resource, rules, now) for resource in resources)


def write_csv_list(resources: Sequence[Resource], rules: SiteRules, now: datetime) -> None:
    """Write CSV for a spreadsheet, its text cleaned."""
    rows = [resource_row(resource, rules, now) for resource in resources]
    write_csv(COLUMNS, [[_cell(row[column]) for column in COLUMNS] for row in rows])


def write_table_list(resources: Sequence[Resource], rules: SiteRules, now: datetime) -> None:
    """Write aligned columns for a person."""
    header = ("ID", "NAME", "SERVICE", "REGION", "EXPIRES", "STATE", "MARKABLE")
    write_table(header, [_line(resource, rules, now) for resource in resources])


WRITERS: dict[str, Callable[[Sequence[Resource], SiteRules, datetime], None]] = {
    "table": write_table_list,
    "json": write_json_list,
    "jsonl": write_json_lines,
    "csv": write_csv_list,
}
"""How resources are written, by the name of the format."""

COLUMNS = (
    "resource_id",
    "resource_name",
    "service_type_code",
    "resource_type_code",
    "resource_spec_code",
    "region_code",
    "status",
    "is_main_resource",
    "parent_resource_id",
    "effective_time",
    "expire_time",
    "expire_policy",
    "enterprise_project_id",
    "enterprise_project_name",
    "batch_eligible",
    "blocked_reason",
    "blocked_text",
)
"""The columns of the CSV, in order."""


def _cell(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else clean(str(value))


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
