"""The engine reads the inventory over HTTP: the lists of all services, everything about selected resources."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.support.connections import NO_DELAYS, administrator_credentials, make_sandbox
from unsub_tui.api.connection import Connection, CredentialProvider
from unsub_tui.domain.inventory.finding import Finding, FindingState
from unsub_tui.domain.inventory.inventory import Inventory
from unsub_tui.domain.inventory.resource_kinds import ResourceKind, kind_of
from unsub_tui.domain.inventory.service_rows import Tags
from unsub_tui.domain.resource import Catalog, Resource, Status
from unsub_tui.domain.untrusted_text import UntrustedText
from unsub_tui.engine.inventory.selected_reads import read_selected
from unsub_tui.engine.inventory.sweep import sweep
from unsub_tui.sandbox.sandbox import Sandbox
from unsub_tui.sandbox.server import BackgroundServer

SERVICES_READ = ("list_vault", "list_backups", "list_instances", "list_clusters")


@pytest.fixture
def sandbox() -> Sandbox:
    """An account with a few resources of every service."""
    return make_sandbox(120)


@pytest.fixture
def connection(sandbox: Sandbox) -> Iterator[Connection]:
    """A connection to the sandbox over HTTP, with a port for each service."""
    with BackgroundServer(sandbox) as server:
        yield Connection(
            site="intl",
            endpoint=server.endpoint,
            credential_provider=CredentialProvider.static(administrator_credentials(sandbox)),
            service_endpoints=server.service_endpoints,
            retry_policy=NO_DELAYS,
        )


async def list_catalog(connection: Connection) -> Catalog:
    """Return the yearly/monthly resources of the account."""
    catalog = Catalog()
    async with connection.read_client() as client:
        catalog.add_page(await client.list_resources())
    return catalog


async def swept(connection: Connection, catalog: Catalog, sandbox: Sandbox) -> Inventory:
    """Return the inventory after a sweep."""
    inventory = Inventory(catalog, now=sandbox.clock.now_utc())
    async with connection.inventory_clients() as clients:
        steps = [step async for step in sweep(clients, catalog.resources)]
    for step in steps:
        inventory.replace_place(step.lists)
    assert [step.done for step in steps] == [*range(1, steps[-1].total + 1)]
    return inventory


def states(inventory: Inventory, resources: list[Resource], name: str) -> set[FindingState]:
    """Return the states of a finding about these resources, apart from those without it."""
    found = (getattr(inventory.findings_of(each), name) for each in resources)
    return {each.state for each in found if each is not None}


async def test_a_sweep_reads_the_lists_of_all_projects(sandbox: Sandbox, connection: Connection) -> None:
    """Every kind of resource has findings, none of which says that a list was not read."""
    catalog = await list_catalog(connection)
    inventory = await swept(connection, catalog, sandbox)
    databases = [each for each in catalog.resources if kind_of(each) is ResourceKind.DATABASE]
    assert databases
    assert states(inventory, databases, "run_state") == {FindingState.KNOWN}
    assert states(inventory, catalog.resources, "newest_backup") >= {FindingState.KNOWN, FindingState.NONE_SEEN}


@pytest.mark.parametrize("operation", SERVICES_READ)
async def test_a_missing_permission_costs_only_its_findings(
    sandbox: Sandbox, connection: Connection, operation: str
) -> None:
    """A denied list makes no finding "none seen"; the lists of other services are read as before."""
    catalog = await list_catalog(connection)
    sandbox.auth_state.deny(operation)
    inventory = await swept(connection, catalog, sandbox)
    backups = states(inventory, catalog.resources, "newest_backup")
    assert (FindingState.NONE_SEEN in backups) == (operation != "list_backups")
    databases = [each for each in catalog.resources if kind_of(each) is ResourceKind.DATABASE]
    expected = FindingState.UNKNOWN if operation == "list_instances" else FindingState.KNOWN
    assert states(inventory, databases, "run_state") == {expected}


async def test_selected_databases_are_read_with_what_belongs_to_them(sandbox: Sandbox, connection: Connection) -> None:
    """The sweep leaves their backups out; for selected ones, these and their EIPs are read."""
    catalog = await list_catalog(connection)
    databases = [each for each in catalog.resources if kind_of(each) is ResourceKind.DATABASE]
    inventory = Inventory(catalog, now=sandbox.clock.now_utc())
    async with connection.inventory_clients() as clients:
        async for step in read_selected(clients, databases):
            inventory.replace_place(step.lists)
    for name in ("run_state", "newest_backup", "automatic_backup", "recycle_bin", "stays_behind"):
        assert FindingState.UNKNOWN not in states(inventory, databases, name), name


async def test_config_has_the_tags_that_no_service_told(sandbox: Sandbox, connection: Connection) -> None:
    """Those of other services, and of a list that is not allowed; without its recorder, they are unknown."""
    sandbox.auth_state.deny("list_servers_details")
    catalog = await list_catalog(connection)
    main = [each for each in catalog.resources if each.is_main_resource and each.status == Status.IN_USE]
    wanted = [each for each in main if kind_of(each) in (ResourceKind.OTHER, ResourceKind.SERVER)][:8]
    assert {kind_of(each) for each in wanted} == {ResourceKind.OTHER, ResourceKind.SERVER}

    async def tags() -> list[Finding[Tags]]:
        inventory = Inventory(catalog, now=sandbox.clock.now_utc())
        async with connection.inventory_clients() as clients:
            async for step in read_selected(clients, wanted):
                inventory.replace_place(step.lists)
        return [found for each in wanted if (found := inventory.findings_of(each).tags) is not None]

    read = [each for each in await tags() if each.is_known]
    assert read
    assert all(each.origin is not None and each.origin.is_from_config for each in read)
    sandbox.auth_state.deny("show_tracker_config")
    assert not any(each.is_known and each.origin and each.origin.is_from_config for each in await tags())


async def test_a_sweep_can_be_left_at_any_time(sandbox: Sandbox, connection: Connection) -> None:
    """Whoever stops reading a sweep leaves no task and no connection behind."""
    catalog = await list_catalog(connection)
    async with connection.inventory_clients() as clients:
        lists = sweep(clients, catalog.resources)
        await anext(lists)
        await lists.aclose()


async def test_an_id_that_cannot_be_sent_is_not_missed(connection: Connection) -> None:
    """An id from billing that could change the request is not asked about, so that nothing is "none seen" of it."""
    catalog = await list_catalog(connection)
    server = next(each for each in catalog.resources if kind_of(each) is ResourceKind.SERVER)
    odd = replace(server, resource_id=UntrustedText("a,b"))
    async with connection.inventory_clients() as clients:
        (step,) = [step async for step in read_selected(clients, [server, odd])]
    assert step.lists.servers is not None
    assert step.lists.eips is not None
    for found in (step.lists.servers, step.lists.eips):
        assert found.is_complete
        assert found.absence("a,b").state is FindingState.UNKNOWN
    assert step.lists.eips.absence(server.id).state is FindingState.NONE_SEEN
