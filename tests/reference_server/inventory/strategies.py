"""Estates generated with hypothesis: ordinary things, and each trap that a program could fall into.

Ids count up, so that a failing example shrinks to few and readable things. What is generated is consistent: a server's
backup contains the disks that were attached before it was made, unless its vault leaves them out; only where rows tell
what is inside may it be anything.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from tests.reference_server.inventory.activity_strategies import metrics
from tests.reference_server.inventory.backup_strategies import backups, vaults
from tests.reference_server.inventory.behavior_strategies import behaviors
from tests.reference_server.inventory.estate import (
    Attachment,
    Bandwidth,
    Bin,
    Binding,
    Cluster,
    ConfigView,
    Database,
    DatabaseBackup,
    Disk,
    Eip,
    Estate,
    Item,
    Node,
    OffsiteBackup,
    Project,
    Server,
    Snapshot,
)
from tests.reference_server.inventory.names import Ids, hostile_names, tag_lists
from tests.reference_server.timestamps import stable_hex

REGIONS = ("cn-north-4", "cn-east-3", "ap-southeast-1")
SERVER_STATUSES = (
    *("ACTIVE", "ACTIVE", "ACTIVE", "SHUTOFF", "SHUTOFF", "BUILD", "ERROR", "REBOOT", "HARD_REBOOT", "MIGRATING"),
    *("REBUILD", "RESIZE", "VERIFY_RESIZE", "REVERT_RESIZE", "PAUSED", "SUSPENDED", "SHELVED", "SHELVED_OFFLOADED"),
    *("SOFT_DELETED", "DELETED", "UNKNOWN", "A_NEW_ONE"),
)
DISK_STATUSES = (
    *("", "", "", "", "creating", "attaching", "detaching", "extending", "deleting", "error", "rollbacking"),
    *("awaiting-transfer", "restoring-backup", "backing-up", "a-new-one"),
)
DATABASE_STATUSES = (
    *("ACTIVE", "ACTIVE", "SHUTDOWN", "BUILD", "FAILED", "FROZEN", "MODIFYING", "REBOOTING", "RESTORING"),
    *("SWITCHOVER", "MIGRATING", "BACKING UP", "STORAGE FULL", "A NEW ONE"),
)
ENGINES = ("MySQL", "PostgreSQL", "SQLServer", "MariaDB")
SWITCHES = (("", True), ("", False), ("ON", True), ("true", True), ("close", False), ("???", True), ("???", False))


@st.composite
def estates(
    draw: st.DrawFn, now: datetime, *, behaves: bool = False, lists_may_have_changed: bool = False, most: int = 3
) -> Estate:
    """Return estates of an account at some moment; services answer well if it `behaves`.

    With `lists_may_have_changed`, a backup may lack a disk that its vault does not leave out any more: only who asks
    for the rows inside of it finds out.
    """
    builder = _Builder(draw, now, Ids(), most)
    estate = Estate(projects=builder.projects())
    estate = estate.replace(servers=builder.servers(estate.projects))
    estate = estate.replace(disks=builder.disks(estate))
    estate = estate.replace(**builder.addresses(estate))
    estate = estate.replace(**builder.databases(estate.projects))
    estate = estate.replace(**builder.clusters(estate))
    estate = estate.replace(snapshots=builder.snapshots(estate.disks))
    estate = estate.replace(vaults=draw(vaults(estate, now, builder.ids)))
    estate = estate.replace(
        backups=draw(backups(estate, now, builder.ids, lists_may_have_changed=lists_may_have_changed))
    )
    estate = estate.replace(bins=builder.bins(estate.projects), config=builder.config(estate))
    start_hour = draw(st.sampled_from((0, 16)))
    estate = estate.replace(metrics=draw(metrics(estate, now, start_hour)))
    estate = estate.behaving(day_starts_hour=start_hour, includes_end=draw(st.booleans()))
    return estate if behaves else estate.replace(behavior=draw(behaviors(estate)))


@dataclass(frozen=True)
class _Builder:
    """Draws the parts of one estate."""

    draw: st.DrawFn
    now: datetime
    ids: Ids
    most: int

    def count(self, most: int = 0) -> range:
        """Return some numbers from 0."""
        return range(self.draw(st.integers(0, most or self.most)))

    def maybe(self, one_in: int = 3) -> bool:
        """Return whether something is so that is rarely so."""
        return self.draw(st.integers(0, one_in - 1)) == one_in - 1

    def common(
        self, kind: str, project: Project, *, order_id: str | None = None, primary_id: str = ""
    ) -> dict[str, Any]:
        """Return what all things have; without a word on its order it may be yearly/monthly or not."""
        number = self.ids.take()
        if order_id is None:
            order_id = "" if self.maybe(2) else f"CS{number:05}"
        created = self.now - timedelta(
            days=self.draw(st.sampled_from((0, 1, 2, 3, 8, 29, 32, 90, 400, 400, 400))), minutes=7
        )
        updated = self.now - timedelta(hours=self.draw(st.integers(0, 900)))
        return {
            "id": f"{stable_hex(f'{kind} {number}')}in01" if kind == "database" else self.ids.name(kind, number),
            "project_id": project.id,
            "name": self.draw(hostile_names()),
            "enterprise_project_id": self.draw(st.sampled_from(("0", "0", "ep1", "ep2"))),
            "tags": self.draw(tag_lists()),
            "created": created,
            "updated": max(created, updated),
            "order_id": order_id,
            "primary_id": primary_id,
        }

    def projects(self) -> tuple[Project, ...]:
        """Return a project, or one of another region, or one below it, besides."""
        found = [Project(id=stable_hex(each), region=each) for each in REGIONS[: self.draw(st.integers(1, 2))]]
        if self.maybe(4):
            below = Project(id=stable_hex("below"), region=found[0].region, suffix="dev", parent_id=found[0].id)
            found.append(below)
        return tuple(found)

    def servers(self, projects: Sequence[Project]) -> tuple[Server, ...]:
        """Return servers in all states."""
        return tuple(
            Server(
                **self.common("server", self.draw(st.sampled_from(projects))),
                status=self.draw(st.sampled_from(SERVER_STATUSES)),
                task_state=self.draw(st.sampled_from(("", "", "", "powering-off", "rebooting"))),
                is_locked=self.maybe(5),
                is_frozen=self.maybe(5),
                unlisted_disk_ids=("local-disk",) if self.maybe(8) else (),
            )
            for _ in self.count()
        )

    def disks(self, estate: Estate) -> tuple[Disk, ...]:
        """Return disks of servers, some of them shared, and free ones."""
        found = [self._system_disk(estate.projects, each) for each in estate.servers]
        for _ in self.count(self.most + 1):
            project = self.draw(st.sampled_from(estate.projects))
            near = [each for each in estate.servers if each.project_id == project.id]
            users = near[: self.draw(st.integers(0, 2))]
            in_order_of = users[0] if users and users[0].order_id and self.maybe(2) else None
            common = self.common(
                "disk",
                project,
                order_id=in_order_of.order_id if in_order_of else None,
                primary_id=in_order_of.id if in_order_of else "",
            )
            attachments = tuple(self._attachment(each, common["created"]) for each in users)
            found.append(
                Disk(
                    **common,
                    attachments=attachments,
                    is_shared=len(attachments) > 1 or self.maybe(5),
                    status=self.draw(st.sampled_from(DISK_STATUSES)),
                    service=self.draw(st.sampled_from(("EVS", "EVS", "EVS", "DSS"))),
                )
            )
        return tuple(found)

    def _system_disk(self, projects: Sequence[Project], server: Server) -> Disk:
        project = next(each for each in projects if each.id == server.project_id)
        common = self.common("disk", project, order_id=server.order_id, primary_id=server.id if server.order_id else "")
        common |= {"created": server.created, "enterprise_project_id": server.enterprise_project_id}
        attachment = Attachment(server_id=server.id, device="/dev/vda", attached=server.created, is_system=True)
        return Disk(**common, attachments=(attachment,))

    def _attachment(self, server: Server, created: datetime) -> Attachment:
        attached = max(created, server.created) + timedelta(minutes=1)
        late = self.now - timedelta(hours=self.draw(st.integers(1, 900)))
        return Attachment(
            server_id=server.id,
            device=f"/dev/vd{'bcdefg'[self.ids.take() % 6]}",
            attached=max(attached, late) if self.maybe(2) else attached,
            deletes_with_server=self.maybe(2),
        )

    def snapshots(self, disks: Sequence[Disk]) -> tuple[Snapshot, ...]:
        """Return snapshots, some of which a backup made."""
        names = st.sampled_from(("before-upgrade", "autobk_snapshot_2a", ""))
        return tuple(
            Snapshot(id=self.ids.name("snapshot"), project_id=each.project_id, disk_id=each.id, name=self.draw(names))
            for each in disks
            for _ in self.count(2)
        )

    def addresses(self, estate: Estate) -> dict[str, tuple[Item, ...]]:
        """Return addresses and their bandwidths, some of which are shared."""
        eips: list[Item] = []
        bandwidths: list[Bandwidth] = []
        for number in self.count():
            project = self.draw(st.sampled_from(estate.projects))
            shared = [each for each in bandwidths if each.is_shared and each.project_id == project.id]
            if not shared or self.maybe(2):
                bandwidths.append(Bandwidth(**self.common("bandwidth", project), is_shared=self.maybe(2)))
                shared = bandwidths[-1:]
            eip = Eip(
                **self.common("eip", project),
                address=f"203.0.113.{number}",
                bandwidth_id=shared[0].id,
                binding=self._binding([each for each in estate.servers if each.project_id == project.id]),
                status="FREEZED" if self.maybe(8) else "",
                goes_with_instance=self.maybe(3),
            )
            eips.append(eip)
        return {"eips": tuple(eips), "bandwidths": tuple(bandwidths)}

    def _binding(self, servers: Sequence[Server]) -> Binding | None:
        form = self.draw(st.sampled_from(("", "server", "server", "gateway", "balancer", "database")))
        key = self.ids.name("port")
        if form == "server" and servers:
            server = self.draw(st.sampled_from(servers))
            return Binding(target_id=key, device_id=server.id, device_owner="compute:az1")
        return {
            "gateway": Binding(kind="NATGW", target_id=key, device_id=key, device_owner="network:nat_gateway"),
            "balancer": Binding(kind="ELB", target_id=key),
            "database": Binding(target_id=key, device_id="", instance_type="RDS", instance_id=key),
        }.get(form)

    def databases(self, projects: Sequence[Project]) -> dict[str, tuple[Any, ...]]:
        """Return databases, with replicas of such as are in no list, and their backups."""
        found: list[Database] = []
        for _ in self.count():
            primary = next((each for each in found if each.form != "Replica"), None) if self.maybe(2) else None
            project = self.draw(st.sampled_from(projects))
            if primary:
                project = next(each for each in projects if each.id == primary.project_id)
            found.append(
                Database(
                    **self.common("database", project),
                    engine=primary.engine if primary else self.draw(st.sampled_from(ENGINES)),
                    form="Replica" if primary else self.draw(st.sampled_from(("Single", "Ha"))),
                    replica_of=primary.id if primary else "",
                    status=self.draw(st.sampled_from(DATABASE_STATUSES)),
                    keep_days=self.draw(st.sampled_from((0, 7))),
                )
            )
        kept = [one for each in found for one in self._database_backups(each)]
        offsite = [
            OffsiteBackup(
                id=self.ids.name("offsite"), database_id=each.id, region=REGIONS[-1], project_id=stable_hex(REGIONS[-1])
            )
            for each in found
            if each.engine in {"MySQL", "SQLServer"} and self.maybe(4)
        ]
        return {"databases": tuple(found), "database_backups": tuple(kept), "offsite_backups": tuple(offsite)}

    def _database_backups(self, database: Database) -> list[DatabaseBackup]:
        kinds = ("auto", "auto", "manual", "incremental") if database.engine == "MySQL" else ("auto", "manual")
        found = []
        for _ in self.count():
            ended = self.now - timedelta(hours=self.draw(st.integers(1, 2000)))
            found.append(
                DatabaseBackup(
                    id=f"{stable_hex(f'backup {self.ids.take()}')}br01",
                    database_id=database.id,
                    kind=self.draw(st.sampled_from(kinds)),
                    status=self.draw(st.sampled_from(("COMPLETED", "COMPLETED", "FAILED", "BUILDING", "DELETING"))),
                    name=self.draw(hostile_names()),
                    begun=ended - timedelta(minutes=5),
                    ended=ended,
                )
            )
        return found

    def clusters(self, estate: Estate) -> dict[str, tuple[Any, ...]]:
        """Return clusters whose nodes are servers; one server says by a tag alone that it is a node."""
        clusters = tuple(
            Cluster(
                **self.common("cluster", self.draw(st.sampled_from(estate.projects))),
                has_deletion_protection=self.maybe(2),
                phase=self.draw(st.sampled_from(("Available", "Unavailable", "Hibernation"))),
            )
            for _ in self.count(1)
        )
        servers, nodes = list(estate.servers), []
        for cluster in clusters:
            for index, server in enumerate(servers):
                if server.project_id == cluster.project_id and self.maybe(2):
                    nodes.append(Node(id=self.ids.name("node"), cluster_id=cluster.id, server_id=server.id))
                elif self.maybe(2):
                    tag = ("CCE-Cluster-ID", cluster.id)
                    servers[index] = replace(server, tags=(*(each for each in server.tags if each[0] != tag[0]), tag))
        return {"clusters": clusters, "nodes": tuple(nodes), "servers": tuple(servers)}

    def bins(self, projects: Sequence[Project]) -> tuple[Bin, ...]:
        """Return recycle bins: on, off, or not there at all."""
        found = []
        for project in projects:
            for service in ("ecs", "evs", "rds"):
                if self.maybe(2):
                    switch, is_on = self.draw(st.sampled_from(SWITCHES))
                    days, hours = self.draw(st.sampled_from((1, 3, 7))), self.draw(st.sampled_from((24, 72, 168)))
                    found.append(
                        Bin(
                            service=service,
                            project_id=project.id,
                            is_on=is_on,
                            switch=switch,
                            threshold_days=days,
                            kept_hours=hours,
                        )
                    )
        return tuple(found)

    def config(self, estate: Estate) -> ConfigView:
        """Return what Config knows: some of it was so yesterday."""
        old = [each.id for each in estate.servers if self.maybe(3)]
        return ConfigView(
            has_recorder=self.maybe(2),
            as_of=self.now - timedelta(hours=20),
            changed=tuple((each, (("status", self.draw(st.sampled_from(("ACTIVE", "SHUTOFF")))),)) for each in old),
            absent=frozenset(each.id for each in estate.items() if self.maybe(8)),
        )
