"""Past actions on an account: runs in the journal, orders including those placed elsewhere, runs of other processes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from unsub_tui.domain.account import LockOwner
from unsub_tui.domain.order import AttributedOrderDetails
from unsub_tui.domain.run import EstimateAccuracy, Run, Unit, estimate_accuracy
from unsub_tui.domain.untrusted_text import UntrustedText
from unsub_tui.engine.journal_reader import (
    read_account_journal,
    read_open_units,
    read_runs,
    read_units_needing_followup,
)
from unsub_tui.engine.orders import OrdersProgress, read_order, read_orders
from unsub_tui.engine.run.observer import RunObserver, find_lock_owner
from unsub_tui.journal.paths import set_aside_records

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

    def open_units(self) -> list[Unit]:
        """Return the units that earlier runs left open, oldest first."""
        return read_open_units(self._state_dir, self._account.account_id, self._cache_dir)

    def units_needing_followup(self) -> list[Unit]:
        """Return units worth another read: open, without a known order, not billed, or not known to be clean."""
        return read_units_needing_followup(
            self._state_dir, self._account.account_id, self._clock.now(), self._cache_dir
        )

    def last_event_time(self) -> datetime | None:
        """Return the time of the last event in this account's journal; None if there is no journal."""
        last = read_account_journal(self._state_dir, self._account.account_id, self._cache_dir).last_event
        return last.written_at() if last is not None else None

    def set_aside_journals(self) -> list[Path]:
        """Return the journals of this account that were set aside. They may contain units with unknown outcomes."""
        return set_aside_records(self._state_dir, self._account.account_id)

    def accuracy(self) -> list[EstimateAccuracy]:
        """Return the accuracy of the estimates in this account's runs, by currency."""
        return estimate_accuracy(unit for run in self.runs() for unit in run.units)

    def lock_owner(self) -> LockOwner | None:
        """Return the process on this machine that currently holds the account's lock, or None."""
        return find_lock_owner(self._state_dir, self._account.account_id)

    def run_observer(self, lock_owner: LockOwner) -> RunObserver:
        """Return an observer that follows a run of another process by reading the journal only."""
        return RunObserver(self._state_dir, self._account.account_id, lock_owner, self._cache_dir)

    async def orders(self, since: datetime, until: datetime | None = None) -> AsyncIterator[OrdersProgress]:
        """Yield a growing list of the account's unsubscription orders in a period, including those placed elsewhere."""
        reading = read_orders(
            self._account.client(),
            self._state_dir,
            self._account.account_id,
            since=since,
            until=until or self._clock.now(),
            user_names=self._user_name_by_order,
            cache_dir=self._cache_dir,
        )
        async with aclosing(reading) as progress:
            async for step in progress:
                yield step

    async def order(self, order_id: str) -> AttributedOrderDetails:
        """Return an unsubscription order with refunds by original order. Raise CONFIG for any other order id."""
        return await read_order(
            self._account.client(), self._state_dir, self._account.account_id, order_id, self._cache_dir
        )
