"""How rounds become rows; what is measured itself is no concern of these tests."""

from __future__ import annotations

import json
from itertools import count
from pathlib import Path

import pytest

from tests.benchmarks.budgets import BUDGETS, FRAMES
from tests.benchmarks.compare import read_rows
from tests.benchmarks.report import MAX_ROUNDS_FACTOR, Measure, Report, Row, interleave, spread


def fails() -> float:
    """Fail as a program that is not there does."""
    raise FileNotFoundError("no such program\nand more")


def test_the_spread_is_the_middle_half_of_the_rounds_in_terms_of_their_median() -> None:
    """One outlier does not make a row wide; two values, or a median of zero, have no spread."""
    assert spread([1.0, 1.0, 1.0, 1.0, 9.0]) == 0
    assert spread([8.0, 9.0, 10.0, 11.0, 12.0]) == pytest.approx(0.2)
    assert spread([1.0, 2.0]) is None
    assert spread([0.0, 0.0, 0.0]) is None


def test_a_drift_that_affects_all_measures_does_not_change_a_ratio() -> None:
    """Each round has its own ratio, so the reference may take ever longer."""
    drift = count(1)
    now = [0]

    def reference() -> float:
        now[0] = next(drift)
        return float(now[0])

    taken = interleave({"base": Measure(reference), "ours": Measure(lambda: 3.0 * now[0], "base")}, 5)
    assert taken["ours"].ratios == [3.0] * 5
    assert taken["base"].ratios == []


def test_a_wide_row_is_repeated_up_to_three_times_and_then_marked() -> None:
    """The row says that it is wide, with the range of its ratios."""
    rounds, report = count(), Report()
    report.measures.append("test")
    taken = report.compare({"base": Measure(lambda: 1.0), "ours": Measure(lambda: 1.0 + next(rounds) % 3, "base")}, 4)
    assert len(taken["ours"].ratios) == 4 * MAX_ROUNDS_FACTOR
    _, row = report.rows
    assert row.is_wide
    assert "wide, 1 to 3" in str(row)


def test_only_the_wide_rows_and_their_references_are_repeated() -> None:
    """A steady rival is not taken again for another one's noise."""
    taken = interleave(
        {
            "base": Measure(lambda: 1.0),
            "middle": Measure(lambda: 1.0, "base"),
            "noisy": Measure(iter([1.0, 2.0, 3.0] * 5).__next__, "middle"),
            "steady": Measure(lambda: 1.0, "base"),
        },
        3,
    )
    assert {name: len(each.values) for name, each in taken.items()} == {"base": 9, "middle": 9, "noisy": 9, "steady": 3}


def test_rounds_end_as_soon_as_the_row_is_no_longer_wide() -> None:
    """A slow beginning costs a few rounds more, not all of them."""
    values = iter([1.0, 1.5, *[1.0] * 50])
    taken = interleave({"base": Measure(lambda: 1.0), "ours": Measure(lambda: next(values), "base")}, 3)
    assert 3 < len(taken["ours"].ratios) < 9
    assert not taken["ours"].is_wide


def test_a_measure_that_fails_is_tried_once_and_the_others_go_on(capsys: pytest.CaptureFixture[str]) -> None:
    """Its row gives the reason; without a reference a row has no ratio."""
    report = Report()
    report.measures.append("test")
    report.compare({"rival": Measure(fails), "ours": Measure(lambda: 2.0, "rival")}, 3)
    rival, ours = report.rows
    assert rival.why == "FileNotFoundError: no such program"
    assert (ours.value, ours.ratio) == (2.0, None)
    assert "could not be taken: FileNotFoundError: no such program" in capsys.readouterr().out


def test_a_failure_ends_its_table_and_the_next_measure_is_taken() -> None:
    """The bench never ends early."""
    report = Report()

    def broken(into: Report) -> None:
        with into.table("a table"):
            fails()

    report.run("broken", broken)
    report.run("sound", lambda into: into.add("figure", 1.0, "B"))
    assert [(row.measure, row.name, row.value) for row in report.rows] == [
        ("broken", "the rest of the table", None),
        ("sound", "figure", 1.0),
    ]


def test_a_table_tells_the_load_before_and_after(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Above the number of cores it warns of the absolute figures."""
    loads = iter([0.5, 9.0, 0.5, 0.5])
    monkeypatch.setattr("os.getloadavg", lambda: (next(loads), 0.0, 0.0))
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    report = Report()
    report.measures.append("test")
    with report.table("busy"):
        pass
    busy = capsys.readouterr().out
    with report.table("quiet"):
        pass
    assert "load average 0.5 before, 9.0 after, on 2 cores" in busy
    assert "figures of a busy machine: compare ratios only" in busy
    assert "busy machine" not in capsys.readouterr().out


def test_a_budget_stands_beside_its_figure_and_marks_what_exceeds_it() -> None:
    """A budget in x limits the ratio."""
    name = "unsub-tui demo: the frame"
    good = Row(measure="startup", table=FRAMES, name=name, value=150, unit="ms", ratio=1.0)
    bad = Row(measure="startup", table=FRAMES, name=name, value=150, unit="ms", ratio=9.0)
    assert str(good).endswith(f"  {BUDGETS[FRAMES][name]}")
    assert str(bad).endswith(f"  {BUDGETS[FRAMES][name]} EXCEEDED")


def test_a_budget_without_a_figure_is_told() -> None:
    """A row that was renamed does not lose its budget in silence."""
    report = Report()
    report.measures.append("startup")
    with report.table(FRAMES):
        pass
    assert {row.name for row in report.rows} == set(BUDGETS[FRAMES])
    assert all(row.why for row in report.rows)


def test_what_is_written_can_be_read(tmp_path: Path) -> None:
    """The file holds all rows, the loads and the versions."""
    report = Report()

    def measure(into: Report) -> None:
        with into.table("a table"):
            into.add("größe", 1.5, "B", ratio=1.2, reference="the least")
            into.add_missing("rival", "not installed")

    report.run("keys", measure)
    report.save(tmp_path / "bench.json")
    assert read_rows(tmp_path / "bench.json") == report.rows
    content = json.loads((tmp_path / "bench.json").read_bytes())
    assert content["schema_version"] == 1
    assert content["measures"] == ["keys"]
    assert content["versions"]["textual"]
    assert {"table", "measure", "load_before", "load_after"} == content["tables"][0].keys()
