"""API operations of the sandbox. To add a group of operations, add a module and list it here."""

from __future__ import annotations

import functools
import threading
from types import ModuleType

from unsub_tui.sandbox.calls import Operation
from unsub_tui.sandbox.operations import (
    accounts,
    bill_queries,
    coupon_queries,
    identity,
    order_queries,
    region_projects,
    resource_changes,
    resource_queries,
)

_import_lock = threading.Lock()
"""Held while the modules of other services are imported, because two event loops may need them at once."""


def _in_modules(*modules: ModuleType) -> tuple[Operation, ...]:
    return tuple(each for module in modules for each in vars(module).values() if isinstance(each, Operation))


OPERATIONS = _in_modules(
    resource_queries,
    resource_changes,
    order_queries,
    accounts,
    bill_queries,
    coupon_queries,
    identity,
    region_projects,
)
"""Operations of billing and of the services with the same application."""


@functools.cache
def _load_service_operations() -> tuple[Operation, ...]:
    from unsub_tui.sandbox.operations import (  # noqa: PLC0415 - the first page of the list needs none of them
        backup_queries,
        cloud_servers,
        cloud_volumes,
        cluster_queries,
        config_queries,
        database_queries,
        metric_queries,
        public_addresses,
    )

    return _in_modules(
        cloud_servers,
        cloud_volumes,
        public_addresses,
        backup_queries,
        database_queries,
        cluster_queries,
        metric_queries,
        config_queries,
    )


def service_operations() -> tuple[Operation, ...]:
    """Return the operations of the services with applications of their own; the first call imports them."""
    with _import_lock:
        return _load_service_operations()


def all_operations() -> tuple[Operation, ...]:
    """Return all operations; their names are unique."""
    return OPERATIONS + service_operations()
