"""Past actions on an account: runs in the journal, orders including those placed elsewhere, runs of other processes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from unsub_tui.domain.account import LockOwner
from unsub_tui.domain.order import AttributedOrderDetails
from unsub_tui.domain.problem import UnsubError
from unsub_tui.domain.run import Run, Unit
from unsub_tui.domain.untrusted_text import UntrustedText
from unsub_tui.engine.journal_reader import RunObserver, find_lock_owner, read_account_journal, read_runs
from unsub_tui.engine.orders import OrderAttribution, OrdersProgress, read_order, read_orders
from unsub_tui.engine.run.recovery import needs_status_check
from unsub_tui.journal.paths import set_aside_records
from unsub_tui.journal.replay import JournalState

if TYPE_CHECKING:
    from unsub_tui.engine.account import Account
    from unsub_tui.engine.engine import EngineOptions


class History:
    """Reads the past runs and orders of one account. Every method raises UnsubError on failure."""

    def __init__(self, account: Account, options: EngineOptions) -> None:
        self._account = account
        self._state_dir = options.state_dir
        self._cache_dir = options.cache_dir
        self._clock = options.clock
        self._user_name_by_order: dict[str, UntrustedText] = {}

    def runs(self) -> list[Run]:
        """Return the runs of this account from the journal, newest first."""
        return read_runs(self._state_dir, self._account.account_id, self._cache_dir)

    def units(self) -> list[Unit]:
        """Return the units of all runs of this account, oldest first."""
        return list(self._read_journal().units())

    def open_units(self) -> list[Unit]:
        """Return the units that earlier runs left open, oldest first."""
        return list(self._read_journal().open_units())

    def units_to_check(self) -> list[Unit]:
        """Return units worth another read: open, without a known order, not billed, or not known to be clean."""
        now = self._clock.now()
        return [unit for unit in self._read_journal().units() if needs_status_check(unit, now)]

    def last_event_time(self) -> datetime | None:
        """Return the time of the last event in this account's journal; None if there is no journal."""
        last = self._read_journal().last_event
        return last.written_at() if last is not None else None

    def set_aside_journals(self) -> list[Path]:
        """Return the journals of this account that were set aside. They may contain units with unknown outcomes."""
        return set_aside_records(self._state_dir, self._account.account_id)

    def lock_owner(self) -> LockOwner | None:
        """Return the process on this machine that currently holds the account's lock, or None."""
        return find_lock_owner(self._state_dir, self._account.account_id)

    def run_observer(self, lock_owner: LockOwner) -> RunObserver:
        """Return an observer that follows a run of another process by reading the journal only."""
        return RunObserver(self._state_dir, self._account.account_id, lock_owner, self._cache_dir)

    async def orders(self, since: datetime, until: datetime | None = None) -> AsyncIterator[OrdersProgress]:
        """Yield a growing list of the account's unsubscription orders in a period, including those placed elsewhere."""
        # In a thread: the event loop must serve the screen while a large journal is replayed.
        client, attribution = self._account.client(), await asyncio.to_thread(self._attribution)
        reading = read_orders(client, attribution, self._user_name_by_order, since, until or self._clock.now())
        async with aclosing(reading) as progress:
            async for step in progress:
                yield step

    async def order(self, order_id: str) -> AttributedOrderDetails:
        """Return an unsubscription order with refunds by original order. Raise CONFIG for any other order id."""
        return await read_order(self._account.client(), await asyncio.to_thread(self._attribution), order_id)

    def _read_journal(self) -> JournalState:
        return read_account_journal(self._state_dir, self._account.account_id, self._cache_dir)

    def _attribution(self) -> OrderAttribution:
        try:
            return OrderAttribution(self._read_journal())
        except UnsubError as error:
            return OrderAttribution(JournalState(), error.problem)
