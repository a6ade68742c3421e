"""What a renewal would cost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import IntEnum

from unsub_tui.domain.problem import Problem


class TermUnit(IntEnum):
    """The vendor's period types of an inquiry."""

    MONTH = 2
    YEAR = 3


@dataclass(frozen=True, slots=True)
class RenewalTerm:
    """How long a renewal would last: 1 to 11 months, or 1 to 3 years."""

    unit: TermUnit
    count: int


@dataclass(frozen=True, slots=True)
class RenewalPrices:
    """Prices by resource id, attached resources included, and why some have none."""

    currency: str
    prices: Mapping[str, Decimal]
    problems: Mapping[str, Problem]

    def merged_with(self, other: RenewalPrices) -> RenewalPrices:
        """Return both as one."""
        return RenewalPrices(
            self.currency or other.currency, {**self.prices, **other.prices}, {**self.problems, **other.problems}
        )
