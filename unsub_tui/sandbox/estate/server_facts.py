"""The state of a server: running, stopped, in a task or frozen; its times, disks and EIP."""

from __future__ import annotations

from dataclasses import dataclass

from unsub_tui.sandbox.estate.cloud_resource import CloudResource, created_at, exists, is_frozen
from unsub_tui.sandbox.estate.draws import Draws
from unsub_tui.sandbox.estate.relations import Relations
from unsub_tui.sandbox.estate.tags import tags_of
from unsub_tui.sandbox.models import Resource
from unsub_tui.sandbox.timestamps import DAY, HOUR

_LONG_STOPPED = 0.07
"""Share of the servers that have been stopped for months; following draws are counted from here."""
_STOPPED = 0.10
_IN_TASK = 0.125
_BROKEN = 0.135
_QUIET = 0.11
"""Share of the running servers that do nothing."""
_TASKS = (
    ("ACTIVE", "active", "powering-off"),
    ("REBOOT", "active", "reboot_started"),
    ("ACTIVE", "active", "image_snapshot"),
    ("SHUTOFF", "stopped", "powering-on"),
)
_RUNNING, _SHUT_DOWN, _NO_STATE = 1, 4, 0


@dataclass(frozen=True, slots=True, kw_only=True)
class AttachedDisk:
    """A disk of a server."""

    disk: CloudResource
    place: int
    """Place among all disks that the server ever had, counted from 0: it decides the name of the device."""

    @property
    def device(self) -> str:
        """Name of the device, such as /dev/vda."""
        return f"/dev/vd{chr(ord('a') + self.place)}"

    @property
    def boot_index(self) -> int:
        """0 for the system disk, -1 for the others."""
        return 0 if self.place == 0 else -1

    @property
    def deletes_on_termination(self) -> bool:
        """Whether the disk is deleted with its server when that is deleted, not unsubscribed."""
        return self.place == 0 or isinstance(self.disk, Resource)


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerFacts:
    """A server at this moment."""

    source: CloudResource
    created: int
    launched: int
    updated: int
    """Time of the last operation, such as a start or a stop."""
    status: str
    vm_state: str
    task_state: str | None
    power_state: int
    is_frozen: bool
    is_quiet: bool
    """Whether it runs and does nothing."""
    is_locked: bool
    tags: dict[str, str]
    disks: tuple[AttachedDisk, ...]
    address: CloudResource | None
    """The EIP that is bound to it."""
    cluster: Resource | None
    """The cluster of which it is a node."""

    @property
    def server_id(self) -> str:
        """Id of the server."""
        return self.source.resource_id

    @property
    def is_running(self) -> bool:
        """Whether it runs."""
        return self.power_state == _RUNNING


def server_facts(
    server: CloudResource, relations: Relations, draws: Draws, epoch: int, *, is_hostile: bool
) -> ServerFacts:
    """Return what an existing server is doing."""
    key = server.resource_id
    created = created_at(server, epoch)
    launched = created + draws.between(key, "launch", 40, 300)
    draw = 1.0 if relations.cluster_of.get(key) else draws.fraction(key, "state")
    recently = draws.between(key, "operated", max(launched, epoch - 200 * DAY), max(launched + 1, epoch - 6 * HOUR))
    status, vm_state, task, power, updated = "ACTIVE", "active", None, _RUNNING, recently
    if is_frozen(server):
        status, vm_state, power = "SHUTOFF", "stopped", _SHUT_DOWN
        updated = server.updated if isinstance(server, Resource) else recently
    elif draw < _STOPPED:
        status, vm_state, power = "SHUTOFF", "stopped", _SHUT_DOWN
        days, latest = (320, epoch - 75 * DAY) if draw < _LONG_STOPPED else (15, epoch - 2 * HOUR)
        updated = draws.between(key, "stopped", max(launched, epoch - days * DAY), max(launched + 1, latest))
    elif draw < _IN_TASK:
        status, vm_state, task = draws.choice(key, "task", _TASKS)
        power = _SHUT_DOWN if vm_state == "stopped" else _RUNNING
    elif draw < _BROKEN:
        status, vm_state, power = "ERROR", "error", _NO_STATE
    is_quiet = status == "ACTIVE" and task is None and draws.fraction(key, "quiet") < _QUIET
    is_quiet = is_quiet and not relations.cluster_of.get(key)
    attached = enumerate(relations.disks_of.get(key, ()))
    address, cluster = relations.address_of.get(key), relations.cluster_of.get(key)
    cluster = cluster if cluster is not None and exists(cluster) else None
    node_tags = {"CCE-Cluster-ID": cluster.resource_id, "CCE-Dynamic-Provisioning-Node": key} if cluster else {}
    is_left_over = is_quiet or (draw < _LONG_STOPPED and status == "SHUTOFF")
    return ServerFacts(
        source=server,
        created=created,
        launched=launched,
        updated=updated,
        status=status,
        vm_state=vm_state,
        task_state=task,
        power_state=power,
        is_frozen=is_frozen(server),
        is_quiet=is_quiet,
        is_locked=draws.fraction(key, "locked") < 0.02,
        tags=tags_of(server, draws, is_left_over=is_left_over, is_hostile=is_hostile) | node_tags,
        disks=tuple(AttachedDisk(disk=disk, place=place) for place, disk in attached if exists(disk)),
        address=address if address is not None and exists(address) else None,
        cluster=cluster,
    )
