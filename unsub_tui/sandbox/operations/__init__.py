"""API operations of the sandbox. To add a group of operations, add a module and list it here."""

from __future__ import annotations

from unsub_tui.sandbox.calls import Operation
from unsub_tui.sandbox.operations import (
    accounts,
    bill_queries,
    coupon_queries,
    identity,
    order_queries,
    resource_changes,
    resource_queries,
)

OPERATIONS: tuple[Operation, ...] = tuple(
    each
    for module in (resource_queries, resource_changes, order_queries, accounts, bill_queries, coupon_queries, identity)
    for each in vars(module).values()
    if isinstance(each, Operation)
)
"""All operations."""
