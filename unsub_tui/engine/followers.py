"""The tasks that follow what was sent, while other units are sent and after."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine

from unsub_tui.domain.outcome import State
from unsub_tui.engine.reconcile import find_lost_order, reconcile
from unsub_tui.engine.session import Session
from unsub_tui.engine.watch import watch
from unsub_tui.journal.state import UnitState


class Followers:
    """Reads only; each task ends when its unit has, or when patience does."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._tasks: set[asyncio.Task[UnitState]] = set()

    def watch(self, unit: UnitState, *, at_once: bool = False) -> None:
        """Follow an accepted unit."""
        self._start(watch(self._session, unit, at_once=at_once))

    def reconcile(self, unit: UnitState, *, at_once: bool = False) -> asyncio.Task[UnitState]:
        """Look into an unknown outcome; what turns out to be accepted is followed on."""
        return self._start(reconcile(self._session, unit, at_once=at_once))

    def find_order(self, unit: UnitState) -> None:
        """Look once more for the order of a resource that is gone."""
        self._start(find_lost_order(self._session, unit))

    async def finish(self) -> None:
        """Wait until every unit has ended or patience has; after a stop only for a short grace."""
        stopped = asyncio.ensure_future(self._session.signals.stopped())
        try:
            while self._tasks and not stopped.done():
                await asyncio.wait({*self._tasks, stopped}, return_when=asyncio.FIRST_COMPLETED)
                await asyncio.sleep(0)  # lets what has just become accepted be followed on
                self._session.check()
        finally:
            stopped.cancel()
        if self._tasks:
            await self._wait_for_grace()

    async def cancel(self) -> None:
        """End every task; reads can be given up at any time."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _wait_for_grace(self) -> None:
        grace = asyncio.ensure_future(self._session.clock.sleep(self._session.pace.stop_grace_seconds))
        while self._tasks and not grace.done():
            await asyncio.wait({*self._tasks, grace}, return_when=asyncio.FIRST_COMPLETED)
            await asyncio.sleep(0)
        grace.cancel()
        await self.cancel()
        self._session.check()

    def _start(self, work: Coroutine[None, None, UnitState]) -> asyncio.Task[UnitState]:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[UnitState]) -> None:
        self._tasks.discard(task)
        if task.cancelled():
            return
        error = task.exception()
        if error is not None:
            self._session.note(error)
        elif task.result().state is State.ACCEPTED and not self._session.signals.stop_asked:
            self._follow_on(task.result())

    def _follow_on(self, unit: UnitState) -> None:
        """Follow a unit whose order was found just now."""
        if self._session.patience(self._session.pace.settle_limit_seconds) > 0 and unit.changed >= self._session.began:
            self.watch(unit, at_once=True)
