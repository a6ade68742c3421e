"""Databases sold with a license: RDS for SQL Server consists of two subscriptions unsubscribed from in one request.

Source: resource `rds_instance` of Huawei Cloud's Terraform provider, which uses the ids `X` and `X.marketimage`.
"""

from __future__ import annotations

from collections.abc import Sequence

from unsub_tui.domain.resource import Catalog, Resource, Status

LICENSE_SUFFIX = ".marketimage"
"""Suffix appended to a database id to form the id of its license."""


def license_pair(resource: Resource, catalog: Catalog) -> Sequence[Resource]:
    """Return the database and its license if `resource` is either of them, else `resource` alone."""
    database_id = resource.id.removesuffix(LICENSE_SUFFIX)
    pair = [catalog.get(database_id), catalog.get(database_id + LICENSE_SUFFIX)]
    listed = [each for each in pair if each is not None and each.is_main_resource and each.status != Status.CLOSED]
    return listed if len(listed) == len(pair) else [resource]
