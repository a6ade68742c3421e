"""`doctor` says of each permission of the inventory whether it is held, with few small requests."""

from __future__ import annotations

from dataclasses import replace

import httpx
import pytest

from tests.support.connections import connect, make_sandbox
from tests.support.stub_vendor import RecordingTransport
from unsub_tui.domain.inventory.resource_kinds import ResourceKind, kind_of
from unsub_tui.domain.permissions import INVENTORY_PERMISSIONS
from unsub_tui.domain.problem import Check, CheckState, PermissionState
from unsub_tui.domain.resource import Resource
from unsub_tui.engine.inventory.permission_checks import NEEDED_FOR, permission_checks
from unsub_tui.sandbox.faults import parse_faults
from unsub_tui.sandbox.sandbox import Sandbox

NOT_USED = {"keystone_list_projects"}
"""Operations that no finding needs."""


async def resources_of(sandbox: Sandbox) -> list[Resource]:
    """Return the resources of the account."""
    async with connect(sandbox).read_client() as client:
        return list(await client.list_resources())


async def checks_of(sandbox: Sandbox) -> dict[str, Check]:
    """Return the checks by operation."""
    async with connect(sandbox).inventory_clients() as clients:
        found = await permission_checks(clients, await resources_of(sandbox))
    return {each.name: each for each in found}


def states(checks: dict[str, Check]) -> dict[str, PermissionState | None]:
    """Return the result of each check."""
    return {name: each.permission for name, each in checks.items()}


def test_every_permission_that_findings_need_is_checked() -> None:
    """One operation stands for all that need the same permission."""
    codes = {INVENTORY_PERMISSIONS[each].policy_code for each in NEEDED_FOR}
    assert codes == {each.policy_code for name, each in INVENTORY_PERMISSIONS.items() if name not in NOT_USED}
    assert len(codes) == len(NEEDED_FOR)


async def test_with_all_permissions_each_list_is_read_once() -> None:
    """One request each, for at most one row."""
    sandbox = make_sandbox(200)
    recorders = {key: RecordingTransport(httpx.ASGITransport(app=app)) for key, app in sandbox.service_apps.items()}
    transports = {key: (lambda each=each: each) for key, each in recorders.items()}
    async with replace(connect(sandbox), service_transports=transports).inventory_clients() as clients:
        found = await permission_checks(clients, await resources_of(sandbox))
    assert {each.permission for each in found} == {PermissionState.HELD}
    assert {each.state for each in found} == {CheckState.OK}
    requests = [request for each in recorders.values() for request in each.requests]
    assert len(requests) == len(NEEDED_FOR)
    limited = [request for request in requests if "limit" in request.url.params]
    assert {request.url.params["limit"] for request in limited} == {"1"}
    assert len(limited) == len(requests) - 4  # two policies, the clusters and the metrics have no pages


@pytest.mark.parametrize("operation", NEEDED_FOR)
async def test_each_missing_permission_is_found_alone(operation: str) -> None:
    """By the name that the service's answer has; a policy follows from it."""
    sandbox = make_sandbox(200)
    permission = INVENTORY_PERMISSIONS[operation]
    sandbox.auth_state.deny(operation)
    found = await checks_of(sandbox)
    missing = {name for name, each in found.items() if each.permission is PermissionState.MISSING}
    assert missing == {operation}
    assert states(found) == dict.fromkeys(NEEDED_FOR, PermissionState.HELD) | {operation: PermissionState.MISSING}
    assert found[operation].state is CheckState.WARNING
    assert permission.action in str(found[operation].advice)


@pytest.mark.parametrize("operation", NEEDED_FOR)
async def test_an_operation_that_a_region_does_not_have(operation: str) -> None:
    """That is no warning: nobody can change it."""
    sandbox = make_sandbox(200)
    sandbox.unpublish(operation)
    found = await checks_of(sandbox)
    assert found[operation].permission is PermissionState.NOT_OFFERED
    assert {each.state for each in found.values()} <= {CheckState.OK, CheckState.NOT_TRIED}


async def test_a_policy_of_the_organization() -> None:
    """No permission helps against it."""
    sandbox = make_sandbox(200)
    sandbox.auth_state.deny("list_vault", by_organization=True)
    found = await checks_of(sandbox)
    assert found["list_vault"].permission is PermissionState.DENIED
    assert found["list_vault"].state is CheckState.WARNING


@pytest.mark.parametrize("action", ["garbage", "error", "drop_before"])
async def test_a_service_that_fails(action: str) -> None:
    """It is a warning, with the reason."""
    sandbox = make_sandbox(200)
    sandbox.faults = parse_faults([{"operation": "list_volumes", "action": action}])
    found = await checks_of(sandbox)
    assert found["list_volumes"].permission is PermissionState.FAILED
    assert found["list_volumes"].state is CheckState.WARNING
    assert found["list_servers_details"].permission is PermissionState.HELD


async def test_services_without_an_endpoint() -> None:
    """With a custom endpoint of billing, a service needs its own."""
    sandbox = make_sandbox(200)
    connection = replace(connect(sandbox), service_transports={})
    async with connection.inventory_clients() as clients:
        found = await permission_checks(clients, await resources_of(sandbox))
    assert {each.permission for each in found} == {PermissionState.NOT_CONFIGURED}
    assert {each.state for each in found} == {CheckState.NOT_TRIED}


async def test_only_what_the_account_needs_is_read() -> None:
    """An account without databases needs no permission for them; nothing is said if the list is not known."""
    sandbox = make_sandbox(200)
    rows = [each for each in await resources_of(sandbox) if kind_of(each) is not ResourceKind.DATABASE]
    async with connect(sandbox).inventory_clients() as clients:
        found = {each.name: each.permission for each in await permission_checks(clients, rows)}
        unlisted = await permission_checks(clients, None)
    assert found["list_instances"] is found["list_backups_of_rds"] is PermissionState.NOT_NEEDED
    assert found["list_volumes"] is PermissionState.HELD
    assert {(each.permission, each.state) for each in unlisted} == {(None, CheckState.NOT_TRIED)}
