"""API operations of the sandbox. To add a group of operations, add a module and list it here."""

from __future__ import annotations

from unsub_tui.sandbox.calls import Operation
from unsub_tui.sandbox.operations import (
    accounts,
    backup_queries,
    bill_queries,
    cloud_servers,
    cloud_volumes,
    cluster_queries,
    config_queries,
    coupon_queries,
    database_queries,
    identity,
    metric_queries,
    order_queries,
    public_addresses,
    region_projects,
    resource_changes,
    resource_queries,
)

_MODULES = (
    resource_queries,
    resource_changes,
    order_queries,
    accounts,
    bill_queries,
    coupon_queries,
    identity,
    region_projects,
    cloud_servers,
    cloud_volumes,
    public_addresses,
    backup_queries,
    database_queries,
    cluster_queries,
    metric_queries,
    config_queries,
)

OPERATIONS: tuple[Operation, ...] = tuple(
    each for module in _MODULES for each in vars(module).values() if isinstance(each, Operation)
)
"""All operations, of all services; their names are unique."""
