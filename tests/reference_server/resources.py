"""Resources: the query, and the one operation that takes them back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from tests.reference_server import timestamps
from tests.reference_server.account_state import AccountState
from tests.reference_server.catalog import REFUSALS
from tests.reference_server.http_server import DroppedError
from tests.reference_server.models import Refusal, Resource
from tests.reference_server.operations import Call, Json, operation
from tests.reference_server.parameters import (
    RefusedError,
    id_list,
    invalid_parameter,
    number,
    numbers,
    one_of,
    page_parameters,
    slice_page,
    text,
)
from tests.reference_server.timestamps import format_timestamp, stable_hex


@operation(
    "POST",
    "/v2/orders/suscriptions/resources/query",
    page_parameters(
        500,
        resource_ids=id_list(0, 50),
        order_id=text(),
        only_main_resource=number(0, 1),
        status_list=numbers(2, 3, 4, 5),
    ),
    rate=30,
    permission="billing:subscription:view",
)
def query_resources(call: Call) -> Json:
    """Answer resources in an order that has nothing to do with what they are."""
    found = [each for each in call.account.resources.values() if _is_wanted(call, each)]
    found.sort(key=lambda each: stable_hex(f"place {each.resource_id}"))
    account, rows = call.account, list[Json]()
    if account.never_rests and not {"resource_ids", "order_id"} & {
        name for name, has in call.parameters.items() if has
    }:
        account.list_turns += 1
        turn = account.list_turns % max(1, len(found))
        found = found[-turn:] + found[:-turn]
    for each in found:
        own = {**_row(each, english=call.is_english), **account.row_changes.get(each.resource_id, {})}
        rows += [own, *_extra_rows(account, each.resource_id, own)]
    wanted = call.parameters.get("status_list")
    rows = [row for row in rows if wanted is None or row["status"] in [None, *wanted]]
    return {
        "total_count": sum(account.counts_attached or not row.get("parent_resource_id") for row in rows),
        "data": _primary_page(rows, call.parameters) if account.pages_by_primary else slice_page(rows, call.parameters),
    }


def _primary_page(rows: list[Json], parameters: Json) -> list[Json]:
    """Cut out primary rows, and add the others that belong to them."""
    primary = slice_page([row for row in rows if row["is_main_resource"]], parameters)
    ids = {row["resource_id"] for row in primary}
    return [*primary, *(row for row in rows if not row["is_main_resource"] and row.get("parent_resource_id") in ids)]


def _extra_rows(account: AccountState, resource_id: str, own: Json) -> list[Json]:
    """Write the further rows of a resource, each with a key of its own."""
    return [
        {**own, "id": stable_hex(f"{resource_id} {more}"), **more} for more in account.extra_rows.get(resource_id, [])
    ]


def _is_wanted(call: Call, found: Resource) -> bool:
    given = call.parameters
    return _is_named(given, found) and (
        not given.get("order_id") or given["order_id"] in _order_ids(call.account, found)
    )


def _is_named(given: Json, found: Resource) -> bool:
    """By its id, or by its parent's unless only main ones are wanted; an attached one that is named is always told."""
    ids, only_main = given.get("resource_ids"), given.get("only_main_resource", 0)
    if ids and found.resource_id in ids:
        return True
    if not found.parent:
        return not ids
    return not only_main and (not ids or found.parent.resource_id in ids)


def _order_ids(account: AccountState, found: Resource) -> set[str]:
    """Return its orders, and those that these are part of."""
    parents = (account.orders[each].parent for each in found.order_ids)
    return found.order_ids | {each.order_id for each in parents if each}


def _row(found: Resource, *, english: bool) -> Json:
    """Write a resource; what has no value is null, or empty, or absent."""
    odd, kind = int(stable_hex(found.resource_id, 2), 16), found.kind
    row: dict[str, Any] = {
        "id": f"01{stable_hex(f'item {found.resource_id}', 30)}",
        "resource_id": found.resource_id,
        "resource_name": found.name,
        "region_code": found.region,
        "service_type_code": kind.service,
        "service_type_name": kind.service_name(english=english),
        "resource_type_code": kind.resource_type,
        "resource_type_name": kind.type_name(english=english),
        "project_id": stable_hex(f"project {found.region}"),
        "product_id": f"OFFI{stable_hex(found.kind_code, 28)}",
        "is_main_resource": 0 if found.parent else 1,
        "status": found.status,
        "effective_time": format_timestamp(found.effective),
        "expire_time": format_timestamp(found.expires),
        "expire_policy": found.policy,
        "tags": None,
        "charging_mode": "PRE_PAID",
        "resource_ext": {"az": f"{found.region}a", "relative": []},
    }
    if found.spec is not None:
        row |= {"resource_spec_code": found.spec, "product_spec_desc": found.description, "spec_size": found.size}
        row["spec_size_measure_id"] = None if found.size is None else kind.measure
    if found.parent or odd % 3:
        row["parent_resource_id"] = found.parent.resource_id if found.parent else None if odd % 3 == 1 else ""
    if odd % 4:
        row["update_time"] = format_timestamp(found.updated)
    if found.project:
        row["enterprise_project"] = {"id": found.project.project_id, "name": found.project.name}
    elif odd % 2:
        row["enterprise_project"] = None
    return row


@operation(
    "POST",
    "/v2/orders/subscriptions/resources/unsubscribe",
    {
        "resource_ids": id_list(1, 10, required=True),
        "unsubscribe_type": one_of(1, 2, required=True),
        "unsubscribe_reason_type": number(1, 5),
        "unsubscribe_reason": text(0, 512),
    },
    permission="bss:unsubscribe:update",
)
def unsubscribe(call: Call) -> Json:
    """Take resources back (type 1) or their renewed periods (type 2): all, or those that nothing forbids, or none."""
    ids, of_renewal, account = call.parameters["resource_ids"], call.parameters["unsubscribe_type"] == 2, call.account
    if len(set(ids)) != len(ids):
        raise invalid_parameter("Invalid parameter: resource_ids contains duplicates")
    _lose_request(account, ids)
    blocks = {each: _block(account, each, ids, of_renewal=of_renewal) for each in ids}
    for block in blocks.values():
        if block and block.form != "fail":
            status = 500 if block.code == "CBC.0999" else 400 if block.form == "whole" else 200
            raise RefusedError(status, block.code, REFUSALS[block.code])
    taken = [account.resources[each] for each, block in blocks.items() if not block]
    mains = [each for each in taken if not each.parent or _goes_alone(account, each, ids, of_renewal=of_renewal)]
    orders = account.unsubscribe(mains, timestamps.now(), of_renewal=of_renewal)
    if any(each.twist == "lost" for each in mains):
        raise DroppedError
    answer: Json = {"error_code": "CBC.0000", "error_msg": "Success"}
    if orders or int(stable_hex(ids[0], 2), 16) % 2:
        answer["order_ids"] = [each.order_id for each in reversed(orders)] or None
    fails = [
        {"resource_id": each, "error_code": block.code, "error_msg": REFUSALS[block.code]}
        for each, block in blocks.items()
        if block
    ]
    fails += [_disk_failure(each) for each in mains if each.twist == "disk fails"]
    if fails or len(mains) % 2:
        answer["fail_resource_infos"] = fails or None
    return answer


def _lose_request(account: AccountState, ids: list[str]) -> None:
    for found in filter(None, map(account.resources.get, ids)):
        if found.twist == "unreached":
            found.status = found.asked_status or found.status
            raise DroppedError


def _disk_failure(main: Resource) -> Json:
    disk = main.attached[0].resource_id
    return {"resource_id": disk, "error_code": "CBC.99003651", "error_msg": "It could not be freed."}


def _goes_alone(account: AccountState, found: Resource, ids: list[str], *, of_renewal: bool) -> bool:
    """Whether it is a data disk, any but the first one of a server, that is asked for without the server."""
    server = found.parent
    if not server or server.kind_code != "vm" or found.kind_code != "vol" or account.sells_whole_servers or of_renewal:
        return False
    return found is not server.attached[0] and server.resource_id not in ids


def _block(account: AccountState, resource_id: str, ids: list[str], *, of_renewal: bool) -> Refusal | None:
    found = account.resources.get(resource_id)
    if not found:
        return Refusal("CBC.30000067" if resource_id in account.closed_resources else "CBC.99003012", "whole")
    if found.parent and not _goes_alone(account, found, ids, of_renewal=of_renewal):
        # An attached id may come along with its main one; what a server consists of may not.
        is_alone = found.parent.kind_code == "vm" or found.parent.resource_id not in ids
        return Refusal("CBC.99003185", "whole") if is_alone else None
    if found.is_busy:
        return Refusal("CBC.99003651", "fail")
    if found.block_seconds is not None:
        found.first_request = found.first_request or timestamps.now_precise()
        if timestamps.now_precise() >= found.first_request + timedelta(seconds=found.block_seconds):
            found.block = found.block_seconds = None
    if found.block or not of_renewal:
        return found.block
    return found.block_of_renewal if account.has_renewed_period(found) else Refusal("CBC.99003128", "whole")
