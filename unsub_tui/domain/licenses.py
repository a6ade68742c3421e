"""A database that is sold with its license: RDS for SQL Server is two subscriptions, to be unsubscribed in one call.

Source: Huawei Cloud's Terraform provider, resource `rds_instance`: it names the instance `X` and `X.marketimage`.
"""

from __future__ import annotations

from collections.abc import Sequence

from unsub_tui.domain.resource import Catalog, Resource, Status

LICENSE_SUFFIX = ".marketimage"
"""What follows the id of the database in the id of its license."""


def license_pair(resource: Resource, catalog: Catalog) -> Sequence[Resource]:
    """Return a database with its license, whichever of the two `resource` is; any other resource alone."""
    database_id = resource.id.removesuffix(LICENSE_SUFFIX)
    pair = [catalog.get(database_id), catalog.get(database_id + LICENSE_SUFFIX)]
    listed = [each for each in pair if each is not None and each.is_main_resource and each.status != Status.CLOSED]
    return listed if len(listed) == len(pair) else [resource]
