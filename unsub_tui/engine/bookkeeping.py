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
    from unsub_tui.domain.accuracy import Accuracy
    from unsub_tui.domain.foreign import Foreign
    from unsub_tui.domain.holder import Holder
    from unsub_tui.domain.placed import PlacedDetail
    from unsub_tui.domain.run import Run, Unit
    from unsub_tui.engine.orders import OrdersProgress
    from unsub_tui.engine.watching import Watcher


class Bookkeeping:
    """What was done to one account, by this record and by others. It reads and sends nothing."""

    def __init__(self) -> None:
        self._placed_by: dict[str, Foreign] = {}

    @property
    @abstractmethod
    def record_path(self) -> Path:
        """The directory that holds the record."""

    @property
    @abstractmethod
    def cache_dir(self) -> Path | None:
        """The directory of what can be read again, or None."""

    @abstractmethod
    def now(self) -> datetime:
        """Return the present moment."""

    @abstractmethod
    def _opened(self) -> BssClient:
        """Return the reading client; raises before the account is open."""

    @abstractmethod
    def _known_account(self) -> AccountRef:
        """Return the account; raises before it is known."""

    async def try_out(self) -> None:
        """Ask one small thing of the account; raises where these keys may not even look at it."""
        await self._opened().count_resources()

    def runs(self) -> list[Run]:
        """Return the recorded runs of this account, newest first."""
        from unsub_tui.engine.records import read_runs

        return read_runs(self.record_path, self._known_account().account_id, self.cache_dir)

    def open_units(self) -> list[Unit]:
        """Return what earlier runs left open."""
        from unsub_tui.engine.records import read_open_units

        return read_open_units(self.record_path, self._known_account().account_id, self.cache_dir)

    def loose_ends(self) -> list[Unit]:
        """Return everything of which settling can tell more: open, not billed yet, or not known to be all gone."""
        from unsub_tui.engine.records import read_loose_ends

        return read_loose_ends(self.record_path, self._known_account().account_id, self.now(), self.cache_dir)

    def last_recorded(self) -> datetime | None:
        """Return when the last event of this account's record was written; None where there is no record yet."""
        from unsub_tui.engine.records import read_book_of

        last = read_book_of(self.record_path, self._known_account().account_id, self.cache_dir).last
        return last.moment() if last is not None else None

    def records_aside(self) -> list[Path]:
        """Return the records of this account that were set aside: the outcome of items in them may be unknown."""
        from unsub_tui.engine.record_files import set_aside_files

        return set_aside_files(self.record_path, self._known_account().account_id)

    def accuracy(self) -> list[Accuracy]:
        """Return how good the estimates of this account's runs were, by currency."""
        from unsub_tui.domain.accuracy import accuracy

        return accuracy(self.runs())

    def holder(self) -> Holder | None:
        """Return the process of this machine that runs something for the account now, or None."""
        from unsub_tui.engine.watching import find_holder

        return find_holder(self.record_path, self._known_account().account_id)

    def watcher(self, holder: Holder) -> Watcher:
        """Return what follows a run of another process: it reads the record and nothing else."""
        from unsub_tui.engine.watching import Watcher

        return Watcher(self.record_path, self._known_account().account_id, holder, self.cache_dir)

    async def orders(self, since: datetime, until: datetime | None = None) -> AsyncIterator[OrdersProgress]:
        """Yield more and more of the account's unsubscription orders of a span, those of others too."""
        from unsub_tui.engine.orders import read_orders

        account_id, end = self._known_account().account_id, until or self.now()
        reading = read_orders(
            self._opened(),
            self.record_path,
            account_id,
            since=since,
            until=end,
            names=self._placed_by,
            cache_dir=self.cache_dir,
        )
        async with aclosing(reading) as progress:
            async for step in progress:
                yield step

    async def order(self, order_id: str) -> PlacedDetail:
        """Return one unsubscription order with what came back by original order; raises CONFIG for what is none."""
        from unsub_tui.engine.orders import read_order

        account_id = self._known_account().account_id
        return await read_order(self._opened(), self.record_path, account_id, order_id, self.cache_dir)
