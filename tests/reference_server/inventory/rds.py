"""RDS: instances, their backups, and the recycle bin."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from tests.reference_server import timestamps
from tests.reference_server.inventory.estate import Database, DatabaseBackup, Estate, OffsiteBackup
from tests.reference_server.inventory.failures import Json, flat
from tests.reference_server.inventory.formats import listed_tags, milliseconds, with_offset
from tests.reference_server.inventory.listing import bin_of, offset_page, visible
from tests.reference_server.inventory.routes import ServiceCall, route
from tests.reference_server.inventory.vpc import region_of
from tests.reference_server.timestamps import stable_hex, stable_uuid

LIST, LIST_BACKUPS = "rds:instance:list", "rds:backup:list"
WITH_BACKUPS = {"MySQL": {"auto", "manual", "fragment", "incremental"}, "PostgreSQL": {"auto", "manual", "fragment"}}
WITH_BACKUPS["SQLServer"] = WITH_BACKUPS["PostgreSQL"]
"""By engine, the kinds of backups that the list of backups covers; of other engines it tells none."""
WITH_OFFSITE = {"MySQL", "SQLServer"}


@route(
    "rds",
    "list_instances",
    "/v3/{project}/instances",
    LIST,
    "id name type datastore_type offset limit",
    scope="eps_id",
)
def list_instances(call: ServiceCall) -> Json:
    """Answer instances; an id that begins with a star is looked for as a part."""
    wanted, form, engine = call.one("id"), call.one("type"), call.one("datastore_type")
    found = [
        each
        for each in visible(call, call.estate.databases)
        if (each.id == wanted or not wanted or (wanted[0] == "*" and wanted[1:] in each.id))
        and form in {"", each.form}
        and engine in {"", each.engine}
        and call.one("name") in each.name
    ]
    page = offset_page(call, found, most=100, default=100)
    return {"instances": call.rows(page, lambda each: _row(call.estate, each)), "total_count": call.total(len(found))}


@route(
    "rds",
    "list_backups",
    "/v3/{project}/backups",
    LIST_BACKUPS,
    "instance_id backup_id backup_type status offset limit",
)
def list_backups(call: ServiceCall) -> Json:
    """Answer the backups of one instance, which must be named."""
    database, kind = _instance(call, call.one("instance_id")), call.one("backup_type")
    covered = WITH_BACKUPS.get(database.engine, set())
    found = [
        each
        for each in call.estate.database_backups
        if each.database_id == database.id
        and each.kind in covered
        and kind in {"", each.kind}
        and call.one("status") in {"", each.status}
        and call.one("backup_id") in {"", each.id}
        and each.id not in call.estate.behavior.hidden
    ]
    page = offset_page(call, found, most=100, default=100)
    return {"backups": call.rows(page, _backup_row(database)), "total_count": call.total(len(found))}


def _instance(call: ServiceCall, wanted: str) -> Database:
    if not wanted:
        raise flat(400, "DBS.280001", "instance_id is required")
    for each in visible(call, call.estate.databases):
        if each.id == wanted:
            return each
    raise flat(400, "DBS.200001", "The DB instance does not exist")


@route("rds", "list_restore_times", "/v3/{project}/instances/{id}/restore-time", LIST_BACKUPS, "date")
def list_restore_times(call: ServiceCall) -> Json:
    """Answer from when to when an instance may be restored: since its oldest automatic backup."""
    database = _instance(call, call.names["id"])
    kept = [
        each.ended
        for each in call.estate.database_backups
        if (each.database_id, each.kind, each.status) == (database.id, "auto", "COMPLETED")
    ]
    now = timestamps.now() - timedelta(minutes=5)
    ranges = [{"start_time": milliseconds(min(kept)), "end_time": milliseconds(now)}] if kept else []
    return {"restore_time": ranges}


@route("rds", "list_off_site_instances", "/v3/backups/offsite-backup-instance", LIST_BACKUPS, "offset limit")
def list_offsite_instances(call: ServiceCall) -> Json:
    """Answer the instances of the project (the header alone names it) that have backups in another region."""
    pairs = {each.database_id: each for each in call.estate.offsite_backups}
    found = [each for each in visible(call, call.estate.databases) if each.id in pairs]
    page = offset_page(call, found, most=100, default=100)

    def write(database: Database) -> Json:
        copy = pairs[database.id]
        return {
            "id": database.id,
            "name": database.name,
            "source_region": region_of(call.estate, database.project_id),
            "source_project_id": database.project_id,
            "datastore": {"type": database.engine, "version": database.version},
            "destination_region": copy.region,
            "destination_project_id": copy.project_id,
            "keep_days": 7,
        }

    return {"offsite_backup_instances": call.rows(page, write), "total_count": call.total(len(found))}


@route(
    "rds",
    "list_off_site_backups",
    "/v3/{project}/offsite-backups",
    LIST_BACKUPS,
    "instance_id backup_id backup_type offset limit",
)
def list_offsite_backups(call: ServiceCall) -> Json:
    """Answer the backups of one instance that lie in another region."""
    database = _instance(call, call.one("instance_id"))
    found = [
        each
        for each in call.estate.offsite_backups
        if each.database_id == database.id and database.engine in WITH_OFFSITE
    ]
    page = offset_page(call, found, most=100, default=100)

    def write(backup: OffsiteBackup) -> Json:
        as_local = DatabaseBackup(
            id=backup.id, database_id=database.id, status=backup.status, begun=backup.ended, ended=backup.ended
        )
        return _backup_row(database)(as_local)

    return {"backups": call.rows(page, write), "total_count": call.total(len(found))}


@route("rds", "show_recycle_policy", "/v3/{project}/instances/recycle-policy", LIST)
def show_recycle_policy(call: ServiceCall) -> Json:
    """Answer for how long deleted instances are kept, where there is a policy."""
    found = bin_of(call, "rds")
    return {"retention_period_in_days": found.kept_hours // 24} if found and found.is_on else {}


def _backup_row(database: Database) -> Callable[[DatabaseBackup], Json]:
    def write(backup: DatabaseBackup) -> Json:
        return {
            "id": backup.id,
            "instance_id": backup.database_id,
            "name": backup.name,
            "type": backup.kind,
            "status": backup.status,
            "size": backup.size,
            "begin_time": with_offset(backup.begun, backup.id),
            "end_time": None if backup.status == "BUILDING" else with_offset(backup.ended, backup.id),
            "databases": [],
            "datastore": {"type": database.engine, "version": database.version},
            "associated_with_ddm": False,
        }

    return write


def _row(estate: Estate, database: Database) -> Json:
    return {
        "id": database.id,
        "name": database.name,
        "status": database.status,
        "type": database.form,
        "datastore": {"type": database.engine, "version": database.version, "complete_version": database.version},
        "created": with_offset(database.created, database.id),
        "updated": with_offset(database.updated, database.id),
        "related_instance": _related(estate, database),
        "backup_strategy": {"start_time": "19:00-20:00", "keep_days": database.keep_days},
        "charge_info": {"charge_mode": "prePaid" if database.order_id else "postPaid"},
        "order_id": database.order_id or None,
        "expiration_time": None,
        "public_ips": list(database.public_ips),
        "private_ips": ["192.168.0.42"],
        "tags": listed_tags(database.tags),
        "volume": {"type": "CLOUDSSD", "size": database.size},
        "nodes": [
            {
                "id": stable_hex(f"{database.id} {role}") + "no01",
                "name": f"{database.name}_node",
                "role": role,
                "status": "ACTIVE",
                "availability_zone": "az1",
            }
            for role in {"Ha": ("master", "slave"), "Replica": ("readreplica",)}.get(database.form, ("master",))
        ],
        "ha": {"replication_mode": "semisync"} if database.form == "Ha" else None,
        "enterprise_project_id": database.enterprise_project_id,
        "region": region_of(estate, database.project_id),
        "port": 3306,
        "cpu": "2",
        "mem": "4",
        "db_user_name": "root",
        "switch_strategy": "reliability",
        "maintenance_window": "02:00-06:00",
        "time_zone": "UTC",
        "flavor_ref": "rds.mysql.x1.large.2",
        "enable_ssl": True,
        "disk_encryption_id": "",
        "vpc_id": stable_uuid("vpc"),
        "subnet_id": stable_uuid("subnet"),
        "security_group_id": stable_uuid("security group"),
        "alias": None,
    }


def _related(estate: Estate, database: Database) -> list[Json]:
    found: list[Json] = [{"id": database.replica_of, "type": "replica_of"}] if database.replica_of else []
    replicas = [each for each in estate.databases if each.replica_of == database.id]
    return found + [{"id": each.id, "type": "replica"} for each in replicas]
