"""The state of a run that other threads change."""

from __future__ import annotations

import asyncio
import signal

import pytest

from unsub_tui.domain.run import RunStopping
from unsub_tui.engine.run.control import EventLog, RunControl, RunPhase
from unsub_tui.engine.run.policy import Clock, RunPolicy


class _StoppedClock(Clock):
    """A clock that the test sets."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def monotonic(self) -> float:
        """Return the time that was set."""
        return self.seconds


def test_a_run_never_returns_to_an_earlier_phase() -> None:
    """A forced stop stays forced, whatever is requested later."""
    control = RunControl(_StoppedClock())
    control.advance(RunPhase.FORCED)
    control.advance(RunPhase.STOPPING)
    control.advance(RunPhase.DRAINING)
    assert control.phase is RunPhase.FORCED


def test_the_time_limits_start_when_the_first_phase_ends() -> None:
    """A later stop request does not extend them."""
    clock = _StoppedClock()
    control = RunControl(clock)
    assert control.submissions_ended is None
    clock.seconds = 7
    control.advance(RunPhase.DRAINING)
    clock.seconds = 9
    control.advance(RunPhase.STOPPING)
    assert control.submissions_ended == 7


@pytest.mark.parametrize("requested", [RunPhase.STOPPING, RunPhase.FORCED, RunPhase.ABANDONED])
async def test_a_request_before_the_loop_runs_is_kept(requested: RunPhase) -> None:
    """A signal can arrive before the run's event loop does."""
    control = RunControl(_StoppedClock())
    control.advance(requested)
    control.bind(asyncio.get_running_loop())
    await control.wait_for(RunPhase.STOPPING)
    await control.wait_for(requested)


async def test_a_phase_wakes_only_those_who_wait_for_it_or_an_earlier_one() -> None:
    """A stop request is no request to abandon the request under way."""
    control = RunControl(_StoppedClock())
    control.bind(asyncio.get_running_loop())
    drained, abandoned = (
        asyncio.ensure_future(control.wait_for(phase)) for phase in (RunPhase.DRAINING, RunPhase.ABANDONED)
    )
    await asyncio.to_thread(control.advance, RunPhase.STOPPING)
    await drained
    assert not abandoned.done()
    abandoned.cancel()


@pytest.mark.parametrize("phase", [RunPhase.FAILED, RunPhase.STOPPING])
async def test_a_stop_or_failure_ends_the_wait_for_a_decision(phase: RunPhase) -> None:
    """Nobody has to answer a question of a run that has ended."""
    control = RunControl(_StoppedClock())
    control.bind(asyncio.get_running_loop())
    control.begin_decision()
    control.advance(phase)
    await control.wait_for_decision()


def test_the_delay_before_a_repeat_is_bounded() -> None:
    """A service that asks for an hour gets a minute; otherwise the schedule applies, its last delay repeatedly."""
    policy = RunPolicy(reconcile_delays=(2, 5))
    assert policy.retry_delay(0, 3600) == policy.MAX_RETRY_AFTER_SECONDS
    assert policy.retry_delay(0, 3) == 3
    assert [policy.retry_delay(repeats, None) for repeats in range(3)] == [2, 5, 5]


def test_a_signal_may_stop_a_run_while_its_state_is_read() -> None:
    """The handler runs in the thread that holds the locks, so that they must be reentrant."""
    control, log = RunControl(_StoppedClock()), EventLog()

    def stop(*_: object) -> None:
        control.advance(RunPhase.STOPPING)
        log.put(RunStopping())

    before = signal.signal(signal.SIGUSR1, stop)
    try:
        for lock in (control._lock, log._lock):  # noqa: SLF001 - what the handler needs, too
            assert lock.acquire(blocking=False)
            assert lock.acquire(blocking=False)
            lock.release()
        signal.raise_signal(signal.SIGUSR1)
    finally:
        for lock in (control._lock, log._lock):  # noqa: SLF001
            lock.release()
        signal.signal(signal.SIGUSR1, before)
    assert control.phase is RunPhase.STOPPING
