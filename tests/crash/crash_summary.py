"""What the tortured runs of a session come to, in figures that can be quoted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping


def summary_line(counted: Iterable[Mapping[str, object]]) -> str:
    """Return one line for all tests that counted something; nothing where none did."""
    rows = list(counted)
    if not rows:
        return ""
    points = {point for row in rows if isinstance(found := row["points"], list) for point in found}
    return (
        f"{_sum(rows, 'runs'):,} runs, {_sum(rows, 'kills'):,} processes killed at {len(points)} different points,"
        f" {len({row['scenario'] for row in rows})} circumstances, {_sum(rows, 'breaches')} breaches"
    )


def _sum(rows: list[Mapping[str, object]], name: str) -> int:
    return sum(number for row in rows if isinstance(number := row[name], int))
