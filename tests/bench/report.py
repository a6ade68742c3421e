"""How measures are taken and printed: several rounds in turn, medians, ratios against a reference of the same run."""

from __future__ import annotations

import statistics
import sys
from collections.abc import Callable, Mapping, Sequence


def in_turn(measures: Mapping[str, Callable[[], float]], rounds: int) -> dict[str, list[float]]:
    """Take every measure once a round, so that a machine that drifts drifts for all of them."""
    taken: dict[str, list[float]] = {name: [] for name in measures}
    for _ in range(rounds):
        for name, measure in measures.items():
            taken[name].append(measure())
    return taken


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value below which this share of the values lies."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, round(share * (len(ordered) - 1)))]


def heading(text: str) -> None:
    """Print the title of a table."""
    sys.stdout.write(f"\n{text}\n")


def line(name: str, *cells: str) -> None:
    """Print one row."""
    sys.stdout.write(f"  {name:<52}" + "".join(f"{cell:>16}" for cell in cells) + "\n")
    sys.stdout.flush()


def ratios(taken: Mapping[str, list[float]], reference: str, unit: str = "ms") -> None:
    """Print medians, and each measure as a multiple of the reference, by the median of the rounds' ratios."""
    for name, values in taken.items():
        pairs = [value / base for value, base in zip(values, taken[reference], strict=True)]
        line(name, f"{statistics.median(values):.1f} {unit}", f"{statistics.median(pairs):.2f} x")
