"""Vaults of the account and the servers and disks that they protect."""

from __future__ import annotations

import enum
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from unsub_tui.sandbox import offers
from unsub_tui.sandbox.account_fixtures import REGIONS, project_id
from unsub_tui.sandbox.estate.backup_schedule import SERVERS, Protection, protection_of
from unsub_tui.sandbox.estate.draws import draw, named_id
from unsub_tui.sandbox.models import Resource

_MAX_RESOURCES = 200
"""Number of resources after which a pay-per-use vault of the same kind is added."""


class VaultKind(enum.Enum):
    """Kinds of vaults."""

    SUBSCRIBED = "subscribed"
    """Yearly/monthly; the id is that of its resource in billing."""
    SERVERS = "servers"
    LOCKED = "locked"
    """With backup lock: backups cannot be deleted before their time."""
    FULL = "full"
    FROZEN = "frozen"
    DISKS = "disks"
    COPIES = "copies"
    """For copies of backups in other regions."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Vault:
    """A vault with the resources that are bound to it."""

    vault_id: str
    name: str
    project_id: str
    kind: VaultKind
    subscription: Resource | None = None
    """Its resource in billing; None if it is pay-per-use."""
    resources: list[Resource] = field(default_factory=list)


class VaultPlan:
    """All vaults; the resources that are bound to them do not change."""

    def __init__(self, resources: Iterable[Resource]) -> None:
        self._by_project: dict[str, list[Vault]] = defaultdict(list)
        self._by_resource: dict[str, Vault] = {}
        self._copy_vaults: dict[str, Vault] = {}
        self._shared: dict[str, list[Resource]] = defaultdict(list)
        self._open: dict[tuple[str, VaultKind], Vault] = {}
        """The vaults to which further resources are bound."""
        protected = []
        for resource in resources:
            if resource.offer.code == offers.VAULT.code:
                self._add(resource.project_id, VaultKind.SUBSCRIBED, resource)
            elif protection_of(resource) is not Protection.NONE:
                protected.append(resource)
        for resource in sorted(protected, key=lambda one: (one.purchase_number, one.position)):
            self._bind(resource)

    def in_project(self, project: str) -> tuple[Vault, ...]:
        """Return the vaults of a project."""
        return tuple(self._by_project.get(project, ()))

    def shared_with(self, project: str) -> tuple[Resource, ...]:
        """Return the resources of a project whose only backup lies in a vault of another account."""
        return tuple(self._shared.get(project, ()))

    def vault_of(self, resource: Resource) -> Vault | None:
        """Return the vault that protects a resource."""
        return self._by_resource.get(resource.resource_id)

    def copy_vault_of(self, resource: Resource) -> Vault | None:
        """Return the vault in another region to which the backups of a resource are copied."""
        return self._copy_vaults.get(resource.resource_id)

    def _bind(self, resource: Resource) -> None:
        protection = protection_of(resource)
        if protection is Protection.SHARED:
            self._shared[resource.project_id].append(resource)
            return
        vault = self._subscribed_vault(resource) or self._open_vault(
            resource.project_id, _kind_for(resource, protection)
        )
        vault.resources.append(resource)
        self._by_resource[resource.resource_id] = vault
        if is_copied(resource, protection):
            copies = self._open_vault(project_id(destination_of(resource.region)), VaultKind.COPIES)
            copies.resources.append(resource)
            self._copy_vaults[resource.resource_id] = copies

    def _subscribed_vault(self, resource: Resource) -> Vault | None:
        """Return a yearly/monthly vault of the project for half of its servers."""
        if resource.offer.code not in SERVERS or draw(resource, "vault", 2):
            return None
        vaults = [each for each in self._by_project[resource.project_id] if each.kind is VaultKind.SUBSCRIBED]
        return vaults[draw(resource, "which vault", len(vaults))] if vaults else None

    def _open_vault(self, project: str, kind: VaultKind) -> Vault:
        """Return the vault of a kind with room for another resource."""
        vault = self._open.get((project, kind))
        if vault is None or len(vault.resources) >= _MAX_RESOURCES:
            vault = self._open[project, kind] = self._add(project, kind)
        return vault

    def _add(self, project: str, kind: VaultKind, subscription: Resource | None = None) -> Vault:
        vaults = self._by_project[project]
        place = sum(each.kind is kind for each in vaults) + 1
        vault = Vault(
            vault_id=subscription.resource_id if subscription else named_id("vault", project, kind.value, place),
            name=subscription.name if subscription else f"vault-{kind.value}-{place:02d}",
            project_id=project,
            kind=kind,
            subscription=subscription,
        )
        vaults.append(vault)
        return vault


def _kind_for(resource: Resource, protection: Protection) -> VaultKind:
    """Return the kind of the pay-per-use vault of a resource: vaults that are full or frozen have only old backups."""
    if resource.offer.code not in SERVERS:
        return VaultKind.DISKS
    if protection is Protection.OLD:
        return (VaultKind.SERVERS, VaultKind.FULL, VaultKind.FROZEN)[draw(resource, "old vault", 3)]
    return VaultKind.LOCKED if protection is Protection.WEEKLY else VaultKind.SERVERS


def is_copied(resource: Resource, protection: Protection) -> bool:
    """Return whether the backups of a resource are copied to another region."""
    return protection is Protection.DAILY and draw(resource, "copies", 3) == 0


def destination_of(region: str) -> str:
    """Return the region to which a region's backups are copied."""
    regions = tuple(REGIONS)
    return regions[(regions.index(region) + 1) % len(regions)]


def excluded_disks(server: Resource, disk_ids: tuple[str, ...]) -> tuple[str, ...]:
    """Return the disks of a server that its backups leave out: none, or the last of several."""
    return disk_ids[-1:] if len(disk_ids) > 1 and draw(server, "excluded", 3) == 0 else ()


def included_disks(server: Resource, disk_ids: tuple[str, ...]) -> tuple[str, ...]:
    """Return the only disks of a server that are backed up, if the vault names them: none, or the first of several."""
    return disk_ids[:1] if len(disk_ids) > 1 and draw(server, "excluded", 3) == 1 else ()
