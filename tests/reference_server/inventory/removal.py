"""What is left of an estate when some of it is gone."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import TypeVar

from tests.reference_server.inventory.estate import Estate
from tests.reference_server.inventory.routes import Identified

T = TypeVar("T", bound=Identified)


def without(estate: Estate, gone: frozenset[str]) -> Estate:
    """Return an estate without some of its things, and without what exists only with them.

    Snapshots go with their disk, automatic backups with their database, backups with their vault, nodes with their
    cluster. Disks are detached from a server that is gone, and addresses unbound. A node outlives its server.
    """
    if not gone:
        return estate

    def left(found: Iterable[T]) -> tuple[T, ...]:
        return tuple(each for each in found if each.id not in gone)

    disks = tuple(
        dataclasses.replace(each, attachments=tuple(one for one in each.attachments if one.server_id not in gone))
        for each in left(estate.disks)
    )
    eips = tuple(
        dataclasses.replace(each, binding=None)
        if each.binding and {each.binding.device_id, each.binding.instance_id} & gone
        else each
        for each in left(estate.eips)
    )
    return estate.replace(
        servers=left(estate.servers),
        disks=disks,
        snapshots=tuple(each for each in left(estate.snapshots) if each.disk_id not in gone),
        eips=eips,
        bandwidths=left(estate.bandwidths),
        vaults=left(estate.vaults),
        backups=tuple(each for each in left(estate.backups) if each.vault_id not in gone),
        databases=left(estate.databases),
        database_backups=tuple(
            each for each in left(estate.database_backups) if each.kind == "manual" or each.database_id not in gone
        ),
        clusters=left(estate.clusters),
        nodes=tuple(each for each in left(estate.nodes) if each.cluster_id not in gone),
    )
