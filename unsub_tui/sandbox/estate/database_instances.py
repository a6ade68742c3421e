"""Instances of RDS and their backups: those of billing, and pay-per-use ones that belong to them."""

from __future__ import annotations

import enum
from collections.abc import Iterator
from dataclasses import dataclass

from unsub_tui.sandbox import offers
from unsub_tui.sandbox.estate.draws import draw, spread
from unsub_tui.sandbox.estate.part_ids import PartId, find_part
from unsub_tui.sandbox.models import Condition, Resource, ResourceStatus
from unsub_tui.sandbox.resource_store import ResourceStore
from unsub_tui.sandbox.timestamps import DAY, HOUR

_REPLICA_KIND, _NEIGHBOR_KIND, _BACKUP_KIND = 5, 6, 7
"""Kinds of ids: pay-per-use read replicas, other pay-per-use instances, backups."""

SHUT_DOWN = "SHUTDOWN"
_STATUSES = ("ACTIVE",) * 9 + (SHUT_DOWN, "STORAGE FULL", "BACKING UP")
KEPT_DAYS = 7
"""Days that automatic backups are kept, unless they are off."""


class Engine(enum.Enum):
    """Database engines: the name in the API, the version, and the suffixes of ids."""

    MYSQL = "MySQL", "8.0", "01"
    POSTGRESQL = "PostgreSQL", "14", "03"
    SQL_SERVER = "SQLServer", "2019_SE", "04"
    MARIADB = "MariaDB", "10.5", "08"

    def __init__(self, label: str, version: str, suffix: str) -> None:
        self.label = label
        self.version = version
        self.suffix = suffix


class InstanceType(enum.StrEnum):
    """Types of instances in the API."""

    SINGLE = "Single"
    HA = "Ha"
    REPLICA = "Replica"


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseInstance:
    """An instance of RDS."""

    instance_id: str
    name: str
    engine: Engine
    instance_type: InstanceType
    resource: Resource
    """Its resource in billing; for a pay-per-use instance the resource with which it was created."""
    is_subscribed: bool
    """Whether it is yearly/monthly."""
    primary_id: str | None = None
    replica_ids: tuple[str, ...] = ()
    is_independent: bool = False
    """Whether it stays when the resource is unsubscribed from."""

    @property
    def is_replica(self) -> bool:
        """Whether it is a read replica."""
        return self.instance_type is InstanceType.REPLICA

    @property
    def status(self) -> str:
        """Status in the API."""
        if self.is_subscribed and self.resource.status in (ResourceStatus.FROZEN, ResourceStatus.EXPIRED):
            return "FROZEN"
        return _STATUSES[draw(self.resource, f"status {self.is_subscribed}", len(_STATUSES))]

    @property
    def is_stopped(self) -> bool:
        """Whether it has been stopped, and for so long that nothing was measured."""
        return self.status == SHUT_DOWN

    @property
    def keeps_automatic_backups(self) -> bool:
        """Whether automatic backups are on; a read replica has none."""
        return not self.is_replica and draw(self.resource, f"keep days {self.is_subscribed}", 4) > 0

    @property
    def is_copied_off_site(self) -> bool:
        """Whether its backups are copied to another region."""
        return (
            self.keeps_automatic_backups
            and self.engine in (Engine.MYSQL, Engine.SQL_SERVER)
            and draw(self.resource, "off-site", 3) == 0
        )


def is_database(resource: Resource) -> bool:
    """Return whether a resource of billing is an instance of RDS."""
    return resource.offer.code == offers.DATABASE.code


def instances_of(resource: Resource, resources: ResourceStore) -> Iterator[DatabaseInstance]:
    """Yield the instance of a resource, and the pay-per-use instances that were created with it."""
    engine, instance_type = _engine_of(resource)
    replicas = tuple(_replica_ids(resource, resources, engine))
    yield DatabaseInstance(
        instance_id=resource.resource_id,
        name=resource.name,
        engine=engine,
        instance_type=instance_type,
        resource=resource,
        is_subscribed=True,
        primary_id=_primary_id(resource, resources),
        replica_ids=replicas,
    )
    if _has_pay_per_use_replica(resource, engine):
        yield DatabaseInstance(
            instance_id=_instance_id(resource, _REPLICA_KIND, engine),
            name=f"{resource.name}-read-on-demand",
            engine=engine,
            instance_type=InstanceType.REPLICA,
            resource=resource,
            is_subscribed=False,
            primary_id=resource.resource_id,
        )
    if draw(resource, "neighbor", 3) == 0:
        yield DatabaseInstance(
            instance_id=_instance_id(resource, _NEIGHBOR_KIND, Engine.MARIADB),
            name=f"wiki-{draw(resource, 'name', 90) + 10}",
            engine=Engine.MARIADB,
            instance_type=InstanceType.SINGLE,
            resource=resource,
            is_subscribed=False,
            is_independent=True,
        )


def find_instance(instance_id: str, resources: ResourceStore) -> DatabaseInstance | None:
    """Return the instance with this id, which may be gone, or None."""
    resource = resources.get(instance_id)
    if resource is None:
        part = find_part(_with_dashes(instance_id), resources)
        resource = part.resource if part else None
    if resource is None or not is_database(resource):
        return None
    return next((each for each in instances_of(resource, resources) if each.instance_id == instance_id), None)


def _with_dashes(instance_id: str) -> str:
    """Return the UUID in the id of a pay-per-use instance."""
    digits = instance_id[:32]
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def _instance_id(resource: Resource, kind: int, engine: Engine) -> str:
    return f"{PartId(resource, kind)}".replace("-", "") + f"in{engine.suffix}"


def _engine_of(resource: Resource) -> tuple[Engine, InstanceType]:
    code = resource.spec.code
    if code.endswith(".rr"):
        return Engine.MYSQL, InstanceType.REPLICA
    if ".pg." in code:
        return Engine.POSTGRESQL, InstanceType.SINGLE
    if ".mssql." in code:
        return Engine.SQL_SERVER, InstanceType.SINGLE
    return Engine.MYSQL, InstanceType.HA


def _has_pay_per_use_replica(resource: Resource, engine: Engine) -> bool:
    return (
        engine in (Engine.MYSQL, Engine.POSTGRESQL)
        and resource.condition is not Condition.REPLICATED
        and draw(resource, "replica", 2) == 0
    )


def _replica_ids(resource: Resource, resources: ResourceStore, engine: Engine) -> Iterator[str]:
    if resource.condition is Condition.REPLICATED and resource.position == 0:
        yield from (one.resource_id for one in resources.in_purchase(resource.purchase_number) if one.position)
    if _has_pay_per_use_replica(resource, engine):
        yield _instance_id(resource, _REPLICA_KIND, engine)


def _primary_id(resource: Resource, resources: ResourceStore) -> str | None:
    if resource.condition is Condition.REPLICATED and resource.position:
        return resources.in_purchase(resource.purchase_number)[0].resource_id
    return None


class DatabaseBackupType(enum.StrEnum):
    """Types of backups in the API, as far as they occur here."""

    AUTOMATIC = "auto"
    MANUAL = "manual"
    INCREMENTAL = "incremental"


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseBackup:
    """A backup of an instance."""

    backup_id: str
    kind: DatabaseBackupType
    begin: int
    seconds: int = 300
    """Duration in seconds."""
    has_failed: bool = False


def database_backups(instance: DatabaseInstance, *, epoch: int, gone: int | None, now: int) -> list[DatabaseBackup]:
    """Return the backups of an instance that exist now, newest first.

    `epoch` is the time at which the sandbox was first started: manual backups are dated relative to it. After the
    instance is `gone`, only manual ones remain.
    """
    if instance.is_replica:
        return []
    until = now if gone is None else gone
    found = [each for each in _manual(instance, epoch) if each.begin >= instance.resource.effective]
    if gone is None and instance.keeps_automatic_backups:
        found += _automatic(instance, now)
        if instance.engine is Engine.MYSQL:
            found += _incremental(instance, now)
    return sorted((each for each in found if each.begin <= until), key=lambda each: -each.begin)


_MANUAL_AGES: tuple[tuple[int, ...], ...] = ((), (2,), (150, 320), (), (-3, 70), (-1,))
"""Ages of manual backups in days at the first start of the sandbox; negative for a failed one."""


def _manual(instance: DatabaseInstance, epoch: int) -> Iterator[DatabaseBackup]:
    ages = _MANUAL_AGES[draw(instance.resource, f"manual {instance.is_subscribed}", len(_MANUAL_AGES))]
    for age in ages:
        day = epoch // DAY - abs(age)
        yield _backup(instance, DatabaseBackupType.MANUAL, day, 9 * HOUR, has_failed=age < 0)


def _automatic(instance: DatabaseInstance, now: int) -> Iterator[DatabaseBackup]:
    for day in range(now // DAY, now // DAY - KEPT_DAYS - 1, -1):
        begin = 18 * HOUR + draw(instance.resource, "night", HOUR)
        if day * DAY + begin > now - KEPT_DAYS * DAY:
            failed = spread(f"{instance.instance_id}:{day}") % 9 == 0
            yield _backup(instance, DatabaseBackupType.AUTOMATIC, day, begin, has_failed=failed)


def _incremental(instance: DatabaseInstance, now: int) -> Iterator[DatabaseBackup]:
    """Yield the backups of the last two days, one every six hours."""
    for place in range(8):
        begin = now - now % (6 * HOUR) - place * 6 * HOUR
        yield _backup(instance, DatabaseBackupType.INCREMENTAL, begin // DAY, begin % DAY)


def _backup(
    instance: DatabaseInstance, kind: DatabaseBackupType, day: int, second: int, *, has_failed: bool = False
) -> DatabaseBackup:
    part = PartId(instance.resource, _BACKUP_KIND, day, second // HOUR << 2 | list(DatabaseBackupType).index(kind))
    return DatabaseBackup(
        backup_id=f"{spread(instance.instance_id):08x}{str(part).replace('-', '')[8:]}br{instance.engine.suffix}",
        kind=kind,
        begin=day * DAY + second,
        has_failed=has_failed,
    )
