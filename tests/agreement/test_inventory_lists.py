"""The lists of our clients against generated estates of the reference server: nothing invented, nothing wrongly absent.

Whatever fails, changes or is hidden: a list that says it is complete, also when compared with what is subscribed to,
has every row that can be seen.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, event, given, settings

from tests.reference_server import ReferenceServer
from tests.reference_server.inventory.estate import Estate
from tests.reference_server.inventory.strategies import estates
from tests.reference_server.inventory.visibility import LISTS, always_answers, control_group, is_conclusive, seen
from tests.support.connections import NO_DELAYS
from tests.support.effort import by_effort
from unsub_tui.api.connection import AccessKey, Connection, CredentialProvider
from unsub_tui.api.inventory.inventory_clients import InventoryClients
from unsub_tui.domain.inventory.service_lists import ServiceList
from unsub_tui.domain.inventory.service_rows import ProjectRegion
from unsub_tui.domain.secret import Secret

NOW = datetime(2026, 7, 1, 9, 30, tzinfo=UTC)
Read = Callable[[InventoryClients, ProjectRegion], Awaitable[ServiceList[Any]]]


async def _backups(clients: InventoryClients, place: ProjectRegion) -> ServiceList[Any]:
    found = (await clients.cbr.backups(place, [])).whole
    assert found is not None
    return found


READS: Mapping[str, tuple[Read, str]] = {
    "servers": (lambda clients, place: clients.ecs.servers(place), "server_id"),
    "disks": (lambda clients, place: clients.evs.disks(place), "disk_id"),
    "snapshots": (lambda clients, place: clients.evs.snapshots(place), "snapshot_id"),
    "eips": (lambda clients, place: clients.eip.eips(place), "eip_id"),
    "bandwidths": (lambda clients, place: clients.eip.bandwidths(place), "bandwidth_id"),
    "vaults": (lambda clients, place: clients.cbr.vaults(place), "vault_id"),
    "backups": (_backups, "backup_id"),
    "databases": (lambda clients, place: clients.rds.instances(place), "database_id"),
    "clusters": (lambda clients, place: clients.cce.clusters(place), "cluster_id"),
}
"""By field of an estate, how it is read, and the id of its rows."""

SMALL_PAGES = (
    *("ecs.PAGE_SIZE", "evs.PAGE_SIZE", "eip.PAGE_SIZE", "eip.BANDWIDTH_PAGE_SIZE", "cbr.PAGE_SIZE", "rds.PAGE_SIZE"),
)


@pytest.fixture(scope="module")
def vendor() -> Iterator[ReferenceServer]:
    """One account, which holds one estate after the other and answers in pages of two rows."""
    with ReferenceServer() as running, pytest.MonkeyPatch.context() as sizes:
        for each in SMALL_PAGES:
            sizes.setattr(f"unsub_tui.api.inventory.{each}", 2)
        yield running


def read_all(vendor: ReferenceServer, estate: Estate) -> dict[tuple[str, str], ServiceList[Any]]:
    """Return all lists of all projects, by field and id of the project."""
    vendor.inventory.hold(estate)
    keys = AccessKey(
        access_key=vendor.access_key,
        secret_key=Secret(vendor.secret_key),
        domain_id=vendor.domain_id,
        source="a test",
    )
    connection = Connection(
        site="intl",
        endpoint=vendor.endpoint,
        service_endpoints=vendor.service_endpoints,
        credential_provider=CredentialProvider.static(keys),
        retry_policy=NO_DELAYS,
    )

    async def reading() -> dict[tuple[str, str], ServiceList[Any]]:
        async with connection.inventory_clients() as clients:
            return {
                (field, each.id): await read(clients, ProjectRegion(each.region, each.id))
                for field, (read, _) in READS.items()
                for each in estate.projects
            }

    return asyncio.run(reading())


@settings(max_examples=by_effort(40, 400), deadline=None, suppress_health_check=list(HealthCheck))
@given(estates(NOW))
def test_a_complete_list_has_all_that_can_be_seen(vendor: ReferenceServer, estate: Estate) -> None:
    """And a list that answers, and about which nothing is odd, is complete."""
    lists = read_all(vendor, estate)
    visible, behavior = seen(estate), estate.behavior
    for (field, project_id), found in lists.items():
        ids = [getattr(each, READS[field][1]).raw for each in found.rows]
        assert len(ids) == len(set(ids))
        held = {each.id for each in getattr(estate, field)}
        if not behavior.field_changes and field != "backups":  # the service makes backups of the disks of a server
            assert set(ids) <= held
        checked = found.with_control_group(ids, control_group(estate, field, project_id))
        wanted = {each.id for each in getattr(visible, field) if each.project_id == project_id}
        assert checked.is_complete or checked.problem is not None
        if checked.is_complete:
            event(f"{field} complete")
            assert wanted - vendor.inventory.gone <= set(ids)
        elif (
            is_conclusive(estate, field, project_id)
            and always_answers(estate, LISTS[field], project_id)
            and behavior.knows_all_granted
            and not behavior.field_changes
            and not behavior.strays
        ):
            raise AssertionError((field, checked.problem))
