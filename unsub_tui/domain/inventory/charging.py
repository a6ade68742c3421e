"""How a resource is charged."""

from __future__ import annotations

from enum import StrEnum


class Charging(StrEnum):
    """How a resource is charged, as its own service says it; the values are those of the JSON forms."""

    PAY_PER_USE = "pay_per_use"
    YEARLY_MONTHLY = "yearly_monthly"
    SPOT = "spot"
    UNKNOWN = "unknown"
