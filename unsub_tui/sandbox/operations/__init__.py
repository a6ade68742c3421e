"""API operations of the sandbox. To add a group of operations, add a module and list its OPERATIONS here."""

from __future__ import annotations

from unsub_tui.sandbox.calls import Operation
from unsub_tui.sandbox.operations import (
    accounts,
    autorenewal,
    bill_queries,
    expiry,
    identity,
    order_queries,
    products,
    refunds,
    resource_queries,
    unsubscribe,
)

OPERATIONS: tuple[Operation, ...] = (
    *resource_queries.OPERATIONS,
    *unsubscribe.OPERATIONS,
    *autorenewal.OPERATIONS,
    *expiry.OPERATIONS,
    *refunds.OPERATIONS,
    *order_queries.OPERATIONS,
    *products.OPERATIONS,
    *accounts.OPERATIONS,
    *bill_queries.OPERATIONS,
    *identity.OPERATIONS,
)
"""All operations. Fixed paths come before paths with parameters, because the first matching route is used."""
