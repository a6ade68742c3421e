"""Facts about generated accounts, read over HTTP and written for scripts, as an independent judge sees them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from tests.reference_server import ReferenceServer
from tests.reference_server.inventory.estate import Estate
from tests.reference_server.inventory.judge import NEEDED, Judge
from tests.reference_server.inventory.strategies import estates
from tests.reference_server.inventory.visibility import LISTS
from tests.support.connections import NO_DELAYS
from tests.support.effort import by_effort
from unsub_tui.api.connection import AccessKey, Connection, CredentialProvider
from unsub_tui.api.inventory.inventory_clients import InventoryClients
from unsub_tui.domain.inventory.inventory import Inventory
from unsub_tui.domain.resource import Catalog, Resource
from unsub_tui.domain.secret import Secret
from unsub_tui.engine.inventory.list_jobs import InventoryProgress
from unsub_tui.engine.inventory.selected_reads import read_selected
from unsub_tui.engine.inventory.sweep import sweep
from unsub_tui.present.export.formats import Row
from unsub_tui.present.export.inventory_facts import facts_row

NOW = datetime.now(UTC).replace(second=0, microsecond=0)
"""The services answer requests that are signed with the real time."""


@pytest.fixture(scope="module")
def vendor() -> Iterator[ReferenceServer]:
    """One account, which holds one estate after the other."""
    with ReferenceServer(rate_factor=1000) as running:
        yield running


Read = Callable[[InventoryClients, Iterable[Resource]], AsyncIterator[InventoryProgress]]


def connect(vendor: ReferenceServer) -> Connection:
    """Return the connection of the account's owner."""
    keys = AccessKey(
        access_key=vendor.access_key, secret_key=Secret(vendor.secret_key), domain_id=vendor.domain_id, source="a test"
    )
    return Connection(
        site="intl",
        endpoint=vendor.endpoint,
        service_endpoints=vendor.service_endpoints,
        credential_provider=CredentialProvider.static(keys),
        retry_policy=NO_DELAYS,
    )


async def read_facts(vendor: ReferenceServer, read: Read) -> dict[str, Row]:
    """Return the facts about all resources of the account that follow from one way of reading."""
    connection = connect(vendor)
    catalog = Catalog()
    async with connection.read_client() as client:
        async for page in client.resource_pages():
            catalog.add_page(page.rows)
    catalog = catalog.joined()
    inventory = Inventory(catalog, now=datetime.now(UTC))
    async with connection.inventory_clients() as clients:
        async for step in read(clients, catalog.resources):
            inventory.replace_place(step.lists)
    return {each.id: facts_row(inventory.findings_of(each)) for each in catalog.resources}


JUDGED = frozenset(
    (
        "run_state",
        "attached_to",
        "bound_to",
        "tags",
        "newest_backup",
        "lasting_backup",
        "automatic_backup",
        "snapshots",
        "replicas",
        "stays_behind",
        "cluster",
    )
)
"""Names of the facts that the judge knows, beside `activity` of servers."""
NOT_OF_DATABASES = frozenset(("stays_behind",))
"""Names that it knows of servers and disks only."""

WITHOUT_SHRINKING = (Phase.explicit, Phase.reuse, Phase.generate)
"""To shrink an account takes minutes, because all of it is read again for each step."""


@settings(
    max_examples=by_effort(10, 1000), deadline=None, suppress_health_check=list(HealthCheck), phases=WITHOUT_SHRINKING
)
@given(estates(NOW))
@pytest.mark.parametrize("read", [read_selected, sweep])
def test_no_fact_is_objected_to(vendor: ReferenceServer, read: Read, estate: Estate) -> None:
    """Whatever the user may see, and however the services fail: all lists are read, or everything about each one."""
    vendor.hold(estate)
    facts = asyncio.run(read_facts(vendor, read))
    judge = Judge(estate, NOW)
    objections: list[str] = []
    for resource_id, row in facts.items():
        said: dict[str, Any] = {name: fact for name, fact in row.items() if name in judged_names(estate, resource_id)}
        objections += judge.violations(resource_id, said)
    assert objections == []


def judged_names(estate: Estate, resource_id: str) -> frozenset[str]:
    """Return the names of the facts of a resource that the judge can judge."""
    names = JUDGED
    if resource_id in {each.id for each in estate.servers}:
        names |= {"activity"}
        if any(each.operation.startswith("evs") for each in estate.behavior.failures):
            names -= {"newest_backup"}  # whether a server has a backup does not depend on the list of disks
    if resource_id in {each.id for each in estate.databases}:
        names -= NOT_OF_DATABASES
    if any(each.kind == "server" and not each.disk_ids for each in estate.backups):
        names -= {"newest_backup"}  # a backup of a server without any disk is not told from one that names none
    # A wrong number of rows is no sign where a list is empty or asked for by ids.
    lies = {operation for operation, wrong in estate.behavior.wrong_counts if wrong}
    return frozenset(each for each in names if lies.isdisjoint(LISTS[name] for name in NEEDED.get(each, ())))
