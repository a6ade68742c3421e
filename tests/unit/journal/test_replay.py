from __future__ import annotations

from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.journal_documents import AMOUNTS, NOW, PROBLEM, make_entry, make_run, write_run
from unsub_tui.domain.breakdown import Breakdown
from unsub_tui.domain.leftovers import FollowupResult
from unsub_tui.domain.unit_state import State
from unsub_tui.journal import events
from unsub_tui.journal.replay import ReplayError, UnitState
from unsub_tui.journal.store import Journal, read_state

STATES = st.sampled_from(State)


@settings(max_examples=60)
@given(st.lists(st.tuples(st.integers(0, 2), STATES), max_size=30))
def test_only_the_state_machine_is_recorded(wishes: list[tuple[int, State]]) -> None:
    """Whatever is asked, the record holds paths of the state machine only, and says the same when read again."""
    with TemporaryDirectory() as directory:
        path = Path(directory) / "acc.db"
        with closing(Journal.open(path)) as journal:
            units = journal.start_run(make_run("run-1", "a", "b", "c"))
            for index, wanted in wishes:
                before = units[index].state
                entry = make_entry(wanted, before)
                if before.can_become(wanted):
                    units[index] = journal.record_unit(units[index], entry, NOW)
                else:
                    with pytest.raises(ReplayError):
                        journal.record_unit(units[index], entry, NOW)
            assert read_state(path) == journal.state
        with closing(Journal.open(path)) as journal:
            assert list(journal.state.units()) == units


CONTRADICTIONS: dict[str, tuple[events.UnitEntry, ...]] = {
    "another order is disproved": (events.OrdersDisproved(order_ids=("CS1",), problem=PROBLEM),),
    "accepted, then unknown without a disproved order": (events.Unknown(problem=PROBLEM),),
    "candidates while the order is known": (events.CandidatesFound(candidates=("CS1", "CS2")),),
    "refund details before the end": (events.BreakdownRead(breakdown=Breakdown()),),
    "leftovers before the end": (events.FollowupChecked(followup=FollowupResult()),),
    "a status after the end": (events.Settled(), events.OrderStatusRead(order_status=3)),
    "settled twice": (events.Settled(), events.Settled(exact=AMOUNTS)),
}
"""Entries that cannot follow when an order is accepted."""


@pytest.mark.parametrize("entries", CONTRADICTIONS.values(), ids=CONTRADICTIONS)
def test_facts_that_contradict_the_unit_are_refused(entries: tuple[events.UnitEntry, ...], tmp_path: Path) -> None:
    """A entry that needs another state, or other orders, is not recorded."""
    with closing(Journal.open(tmp_path / "acc.db")) as journal:
        (unit,) = journal.start_run(make_run())
        unit = record_accepted(journal, unit, "CS9")
        *before, last = entries
        for entry in before:
            unit = journal.record_unit(unit, entry, NOW)
        with pytest.raises(ReplayError, match=f"event={last.kind} before={unit.state}"):
            journal.record_unit(unit, last, NOW)
        assert list(read_state(tmp_path / "acc.db").units()) == [unit]


def test_attempts_are_counted(tmp_path: Path) -> None:
    """A request that was not sent and repeated counts twice."""
    (unit,) = write_run(tmp_path / "acc.db", State.SUBMITTING, State.CONFIRMED, State.SUBMITTING).units()
    assert unit.attempt_count == 2


def test_refusals_because_of_another_transaction_are_counted(tmp_path: Path) -> None:
    """Each makes the unit confirmed again; only a request can be refused."""
    with closing(Journal.open(tmp_path / "acc.db")) as journal:
        (unit,) = journal.start_run(make_run())
        with pytest.raises(ReplayError):
            journal.record_unit(unit, events.Busy(problem=PROBLEM), NOW)
        for _ in range(2):
            unit = journal.record_unit(unit, make_entry(State.SUBMITTING), NOW)
            unit = journal.record_unit(unit, events.Busy(problem=PROBLEM), NOW)
    assert (unit.state, unit.attempt_count, unit.busy_count) == (State.CONFIRMED, 2, 2)
    assert list(read_state(tmp_path / "acc.db").units()) == [unit]


def record_accepted(journal: Journal, unit: UnitState, *order_ids: str) -> UnitState:
    """Record that the service named these orders for a unit."""
    sent = journal.record_unit(unit, make_entry(State.SUBMITTING), NOW)
    return journal.record_unit(sent, events.Accepted(order_ids=order_ids), NOW)


def test_an_order_belongs_to_one_unit(tmp_path: Path) -> None:
    """A record in which two units were answered with one order can be read; the order is the first one's."""
    path = tmp_path / "acc.db"
    with closing(Journal.open(path)) as journal:
        one, other = journal.start_run(make_run("run-1", "a", "b"))
        other = record_accepted(journal, other, "CS9")
        one = record_accepted(journal, one, "CS9", "CS8")
        for unit in (one, other):
            journal.record_unit(unit, events.Settled(), NOW)
    book = read_state(path)
    assert [unit.state for unit in book.units()] == [State.SETTLED] * 2
    owners = [book.order_owner(each) for each in ("CS9", "CS8", "CS7")]
    assert [owner and owner.index for owner in owners] == [1, 0, None]


def test_a_disproved_order_belongs_to_nobody(tmp_path: Path) -> None:
    """What the service named stays in the events; the unit has no order until its own is found."""
    path = tmp_path / "acc.db"
    with closing(Journal.open(path)) as journal:
        unit = record_accepted(journal, journal.start_run(make_run())[0], "CS8", "CS9")
        unit = journal.record_unit(unit, events.OrdersDisproved(order_ids=("CS9",), problem=PROBLEM), NOW)
        assert (unit.order_ids, unit.disproved, journal.state.owned_order_ids()) == ((), ("CS9",), frozenset())
        unit = journal.record_unit(unit, events.Accepted(order_ids=("CS8",)), NOW)
        assert (unit.order_ids, unit.disproved) == (("CS8",), ("CS9",))
    assert list(read_state(path).units()) == [unit]
