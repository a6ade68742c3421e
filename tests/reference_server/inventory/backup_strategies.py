"""Vaults and backups, with what makes a backup worth less than it looks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from hypothesis import strategies as st

from tests.reference_server.inventory.estate import Backup, Disk, Estate, Replication, Server, Vault, VaultMember
from tests.reference_server.inventory.names import Ids, hostile_names, tag_lists

STATUSES = (
    *("available", "available", "available", "available", "restoring", "error", "protecting", "waiting_protect"),
    *("deleting", "waiting_delete", "a_new_one"),
)


@st.composite
def vaults(draw: st.DrawFn, estate: Estate, now: datetime, ids: Ids) -> tuple[Vault, ...]:
    """Return vaults: frozen, full, yearly/monthly or not, in the subscription of a server; some leave disks out."""
    found = []
    for project in estate.projects:
        for _ in range(draw(st.integers(0, 2))):
            servers = [each for each in estate.servers if each.project_id == project.id]
            disks = [each for each in estate.disks if each.project_id == project.id]
            status = draw(st.sampled_from(("available", "available", "frozen", "error")))
            object_type = draw(st.sampled_from(("server", "server", "disk")))
            primary = draw(st.sampled_from([None, *(each for each in servers if each.order_id)]))
            number = ids.take()
            vault = Vault(
                id=ids.name("vault", number),
                project_id=project.id,
                name=draw(hostile_names()),
                tags=draw(tag_lists()),
                enterprise_project_id=draw(st.sampled_from(("0", "ep1"))),
                created=now - timedelta(days=500),
                updated=now - timedelta(days=500),
                order_id=primary.order_id if primary else draw(st.sampled_from(("", f"CS{number:05}"))),
                primary_id=primary.id if primary else "",
                status=status,
                frozen_scene="ARREAR" if status == "frozen" else "",
                used=draw(st.sampled_from((10 * 1024, 100 * 1024))),
                is_locked=draw(st.booleans()),
                object_type=object_type,
                members=tuple(draw(_members(estate, servers)))
                if object_type == "server"
                else tuple(VaultMember(id=each.id, kind="disk") for each in disks),
            )
            found.append(vault)
    return tuple(found)


@st.composite
def _members(draw: st.DrawFn, estate: Estate, servers: Sequence[Server]) -> list[VaultMember]:
    found = []
    for server in servers:
        disk_ids = [each.id for each in estate.disks if any(one.server_id == server.id for one in each.attachments)]
        some = tuple(draw(st.lists(st.sampled_from(disk_ids), unique=True, max_size=2))) if disk_ids else ()
        form = draw(st.sampled_from(("", "included", "excluded")))
        found.append(
            VaultMember(
                id=server.id,
                included_disk_ids=some if form == "included" else (),
                excluded_disk_ids=some if form == "excluded" else (),
            )
        )
    return found


@st.composite
def backups(
    draw: st.DrawFn, estate: Estate, now: datetime, ids: Ids, *, lists_may_have_changed: bool
) -> tuple[Backup, ...]:
    """Return backups of servers and disks; the newest may have failed, or expire soon."""
    found = []
    for vault in estate.vaults:
        things: Sequence[Server | Disk] = estate.servers if vault.object_type == "server" else estate.disks
        near = [each for each in things if each.project_id == vault.project_id]
        for _ in range(draw(st.integers(0, 3))):
            source = draw(st.sampled_from([None, *near]))
            if source:
                backup = _backup(draw, vault, source, now, ids)
                found.append(
                    _with_disks(draw, estate, vault, backup, lists_may_have_changed=lists_may_have_changed)
                    if backup.kind == "server"
                    else backup
                )
                if draw(st.integers(0, 2)) == 2:
                    later = backup.created + timedelta(minutes=draw(st.integers(1, 59)))
                    found.append(replace(found[-1], id=ids.name("backup"), status="error", created=later, disk_ids=()))
    return tuple(found)


def _backup(draw: st.DrawFn, vault: Vault, source: Server | Disk, now: datetime, ids: Ids) -> Backup:
    created = now - timedelta(hours=draw(st.integers(1, 1500)))
    is_copied = draw(st.integers(0, 4)) == 0
    return Backup(
        id=ids.name("backup"),
        project_id=vault.project_id,
        vault_id=vault.id,
        source_id=source.id,
        kind="server" if isinstance(source, Server) else "disk",
        name=draw(hostile_names()),
        enterprise_project_id=vault.enterprise_project_id,
        status=draw(st.sampled_from(STATUSES)),
        created=created,
        expires=draw(st.sampled_from((None, now + timedelta(days=3), now + timedelta(days=300)))),
        image_type=draw(st.sampled_from(("backup", "backup", "backup", "replication"))),
        replications=(
            Replication(
                region="cn-south-1", project_id="f" * 32, status=draw(st.sampled_from(("success", "skipped", "fail")))
            ),
        )
        if is_copied
        else (),
        is_from_other_project=draw(st.integers(0, 6)) == 0,
        is_automatic=draw(st.booleans()),
    )


def _with_disks(
    draw: st.DrawFn, estate: Estate, vault: Vault, backup: Backup, *, lists_may_have_changed: bool
) -> Backup:
    """Say which disks are in a server's backup, and where this is told.

    Where no row tells it, it must follow from the vault, which is not known of a backup of another project. Where only
    rows tell it that have to be asked for, it follows from the vault, too, unless its lists may have changed since.
    """
    attached = [
        each.id
        for each in estate.disks
        if any(one.server_id == backup.source_id and one.attached < backup.created for one in each.attachments)
    ]
    member = next(each for each in vault.members if each.id == backup.source_id)
    inside = [
        each
        for each in attached
        if each not in member.excluded_disk_ids and (not member.included_disk_ids or each in member.included_disk_ids)
    ]
    shows = draw(st.sampled_from(("children", "parent_id", "")))
    if backup.is_from_other_project and not shows:
        shows = "children"
    has_lists = bool(member.included_disk_ids or member.excluded_disk_ids)
    if shows == "children" or (shows and (has_lists or lists_may_have_changed)):
        # One without any disk would not be told from one whose disks are not named.
        left_out = draw(st.sets(st.sampled_from(inside), max_size=len(inside) - 1)) if inside else set()
        inside = [each for each in inside if each not in left_out]
    return replace(backup, disk_ids=tuple(inside), shows_disks=shows)
