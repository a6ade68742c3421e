"""Compare the rows of two runs of `make bench`: what got worse, what got better, what is new, what is gone."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from tests.benchmarks.report import SCHEMA_VERSION, Row

TOLERANCE = 0.10
"""Minimum relative change that counts; a wider spread of either run raises it."""

EXACT = ("B", "MiB", "calls")
"""Units of values that do not depend on how fast or busy the machine is."""

ROWS = TypeAdapter(list[Row])


class BadFileError(Exception):
    """The file of an earlier run cannot be used; the text says why."""


@dataclass(frozen=True, slots=True)
class Change:
    """One row in both runs, by the figure that can be compared."""

    row: Row
    before: float
    after: float
    tolerance: float

    @property
    def is_worse(self) -> bool:
        """Whether the figure grew by more than the tolerance."""
        return self.after > self.before * (1 + self.tolerance)

    @property
    def is_better(self) -> bool:
        """Whether the figure fell by more than the tolerance."""
        return self.after < self.before * (1 - self.tolerance)

    def __str__(self) -> str:
        unit = "x" if self.row.ratio is not None else self.row.unit
        figures = f"{self.before:.2f} -> {self.after:.2f} {unit}, tolerance {self.tolerance:.0%}"
        return f"  {self.row.table} | {self.row.name}: {figures}"


def read_rows(path: Path) -> list[Row]:
    """Return the rows of an earlier run; raise BadFileError where the file is missing, damaged or of another form."""
    try:
        content = json.loads(path.read_bytes())
    except OSError as error:
        raise BadFileError(f"{path} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise BadFileError(f"{path} is not JSON: {error}") from error
    version = content.get("schema_version") if isinstance(content, dict) else None
    if version != SCHEMA_VERSION:
        raise BadFileError(f"{path} has schema_version {version!r}; this bench reads {SCHEMA_VERSION}")
    try:
        return ROWS.validate_python(content.get("rows"))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "the list"
        raise BadFileError(f"{path}: rows: {where}: {first['msg']}") from error


def differences(old: Sequence[Row], new: Sequence[Row], measures: Sequence[str]) -> Iterator[str]:
    """Yield the lines of the comparison; rows of measures that this run did not take are left out."""
    before = {(row.table, row.name): row for row in old if row.measure in measures}
    after = {(row.table, row.name): row for row in new}
    changes = [change for key in before.keys() & after.keys() if (change := _change(before[key], after[key]))]
    changes.sort(key=lambda change: change.after / change.before if change.before else float("inf"), reverse=True)
    yield from _section("worse", [str(each) for each in changes if each.is_worse])
    yield from _section("better", [str(each) for each in reversed(changes) if each.is_better])
    yield from _section("new", [_name(row) for key, row in after.items() if key not in before])
    yield from _section("gone", [_name(row) for key, row in before.items() if key not in after])
    yield from _section(
        "not taken now", [_name(after[key]) for key in before if key in after and _lost(key, before, after)]
    )


def _lost(key: tuple[str, str], before: dict[tuple[str, str], Row], after: dict[tuple[str, str], Row]) -> bool:
    return before[key].value is not None and after[key].value is None


def _change(old: Row, new: Row) -> Change | None:
    """Return how the comparable figure of a row changed; None where the row has none in both runs."""
    tolerance = max(TOLERANCE, old.spread or 0, new.spread or 0)
    if old.ratio is not None and new.ratio is not None:
        return Change(new, old.ratio, new.ratio, tolerance)
    if old.ratio is None and new.ratio is None and old.unit == new.unit and new.unit in EXACT:
        return None if old.value is None or new.value is None else Change(new, old.value, new.value, tolerance)
    return None


def _name(row: Row) -> str:
    return f"  {row.table} | {row.name}"


def _section(title: str, lines: Sequence[str]) -> Iterator[str]:
    yield f"{title}: {len(lines) or 'nothing'}"
    yield from lines
