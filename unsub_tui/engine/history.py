"""Read-only engine methods for past actions: runs in the journal, orders of the account, runs of other processes."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import AsyncIterator
from contextlib import aclosing
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from unsub_tui.api.client import BssClient
    from unsub_tui.domain.account import AccountRef
    from unsub_tui.domain.attributed_order import AttributedOrderDetails
    from unsub_tui.domain.estimate_accuracy import EstimateAccuracy
    from unsub_tui.domain.lock_owner import LockOwner
    from unsub_tui.domain.run import Run, Unit
    from unsub_tui.domain.untrusted_text import UntrustedText
    from unsub_tui.engine.orders import OrdersProgress
    from unsub_tui.engine.run.observer import RunObserver


class HistoryMixin:
    """Methods that read past runs and orders of one account, including orders placed elsewhere."""

    def __init__(self) -> None:
        self._user_name_by_order: dict[str, UntrustedText] = {}

    @property
    @abstractmethod
    def state_dir(self) -> Path:
        """The directory that holds the journals."""

    @property
    @abstractmethod
    def cache_dir(self) -> Path | None:
        """The directory for data that can be downloaded again, or None."""

    @abstractmethod
    def now(self) -> datetime:
        """Return the current UTC time."""

    @abstractmethod
    def _require_client(self) -> BssClient:
        """Return the client for reads. Raise INTERNAL before the account is open."""

    @abstractmethod
    def _require_account(self) -> AccountRef:
        """Return the account. Raise INTERNAL before it is known."""

    async def check_access(self) -> None:
        """Count the resources in one small call. Raise UnsubError if the credentials may not list them."""
        await self._require_client().count_resources()

    def runs(self) -> list[Run]:
        """Return the runs of this account from the journal, newest first."""
        from unsub_tui.engine.journal_reader import read_runs

        return read_runs(self.state_dir, self._require_account().account_id, self.cache_dir)

    def open_units(self) -> list[Unit]:
        """Return the units that earlier runs left open, oldest first."""
        from unsub_tui.engine.journal_reader import read_open_units

        return read_open_units(self.state_dir, self._require_account().account_id, self.cache_dir)

    def units_needing_followup(self) -> list[Unit]:
        """Return units worth another read: open, without a known order, not billed, or not known to be clean."""
        from unsub_tui.engine.journal_reader import read_units_needing_followup

        return read_units_needing_followup(
            self.state_dir, self._require_account().account_id, self.now(), self.cache_dir
        )

    def last_event_time(self) -> datetime | None:
        """Return the time of the last event in this account's journal; None if there is no journal."""
        from unsub_tui.engine.journal_reader import read_account_journal

        last = read_account_journal(self.state_dir, self._require_account().account_id, self.cache_dir).last_event
        return last.written_at() if last is not None else None

    def set_aside_journals(self) -> list[Path]:
        """Return the journals of this account that were set aside. They may contain units with unknown outcomes."""
        from unsub_tui.engine.record_files import set_aside_files

        return set_aside_files(self.state_dir, self._require_account().account_id)

    def accuracy(self) -> list[EstimateAccuracy]:
        """Return the accuracy of the estimates in this account's runs, by currency."""
        from unsub_tui.domain.estimate_accuracy import estimate_accuracy

        return estimate_accuracy(self.runs())

    def lock_owner(self) -> LockOwner | None:
        """Return the process on this machine that currently holds the account's lock, or None."""
        from unsub_tui.engine.run.observer import find_lock_owner

        return find_lock_owner(self.state_dir, self._require_account().account_id)

    def run_observer(self, lock_owner: LockOwner) -> RunObserver:
        """Return an observer that follows a run of another process by reading the journal only."""
        from unsub_tui.engine.run.observer import RunObserver

        return RunObserver(self.state_dir, self._require_account().account_id, lock_owner, self.cache_dir)

    async def orders(self, since: datetime, until: datetime | None = None) -> AsyncIterator[OrdersProgress]:
        """Yield a growing list of the account's unsubscription orders in a period, including those placed elsewhere."""
        from unsub_tui.engine.orders import read_orders

        account_id, end = self._require_account().account_id, until or self.now()
        reading = read_orders(
            self._require_client(),
            self.state_dir,
            account_id,
            since=since,
            until=end,
            user_names=self._user_name_by_order,
            cache_dir=self.cache_dir,
        )
        async with aclosing(reading) as progress:
            async for step in progress:
                yield step

    async def order(self, order_id: str) -> AttributedOrderDetails:
        """Return an unsubscription order with refunds by original order. Raise CONFIG for any other order id."""
        from unsub_tui.engine.orders import read_order

        account_id = self._require_account().account_id
        return await read_order(self._require_client(), self.state_dir, account_id, order_id, self.cache_dir)
