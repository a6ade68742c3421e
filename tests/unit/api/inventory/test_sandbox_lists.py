"""Servers, disks, EIPs and bandwidths of the sandbox: consistent with the list of resources, true under every fault."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from typing import Any, TypeVar

import pytest

from tests.support.connections import NO_DELAYS, connect, make_sandbox
from tests.support.effort import some
from unsub_tui.api.connection import Connection
from unsub_tui.api.inventory.inventory_clients import InventoryClients
from unsub_tui.domain.fact import fact
from unsub_tui.domain.inventory.charging import Charging
from unsub_tui.domain.inventory.service_lists import ServiceList
from unsub_tui.domain.inventory.service_rows import ProjectRegion
from unsub_tui.domain.resource import Resource
from unsub_tui.sandbox.faults import FaultAction, parse_faults
from unsub_tui.sandbox.sandbox import Sandbox
from unsub_tui.sandbox.server import BackgroundServer

Result = TypeVar("Result")
Read = Callable[[InventoryClients, ProjectRegion], Awaitable[ServiceList[Any]]]

LISTS: dict[str, tuple[str, str, str, Read]] = {
    "list_servers_details": (
        *("hws.resource.type.vm", "server_id", "ecs:cloudServers:list"),
        lambda clients, place: clients.ecs.servers(place),
    ),
    "list_volumes": (
        *("hws.resource.type.volume", "disk_id", "evs:volumes:list"),
        lambda clients, place: clients.evs.disks(place),
    ),
    "list_publicips": (
        *("hws.resource.type.ip", "eip_id", "vpc:publicIps:list"),
        lambda clients, place: clients.eip.eips(place),
    ),
    "list_bandwidths": (
        *("hws.resource.type.bandwidth", "bandwidth_id", "vpc:bandwidths:list"),
        lambda clients, place: clients.eip.bandwidths(place),
    ),
}
"""By operation: the type of its resources in the list of resources, the id of its rows, its permission, its read."""

FEW_ATTEMPTS = replace(NO_DELAYS, max_attempts=2)


@pytest.fixture(scope="module")
def sandbox() -> Sandbox:
    """An account with resources in several regions and projects."""
    return make_sandbox(300)


@pytest.fixture(scope="module")
def connection(sandbox: Sandbox) -> Iterator[Connection]:
    """A connection to it over loopback sockets."""
    with BackgroundServer(sandbox) as server:
        remote = connect(sandbox, endpoint=server.endpoint, pacing=FEW_ATTEMPTS)
        yield replace(remote, service_endpoints=server.service_endpoints)


@pytest.fixture
def usual(sandbox: Sandbox) -> Iterator[Sandbox]:
    """The account, which is put right again afterwards."""
    yield sandbox
    sandbox.faults = parse_faults([])
    sandbox.auth_state.deny()
    sandbox.auth_state.grant_only()
    sandbox.unpublished.clear()


def read(connection: Connection, reading: Callable[[InventoryClients], Awaitable[Result]]) -> Result:
    """Return the result of reads."""

    async def run() -> Result:
        async with connection.inventory_clients() as clients:
            return await reading(clients)

    return asyncio.run(run())


def resources(connection: Connection) -> list[Resource]:
    """Return the resources of the account, as billing lists them."""

    async def run() -> list[Resource]:
        async with connection.read_client() as client:
            return await client.list_resources()

    return asyncio.run(run())


def ids(found: ServiceList[Any], name: str) -> set[str]:
    """Return the ids of rows."""
    return {getattr(each, name).raw for each in found.rows}


def home(connection: Connection, type_code: str) -> ProjectRegion:
    """Return the place with the most resources of a type."""
    places = [
        ProjectRegion(each.region_code.raw, each.project_id.raw)
        for each in resources(connection)
        if each.resource_type_code.raw == type_code
    ]
    return max(places, key=lambda each: (places.count(each), each))


@pytest.mark.parametrize("operation", LISTS)
def test_what_is_subscribed_to_is_listed(connection: Connection, operation: str) -> None:
    """In its own region and project, as yearly/monthly, and every list is complete."""
    type_code, name, _, reading = LISTS[operation]
    expected: dict[ProjectRegion, set[str]] = {}
    for each in resources(connection):
        if each.resource_type_code.raw == type_code:
            place = ProjectRegion(each.region_code.raw, each.project_id.raw)
            expected.setdefault(place, set()).add(each.id)
    assert len(expected) > 3

    async def read_all(clients: InventoryClients) -> dict[ProjectRegion, ServiceList[Any]]:
        return {place: await reading(clients, place) for place in expected}

    for place, found in read(connection, read_all).items():
        assert found.with_control_group(ids(found, name), expected[place]).is_complete
        bought = [each for each in found.rows if getattr(each, name).raw in expected[place]]
        assert {each.charging for each in bought} == {Charging.YEARLY_MONTHLY}


def test_an_embedded_sandbox_answers_alike(sandbox: Sandbox, connection: Connection) -> None:
    """Without sockets."""
    place = home(connection, "hws.resource.type.vm")
    for _, _, _, reading in LISTS.values():
        remote = read(connection, lambda clients, reading=reading: reading(clients, place))  # type: ignore[misc]
        embedded = read(connect(sandbox), lambda clients, reading=reading: reading(clients, place))  # type: ignore[misc]
        assert embedded.rows == remote.rows
        assert embedded.is_complete


@pytest.mark.parametrize("operation", LISTS)
def test_permissions_and_regions(usual: Sandbox, connection: Connection, operation: str) -> None:
    """Each service refuses in its own form, and the fact names the permission or the region."""
    type_code, _, action, reading = LISTS[operation]
    place = home(connection, type_code)
    usual.auth_state.deny(action)
    assert read(connection, lambda clients: reading(clients, place)).problem == fact(
        "inventory_no_permission", action=action
    )
    usual.auth_state.deny()
    usual.unpublish(operation, place.region)
    assert read(connection, lambda clients: reading(clients, place)).problem == fact(
        "inventory_not_offered", region=place.region
    )


def test_grants_for_one_enterprise_project_are_noticed(usual: Sandbox, connection: Connection) -> None:
    """The list is shorter and looks complete; what is subscribed to shows that it is not."""
    type_code, name, _, reading = LISTS["list_servers_details"]
    place = home(connection, type_code)
    everything = ids(read(connection, lambda clients: reading(clients, place)), name)
    usual.auth_state.grant_only("0")
    found = read(connection, lambda clients: reading(clients, place))
    assert found.is_complete
    missing = everything - ids(found, name)
    assert missing
    assert found.with_control_group(ids(found, name), everything).problem == fact(
        "inventory_partial", count=len(missing)
    )


SLOW = {"stall", "stall_after", "drip", "bomb", "oversize"}
"""Faults that only delay, or take long to make; `test_read_faults` has them."""

SPOILS_ROWS = {"null_fields", "missing_fields", "wrong_types", "set_fields", "zero_times", "huge_amounts"}
"""Faults that change rows, not which rows there are."""


UNNOTICED = {("list_bandwidths", each) for each in ("repeat_row", "short_page", "empty_page")}
"""Missing rows that only what is subscribed to shows: the list of bandwidths states neither its length nor its end."""


@pytest.mark.parametrize("operation", some(list(LISTS), 1))
@pytest.mark.parametrize("action", [each for each in FaultAction if str(each) not in SLOW])
def test_a_list_under_a_fault_is_whole_or_says_why(
    usual: Sandbox, connection: Connection, operation: str, action: FaultAction
) -> None:
    """Whatever happens to its responses, at first or always, nothing is raised, and nothing is invented."""
    type_code, name, _, reading = LISTS[operation]
    place = home(connection, type_code)
    truth = read(connection, lambda clients: reading(clients, place))
    for calls in ("every", [1]):
        usual.faults = parse_faults([{"operation": operation, "action": str(action), "calls": calls}])
        found = read(connection, lambda clients: reading(clients, place))
        if not found.is_complete:
            assert found.problem is not None
        elif str(action) not in SPOILS_ROWS and (operation, str(action)) not in UNNOTICED:
            assert ids(found, name) == ids(truth, name)
