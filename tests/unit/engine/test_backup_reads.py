"""Backups of selected resources: few calls, and enough to know which disks a server's backup holds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.reference_server import ReferenceServer
from tests.reference_server.inventory.estate import (
    Attachment,
    Backup,
    Disk,
    Estate,
    Project,
    Server,
    Vault,
    VaultMember,
)
from tests.support.connections import NO_DELAYS
from unsub_tui.api.connection import AccessKey, Connection, CredentialProvider
from unsub_tui.domain.inventory.finding import FindingState
from unsub_tui.domain.inventory.inventory import Inventory
from unsub_tui.domain.resource import Catalog
from unsub_tui.domain.secret import Secret
from unsub_tui.engine.inventory.selected_reads import read_selected

HOME = Project(id="a" * 32, region="ap-southeast-3")
BORN = datetime(2026, 1, 1, tzinfo=UTC)
COUNT = 3
P: dict[str, Any] = {"project_id": HOME.id, "created": BORN}


def estate() -> Estate:
    """Return servers with a system disk each, all of which are backed up; no row names the disks inside."""
    servers = [f"s{number}" for number in range(COUNT)]
    return Estate(
        projects=(HOME,),
        servers=tuple(Server(id=each, name=each, order_id=f"CS{each}", **P) for each in servers),
        disks=tuple(
            Disk(
                id=f"d-{each}",
                order_id=f"CS{each}",
                primary_id=each,
                attachments=(Attachment(server_id=each, is_system=True, attached=BORN),),
                **P,
            )
            for each in servers
        ),
        vaults=(Vault(id="v", members=tuple(VaultMember(id=each) for each in servers), **P),),
        backups=tuple(
            Backup(
                id=f"b-{each}",
                project_id=HOME.id,
                vault_id="v",
                source_id=each,
                disk_ids=(f"d-{each}",),
                shows_disks="parent_id",
                created=BORN + timedelta(days=30),
            )
            for each in servers
        ),
    )


@pytest.fixture(scope="module")
def vendor() -> Iterator[ReferenceServer]:
    """A reference server; each test lets it hold an estate."""
    with ReferenceServer() as running:
        yield running


async def read(vendor: ReferenceServer, held: Estate) -> Inventory:
    """Return what is known of all servers when they are selected."""
    vendor.hold(held)
    vendor.inventory.seen_calls.clear()
    keys = AccessKey(
        access_key=vendor.access_key, secret_key=Secret(vendor.secret_key), domain_id=vendor.domain_id, source="a test"
    )
    connection = Connection(
        site="intl",
        endpoint=vendor.endpoint,
        service_endpoints=vendor.service_endpoints,
        credential_provider=CredentialProvider.static(keys),
        retry_policy=NO_DELAYS,
    )
    catalog = Catalog()
    async with connection.read_client() as client:
        catalog.add_page(await client.list_resources())
    inventory = Inventory(catalog, now=BORN + timedelta(days=60))
    async with connection.inventory_clients() as clients:
        async for step in read_selected(clients, [each for each in catalog.resources if each.is_main_resource]):
            inventory.replace_place(step.lists)
    found = [inventory.findings_of(each).newest_backup for each in catalog.resources if each.is_main_resource]
    assert {each.state for each in found if each is not None} == {FindingState.KNOWN}
    return inventory


def backup_calls(vendor: ReferenceServer) -> list[str]:
    """Return the parents for which disks were asked; an empty text for the list itself."""
    return [
        "".join(each.query.get("parent_id", ()))
        for each in vendor.inventory.seen_calls
        if each.operation == "cbr.list_backups"
    ]


async def test_the_disks_inside_are_asked_for_where_no_row_names_them(vendor: ReferenceServer) -> None:
    """What the vault includes today says nothing certain about them: their backups are usable once they are named."""
    inventory = await read(vendor, estate())
    assert sorted(backup_calls(vendor)) == ["", "b-s0", "b-s1", "b-s2"]
    resources = [each for each in inventory.catalog.resources if each.is_main_resource]
    backups = [inventory.findings_of(each).newest_backup for each in resources]
    assert all(each is not None and each.value is not None and each.value.is_usable for each in backups)


async def test_the_disks_inside_are_not_asked_for_where_rows_name_them(vendor: ReferenceServer) -> None:
    """One call for all backups of the project."""
    held = estate()
    await read(vendor, replace(held, backups=tuple(replace(each, shows_disks="children") for each in held.backups)))
    assert backup_calls(vendor) == [""]
