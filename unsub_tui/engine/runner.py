"""A run in a thread of its own: with its own event loop, its own clients and its own hold on the record.

The thread ends with `RunEnded`, whatever happens in it; the screen may stall, crash or hang up meanwhile.
"""

from __future__ import annotations

import asyncio
import threading
from abc import abstractmethod
from collections.abc import AsyncIterator
from concurrent.futures import Future
from datetime import datetime
from uuid import uuid4

from unsub_tui.domain.foreign import NOTHING
from unsub_tui.domain.outcome import State
from unsub_tui.domain.plan import Confirmation, Plan
from unsub_tui.domain.problem import Problem, ProblemKind, UnsubError
from unsub_tui.domain.run import Run, RunEnded, RunEvent, RunStopping, UnitChanged
from unsub_tui.engine.aftermath import check_after
from unsub_tui.engine.confirming import check_confirmed
from unsub_tui.engine.couriers import courier_for
from unsub_tui.engine.followers import Followers
from unsub_tui.engine.loose_ends import can_tell_more
from unsub_tui.engine.parts import RunParts
from unsub_tui.engine.racing import first_of
from unsub_tui.engine.recovery import put_right, recover
from unsub_tui.engine.sending import Sender
from unsub_tui.engine.session import Session
from unsub_tui.engine.signals import Signals
from unsub_tui.engine.tape import Tape
from unsub_tui.journal.documents import RunDocument
from unsub_tui.journal.lock import AccountLock
from unsub_tui.journal.place import journal_path, lock_path, prepare_directory, runtime_lock_path
from unsub_tui.journal.state import UnitState
from unsub_tui.journal.store import Journal

__all__ = ["RunHandle", "RunParts", "start_resume", "start_run"]


class RunHandle:
    """A run that is under way. Every method may be called from any thread."""

    def __init__(self, run_id: str, signals: Signals, tape: Tape, thread: threading.Thread) -> None:
        self.run_id = run_id
        self._signals = signals
        self._tape = tape
        self._thread = thread

    def events(self) -> AsyncIterator[RunEvent]:
        """Yield every event of the run from its first, in the caller's loop; `RunEnded` is the last."""
        return self._tape.events()

    def heartbeat(self) -> None:
        """Say that the screen is alive: once a second, else nothing is sent."""
        self._signals.heartbeat()

    def stop(self, *, hurry: bool = False) -> None:
        """End the run after the unit in flight; in a hurry no read is waited for."""
        was_asked = self._signals.stop_asked
        self._signals.stop(hurry=hurry)
        if not was_asked:
            self._tape.put(RunStopping(run_id=self.run_id))

    def abandon(self) -> None:
        """End the run now: what is in flight becomes unknown, and the record says so."""
        self._signals.abandon()

    def hold(self) -> None:
        """Send nothing more until a person lets the run go on: the program is about to stand still."""
        self._signals.hold()

    def go_on(self) -> None:
        """Let a paused run go on: a person's decision."""
        self._signals.go_on()

    def join(self, timeout: float) -> bool:
        """Wait for the run's thread, and say whether it has ended."""
        self._thread.join(timeout)
        return not self._thread.is_alive()


def start_run(plan: Plan, confirmation: Confirmation, parts: RunParts) -> RunHandle:
    """Begin to carry a confirmed plan out; raises a GUARD, LOCKED or JOURNAL problem before anything is sent."""
    check_confirmed(plan, confirmation, parts)
    started = parts.clock.now()
    document = RunDocument.of(plan, confirmation, run_id=_new_id(started), started=started, person=parts.who)
    return _start(_PlanRun(parts, document))


def start_resume(parts: RunParts) -> RunHandle:
    """Begin to settle what earlier runs left open; sends nothing. Its `RunEnded` has the units of all of them."""
    return _start(_Resume(parts, _new_id(parts.clock.now())))


class _Work:
    """What happens in the thread, from taking the lock to the last event."""

    def __init__(self, parts: RunParts, run_id: str) -> None:
        self.parts = parts
        self.run_id = run_id
        self.signals = Signals(parts.clock)
        self.tape = Tape()
        self.opened: Future[None] = Future()
        self._journal: Journal | None = None
        self._lock: AccountLock | None = None

    def main(self) -> None:
        """Run to the end, and say so."""
        try:
            asyncio.run(self._main())
        finally:
            self.tape.close()

    @abstractmethod
    def begin(self, journal: Journal) -> None:
        """Write what must be on record before anything else happens."""

    @abstractmethod
    async def carry_out(self, session: Session, followers: Followers) -> None:
        """Do the work itself."""

    @abstractmethod
    def units(self, journal: Journal) -> list[UnitState]:
        """Return the units that it is about, as they are now."""

    @abstractmethod
    def result(self, journal: Journal) -> Run:
        """Return what the record says of this work."""

    async def _main(self) -> None:
        self.signals.bind(asyncio.get_running_loop())
        try:
            lock = self._lock = self._take_lock()
            journal = self._journal = self._open()
        except BaseException as error:  # noqa: BLE001 - whoever starts the run waits for it
            self._let_go()
            self.opened.set_exception(_as_ours(error))
            return
        self.opened.set_result(None)
        problem = await self._outcome(journal, lock)
        self._let_go()
        self.tape.put(RunEnded(run=self.result(journal), problem=problem))

    async def _outcome(self, journal: Journal, lock: AccountLock) -> Problem | None:
        """Do the work, leave a truthful record, and return why it ended early."""
        problem: Problem | None
        try:
            problem = await self._worked(journal, lock)
        except Exception as error:  # noqa: BLE001 - the thread never ends without saying so
            problem = _as_ours(error).problem
        try:
            self._close(journal, problem)
        except UnsubError as error:
            problem = problem or error.problem
        return problem

    async def _worked(self, journal: Journal, lock: AccountLock) -> Problem | None:
        async with self.parts.connection.reader() as reader:
            session = Session(
                run_id=self.run_id,
                parts=self.parts,
                lock=lock,
                journal=journal,
                reader=reader,
                signals=self.signals,
                tape=self.tape,
            )
            followers = Followers(session)
            work = asyncio.ensure_future(self._all_of_it(session, followers))
            try:
                await first_of(work, self.signals.abandoned())
                if not work.done():
                    return session.problem or Problem(kind=ProblemKind.STOPPED)
                work.result()
            finally:
                work.cancel()
                await asyncio.gather(work, return_exceptions=True)
                await followers.cancel()
            return session.problem

    async def _all_of_it(self, session: Session, followers: Followers) -> None:
        await self.carry_out(session, followers)
        session.grow_quiet()
        await followers.finish()
        await check_after(session, self.units(session.journal))

    def _close(self, journal: Journal, problem: Problem | None) -> None:
        """Leave nothing in the record that looks as if it were under way."""
        put_right(journal, self.parts.clock.now())
        if self.run_id in journal.book.runs:
            journal.end(self.run_id, self.parts.clock.now(), problem)

    def _take_lock(self) -> AccountLock:
        prepare_directory(self.parts.state_dir)
        account_id = self.parts.account.account_id
        shared = runtime_lock_path(self.parts.runtime_dirs, account_id)
        path = lock_path(self.parts.state_dir, account_id)
        lock = AccountLock.take(path, self.parts.clock.now(), self.run_id, shared)
        self.parts.step("lock taken")
        return lock

    def _open(self) -> Journal:
        path = journal_path(self.parts.state_dir, self.parts.account.account_id)
        journal = Journal.open(path, cache_dir=self.parts.cache_dir)
        try:
            recover(journal, self.parts.clock.now())
            self.parts.step("record opened")
            self.begin(journal)
            self.parts.step("run recorded")
        except BaseException:
            journal.close()
            raise
        return journal

    def _let_go(self) -> None:
        if self._journal is not None:
            self._journal.close()
        if self._lock is not None:
            self._lock.release()


class _PlanRun(_Work):
    """Sends the units of a plan."""

    def __init__(self, parts: RunParts, document: RunDocument) -> None:
        super().__init__(parts, document.run_id)
        self._document = document

    def begin(self, journal: Journal) -> None:
        """Record the confirmed plan."""
        journal.begin(self._document)

    async def carry_out(self, session: Session, followers: Followers) -> None:
        """Send unit after unit."""
        if not self.parts.attended and not self.parts.keep_going:
            session.unknown_limit_seconds = 0
        units = list(session.journal.book.runs[self.run_id].units)
        for unit in units:
            session.tell(UnitChanged(unit=unit.unit()))
        async with courier_for(self.parts.connection, self._document.action) as courier:
            await Sender(session, courier, followers).send_all(units)

    def units(self, journal: Journal) -> list[UnitState]:
        """Return the units of the run."""
        return list(journal.book.runs[self.run_id].units)

    def result(self, journal: Journal) -> Run:
        """Return the run."""
        return journal.book.runs[self.run_id].run()


class _Resume(_Work):
    """Follows what earlier runs left open."""

    def __init__(self, parts: RunParts, run_id: str) -> None:
        super().__init__(parts, run_id)
        self._began = parts.clock.now()
        self._units: list[UnitState] = []

    def begin(self, journal: Journal) -> None:
        """Find what reading can still tell more of."""
        self._units = [unit for unit in journal.book.units() if can_tell_more(unit, self._began)]

    async def carry_out(self, session: Session, followers: Followers) -> None:
        """Begin to look at each of them."""
        session.follows_to_the_end = self.parts.attended
        for unit in self._units:
            session.tell(UnitChanged(unit=unit.unit()))
            if unit.state is State.ACCEPTED:
                followers.watch(unit, at_once=True)
            elif unit.state is State.UNKNOWN:
                followers.reconcile(unit, at_once=True)
            elif unit.state is State.SETTLED:
                followers.account(unit)
            else:
                followers.find_order(unit)

    def units(self, journal: Journal) -> list[UnitState]:
        """Return all that was looked at."""
        return [journal.book.runs[unit.run_id].units[unit.index] for unit in self._units]

    def result(self, journal: Journal) -> Run:
        """Return all that was looked at, as if it were one run."""
        units = [unit.unit() for unit in self.units(journal)]
        account = self.parts.account
        return Run(
            run_id=self.run_id,
            started=self._began,
            ended=self.parts.clock.now(),
            account_id=account.account_id,
            account_name=account.name,
            site=account.site,
            plan_digest="",
            operator=self.parts.operator,
            reason_text=NOTHING,
            units=tuple(units),
        )


def _start(work: _Work) -> RunHandle:
    thread = threading.Thread(target=work.main, name=f"run {work.run_id}", daemon=True)
    thread.start()
    work.opened.result()
    return RunHandle(work.run_id, work.signals, work.tape, thread)


def _new_id(now: datetime) -> str:
    """Return a run id that sorts by time."""
    return f"{now:%Y%m%d-%H%M%S}-{uuid4().hex[:6]}"


def _as_ours(error: BaseException) -> UnsubError:
    if isinstance(error, UnsubError):
        return error
    wrapped = UnsubError(Problem(kind=ProblemKind.INTERNAL, detail=type(error).__name__))
    wrapped.__cause__ = error
    return wrapped
