"""The status line of the list: what must be known there is never cut."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from unsub_tui.domain.untrusted_text import cell_width
from unsub_tui.present.status_line import StatusPart, at_risk_part, counts_part, queue_mode_part, status_text


@given(
    total=st.integers(0, 9_999),
    selected=st.integers(0, 999),
    hidden=st.integers(0, 99),
    at_risk=st.integers(1, 999),
    width=st.integers(60, 120),
)
def test_mode_counts_and_missing_rows_are_never_cut(
    total: int, selected: int, hidden: int, at_risk: int, width: int
) -> None:
    """Whatever else the line has gives way, down to the smallest terminal."""
    others = [StatusPart("refund est. 12,345.67 USD", rank=3), StatusPart("as of 10:40", rank=6)]
    parts = [queue_mode_part(), counts_part(total, total, selected, hidden), at_risk_part(at_risk), *others]
    line = status_text(parts, width)
    assert cell_width(line) <= width
    assert line.startswith("QUEUE")
    assert f"selected {selected}" in line
    assert (f"({hidden} hidden" in line) is bool(hidden)
    assert any(words in line for words in (f"{at_risk} missing?", "may be missing"))


def test_a_wide_line_has_everything_in_words() -> None:
    """The short forms are only for narrow terminals."""
    parts = [queue_mode_part(), counts_part(12, 340, 7, 2), at_risk_part(5), StatusPart("as of 10:40", rank=6)]
    assert status_text(parts, 200) == (
        "QUEUE MODE · shown 12 of 340 · selected 7 (2 hidden by filter) · changed while reading, 5 rows may be missing"
        " · as of 10:40"
    )
    assert status_text(parts, 80) == "QUEUE MODE · shown 12 of 340 · selected 7 (2 hidden by filter) · 5 missing?"
    assert status_text(parts, 60) == "QUEUE MODE · 12/340, selected 7 (2 hidden) · 5 missing?"
