"""Executes a run in its own thread, with its own event loop, HTTP clients and journal connection.

`RunEnded` is the last event, even after an error. A stalled, crashed or disconnected screen does not affect this.
"""

from __future__ import annotations

import asyncio
import threading
from abc import ABC, abstractmethod
from collections.abc import Sequence
from concurrent.futures import Future
from contextlib import ExitStack
from dataclasses import replace
from datetime import datetime
from uuid import uuid4

from unsub_tui.api import mapping  # noqa: F401 - preloaded: the thread of a run must not import
from unsub_tui.domain.plan import Confirmation, Plan
from unsub_tui.domain.problem import Problem, ProblemKind, UnsubError
from unsub_tui.domain.run import Run, RunEnded, RunStopping, UnitChanged
from unsub_tui.domain.unit_state import State
from unsub_tui.domain.untrusted_text import EMPTY
from unsub_tui.engine.run.context import RunConfig, RunContext
from unsub_tui.engine.run.control import EventLog, RunControl, RunPhase, first_completed
from unsub_tui.engine.run.followup import run_followup_check
from unsub_tui.engine.run.leftover_reads import read_leftovers
from unsub_tui.engine.run.prechecks import check_confirmation
from unsub_tui.engine.run.recovery import mark_interrupted, needs_status_check, recover
from unsub_tui.engine.run.settlement_tasks import SettlementTasks
from unsub_tui.engine.run.submit import Sender
from unsub_tui.journal.codec import RunDocument
from unsub_tui.journal.lock import AccountLock
from unsub_tui.journal.paths import journal_path, lock_path, prepare_directory, runtime_lock_path
from unsub_tui.journal.replay import UnitState
from unsub_tui.journal.store import Journal


class RunHandle:
    """Controls an active run. All methods are thread-safe."""

    def __init__(self, run_id: str, control: RunControl, event_log: EventLog, thread: threading.Thread) -> None:
        self.run_id = run_id
        self._control = control
        self._event_log = event_log
        self._thread = thread
        self.events = event_log.events
        """Yields every event of the run from the first one, in the caller's event loop; `RunEnded` is the last."""
        self.heartbeat = control.heartbeat
        """Reports that the screen is alive. Call it once a second, or the run stops submitting."""
        self.hold = control.hold
        """Blocks submissions until `resume` is called: the process is about to be suspended."""
        self.resume = control.resume
        """Resumes a paused run on the user's decision."""

    def stop(self, *, force: bool = False) -> None:
        """Stop the run after the unit being submitted; with `force`, do not wait for status reads."""
        was_asked = self._control.phase >= RunPhase.STOPPING
        self._control.advance(RunPhase.FORCED if force else RunPhase.STOPPING)
        if not was_asked:
            self._event_log.put(RunStopping())

    def abandon(self) -> None:
        """End the run immediately. A request being submitted is journaled as unknown."""
        self._control.advance(RunPhase.ABANDONED)

    def join(self, timeout: float) -> bool:
        """Wait up to `timeout` seconds for the run's thread, and return whether it has ended."""
        self._thread.join(timeout)
        return not self._thread.is_alive()


def start_run(plan: Plan, confirmation: Confirmation, config: RunConfig) -> RunHandle:
    """Start a run of a confirmed plan. Raise GUARD, LOCKED or JOURNAL before anything is submitted."""
    check_confirmation(plan, confirmation, config)
    started = config.clock.now()
    document = RunDocument.of(plan, confirmation, run_id=_new_id(started), started=started, actor=config.actor)
    return _start(_PlanExecutor(config, document))


def start_resume(config: RunConfig) -> RunHandle:
    """Start a status check of the units left open by earlier runs. Its `RunEnded` contains all these units."""
    return _start(_ResumeExecutor(config, config.clock.now()))


class _Executor(ABC):
    """Work of the run's thread, from acquiring the lock to the last event."""

    def __init__(self, config: RunConfig, run_id: str) -> None:
        self.config = config
        self.run_id = run_id
        self.control = RunControl(config.clock)
        self.event_log = EventLog()
        self.opened: Future[None] = Future()
        self.started_units: Sequence[UnitState] = ()
        """The units of the run, in the state that they had at its start."""

    def main(self) -> None:
        """Run the event loop until the work has ended, then close the event log."""
        try:
            asyncio.run(self._main())
        finally:
            self.event_log.close()

    @abstractmethod
    def begin(self, journal: Journal) -> Sequence[UnitState]:
        """Write the initial journal entries, and return the units of the run."""

    @abstractmethod
    async def execute(self, tasks: SettlementTasks) -> None:
        """Submit the units or start their status checks."""

    @abstractmethod
    def result(self, journal: Journal) -> Run:
        """Return the journaled result as a run."""

    def units(self, journal: Journal) -> list[UnitState]:
        """Return the current state of the units of the run."""
        return [journal.state.runs[unit.run_id].units[unit.index] for unit in self.started_units]

    async def _main(self) -> None:
        self.control.bind(asyncio.get_running_loop())
        with ExitStack() as opened:
            try:
                lock = self._take_lock(opened)
                journal = self._open(opened)
            except BaseException as error:  # noqa: BLE001 - `_start` waits for this future
                opened.close()
                self.opened.set_exception(_to_unsub_error(error))
                return
            self.opened.set_result(None)
            problem = await self._execute_and_close(journal, lock)
        self.event_log.put(RunEnded(run=self.result(journal), problem=problem))

    async def _execute_and_close(self, journal: Journal, lock: AccountLock) -> Problem | None:
        """Execute the run, finalize the journal, and return the problem that ended the run early."""
        problem: Problem | None
        try:
            problem = await self._execute_with_context(journal, lock)
        except Exception as error:  # noqa: BLE001 - the thread must always report its end
            problem = _to_unsub_error(error).problem
        try:
            # nothing in the journal may look active any more
            mark_interrupted(journal, self.config.clock.now())
            if self.run_id in journal.state.runs:
                journal.end_run(self.run_id, self.config.clock.now(), problem)
        except UnsubError as error:
            problem = problem or error.problem
        return problem

    async def _execute_with_context(self, journal: Journal, lock: AccountLock) -> Problem | None:
        async with self.config.connection.read_client() as reader:
            context = RunContext(
                run_id=self.run_id,
                config=self.config,
                lock=lock,
                journal=journal,
                reader=reader,
                control=self.control,
                event_log=self.event_log,
            )
            tasks = SettlementTasks(context)
            work = asyncio.ensure_future(self._execute_and_follow_up(context, tasks))
            try:
                await first_completed(work, self.control.wait_for(RunPhase.ABANDONED))
                if not work.done():
                    return context.problem or Problem(kind=ProblemKind.STOPPED)
                work.result()
            finally:
                work.cancel()
                await asyncio.gather(work, return_exceptions=True)
                await tasks.cancel()
            return context.problem

    async def _execute_and_follow_up(self, context: RunContext, tasks: SettlementTasks) -> None:
        for unit in self.started_units:
            context.emit(UnitChanged(unit=unit))
        await self.execute(tasks)
        self.control.advance(RunPhase.DRAINING)
        await tasks.finish()
        await run_followup_check(context, self.units(context.journal))
        await read_leftovers(context, self.units(context.journal))

    def _take_lock(self, opened: ExitStack) -> AccountLock:
        prepare_directory(self.config.state_dir)
        account_id = self.config.account.account_id
        shared = runtime_lock_path(self.config.runtime_dirs, account_id)
        path = lock_path(self.config.state_dir, account_id)
        lock = AccountLock.acquire(path, self.config.clock.now(), self.run_id, shared)
        opened.callback(lock.release)
        return lock

    def _open(self, opened: ExitStack) -> Journal:
        path = journal_path(self.config.state_dir, self.config.account.account_id)
        journal = Journal.open(path, cache_dir=self.config.cache_dir)
        opened.callback(journal.close)
        recover(journal, self.config.clock.now())
        self.started_units = self.begin(journal)
        return journal


class _PlanExecutor(_Executor):
    """Submits the units of a plan."""

    def __init__(self, config: RunConfig, document: RunDocument) -> None:
        if not (config.attended or config.keep_going):  # an unknown outcome ends the run; it is only read once more
            config = replace(config, policy=config.policy.without_waiting_for_unknown())
        super().__init__(config, document.run_id)
        self._document = document

    def begin(self, journal: Journal) -> Sequence[UnitState]:
        """Journal the confirmed plan."""
        journal.start_run(self._document)
        return list(journal.state.runs[self.run_id].units)

    async def execute(self, tasks: SettlementTasks) -> None:
        """Submit the units in order."""
        async with self.config.connection.mutation_client() as client:
            await Sender(client, tasks).send_all(self.started_units)

    def result(self, journal: Journal) -> Run:
        """Return the run."""
        return journal.state.runs[self.run_id].to_run()


class _ResumeExecutor(_Executor):
    """Checks the status of units left open by earlier runs."""

    def __init__(self, config: RunConfig, began: datetime) -> None:
        if config.attended:  # a user who watches can end the status check at any time
            config = replace(config, policy=config.policy.until_stopped())
        super().__init__(config, _new_id(began))
        self._began = began

    def begin(self, journal: Journal) -> Sequence[UnitState]:
        """Return the units for which a status check can still find more."""
        return [unit for unit in journal.state.units() if needs_status_check(unit, self._began)]

    async def execute(self, tasks: SettlementTasks) -> None:
        """Start a status check for each unit."""
        for unit in self.started_units:
            if unit.state is State.ACCEPTED:
                tasks.start_polling(unit, immediately=True)
            elif unit.state is State.UNKNOWN:
                tasks.start_reconciling(unit, immediately=True)
            elif unit.state is State.SETTLED:
                tasks.start_refund_breakdown(unit)
            else:
                tasks.start_order_search(unit)

    def result(self, journal: Journal) -> Run:
        """Return the checked units of several runs in the form of one run."""
        return Run(
            run_id=self.run_id,
            started=self._began,
            ended=self.config.clock.now(),
            account=self.config.account,
            plan_digest="",
            actor=self.config.actor,
            reason_text=EMPTY,
            units=tuple(self.units(journal)),
        )


def _start(work: _Executor) -> RunHandle:
    # A daemon: a run that hangs must not keep the process alive after it was abandoned.
    thread = threading.Thread(target=work.main, name=f"run {work.run_id}", daemon=True)
    thread.start()
    work.opened.result()
    return RunHandle(work.run_id, work.control, work.event_log, thread)


def _new_id(now: datetime) -> str:
    """Return a run id that sorts by time."""
    return f"{now:%Y%m%d-%H%M%S}-{uuid4().hex[:6]}"


def _to_unsub_error(error: BaseException) -> UnsubError:
    if isinstance(error, UnsubError):
        return error
    wrapped = UnsubError(Problem(kind=ProblemKind.INTERNAL, detail=type(error).__name__))
    wrapped.__cause__ = error
    return wrapped
