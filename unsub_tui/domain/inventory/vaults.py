"""Vaults: what endangers the backups in one, and which of them hold or make backups of a resource."""

from __future__ import annotations

from collections.abc import Iterator

from unsub_tui.domain.fact import Fact, FactCode, fact
from unsub_tui.domain.inventory.charging import Charging
from unsub_tui.domain.inventory.finding import NOT_READ, Finding, known
from unsub_tui.domain.inventory.place_index import PlaceIndex
from unsub_tui.domain.inventory.resource_findings import StayingResource
from unsub_tui.domain.inventory.resource_kinds import ResourceKind
from unsub_tui.domain.inventory.service_rows import Vault
from unsub_tui.domain.inventory.subject import Subject
from unsub_tui.domain.resource import ExpirePolicy, Resource, Status
from unsub_tui.domain.untrusted_text import EMPTY, UntrustedText

USABLE_BACKUPS = frozenset({"available", "restoring"})
"""Statuses of backups that can be restored."""
WORKING_VAULTS = frozenset({"", "available", "lock"})
"""Statuses of vaults that keep their backups; frozen ones have a sign of their own."""

MB_PER_GB = 1024


def vault_dangers(subject: Subject, place: PlaceIndex, vault_id: UntrustedText) -> Iterator[Fact]:
    """Yield what can end the backups in a vault."""
    billed = subject.estate.catalog.get(vault_id.raw)
    vault = place.vaults.find(vault_id.raw)
    names = (
        vault.value.name if vault.value is not None else EMPTY,
        billed.resource_name if billed else EMPTY,
        vault_id,
    )
    name = next((each.raw for each in names if each), "")
    if subject.estate.is_selected(vault_id.raw):
        yield fact("inventory_vault_selected", vault=name)
    elif billed is not None and _goes_with(subject, billed):
        yield fact("inventory_vault_attached", vault=name)
    if vault.value is None:
        yield fact("inventory_vault_unread", vault=name, reason=vault.reason)
        return
    yield from _state_dangers(vault.value, billed, name)
    yield from _subscription_dangers(subject, vault.value, billed, name)


def backups_inside(subject: Subject) -> Finding[int] | None:
    """Return the number of usable backups in a vault, which are deleted with it; None for other resources."""
    if subject.kind is not ResourceKind.VAULT:
        return None
    rows = subject.place.lists.backups
    absence = NOT_READ if rows is None else rows.absence()
    inside = subject.place.backups.by_vault.get(subject.resource.id, ())
    count = sum(each.status in USABLE_BACKUPS for each in inside)
    return known(count, absence.origin) if count and absence.reason is None and absence.origin is not None else absence


def vaults_of(subject: Subject) -> Finding[tuple[StayingResource, ...]] | None:
    """Return the vaults that hold or make backups of a server or disk, and are not unsubscribed from."""
    if subject.kind not in (ResourceKind.SERVER, ResourceKind.DISK):
        return None
    place, resource_id = subject.place, subject.resource.id
    held = (row.vault_id.raw for row in place.backups.by_resource.get(resource_id, ()))
    vaults = {each.vault_id.raw: each for each, _ in place.protections.get(resource_id, ())}
    vaults |= {each: vault for each in held if (vault := place.vaults.get(each)) is not None}
    staying = tuple(_staying(subject, each) for each in vaults.values() if _stays(subject, each))
    origin = place.vaults.list.origin
    return known(staying, origin) if staying and origin is not None else place.vaults.list.absence(resource_id)


def _stays(subject: Subject, vault: Vault) -> bool:
    billed = subject.estate.catalog.get(vault.vault_id.raw)
    return not subject.estate.is_selected(vault.vault_id.raw) and not (billed and _goes_with(subject, billed))


def _staying(subject: Subject, vault: Vault) -> StayingResource:
    is_billed = subject.estate.catalog.get(vault.vault_id.raw) is not None
    charging = Charging.YEARLY_MONTHLY if is_billed else vault.charging
    return StayingResource(resource_id=vault.vault_id, kind="vault", charging=charging, name=vault.name)


def _goes_with(subject: Subject, vault: Resource) -> bool:
    """Return whether a vault is attached to the same primary resource, such as a Flexus L server."""
    if vault.is_main_resource:
        return False
    primary = subject.estate.primary_of(vault.id)
    own = subject.estate.primary_of(subject.resource.id) or subject.resource
    # Without its primary resource it is not known what the vault goes with.
    return primary is None or primary.id == own.id


def _state_dangers(vault: Vault, billed: Resource | None, name: str) -> Iterator[Fact]:
    if vault.is_frozen or (billed is not None and billed.status != Status.IN_USE):
        yield fact("inventory_vault_frozen", vault=name)
    elif vault.status not in WORKING_VAULTS:
        yield fact("inventory_vault_status", vault=name, status=vault.status)
    if vault.used_mb is not None and vault.size_gb and vault.used_mb >= vault.size_gb * MB_PER_GB:
        yield fact("inventory_vault_full", vault=name)


def _subscription_dangers(subject: Subject, vault: Vault, billed: Resource | None, name: str) -> Iterator[Fact]:
    """Yield that a yearly/monthly vault expires."""
    if vault.charging is Charging.YEARLY_MONTHLY and billed is None:
        yield fact("inventory_vault_expiry_unknown", vault=name)
    if billed is None or billed.expire_policy in (ExpirePolicy.AUTO_RENEW, ExpirePolicy.PAY_PER_USE):
        return
    if billed.expire_time is None:
        yield fact("inventory_vault_expiry_unknown", vault=name)
        return
    left, limits = billed.expire_time - subject.estate.now, subject.estate.thresholds
    if left < limits.expiry_warned:
        is_soon = left < limits.min_backup_life
        code: FactCode = "inventory_vault_expires_soon" if is_soon else "inventory_vault_expires_later"
        yield fact(code, vault=name, date=f"{billed.expire_time:%Y-%m-%d}")
