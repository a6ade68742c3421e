"""A record that an earlier version wrote may hold amounts and times out of range: it is read and shown all the same."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from tests.support.journal_documents import AMOUNTS, NOW, make_attempt, make_entry, make_run
from unsub_tui.cli.commands.run_detail import unit_row, write_run
from unsub_tui.cli.commands.runs import run_row
from unsub_tui.domain.money import Amounts
from unsub_tui.domain.outcome import State
from unsub_tui.domain.run import Run
from unsub_tui.journal.codec import (
    ActorDocument,
    AmountsDocument,
    BreakdownDocument,
    OrderShareDocument,
    PlanFileRefDocument,
)
from unsub_tui.journal.events import Attempt, UnitEntry
from unsub_tui.journal.store import Journal, read_state
from unsub_tui.present.pages.order import item_rows
from unsub_tui.present.pages.run import run_summary

HUGE = Decimal(10) ** 30
FILED = PlanFileRefDocument(
    hash="0" * 64,
    planner=ActorDocument(operator="tester"),
    created=datetime.fromisoformat("0001-01-01T00:00:00+12:00"),
)


@pytest.fixture
def out_of_range_run(tmp_path: Path) -> Run:
    """A settled run as an earlier version recorded it: amounts of 10^30 and more, dates of the year 1."""
    path = tmp_path / "acc-1.db"
    (item,) = make_run().items
    estimate = AmountsDocument(currency="USD", refund=Decimal("1E+400000000"))
    filed = FILED.model_copy()
    items = (item.model_copy(update={"estimate": estimate}),)
    started = datetime(1, 1, 1, tzinfo=UTC)
    journal = Journal.open(path)
    (unit,) = journal.start_run(make_run().model_copy(update={"filed": filed, "items": items, "started": started}))
    unit = journal.record_unit(unit, make_entry(State.SUBMITTING), NOW)
    unit = journal.record_unit(unit, make_entry(State.ACCEPTED), NOW)
    shares = BreakdownDocument(by_order=(OrderShareDocument(base_order_id="CS1", back=HUGE, kept=Decimal(1)),))
    exact = AmountsDocument(currency="USD", paid=Decimal(3), refund=HUGE, consumed=-HUGE)
    journal.record_unit(unit, UnitEntry(state=State.SETTLED, exact=exact, breakdown=shares), NOW)
    journal.close()
    return read_state(path).runs["run-1"].to_run()


@pytest.mark.parametrize("form", ["table", "json", "csv", "md"])
def test_it_is_shown_in_every_form(out_of_range_run: Run, form: str, capsys: pytest.CaptureFixture[str]) -> None:
    """No amount and no date of a record ends the program."""
    write_run(out_of_range_run, form)
    assert "unknown" in capsys.readouterr().out or form == "json"
    assert run_summary(out_of_range_run)
    assert item_rows(out_of_range_run)
    assert run_row(out_of_range_run)["started"]


def test_it_says_what_is_out_of_range(out_of_range_run: Run) -> None:
    """Figures that cannot be calculated with are unknown, and named; the others are as they were."""
    (unit,) = out_of_range_run.units
    assert unit.exact == Amounts(currency="USD", paid=Decimal(3))
    assert unit.breakdown is not None
    assert unit.breakdown.missing == (
        "the recorded consumed, refund: the amount is out of range",
        "recorded shares: the amount is out of range",
    )
    assert unit_row(unit)["difference"] is None


def test_no_such_amount_is_recorded() -> None:
    """An amount out of range is recorded as unknown."""
    found = AmountsDocument.of(Amounts(currency="USD", refund=HUGE, paid=Decimal("5.10")))
    assert (found.refund, found.paid) == (None, Decimal("5.10"))


@pytest.mark.parametrize("seconds", [1e300, -1e300, 7973 * 365 * 86400.0])
def test_a_recorded_clock_that_was_centuries_off_is_not_known(seconds: float) -> None:
    """A header that named the year 9999 was recorded as a difference of clocks; added to now it is no time."""
    found = Attempt.model_validate(
        {**make_attempt().model_dump(), "amounts": AMOUNTS, "server_offset_seconds": seconds}
    )
    assert NOW + timedelta(seconds=found.server_offset_seconds) == NOW
