"""Take measures in turn, collect their figures as rows, print the rows and write them to a file.

The form of `bench.json`, version 1, is one object:

- `schema_version`: 1
- `date`: start of the run, ISO 8601 in UTC
- `python`, `versions`: the version of Python, and of each chief dependency by name
- `machine`: `architecture`, `cores`
- `measures`: the names of the measures of this run
- `tables`: one object a table: `measure`, `table` (its title), `load_before`, `load_after` (load average of one minute)
- `rows`: one object a figure, of these fields; a field that does not apply is null, or "" for a text:
  `measure`, `table`, `name`;
  `value`, `unit`: median of all rounds;
  `ratio`: median of the rounds' ratios; `reference`: the row that the ratio refers to;
  `spread`: interquartile range of the rounds' ratios divided by their median; `low`, `high`: range of the ratios;
  `why`: the reason of a figure that could not be taken.
"""

from __future__ import annotations

import importlib.metadata
import json
import os
import platform
import statistics
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from tests.benchmarks.budgets import BUDGETS, TIMES, budget_of

SCHEMA_VERSION = 1
"""The form of the file."""

WIDE_SPREAD = 0.15
"""Spread above which more rounds are taken, and above which a row is marked as wide in the end."""

MAX_ROUNDS_FACTOR = 3
"""Upper bound on the rounds, as a multiple of the usual number."""

DEPENDENCIES = ("textual", "rich", "httpx", "pydantic", "pydantic-core")
"""Packages whose version can change the figures."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One figure."""

    measure: str
    table: str
    name: str
    value: float | None = None
    unit: str = ""
    ratio: float | None = None
    reference: str = ""
    spread: float | None = None
    low: float | None = None
    high: float | None = None
    why: str = ""

    @property
    def is_wide(self) -> bool:
        """Whether the rounds differed too much to rely on the median."""
        return (self.spread or 0) > WIDE_SPREAD

    @property
    def is_over_budget(self) -> bool:
        """Whether the figure exceeds its budget."""
        budget = budget_of(self.table, self.name)
        if budget is None:
            return False
        figure = self.ratio if budget.unit == TIMES else self.value
        return figure is not None and figure > budget.limit

    def __str__(self) -> str:
        if self.value is None:
            return f"  {self.name:<56} could not be taken: {self.why}"
        cells = [f"{self.value:>12,.{1 if abs(self.value) < 100 else 0}f} {self.unit:<6}"]
        cells.append(f"{self.ratio:>8.2f} x" if self.ratio is not None else " " * 10)
        if self.is_wide:
            cells.append(f"wide, {self.low:.3g} to {self.high:.3g}")
        if budget := budget_of(self.table, self.name):
            cells.append(f"{budget}{' EXCEEDED' if self.is_over_budget else ''}")
        return f"  {self.name:<56}" + "  ".join(cells).rstrip()


@dataclass(frozen=True, slots=True)
class Measure:
    """Something that can be measured again and again."""

    take: Callable[[], float]
    """Takes one round, whichever measures were taken before."""
    reference: str = ""
    """The measure of the same rounds that the ratio refers to; empty for a measure that is a reference itself."""


@dataclass(slots=True)
class Rounds:
    """The rounds of one measure."""

    reference: str = ""
    values: list[float] = field(default_factory=list)
    ratios: list[float] = field(default_factory=list)
    why: str = ""
    """Reason why the measure failed; it is not tried again."""

    @property
    def spread(self) -> float | None:
        """The spread of the ratios; a measure without ratios has none, since a drift of the machine is not its own."""
        return spread(self.ratios)

    @property
    def is_wide(self) -> bool:
        """Whether more rounds could help."""
        return not self.why and (self.spread or 0) > WIDE_SPREAD


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value below which this share of the values lies."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, round(share * (len(ordered) - 1)))]


def spread(values: Sequence[float]) -> float | None:
    """Return the interquartile range divided by the median; None for fewer than three values or a median of zero."""
    if len(values) < 3 or not (middle := statistics.median(values)):
        return None
    low, _, high = statistics.quantiles(values, n=4, method="inclusive")
    return (high - low) / middle


def interleave(measures: Mapping[str, Measure], rounds: int) -> dict[str, Rounds]:
    """Take each measure once a round, so that a drift of the machine affects all of them.

    More rounds of the measures with too wide a spread follow. A measure that fails is given up; the others go on.
    """
    taken = {name: Rounds(measure.reference) for name, measure in measures.items()}
    for done in range(MAX_ROUNDS_FACTOR * rounds):
        names = set(measures) if done < rounds else _wide_measures(taken)
        _take_round({name: measure for name, measure in measures.items() if name in names}, taken)
    return taken


def _wide_measures(taken: Mapping[str, Rounds]) -> set[str]:
    """Return the measures that more rounds could help, and their references."""
    names = {name for name, each in taken.items() if each.is_wide}
    while missing := {taken[name].reference for name in names if taken[name].reference} - names:
        names |= missing
    return names


def _take_round(measures: Mapping[str, Measure], taken: Mapping[str, Rounds]) -> None:
    found: dict[str, float] = {}
    for name, measure in measures.items():
        if taken[name].why:
            continue
        try:
            found[name] = measure.take()
        except Exception as error:  # noqa: BLE001 - a rival may fail in any way, and the others are still measured
            taken[name].why = failure_reason(error)
    for name, value in found.items():
        taken[name].values.append(value)
        if base := found.get(taken[name].reference):
            taken[name].ratios.append(value / base)


def failure_reason(error: Exception) -> str:
    """Return why something failed, in one line."""
    first = str(error).strip().partition("\n")[0]
    return f"{type(error).__name__}: {first}" if first else type(error).__name__


class Report:
    """The rows so far; each is printed when it is added."""

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self.measures: list[str] = []
        self._tables: list[dict[str, object]] = []
        self._table = ""
        self._started = datetime.now(UTC)

    def run(self, name: str, measure: Callable[[Report], None]) -> None:
        """Take one measure of `make bench`; a failure becomes a row."""
        self.measures.append(name)
        self._table = name
        with self.catch_failure(f"the rest of the measure {name}"):
            measure(self)

    @contextmanager
    def table(self, title: str) -> Iterator[None]:
        """Collect the rows of one table, with the load of the machine before and after; a failure becomes a row."""
        cores, before = os.cpu_count() or 1, os.getloadavg()[0]
        self._table = title
        _print(f"\n{title}")
        first = len(self.rows)
        with self.catch_failure("the rest of the table"):
            yield
        names = {row.name for row in self.rows[first:]}
        for name in BUDGETS.get(title, {}):
            if name not in names:
                self.add_missing(name, "no measure gave this figure")
        after = os.getloadavg()[0]
        self._tables.append({"measure": self.measures[-1], "table": title, "load_before": before, "load_after": after})
        _print(f"  load average {before:.1f} before, {after:.1f} after, on {cores} cores")
        if max(before, after) > cores:
            _print("  figures of a busy machine: compare ratios only")

    @contextmanager
    def catch_failure(self, name: str) -> Iterator[None]:
        """Turn a failure inside into a row of this name."""
        try:
            yield
        except Exception as error:  # noqa: BLE001 - whatever fails, the other measures are still taken
            self.add_missing(name, failure_reason(error))

    def add_missing(self, name: str, why: str) -> None:
        """Add a row for a figure that could not be taken."""
        self._add(Row(measure=self.measures[-1], table=self._table, name=name, why=why))

    def add(self, name: str, value: float, unit: str, *, ratio: float | None = None, reference: str = "") -> None:
        """Add a figure that was taken once."""
        self._add(
            Row(
                measure=self.measures[-1],
                table=self._table,
                name=name,
                value=value,
                unit=unit,
                ratio=ratio,
                reference=reference,
            )
        )

    def compare(self, measures: Mapping[str, Measure], rounds: int, unit: str = "ms") -> dict[str, Rounds]:
        """Take measures in turn and add a row for each: its median, and the median of its ratios to its reference."""
        taken = interleave(measures, rounds)
        for name, each in taken.items():
            if each.why or not each.values:
                self.add_missing(name, each.why or "it was never taken")
            else:
                self._add(self._row(name, each, unit))
        return taken

    def _row(self, name: str, taken: Rounds, unit: str) -> Row:
        return Row(
            measure=self.measures[-1],
            table=self._table,
            name=name,
            value=statistics.median(taken.values),
            unit=unit,
            ratio=statistics.median(taken.ratios) if taken.ratios else None,
            reference=taken.reference,
            spread=taken.spread,
            low=min(taken.ratios, default=None),
            high=max(taken.ratios, default=None),
        )

    def _add(self, row: Row) -> None:
        self.rows.append(row)
        _print(str(row))

    def save(self, path: Path) -> None:
        """Write all rows to a file of the form above."""
        content = {
            "schema_version": SCHEMA_VERSION,
            "date": self._started.isoformat(timespec="seconds"),
            "python": platform.python_version(),
            "versions": {name: importlib.metadata.version(name) for name in DEPENDENCIES},
            "machine": {"architecture": platform.machine(), "cores": os.cpu_count()},
            "measures": self.measures,
            "tables": self._tables,
            "rows": [asdict(row) for row in self.rows],
        }
        path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _print(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
