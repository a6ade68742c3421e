"""Plans, runs, deaths, resumes, rivals and other people in any order, against a small model of what must come of it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from tests.crash.crash_scenarios import READ_FAULTS, SEND_FAULTS, Disturbance, Scenario
from tests.crash.fork_client import ForkServer
from tests.crash.interactive_session import (
    POOL,
    AdvanceTime,
    CloseSession,
    Command,
    ConfirmPlan,
    Disturb,
    RaceRuns,
    ResumeRun,
    RunPlan,
    SessionReport,
)
from tests.crash.kill_sweep import CALL_PHASES
from tests.crash.vendor_process import KillPhase, KillPoint
from tests.support.effort import by_effort
from unsub_tui.domain.problem import ProblemKind

EXAMPLES, STEPS = by_effort((2, 8), (12, 10), (500, 15))
"""For each of four parts."""

random_kills = st.builds(KillPoint, st.sampled_from(CALL_PHASES), st.integers(1, 20)) | st.builds(
    KillPoint, st.just(KillPhase.STEP), st.integers(1, 60)
)
places = st.integers(0, POOL - 1)
OPEN = {"submitting", "unknown", "accepted"}


class AccountMachine(RuleBasedStateMachine):
    """One account. The model is what is known of each resource: whose it still is, and whether it is as confirmed."""

    def __init__(self, fork_server: ForkServer, count: Callable[[SessionReport], None]) -> None:
        super().__init__()
        self._fork_server = fork_server
        self._count = count
        self._planned: list[int] = []
        self._externally_unsubscribed: set[int] = set()
        """What somebody else unsubscribed."""
        self._changed: set[int] = set()
        """What is no longer as it was confirmed."""
        self._last: SessionReport | None = None

    def _send(self, command: Command) -> SessionReport:
        self._last = report = self._session.send(command)
        self._count(report)
        assert report.violations == []
        return report

    @initialize(chosen=st.lists(places, min_size=1, max_size=3, unique=True))
    def begin(self, chosen: list[int]) -> None:
        """Open the account, and confirm a first plan."""
        self._session = self._fork_server.open_session(SEND_FAULTS[0])
        self.confirm(chosen)

    @rule(chosen=st.lists(places, min_size=1, max_size=3, unique=True))
    def confirm(self, chosen: list[int]) -> None:
        """A person plans some resources: what is still there can be planned."""
        report = self._send(ConfirmPlan(tuple(chosen)))
        self._planned = list(report.planned)
        self._changed -= set(chosen)
        assert set(chosen) - self._externally_unsubscribed - report.executed <= set(self._planned) <= set(chosen)

    @rule()
    @precondition(lambda self: self._planned)
    def carry_out(self) -> None:
        """A run that nothing happens to settles what is free, and skips what is not what was confirmed."""
        before = self._last
        assert before is not None
        report = self._send(RunPlan(SEND_FAULTS[0]))
        for place in self._planned:
            assert report.states[place][-1] in self._expected(place, before)

    def _expected(self, place: int, before: SessionReport) -> set[str]:
        if place in self._changed or OPEN & set(before.states[place]) or place in before.executed:
            return {"skipped", "rejected"}
        if place in self._externally_unsubscribed:
            return {"skipped", "rejected", "accepted", "settled", "unknown", "gone_no_order"}
        return {"settled"}

    @rule(scenario=st.sampled_from((*SEND_FAULTS, *READ_FAULTS)), kill=st.none() | random_kills)
    @precondition(lambda self: self._planned)
    def carry_out_under(self, scenario: Scenario, kill: KillPoint | None) -> None:
        """A run under a fault, which may be killed."""
        self._send(RunPlan(scenario, kill))

    @rule(kill=st.none() | random_kills)
    def resume(self, kill: KillPoint | None) -> None:
        """A resume, which may be killed; it sends nothing."""
        report = self._send(ResumeRun(kill))
        assert not any(path.endswith("/unsubscribe") for path in report.results[0].calls)

    @rule(head_start=st.integers(0, 60))
    @precondition(lambda self: self._planned)
    def compete(self, head_start: int) -> None:
        """Two processes carry the plan out: one of them at most sends."""
        worker_results = self._send(RaceRuns(head_start)).results
        senders = [
            worker_result
            for worker_result in worker_results
            if any(path.endswith("/unsubscribe") for path in worker_result.calls)
        ]
        assert len(senders) <= 1 or all(
            worker_result.problem is not ProblemKind.LOCKED for worker_result in worker_results
        )

    @rule(seconds=st.sampled_from((1.0, 30.0, 600.0, 3600.0, 86_400.0)))
    def let_time_pass(self, seconds: float) -> None:
        """Nothing runs for a while."""
        self._send(AdvanceTime(seconds))

    @rule(place=places)
    def change(self, place: int) -> None:
        """Somebody else changes what becomes of a resource at its expiry."""
        self._changed ^= {place}
        self._send(Disturb(place, Disturbance.REPLACED))

    @rule(place=places)
    def take(self, place: int) -> None:
        """Somebody else unsubscribes a resource."""
        self._externally_unsubscribed.add(place)
        self._send(Disturb(place, Disturbance.GONE))

    def teardown(self) -> None:
        """In the end everything is known."""
        if self._last is not None:
            assert self._session.send(CloseSession()).violations == []


@pytest.mark.parametrize("part", range(4))
def test_journal_stays_true_in_any_order_of_events(
    fork_server: ForkServer, record_property: Callable[[str, object], None], part: int
) -> None:
    """In whatever order people, faults and deaths come, the record stays true and nothing is sent twice."""
    counts = {"runs": 0, "kills": 0}

    def count(report: SessionReport) -> None:
        counts["runs"] += len(report.results)
        counts["kills"] += sum(worker_result.was_killed for worker_result in report.results)

    run_state_machine_as_test(
        lambda: AccountMachine(fork_server, count),  # type: ignore[arg-type]  # whatever makes a machine will do
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            print_blob=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
    record_property("crash", {"scenario": f"model {part}", "points": [], "breaches": 0, **counts})


def test_spoiled_ids_do_not_disprove_an_order(fork_server: ForkServer) -> None:
    """The answer is lost, and the order's resources are read with half characters: the order is found all the same."""
    spoiled_ids = next(each for each in READ_FAULTS if each.name == "half characters")
    session = fork_server.open_session(SEND_FAULTS[0])
    session.send(ConfirmPlan((0, 1, 2)))

    session.send(RunPlan(spoiled_ids))
    assert session.send(CloseSession()).violations == []
