"""The operations of the vendor's interface. A new one is a module here and its line in this list."""

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
"""Fixed paths come before those with a part in braces."""
