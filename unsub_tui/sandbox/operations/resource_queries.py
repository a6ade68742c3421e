"""Operation that lists yearly/monthly resources; `suscriptions` in its path is the spelling of the real API."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from functools import partial
from typing import TypeVar

from unsub_tui.sandbox.account_fixtures import PROJECTS
from unsub_tui.sandbox.calls import Call, Operation, Payload
from unsub_tui.sandbox.models import Resource
from unsub_tui.sandbox.resource_store import ResourceQuery
from unsub_tui.sandbox.timestamps import format_timestamp

_STATUSES = frozenset({2, 3, 4, 5})
_MOST_OFFSET = 2147483646
_Listed = TypeVar("_Listed")


@partial(
    Operation, "POST", "/v2/orders/suscriptions/resources/query", per_second=30, policy="billing:subscription:view"
)
def query_resources(call: Call) -> Payload:
    """Return a page of resources."""
    fields = call.parameters
    ids = fields.texts("resource_ids", max_items=50)
    only_main = fields.number("only_main_resource", 0, 1) == 1
    wanted = ResourceQuery(
        ids=ids,
        ordered=_ordered_ids(call),
        only_main=only_main or _excludes_attached(call, ids),
        statuses=fields.numbers("status_list", max_items=10, allowed=_STATUSES),
        expire_from=fields.timestamp("expire_time_begin"),
        expire_to=fields.timestamp("expire_time_end"),
        service=fields.text("service_type_code", min_length=1, max_length=64, nullable=True),
    )
    offset, limit = fields.page(max_limit=500, max_offset=_MOST_OFFSET)
    fields.ignore("customer_id")
    fields.reject_unknown()
    language = call.language()
    behavior = call.account.behavior
    found = call.account.resources.query(wanted)
    if behavior.extra_rows or behavior.row_changes or behavior.pages_by_primary:
        rows = _moved(call, wanted, _odd_rows(call, wanted, language))
        count = sum(behavior.counts_attached or not each["parent_resource_id"] for each in rows)
        page = _primary_page(rows, offset, limit) if behavior.pages_by_primary else rows[offset : offset + limit]
        return {"total_count": count, "data": page}
    found = _moved(call, wanted, found)
    return {
        "total_count": sum(behavior.counts_attached or each.parent is None for each in found),
        "data": [_row(each, language, is_named=behavior.names_projects) for each in found[offset : offset + limit]],
    }


def _odd_rows(call: Call, wanted: ResourceQuery, language: str) -> list[Payload]:
    """Return all rows of a query, with changed rows and further rows, each of them chosen by its own status."""
    behavior = call.account.behavior
    rows: list[Payload] = []
    for resource in call.account.resources.query(replace(wanted, statuses=frozenset())):
        own = _row(resource, language, is_named=behavior.names_projects)
        own |= behavior.row_changes.get(resource.resource_id, {})
        extra = behavior.extra_rows.get(resource.resource_id, ())
        rows += [own, *({**own, "id": f"{own['id']}-{number}", **each} for number, each in enumerate(extra, 2))]
    return [each for each in rows if not wanted.statuses or each["status"] in {None, *wanted.statuses}]


def _primary_page(rows: list[Payload], offset: int, limit: int) -> list[Payload]:
    """Return a page of primary rows, each followed by the rows of what is attached to it."""
    attached: defaultdict[object, list[Payload]] = defaultdict(list)
    for each in rows:
        attached[each["parent_resource_id"]].append(each)
    primary = attached.pop(None, [])[offset : offset + limit]
    return [row for each in primary for row in (each, *attached.pop(each["resource_id"], ()))]


def _moved(call: Call, wanted: ResourceQuery, rows: list[_Listed]) -> list[_Listed]:
    """Return the list of all resources as `moved_rows` has left it; other lists unchanged."""
    moved = call.account.behavior.moved_rows
    if not moved or not rows or wanted != ResourceQuery():
        return rows
    place = call.account.list_position = (call.account.list_position + moved) % len(rows)
    return rows[place:] + rows[:place]


def _ordered_ids(call: Call) -> frozenset[str] | None:
    """Return the ids of the resources of the queried order, none for an unknown order, or None without a query."""
    order_id = call.parameters.text("order_id", max_length=64)
    if not order_id or call.account.behavior.ignores_order_id:
        return None
    order = call.account.orders.find(order_id)
    return frozenset(one.resource_id for one in call.account.orders.resources_of(order)) if order else frozenset()


def _excludes_attached(call: Call, ids: tuple[str, ...]) -> bool:
    """Return whether the requested ids exclude other attached resources, see `attached_id_narrows`."""
    named = map(call.account.resources.get, ids if call.account.behavior.attached_id_narrows else ())
    return any(one is not None and one.parent is not None for one in named)


def _row(resource: Resource, language: str, *, is_named: bool) -> Payload:
    """Return a resource as a row of the listing."""
    offer = resource.offer
    project = PROJECTS[resource.project_index]
    return {
        "id": f"oi-{resource.resource_id}",
        "resource_id": resource.resource_id,
        "resource_name": resource.name,
        "region_code": resource.region,
        "service_type_code": offer.service.code,
        "service_type_name": offer.service.named(language),
        "resource_type_code": offer.code,
        "resource_type_name": offer.named(language),
        "resource_spec_code": resource.spec.code,
        "project_id": resource.project_id,
        "product_id": resource.product_id,
        "parent_resource_id": resource.parent.resource_id if resource.parent else None,
        "is_main_resource": int(resource.parent is None),
        "status": int(resource.status),
        "effective_time": format_timestamp(resource.effective),
        "expire_time": format_timestamp(resource.expire),
        "expire_policy": resource.policy,
        "product_spec_desc": resource.spec.text,
        "spec_size": resource.size,
        "spec_size_measure_id": offer.measure,
        "update_time": format_timestamp(resource.updated),
        "enterprise_project": {"id": project.project_id, "name": project.name if is_named else None},
    }
