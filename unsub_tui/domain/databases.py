"""RDS databases: their engines and read replicas, as far as the list of resources shows them.

The billing API has one type for all databases and does not say to which one a read replica belongs. Specification codes
such as `rds.mysql.n1.large.2.rr` contain the engine and, for a read replica, `rr` (source: Huawei Cloud's RDS API).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from unsub_tui.domain.leftovers import MIN_NAME_LENGTH, is_named_after, location_of
from unsub_tui.domain.resource import RDS_SERVICE, Catalog, Resource, Status, is_license_id

_REPLICA_MARK = "rr"
_REPLICA_WORDS = ("read replica", "\u53ea\u8bfb")  # the second one is Chinese for read-only
_SQL_SERVER_WORDS = ("mssql", "sqlserver")

MAX_REPLICAS = 20
"""Maximum number of read replicas that are named for a database."""


def is_sql_server(resource: Resource) -> bool:
    """Return whether a resource is a database of RDS for SQL Server."""
    spec = f"{resource.resource_spec_code.raw} {resource.product_spec_desc.raw}".casefold().replace(" ", "")
    return is_database(resource) and any(word in spec for word in _SQL_SERVER_WORDS)


def is_database(resource: Resource) -> bool:
    """Return whether a resource is a primary database of RDS, not a part, license or read replica of one."""
    return _is_rds(resource) and not is_license_id(resource.id) and not is_read_replica(resource)


def is_read_replica(resource: Resource) -> bool:
    """Return whether a resource is a read replica of RDS."""
    words = resource.product_spec_desc.raw.casefold()
    return _is_rds(resource) and (
        _REPLICA_MARK in _spec_parts(resource) or any(each in words for each in _REPLICA_WORDS)
    )


def find_replicas(resources: Iterable[Resource], catalog: Catalog) -> Mapping[str, tuple[Resource, ...]]:
    """Return the read replicas that the databases among these resources may have, by the id of the database.

    They are in the same region and project, of the same engine, and not named after another database there. Those that
    are named after the database come first.
    """
    databases = [each for each in resources if is_database(each)]
    if not databases:
        return {}
    replicas: defaultdict[tuple[str, str], list[Resource]] = defaultdict(list)
    neighbors: defaultdict[tuple[str, str], list[Resource]] = defaultdict(list)
    for each in catalog.resources:
        if each.service_type_code.raw == RDS_SERVICE and each.is_main_resource and each.status != Status.CLOSED:
            (replicas if is_read_replica(each) else neighbors)[location_of(each)].append(each)
    found: dict[str, tuple[Resource, ...]] = {}
    for database in databases:
        place = location_of(database)
        others = [each for each in neighbors[place] if each.id != database.id]
        own = [each for each in replicas[place] if _may_belong(each, database, others)]
        own.sort(key=lambda each: not _is_named_after(each, database))
        found[database.id] = tuple(own[:MAX_REPLICAS])
    return found


def _may_belong(replica: Resource, database: Resource, others: Iterable[Resource]) -> bool:
    engines = {_engine(replica), _engine(database)} - {""}
    if len(engines) > 1:
        return False
    return _is_named_after(replica, database) or not any(_is_named_after(replica, each) for each in others)


def _is_named_after(replica: Resource, database: Resource) -> bool:
    name = database.resource_name.raw.casefold()
    return len(name) >= MIN_NAME_LENGTH and is_named_after(replica.resource_name.raw.casefold(), name)


def _engine(resource: Resource) -> str:
    parts = _spec_parts(resource)
    return parts[1] if len(parts) > 1 and parts[0] == "rds" else ""


def _spec_parts(resource: Resource) -> list[str]:
    return resource.resource_spec_code.raw.casefold().split(".")


def _is_rds(resource: Resource) -> bool:
    return resource.service_type_code.raw == RDS_SERVICE and resource.is_main_resource
