"""The tasks that follow what was sent, while other units are sent and after."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine

from unsub_tui.domain.outcome import State
from unsub_tui.engine.accounting import account_for
from unsub_tui.engine.keeping import reconcile_change, watch_change
from unsub_tui.engine.reconcile import find_lost_order, reconcile
from unsub_tui.engine.session import Session
from unsub_tui.engine.watch import watch
from unsub_tui.journal.state import UnitState


class Followers:
    """Reads only; each task ends when its unit has, or when patience does."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._tasks: set[asyncio.Task[UnitState]] = set()
        self.doubted: list[tuple[UnitState, asyncio.Task[UnitState]]] = []
        """Units that became unknown after the service had named an order, each with the task that looks into it."""

    def watch(self, unit: UnitState, *, at_once: bool = False) -> None:
        """Follow an accepted unit."""
        self._start(self._watched(unit, at_once=at_once))

    def reconcile(self, unit: UnitState, *, at_once: bool = False) -> asyncio.Task[UnitState]:
        """Look into an unknown outcome, in the task returned; what turns out to be accepted is followed on."""
        look_into = reconcile_change if unit.action.is_undoable else reconcile
        found = asyncio.ensure_future(look_into(self._session, unit, at_once=at_once))
        self._start(self._followed(found))
        return found

    def find_order(self, unit: UnitState) -> None:
        """Look once more for the order of a resource that is gone."""
        self._start(self._followed(asyncio.ensure_future(find_lost_order(self._session, unit))))

    def account(self, unit: UnitState) -> None:
        """Read what is still missing of a settled unit's money."""
        self._start(account_for(self._session, unit))

    async def finish(self) -> None:
        """Wait until every unit has ended or patience has; after a stop only for a short grace."""
        stopped = asyncio.ensure_future(self._session.signals.stopped())
        try:
            while self._tasks and not stopped.done():
                await asyncio.wait({*self._tasks, stopped}, return_when=asyncio.FIRST_COMPLETED)
                self._session.check()
        finally:
            stopped.cancel()
        if self._tasks and not self._session.signals.is_hurried:
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
        grace.cancel()
        await self.cancel()
        self._session.check()

    async def _followed(self, found: asyncio.Task[UnitState]) -> UnitState:
        """Wait for what was found out, and follow the order if there is one."""
        unit = await found
        return await self._watched(unit, at_once=True) if unit.state is State.ACCEPTED else unit

    async def _watched(self, unit: UnitState, *, at_once: bool) -> UnitState:
        """Follow what was accepted: an order, or the change itself, which mostly is there at once."""
        if unit.action.is_undoable:
            return await watch_change(self._session, unit)
        unit = await watch(self._session, unit, at_once=at_once)
        if unit.state is State.UNKNOWN:
            self.doubted.append((unit, self.reconcile(unit)))
        return unit

    def _start(self, work: Coroutine[None, None, UnitState]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[UnitState]) -> None:
        self._tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if error is not None:
            self._session.note(error)
