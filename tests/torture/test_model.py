"""Plans, runs, deaths, resumes, rivals and other people in any order, against a small model of what must come of it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from tests.sizes import sized
from tests.torture.scenarios import READING, SENDING, Deed, Scenario
from tests.torture.session import POOL, Carry, Close, Command, Compete, Confirm, Meddle, Pass, Report, Resume
from tests.torture.sweep import INSIDE
from tests.torture.world import Kill, Where
from tests.torture.zygote import Zygote
from unsub_tui.domain.problem import ProblemKind

EXAMPLES, STEPS = sized((2, 8), (12, 10), (500, 15))
"""For each of four parts."""

kills = st.builds(Kill, st.sampled_from(INSIDE), st.integers(1, 20)) | st.builds(
    Kill, st.just(Where.STEP), st.integers(1, 60)
)
places = st.integers(0, POOL - 1)
OPEN = {"submitting", "unknown", "accepted"}


class Account(RuleBasedStateMachine):
    """One account. The model is what is known of each resource: whose it still is, and whether it is as confirmed."""

    def __init__(self, zygote: Zygote, count: Callable[[Report], None]) -> None:
        super().__init__()
        self._zygote = zygote
        self._count = count
        self._planned: list[int] = []
        self._taken: set[int] = set()
        """What somebody else unsubscribed."""
        self._changed: set[int] = set()
        """What is no longer as it was confirmed."""
        self._last: Report | None = None

    def _tell(self, command: Command) -> Report:
        self._last = report = self._session.tell(command)
        self._count(report)
        assert report.breaches == []
        return report

    @initialize(chosen=st.lists(places, min_size=1, max_size=3, unique=True))
    def begin(self, chosen: list[int]) -> None:
        """Open the account, and confirm a first plan."""
        self._session = self._zygote.open(SENDING[0])
        self.confirm(chosen)

    @rule(chosen=st.lists(places, min_size=1, max_size=3, unique=True))
    def confirm(self, chosen: list[int]) -> None:
        """A person plans some resources: what is still there can be planned."""
        report = self._tell(Confirm(tuple(chosen)))
        self._planned = list(report.planned)
        self._changed -= set(chosen)
        assert set(chosen) - self._taken - report.executed <= set(self._planned) <= set(chosen)

    @rule()
    @precondition(lambda self: self._planned)
    def carry_out(self) -> None:
        """A run that nothing happens to settles what is free, and skips what is not what was confirmed."""
        before = self._last
        assert before is not None
        report = self._tell(Carry(SENDING[0]))
        for place in self._planned:
            assert report.states[place][-1] in self._expected(place, before)

    def _expected(self, place: int, before: Report) -> set[str]:
        if place in self._changed or OPEN & set(before.states[place]) or place in before.executed:
            return {"skipped", "rejected"}
        if place in self._taken:
            return {"skipped", "rejected", "accepted", "settled", "unknown", "gone_no_order"}
        return {"settled"}

    @rule(scenario=st.sampled_from((*SENDING, *READING)), kill=st.none() | kills)
    @precondition(lambda self: self._planned)
    def carry_out_under(self, scenario: Scenario, kill: Kill | None) -> None:
        """A run under a fault, which may be killed."""
        self._tell(Carry(scenario, kill))

    @rule(kill=st.none() | kills)
    def resume(self, kill: Kill | None) -> None:
        """A resume, which may be killed; it sends nothing."""
        report = self._tell(Resume(kill))
        assert not any(path.endswith("/unsubscribe") for path in report.fates[0].calls)

    @rule(head_start=st.integers(0, 60))
    @precondition(lambda self: self._planned)
    def compete(self, head_start: int) -> None:
        """Two processes carry the plan out: one of them at most sends."""
        fates = self._tell(Compete(head_start)).fates
        senders = [fate for fate in fates if any(path.endswith("/unsubscribe") for path in fate.calls)]
        assert len(senders) <= 1 or all(fate.problem is not ProblemKind.LOCKED for fate in fates)

    @rule(seconds=st.sampled_from((1.0, 30.0, 600.0, 3600.0, 86_400.0)))
    def let_time_pass(self, seconds: float) -> None:
        """Nothing runs for a while."""
        self._tell(Pass(seconds))

    @rule(place=places)
    def change(self, place: int) -> None:
        """Somebody else changes what becomes of a resource at its expiry."""
        self._changed ^= {place}
        self._tell(Meddle(place, Deed.REPLACED))

    @rule(place=places)
    def take(self, place: int) -> None:
        """Somebody else unsubscribes a resource."""
        self._taken.add(place)
        self._tell(Meddle(place, Deed.GONE))

    def teardown(self) -> None:
        """In the end everything is known."""
        if self._last is not None:
            assert self._session.tell(Close()).breaches == []


@pytest.mark.parametrize("part", range(4))
def test_whatever_happens(zygote: Zygote, record_property: Callable[[str, object], None], part: int) -> None:
    """In whatever order people, faults and deaths come, the record stays true and nothing is sent twice."""
    counts = {"runs": 0, "kills": 0}

    def count(report: Report) -> None:
        counts["runs"] += len(report.fates)
        counts["kills"] += sum(fate.was_killed for fate in report.fates)

    run_state_machine_as_test(
        lambda: Account(zygote, count),  # type: ignore[arg-type]  # whatever makes a machine will do
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            print_blob=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
    record_property("torture", {"scenario": f"model {part}", "points": [], "breaches": 0, **counts})
