"""Checks whether the lists of the inventory can be read: one small request for each, where the account has most to ask.

Everything here is optional. A list that cannot be read is a warning, never a failure.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from unsub_tui.domain.fact import Fact, fact
from unsub_tui.domain.inventory.inventory import place_of
from unsub_tui.domain.inventory.resource_kinds import ResourceKind, kind_of, service_ids
from unsub_tui.domain.inventory.service_rows import ProjectRegion
from unsub_tui.domain.permissions import INVENTORY_PERMISSIONS
from unsub_tui.domain.problem import Check, CheckState, PermissionState
from unsub_tui.domain.resource import Resource, Status
from unsub_tui.domain.untrusted_text import for_display

if TYPE_CHECKING:
    from unsub_tui.api.inventory.inventory_clients import InventoryClients

_SERVER, _DISK, _DATABASE = ResourceKind.SERVER, ResourceKind.DISK, ResourceKind.DATABASE
_COMPUTE = frozenset({_SERVER, _DISK})
_PROTECTED = frozenset({_SERVER, _DISK, ResourceKind.VAULT})
_NETWORK = frozenset({ResourceKind.EIP, ResourceKind.BANDWIDTH})

NEEDED_FOR: Mapping[str, frozenset[ResourceKind]] = {
    "list_servers_details": _COMPUTE,
    "show_recycle_bin": frozenset({_SERVER}),
    "list_volumes": _COMPUTE,
    "list_snapshots": _COMPUTE,
    "list_publicips": _NETWORK | {_SERVER, _DATABASE},
    "list_bandwidths": _NETWORK,
    "list_vault": _PROTECTED,
    "list_backups": _PROTECTED,
    "list_instances": frozenset({_DATABASE}),
    "list_backups_of_rds": frozenset({_DATABASE}),
    "list_clusters": frozenset({ResourceKind.CLUSTER}),
    "list_nodes": frozenset({ResourceKind.CLUSTER}),
    "batch_list_metric_data": frozenset({_SERVER}),
    "show_tracker_config": frozenset({ResourceKind.OTHER}),
    "list_all_resources": frozenset({ResourceKind.OTHER}),
}
"""Kinds of resources whose findings need an operation; one operation for each permission of the inventory."""

_STATES = {
    "inventory_no_permission": PermissionState.MISSING,
    "inventory_no_permission_or_balance": PermissionState.MISSING,
    "inventory_denied_by_organization": PermissionState.DENIED,
    "inventory_not_offered": PermissionState.NOT_OFFERED,
    "inventory_not_configured": PermissionState.NOT_CONFIGURED,
    "inventory_recorder_off": PermissionState.HELD,
}
_WARNED = (PermissionState.MISSING, PermissionState.DENIED, PermissionState.FAILED)


@dataclass(frozen=True, slots=True)
class _Target:
    """Where an operation is tried, and the resource that it may have to name."""

    place: ProjectRegion
    resource_id: str


async def permission_checks(clients: InventoryClients, resources: Iterable[Resource] | None) -> list[Check]:
    """Return a check for each permission of the inventory. At most one list is read for each, all concurrently.

    `resources` are those of the account, or some of them; None if they could not be read.
    """
    if resources is None:
        value = fact("resources_not_listed")
        return [Check(area="inventory", name=each, state=CheckState.NOT_TRIED, value=value) for each in NEEDED_FOR]
    by_kind: dict[ResourceKind, list[Resource]] = {}
    for each in resources:
        if each.status == Status.IN_USE and each.region_code and each.project_id:
            by_kind.setdefault(kind_of(each), []).append(each)
    checks = (_check(clients, operation, _target(by_kind, kinds)) for operation, kinds in NEEDED_FOR.items())
    return await asyncio.gather(*checks)


def _target(by_kind: Mapping[ResourceKind, list[Resource]], kinds: Iterable[ResourceKind]) -> _Target | None:
    """Return the project with the most of these resources, and one of them; None if the account has none."""
    found = [each for kind in kinds for each in by_kind.get(kind, ())]
    if not found:
        return None
    ((place, _),) = Counter(map(place_of, found)).most_common(1)
    return _Target(place, next(service_ids(each)[-1] for each in found if place_of(each) == place))


async def _check(clients: InventoryClients, operation: str, target: _Target | None) -> Check:
    if target is None:
        return Check(
            area="inventory",
            name=operation,
            state=CheckState.NOT_TRIED,
            value=fact("inventory_not_needed"),
            permission=PermissionState.NOT_NEEDED,
        )
    found = await clients.permissions.read(operation, target.place, target.resource_id)
    if found.origin is not None:
        read = fact("inventory_list_read", region=for_display(target.place.region))
        state = CheckState.OK if found.problem is None else CheckState.WARNING
        value = found.problem or read
        return Check(area="inventory", name=operation, state=state, value=value, permission=PermissionState.HELD)
    reason = found.problem or fact("inventory_not_read")
    permission = _STATES.get(reason.code, PermissionState.FAILED)
    return Check(
        area="inventory",
        name=operation,
        state=CheckState.WARNING if permission in _WARNED else CheckState.NOT_TRIED,
        value=reason,
        advice=_needed(operation) if permission is PermissionState.MISSING else "",
        permission=permission,
    )


def _needed(operation: str) -> Fact:
    needed = INVENTORY_PERMISSIONS[operation]
    if needed.action == needed.policy_code:  # the name is the same in both kinds of policies
        return fact("inventory_permission_needed", operation=operation, action=needed.action)
    return fact("permission_needed", operation=operation, action=needed.action, code=needed.policy_code)
