"""Accuracy of past estimates: recorded estimates compared with Huawei Cloud's exact figures."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from unsub_tui.domain.money import AMOUNT_TOLERANCE, Amounts
from unsub_tui.domain.run import Run, Unit


@dataclass(frozen=True, slots=True)
class EstimateAccuracy:
    """Comparison of the estimates in one currency with the exact figures."""

    currency: str
    compared_count: int
    exact_count: int
    """Number of estimates that were exact to the cent."""
    largest_difference: Decimal
    """Largest absolute difference of a refund."""


def unit_refund_difference(unit: Unit) -> Decimal | None:
    """Return the exact minus the estimated refund of a unit; None if either is unknown."""
    return refund_difference(unit.estimate, unit.exact)


def refund_difference(estimate: Amounts | None, exact: Amounts | None) -> Decimal | None:
    """Return the exact minus the estimated refund; None if either is unknown or the currencies differ."""
    if estimate is None or exact is None or estimate.currency != exact.currency:
        return None
    if estimate.refund is None or exact.refund is None:
        return None
    found = exact.refund - estimate.refund
    return Decimal(0) if abs(found) < AMOUNT_TOLERANCE else found


def estimate_accuracy(runs: Iterable[Run]) -> list[EstimateAccuracy]:
    """Return the accuracy of the estimates for each currency."""
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
