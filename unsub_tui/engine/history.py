"""The engine's face towards what was done: runs on the record, orders of the account, other processes."""

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
    """What was done to one account, by this record and by others. It reads and sends nothing."""

    def __init__(self) -> None:
        self._user_name_by_order: dict[str, UntrustedText] = {}

    @property
    @abstractmethod
    def state_dir(self) -> Path:
        """The directory that holds the record."""

    @property
    @abstractmethod
    def cache_dir(self) -> Path | None:
        """The directory of what can be read again, or None."""

    @abstractmethod
    def now(self) -> datetime:
        """Return the present moment."""

    @abstractmethod
    def _require_client(self) -> BssClient:
        """Return the reading client; raises before the account is open."""

    @abstractmethod
    def _require_account(self) -> AccountRef:
        """Return the account; raises before it is known."""

    async def check_access(self) -> None:
        """Ask one small thing of the account; raises where these keys may not even look at it."""
        await self._require_client().count_resources()

    def runs(self) -> list[Run]:
        """Return the recorded runs of this account, newest first."""
        from unsub_tui.engine.journal_reader import read_runs

        return read_runs(self.state_dir, self._require_account().account_id, self.cache_dir)

    def open_units(self) -> list[Unit]:
        """Return what earlier runs left open."""
        from unsub_tui.engine.journal_reader import read_open_units

        return read_open_units(self.state_dir, self._require_account().account_id, self.cache_dir)

    def units_needing_followup(self) -> list[Unit]:
        """Return everything of which settling can tell more: open, not billed yet, or not known to be all gone."""
        from unsub_tui.engine.journal_reader import read_units_needing_followup

        return read_units_needing_followup(
            self.state_dir, self._require_account().account_id, self.now(), self.cache_dir
        )

    def last_event_time(self) -> datetime | None:
        """Return when the last event of this account's record was written; None where there is no record yet."""
        from unsub_tui.engine.journal_reader import read_account_journal

        last = read_account_journal(self.state_dir, self._require_account().account_id, self.cache_dir).last_event
        return last.written_at() if last is not None else None

    def set_aside_journals(self) -> list[Path]:
        """Return the records of this account that were set aside: the outcome of items in them may be unknown."""
        from unsub_tui.engine.record_files import set_aside_files

        return set_aside_files(self.state_dir, self._require_account().account_id)

    def accuracy(self) -> list[EstimateAccuracy]:
        """Return how good the estimates of this account's runs were, by currency."""
        from unsub_tui.domain.estimate_accuracy import estimate_accuracy

        return estimate_accuracy(self.runs())

    def lock_owner(self) -> LockOwner | None:
        """Return the process of this machine that runs something for the account now, or None."""
        from unsub_tui.engine.run.observer import find_lock_owner

        return find_lock_owner(self.state_dir, self._require_account().account_id)

    def run_observer(self, lock_owner: LockOwner) -> RunObserver:
        """Return what follows a run of another process: it reads the record and nothing else."""
        from unsub_tui.engine.run.observer import RunObserver

        return RunObserver(self.state_dir, self._require_account().account_id, lock_owner, self.cache_dir)

    async def orders(self, since: datetime, until: datetime | None = None) -> AsyncIterator[OrdersProgress]:
        """Yield more and more of the account's unsubscription orders of a span, those of others too."""
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
        """Return one unsubscription order with what came back by original order; raises CONFIG for what is none."""
        from unsub_tui.engine.orders import read_order

        account_id = self._require_account().account_id
        return await read_order(self._require_client(), self.state_dir, account_id, order_id, self.cache_dir)
