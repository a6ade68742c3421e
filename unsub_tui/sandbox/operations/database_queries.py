"""Operations of RDS: instances, backups, the recycle bin."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import partial

from unsub_tui.sandbox.account_fixtures import project_id
from unsub_tui.sandbox.calls import Call, Operation, Payload
from unsub_tui.sandbox.cloud_services import RDS
from unsub_tui.sandbox.estate.account_inventory import AccountInventory
from unsub_tui.sandbox.estate.address_facts import public_ip
from unsub_tui.sandbox.estate.cloud_resource import enterprise_project_id, order_id
from unsub_tui.sandbox.estate.database_instances import (
    KEPT_DAYS,
    DatabaseBackup,
    DatabaseBackupType,
    DatabaseInstance,
    Engine,
    InstanceType,
    database_backups,
    find_instance,
    instances_of,
    is_database,
)
from unsub_tui.sandbox.estate.draws import named_id, spread
from unsub_tui.sandbox.estate.vault_plan import destination_of
from unsub_tui.sandbox.request_parameters import RequestParameters
from unsub_tui.sandbox.service_errors import ServiceError, invalid_parameter, invalid_value
from unsub_tui.sandbox.timestamps import DAY, HOUR, format_timestamp

_MOST_ROWS = 100
_MOST_RECYCLED = 50
_BIN_DAYS = 7
_BUILD_SECONDS = 600
"""Time that a deleted instance needs to arrive in the recycle bin, in seconds."""
_BACKUP_WINDOW = "18:00-19:00"
_BACKUP_TYPES = frozenset({"auto", "manual", "fragment", "incremental"})


@partial(Operation, "GET", "/v3/{project_id}/instances", service=RDS, policy="rds:instance:list")
def list_instances(call: Call) -> Payload:
    """Return a page of the instances of a project."""
    fields, inventory = call.parameters, call.account.inventory
    wanted_id, name, kind = fields.text("id"), fields.text("name"), fields.text("type")
    engine = fields.text("datastore_type")
    granted = call.granted_projects("eps_id")
    fields.ignore("vpc_id", "subnet_id", "tags", "group_type")
    offset, limit = fields.page(max_limit=_MOST_ROWS, default=_MOST_ROWS)
    fields.reject_unknown()
    found = [
        instance
        for instance in _instances(inventory, call.project_id)
        if _matches_id(instance, wanted_id)
        and (name is None or name in instance.name)
        and kind in (None, instance.instance_type)
        and engine in (None, instance.engine.label)
        and (granted is None or enterprise_project_id(instance.resource) in granted)
    ]
    bound = inventory.estate.project(call.project_id).bound_addresses("RDS")
    rows = [
        _instance_row(inventory, each) | {"public_ips": [public_ip(one) for one in bound.get(each.instance_id, ())]}
        for each in found[offset : offset + limit]
    ]
    return {"instances": rows, "total_count": len(found)}


def _matches_id(instance: DatabaseInstance, wanted: str | None) -> bool:
    """Return whether an id is the wanted one, or contains it if that begins with an asterisk."""
    if wanted is None:
        return True
    return wanted[1:] in instance.instance_id if wanted.startswith("*") else wanted == instance.instance_id


@partial(Operation, "GET", "/v3/{project_id}/backups", service=RDS, policy="rds:backup:list")
def list_backups_of_rds(call: Call) -> Payload:
    """Return a page of the backups of an instance, which may have been unsubscribed from."""
    instance = _read_instance(call)
    found = _select_backups(call, instance) if instance.resource.project_id == call.project_id else []
    return _backup_page(call, instance, found)


@partial(Operation, "GET", "/v3/{project_id}/offsite-backups", service=RDS, policy="rds:backup:list")
def list_off_site_backups(call: Call) -> Payload:
    """Return a page of the copies in another region of the backups of an instance; both regions may be asked."""
    instance = _read_instance(call)
    found = [each for each in _select_backups(call, instance) if not each.has_failed]
    places = (instance.resource.project_id, project_id(destination_of(instance.resource.region)))
    is_asked = instance.is_copied_off_site and call.project_id in places
    return _backup_page(call, instance, found if is_asked else [])


def _read_instance(call: Call) -> DatabaseInstance:
    """Return the instance of `instance_id`. Raise ServiceError if there is none."""
    wanted = call.parameters.text("instance_id", required=True) or ""
    instance = find_instance(wanted, call.account.inventory.resources)
    if instance is None:
        raise ServiceError("DBS.280343", "The DB instance does not exist.", 400, RDS.form)
    return instance


def _select_backups(call: Call, instance: DatabaseInstance) -> list[DatabaseBackup]:
    """Return the backups of an instance that fit the filters, newest first."""
    fields = call.parameters
    wanted, kind, status = fields.text("backup_id"), fields.choice("backup_type", _BACKUP_TYPES), fields.text("status")
    begin, end = _read_time(fields, "begin_time"), _read_time(fields, "end_time")
    return [
        backup
        for backup in _backups(call.account.inventory, instance)
        if wanted in (None, backup.backup_id)
        and kind in (None, backup.kind)
        and status in (None, _backup_status(backup))
        and (begin is None or backup.begin >= begin)
        and (end is None or backup.begin <= end)
    ]


def _backup_page(call: Call, instance: DatabaseInstance, found: list[DatabaseBackup]) -> Payload:
    offset, limit = call.parameters.page(max_limit=_MOST_ROWS, default=_MOST_ROWS)
    call.parameters.reject_unknown()
    rows = [_backup_row(instance, each) for each in found[offset : offset + limit]]
    return {"backups": rows, "total_count": len(found)}


def _read_time(fields: RequestParameters, name: str) -> int | None:
    """Return a time that may have any zone, or None if it is absent."""
    text = fields.text(name)
    if not text:
        return None
    try:
        return int(datetime.strptime(text, "%Y-%m-%dT%H:%M:%S%z").timestamp())
    except ValueError:
        raise invalid_value(name, "the form is yyyy-mm-ddThh:mm:ss+hhmm") from None


@partial(Operation, "GET", "/v3/backups/offsite-backup-instance", service=RDS, policy="rds:instance:list")
def list_off_site_instances(call: Call) -> Payload:
    """Return a page of the instances whose backups are copied to another region; the header names the project."""
    fields, inventory = call.parameters, call.account.inventory
    offset, limit = fields.page(max_limit=_MOST_ROWS, default=_MOST_ROWS)
    fields.reject_unknown()
    found = [each for each in _instances(inventory, call.project_id) if each.is_copied_off_site]
    rows: list[Payload] = [
        {
            "id": each.instance_id,
            "name": each.name,
            "source_region": each.resource.region,
            "source_project_id": each.resource.project_id,
            "datastore": {"type": each.engine.label, "version": each.engine.version},
            "destination_region": destination_of(each.resource.region),
            "destination_project_id": project_id(destination_of(each.resource.region)),
            "keep_days": KEPT_DAYS,
        }
        for each in found[offset : offset + limit]
    ]
    return {"offsite_backup_instances": rows, "total_count": len(found)}


@partial(
    Operation, "GET", "/v3/{project_id}/instances/{instance_id}/backups/policy", service=RDS, policy="rds:backup:list"
)
def show_backup_policy(call: Call) -> Payload:
    """Return the policy of automatic backups of an instance."""
    call.parameters.reject_unknown()
    instance = _instance_in_path(call)
    keep_days = _keep_days(instance)
    policy: Payload = {"keep_days": keep_days}
    if keep_days:
        policy |= {"start_time": _BACKUP_WINDOW, "period": "1,2,3,4,5,6,7"}
    return {"backup_policy": policy}


@partial(
    Operation, "GET", "/v3/{project_id}/instances/{instance_id}/restore-time", service=RDS, policy="rds:instance:list"
)
def list_restore_times(call: Call) -> Payload:
    """Return the times to which an instance can be restored, in milliseconds."""
    call.parameters.ignore("date")
    call.parameters.reject_unknown()
    instance, inventory = _instance_in_path(call), call.account.inventory
    kinds = (DatabaseBackupType.AUTOMATIC, DatabaseBackupType.MANUAL)
    usable = [each for each in _backups(inventory, instance) if each.kind in kinds and not each.has_failed]
    if not usable or not instance.keeps_automatic_backups:
        return {"restore_time": []}
    return {"restore_time": [{"start_time": usable[-1].begin * 1000, "end_time": (inventory.now - 300) * 1000}]}


def _instance_in_path(call: Call) -> DatabaseInstance:
    """Return the instance of the path. Raise ServiceError if it is not in this project."""
    wanted = call.path_params["instance_id"]
    for instance in _instances(call.account.inventory, call.project_id):
        if instance.instance_id == wanted:
            return instance
    raise ServiceError("DBS.280343", "The DB instance does not exist.", 400, RDS.form)


@partial(Operation, "GET", "/v3/{project_id}/instances/recycle-policy", service=RDS, policy="rds:instance:list")
def show_recycle_policy_of_rds(call: Call) -> Payload:
    """Return for how many days deleted instances are kept."""
    call.parameters.reject_unknown()
    return {"retention_period_in_days": _BIN_DAYS}


@partial(Operation, "GET", "/v3/{project_id}/recycle-instances", service=RDS, policy="rds:instance:list")
def list_recycle_instances(call: Call) -> Payload:
    """Return a page of the deleted instances that can still be rebuilt; read replicas are not kept."""
    fields, inventory = call.parameters, call.account.inventory
    for name in ("offset", "limit"):
        if fields.text(name) is None:
            raise invalid_parameter(name, "it is mandatory")
    offset, limit = fields.page(max_limit=_MOST_RECYCLED)
    fields.reject_unknown()
    found = [
        (instance, gone)
        for instance in _all_instances(inventory, call.project_id)
        if not instance.is_replica
        and (gone := inventory.instance_gone_at(instance)) is not None
        and inventory.now < gone + _BIN_DAYS * DAY
    ]
    rows = [_recycled_row(inventory, instance, gone) for instance, gone in found[offset : offset + limit]]
    return {"instances": rows, "total_count": len(found)}


def _all_instances(inventory: AccountInventory, project: str) -> Iterator[DatabaseInstance]:
    """Yield the instances of a project, including those that are gone."""
    for resource in inventory.estate.project(project).all_others():
        if is_database(resource):
            yield from instances_of(resource, inventory.resources)


def _instances(inventory: AccountInventory, project: str) -> Iterator[DatabaseInstance]:
    """Yield the instances of a project."""
    return (each for each in _all_instances(inventory, project) if inventory.instance_gone_at(each) is None)


def _backups(inventory: AccountInventory, instance: DatabaseInstance) -> list[DatabaseBackup]:
    return database_backups(
        instance, epoch=inventory.epoch, gone=inventory.instance_gone_at(instance), now=inventory.now
    )


def _recycled_row(inventory: AccountInventory, instance: DatabaseInstance, gone: int) -> Payload:
    """Return the row of an instance that was deleted within the last days."""
    resource = instance.resource
    is_complete = inventory.now >= gone + _BUILD_SECONDS
    return {
        "id": instance.instance_id,
        "name": instance.name,
        "ha_mode": str(instance.instance_type),
        "engine_name": instance.engine.label.lower(),
        "engine_version": instance.engine.version,
        "pay_model": "1" if instance.is_subscribed else "0",
        "created_at": _moment(inventory.created_at(resource), resource.region),
        "deleted_at": _moment(gone, resource.region),
        "volume_type": "CLOUDSSD",
        "volume_size": _size(instance),
        "data_vip": _address(instance),
        "data_vip_v6": "",
        "enterprise_project_id": enterprise_project_id(resource),
        "retained_until": _moment(gone + _BIN_DAYS * DAY, resource.region),
        "recycle_backup_id": named_id("recycled", instance.instance_id).replace("-", "") + "br01",
        "recycle_status": "COMPLETED" if is_complete else "BUILDING",
        "is_serverless": False,
    }


def _instance_row(inventory: AccountInventory, instance: DatabaseInstance) -> Payload:
    resource = instance.resource
    is_prepaid = instance.is_subscribed and not resource.is_pay_per_use
    keep_days = _keep_days(instance)
    return {
        "id": instance.instance_id,
        "name": instance.name,
        "alias": "",
        "status": instance.status,
        "type": str(instance.instance_type),
        "created": _moment(inventory.created_at(resource), resource.region),
        "updated": _moment(resource.updated, resource.region),
        "region": resource.region,
        "enterprise_project_id": enterprise_project_id(resource),
        "datastore": {
            "type": instance.engine.label,
            "version": instance.engine.version,
            "complete_version": f"{instance.engine.version}.1",
        },
        "charge_info": {"charge_mode": "prePaid" if is_prepaid else "postPaid"},
        "order_id": order_id(resource) if is_prepaid else None,
        "expiration_time": _moment(resource.expire, resource.region) if is_prepaid else None,
        "backup_strategy": {"start_time": _BACKUP_WINDOW, "keep_days": keep_days},
        "related_instance": list(_related_rows(inventory, instance)),
        "nodes": _node_rows(instance),
        **({"ha": {"replication_mode": "async"}} if instance.instance_type is InstanceType.HA else {}),
        "private_ips": [_address(instance)],
        "private_dns_names": [],
        "public_dns_names": [],
        "port": 5432 if instance.engine is Engine.POSTGRESQL else 3306,
        "enable_ssl": False,
        "db_user_name": "root",
        "switch_strategy": "reliability",
        "read_only_by_user": False,
        "maintenance_window": "18:00-22:00",
        "disk_encryption_id": "",
        "flavor_ref": resource.spec.code,
        "cpu": "2",
        "mem": "4",
        "volume": {"type": "CLOUDSSD", "size": _size(instance)},
        "vpc_id": named_id("vpc", resource.project_id),
        "subnet_id": named_id("subnet", resource.project_id),
        "security_group_id": named_id("security group", resource.project_id),
        "time_zone": "UTC+08:00",
        "tags": [{"key": key, "value": value} for key, value in _tags(inventory, instance).items()],
        "backup_used_space": 0.0,
        "storage_used_space": 0.0,
        "associated_with_ddm": False,
        "max_iops": 8000,
    }


def _related_rows(inventory: AccountInventory, instance: DatabaseInstance) -> Iterator[Payload]:
    """Yield the replicas and the primary of an instance that exist."""
    related = [(each, "replica") for each in instance.replica_ids]
    if instance.primary_id:
        related.append((instance.primary_id, "replica_of"))
    for instance_id, kind in related:
        found = find_instance(instance_id, inventory.resources)
        if found is not None and inventory.instance_gone_at(found) is None:
            yield {"id": instance_id, "type": kind}


def _tags(inventory: AccountInventory, instance: DatabaseInstance) -> Mapping[str, str]:
    """Return the tags, which pay-per-use instances do not have."""
    return (
        inventory.estate.project(instance.resource.project_id).tags(instance.resource) if instance.is_subscribed else {}
    )


def _node_rows(instance: DatabaseInstance) -> list[Payload]:
    """Return the nodes: a primary one, with a standby if the instance is highly available."""
    roles = {InstanceType.HA: ("master", "slave"), InstanceType.REPLICA: ("readreplica",)}
    return [
        {
            "id": named_id("node", instance.instance_id, place).replace("-", "") + f"no{instance.engine.suffix}",
            "name": f"{instance.name}_node{place}",
            "role": role,
            "status": "ACTIVE",
            "availability_zone": f"{instance.resource.region}{'ab'[place]}",
        }
        for place, role in enumerate(roles.get(instance.instance_type, ("master",)))
    ]


def _backup_row(instance: DatabaseInstance, backup: DatabaseBackup) -> Payload:
    return {
        "id": backup.backup_id,
        "instance_id": instance.instance_id,
        "name": f"{instance.name[:40]}-{backup.kind}-{backup.begin}",
        "begin_time": _moment(backup.begin, instance.resource.region),
        "end_time": _moment(backup.begin + backup.seconds, instance.resource.region),
        "status": _backup_status(backup),
        "type": str(backup.kind),
        "size": 0 if backup.has_failed else _size(instance) * 1024 * 300,
        "databases": [],
        "datastore": {"type": instance.engine.label, "version": instance.engine.version},
        "associated_with_ddm": False,
        "min_data_volume_capacity_for_restore": _size(instance),
    }


def _backup_status(backup: DatabaseBackup) -> str:
    return "FAILED" if backup.has_failed else "COMPLETED"


def _keep_days(instance: DatabaseInstance) -> int:
    return KEPT_DAYS if instance.keeps_automatic_backups else 0


def _size(instance: DatabaseInstance) -> int:
    """Return the size of the storage in GB: of its resource in billing, if any."""
    attached = instance.resource.attached if instance.is_subscribed else ()
    return next((one.size for one in attached if one.size), 40)


def _address(instance: DatabaseInstance) -> str:
    number = spread(instance.instance_id)
    return f"192.168.{number % 250}.{number // 250 % 250 + 2}"


def _moment(moment: int, region: str) -> str:
    """Return a time as RDS writes it: with the offset of a zone and without a colon in it."""
    hours = 8 if region.startswith("cn-") else 0
    return f"{format_timestamp(moment + hours * HOUR)[:-1]}+{hours:02d}00"
