"""How good past estimates were: what was estimated against what the vendor charged, from the record."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from unsub_tui.domain.money import Amounts
from unsub_tui.domain.run import Run, Unit

HALF_CENT = Decimal("0.005")
"""Differences below it are none: the vendor does not publish how it rounds."""


@dataclass(frozen=True, slots=True)
class EstimateAccuracy:
    """The estimates of one currency that the vendor's exact figures were compared with."""

    currency: str
    compared_count: int
    exact_count: int
    """To the cent."""
    largest_difference: Decimal
    """The largest difference of a refund, without its sign."""


def unit_refund_difference(unit: Unit) -> Decimal | None:
    """Return by how much the exact refund of a unit is above the estimated one; None where either is not known."""
    return refund_difference(unit.estimate, unit.exact)


def refund_difference(estimate: Amounts | None, exact: Amounts | None) -> Decimal | None:
    """Return by how much an exact refund is above an estimated one; None where either is not known."""
    if estimate is None or exact is None or estimate.currency != exact.currency:
        return None
    if estimate.refund is None or exact.refund is None:
        return None
    found = exact.refund - estimate.refund
    return Decimal(0) if abs(found) < HALF_CENT else found


def estimate_accuracy(runs: Iterable[Run]) -> list[EstimateAccuracy]:
    """Return how good the estimates were, by currency."""
    by_currency: dict[str, list[Decimal]] = {}
    for currency, found in _differences(runs):
        by_currency.setdefault(currency, []).append(abs(found))
    return [
        EstimateAccuracy(currency, len(found), sum(not each for each in found), max(found))
        for currency, found in sorted(by_currency.items())
    ]


def _differences(runs: Iterable[Run]) -> Iterator[tuple[str, Decimal]]:
    for run in runs:
        for unit in run.units:
            found = unit_refund_difference(unit)
            if found is not None and unit.exact is not None:
                yield unit.exact.currency, found
