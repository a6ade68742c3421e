"""Background tasks that check the status of submitted units, during and after the submissions."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine

from unsub_tui.domain.unit_state import State
from unsub_tui.engine.run.context import RunContext
from unsub_tui.engine.run.control import RunPhase
from unsub_tui.engine.run.reconcile import find_lost_order, reconcile
from unsub_tui.engine.run.refund_breakdown import record_refund_breakdown
from unsub_tui.engine.run.settle import poll_change, poll_order
from unsub_tui.journal.replay import UnitState


class SettlementTasks:
    """Read-only tasks; each ends when its unit has a final state or its time limit is reached."""

    def __init__(self, context: RunContext) -> None:
        self.context = context
        self._tasks: set[asyncio.Task[UnitState]] = set()
        self.mismatched: list[tuple[UnitState, asyncio.Task[UnitState]]] = []
        """Units that became unknown because their order was disproved, each with its reconciliation task."""

    def start_polling(self, unit: UnitState, *, immediately: bool = False) -> None:
        """Start to poll an accepted unit."""
        self._start(self._poll_until_settled(unit, immediately=immediately))

    def start_reconciling(self, unit: UnitState, *, immediately: bool = False) -> asyncio.Task[UnitState]:
        """Start to reconcile an unknown unit and return the task. If the unit becomes accepted, it is polled next."""
        poll = reconcile if unit.action.creates_order else poll_change
        found = asyncio.ensure_future(poll(self.context, unit, immediately=immediately))
        self._start(self._poll_when_accepted(found))
        return found

    def start_order_search(self, unit: UnitState) -> None:
        """Start another search for the order of a resource that is gone."""
        self._start(self._poll_when_accepted(asyncio.ensure_future(find_lost_order(self.context, unit))))

    def start_refund_breakdown(self, unit: UnitState) -> None:
        """Start to read the missing refund details of a settled unit."""
        self._start(record_refund_breakdown(self.context, unit))

    async def finish(self) -> None:
        """Wait until all tasks have ended; after a stop request, wait only for the grace period."""
        context = self.context
        await self._wait_until(context.control.wait_for(RunPhase.STOPPING))
        if self._tasks and context.control.phase < RunPhase.FORCED:
            await self._wait_until(context.clock.sleep(context.policy.stop_grace_seconds))
            await self.cancel()
            context.raise_failure()

    async def cancel(self) -> None:
        """Cancel all tasks; reads may be canceled at any time."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _wait_until(self, end: Coroutine[None, None, None]) -> None:
        """Wait until all tasks have ended or `end` returns. Raise a fatal error."""
        ending = asyncio.ensure_future(end)
        try:
            while self._tasks and not ending.done():
                await asyncio.wait({*self._tasks, ending}, return_when=asyncio.FIRST_COMPLETED)
                self.context.raise_failure()
        finally:
            ending.cancel()

    async def _poll_when_accepted(self, found: asyncio.Task[UnitState]) -> UnitState:
        """Wait for the task's result, and poll the unit if it is accepted."""
        unit = await found
        return await self._poll_until_settled(unit, immediately=True) if unit.state is State.ACCEPTED else unit

    async def _poll_until_settled(self, unit: UnitState, *, immediately: bool) -> UnitState:
        """Poll the unit; if its order was disproved, reconcile it."""
        poll = poll_order if unit.action.creates_order else poll_change
        unit = await poll(self.context, unit, immediately=immediately)
        if unit.state is State.UNKNOWN:
            self.mismatched.append((unit, self.start_reconciling(unit)))
        return unit

    def _start(self, work: Coroutine[None, None, UnitState]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)  # asyncio itself keeps only a weak reference
        task.add_done_callback(self._on_task_done)

    def _on_task_done(self, task: asyncio.Task[UnitState]) -> None:
        self._tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if error is not None:
            self.context.record_failure(error)
