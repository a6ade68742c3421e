"""The comparison of two runs, and files that are no earlier run."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.benchmarks.compare import BadFileError, differences, read_rows
from tests.benchmarks.report import Row


def row(name: str, ratio: float | None = None, *, spread: float | None = None, **facts: object) -> Row:
    """Return a row that took 10 ms, or what else is said."""
    given = {"measure": "keys", "table": "t", "value": 10.0, "unit": "ms", **facts}
    return Row(name=name, ratio=ratio, spread=spread, **given)  # type: ignore[arg-type]


def sections(old: list[Row], new: list[Row], measures: tuple[str, ...] = ("keys",)) -> dict[str, list[str]]:
    """Return the names of the rows of each section."""
    found: dict[str, list[str]] = {}
    title = ""
    for line in differences(old, new, measures):
        if line.startswith("  "):
            found[title].append(line.split(" | ")[1].split(":")[0])
        else:
            title = line.split(":")[0]
            found[title] = []
    return {title: names for title, names in found.items() if names}


def test_a_ratio_that_grew_by_more_than_a_tenth_is_worse() -> None:
    """A tenth is not; a ratio that fell is better; the worst change comes first."""
    old = [row("a", 1.0), row("b", 1.0), row("c", 1.0), row("d", 1.0)]
    assert sections(old, [row("a", 1.2), row("b", 1.05), row("c", 0.8), row("d", 2.0)]) == {
        "worse": ["d", "a"],
        "better": ["c"],
    }


@pytest.mark.parametrize(("before", "now"), [(0.5, None), (None, 0.5)])
def test_the_wider_of_both_spreads_is_tolerated(before: float | None, now: float | None) -> None:
    """A change within the noise of either run is none."""
    assert not sections([row("a", 1.0, spread=before)], [row("a", 1.4, spread=now)])
    assert sections([row("a", 1.0, spread=before)], [row("a", 1.6, spread=now)]) == {"worse": ["a"]}


def test_times_without_a_ratio_are_not_compared_and_bytes_are() -> None:
    """Milliseconds belong to one machine and one moment; bytes and calls do not."""
    old = [row("time"), row("size", unit="B", value=100.0)]
    assert sections(old, [row("time", value=90.0), row("size", unit="B", value=200.0)]) == {"worse": ["size"]}


def test_new_and_gone_rows_are_told_of_the_measures_that_were_taken() -> None:
    """A run of `keys` alone does not say that the rows of `fetch` are gone."""
    old = [row("a", 1.0), row("b", 1.0, measure="fetch")]
    assert sections(old, [row("c", 1.0)]) == {"new": ["c"], "gone": ["a"]}


def test_a_row_that_cannot_be_taken_any_more_is_told() -> None:
    """It is neither better nor gone."""
    assert sections([row("a", 1.0)], [row("a", value=None, why="not installed")]) == {"not taken now": ["a"]}


BAD = {
    "missing": (None, "cannot be read: No such file"),
    "no JSON": ("{", "is not JSON"),
    "of another form": ('{"schema_version": 99, "rows": []}', "schema_version 99"),
    "a list": ("[]", "schema_version None"),
    "without rows": ('{"schema_version": 1}', "rows: the list"),
    "with a bad row": ('{"schema_version": 1, "rows": [{"measure": "keys"}]}', "rows: 0.table"),
}


@pytest.mark.parametrize(("text", "message"), BAD.values(), ids=BAD)
def test_a_file_that_is_no_earlier_run_is_refused_with_the_reason(
    tmp_path: Path, text: str | None, message: str
) -> None:
    """Nothing of it is guessed."""
    path = tmp_path / "old.json"
    if text is not None:
        path.write_text(text, encoding="utf-8")
    with pytest.raises(BadFileError) as caught:
        read_rows(path)
    assert str(caught.value).startswith(str(path))
    assert message in str(caught.value)


@pytest.mark.parametrize("words", [["--compare", "nowhere.json"], ["no-such-measure"]])
def test_bad_input_ends_with_2_before_anything_is_measured(words: list[str]) -> None:
    """The message names what was given."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks", *words], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert words[-1] in done.stderr
    assert not done.stdout
