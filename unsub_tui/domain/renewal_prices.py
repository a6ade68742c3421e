"""Prices of renewals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import IntEnum

from unsub_tui.domain.problem import Problem


class TermUnit(IntEnum):
    """Huawei Cloud's period types in a price inquiry."""

    MONTH = 2
    YEAR = 3


@dataclass(frozen=True, slots=True)
class RenewalTerm:
    """The term of a renewal: 1 to 11 months, or 1 to 3 years."""

    unit: TermUnit
    count: int


@dataclass(frozen=True, slots=True)
class RenewalPrices:
    """Prices by resource id, attached resources included, and problems by id for resources without a price."""

    currency: str
    prices: Mapping[str, Decimal]
    problems: Mapping[str, Problem]

    def merged_with(self, other: RenewalPrices) -> RenewalPrices:
        """Return the union of both; entries of `other` take precedence."""
        return RenewalPrices(
            self.currency or other.currency, {**self.prices, **other.prices}, {**self.problems, **other.problems}
        )
