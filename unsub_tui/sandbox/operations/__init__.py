"""The operations of the vendor's interface. A new one is a module here and its line in this list."""

from __future__ import annotations

from unsub_tui.sandbox.calls import Operation
from unsub_tui.sandbox.operations import (
    accounts,
    autorenewal,
    bills,
    expiry,
    identity,
    orders,
    products,
    refunds,
    resources,
    unsubscribe,
)

OPERATIONS: tuple[Operation, ...] = (
    *resources.OPERATIONS,
    *unsubscribe.OPERATIONS,
    *autorenewal.OPERATIONS,
    *expiry.OPERATIONS,
    *refunds.OPERATIONS,
    *orders.OPERATIONS,
    *products.OPERATIONS,
    *accounts.OPERATIONS,
    *bills.OPERATIONS,
    *identity.OPERATIONS,
)
"""Fixed paths come before those with a part in braces."""
