"""Cache of bill rows in memory, and on disk for settled months."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from unsub_tui.api.bill_reads import BILL_PAGE_SIZE, BillQuery
from unsub_tui.domain.durations import VENDOR_ZONE, vendor_month
from unsub_tui.domain.order import Order
from unsub_tui.domain.quote import PAID_BILL_TYPES, Payment
from unsub_tui.engine.quotes.bill_disk_cache import BillDiskCache

if TYPE_CHECKING:
    from unsub_tui.api.client import BssClient

MAX_SINGLE_QUERIES = 2
"""Maximum number of resources to query one by one without first checking the size of the month's bill."""

SETTLED_DAY = 5
"""Day of the following month from which a bill is final."""

MAX_AGE = timedelta(minutes=10)
"""Maximum age of cached rows of a month that is not settled."""

MAX_ROWS = 50_000
"""Maximum number of cached rows, about 25 MB; beyond it, the months read first are evicted."""

ServiceById = Mapping[str, str]
"""Service codes by resource id."""


class BillCache:
    """Bill rows of one account. Use it in one event loop only."""

    def __init__(self, disk_cache: BillDiskCache | None = None) -> None:
        self._disk_cache = disk_cache
        self._months: dict[str, _MonthRows] = {}
        self._orders: dict[str, Order] = {}

    def evict_stale(self, now: datetime, *, force: bool = False) -> None:
        """Discard all orders, and rows of unsettled months older than `MAX_AGE` or, with `force`, of any age."""
        self._orders.clear()
        for month in list(self._months):
            if not is_settled(month, now) and (force or self._months[month].read_at < now - MAX_AGE):
                del self._months[month]

    def payments(self, resource_id: str) -> list[Payment]:
        """Return the cached rows of a resource, oldest month first."""
        return [row for month in sorted(self._months) for row in self._months[month].rows.get(resource_id, ())]

    def has_rows(self, month: str, resource_id: str, service: str) -> bool:
        """Return whether the rows of this resource and month have been read."""
        known = self._months.get(month)
        return known is not None and (resource_id in known.ids or not known.services.isdisjoint({"", service}))

    async def fetch(self, client: BssClient, month: str, wanted: ServiceById, now: datetime) -> None:
        """Read a month's rows of these resources with as few calls as possible. Raise ApiError on failure."""
        await self._fetch(client, month, wanted, now)
        await self._fill_in_terms(client, month, wanted)

    async def _fetch(self, client: BssClient, month: str, wanted: ServiceById, now: datetime) -> None:
        """Read the whole month, the month of one service, or each resource, whichever takes fewer calls."""
        missing = {each: service for each, service in wanted.items() if not self.has_rows(month, each, service)}
        services = set(missing.values())
        only = services.pop() if len(services) == 1 else ""
        if not missing or self._load_from_disk(month, only, now):
            return
        if len(missing) > MAX_SINGLE_QUERIES:
            query = BillQuery(cycle=month, service_type_code=only)
            rows = await client.payments_up_to(query, max_rows=(BILL_PAGE_SIZE - 1) * (len(missing) + 1))
            if rows is not None:
                self._month(month, now).add_service(only, rows)
                is_known = all(row.is_amount_known for row in rows)  # the file format cannot store the reason
                if self._disk_cache is not None and is_known and is_settled(month, now):
                    self._disk_cache.write(month, only, rows)
                self._evict_oldest()
                return
        await asyncio.gather(*(self._fetch_one(client, month, each, now) for each in missing))
        self._evict_oldest()

    async def order(self, client: BssClient, order_id: str) -> Order:
        """Return an order with its lines, read only once."""
        if order_id not in self._orders:
            self._orders[order_id] = await client.order(order_id)
        return self._orders[order_id]

    async def _fill_in_terms(self, client: BssClient, month: str, wanted: ServiceById) -> None:
        """Fill in missing periods of rows from orders, because the older bill format has no periods.

        Order lines name no resource, so an order is used only if all its lines have the same period.
        """
        known = self._months.get(month)
        rows = {} if known is None else {each: known.rows[each] for each in wanted if each in known.rows}
        lacking = [
            row for each in rows.values() for row in each if row.term_end is None and row.bill_type in PAID_BILL_TYPES
        ]
        orders = dict.fromkeys(row.order_id for row in lacking if row.order_id)
        await asyncio.gather(*(self.order(client, each) for each in orders))
        for each in rows.values():
            each[:] = [self._with_term(row) for row in each]

    def _with_term(self, row: Payment) -> Payment:
        order = self._orders.get(row.order_id) if row.term_end is None else None
        terms = {(line.effective_time, line.expire_time) for line in order.lines if line.expire_time} if order else ()
        if len(terms) != 1:
            return row
        ((start, end),) = terms
        return replace(row, term_start=start, term_end=end)

    async def _fetch_one(self, client: BssClient, month: str, resource_id: str, now: datetime) -> None:
        rows = await client.payments(month, resource_id=resource_id)
        self._month(month, now).add_one(resource_id, rows)

    def _month(self, month: str, now: datetime) -> _MonthRows:
        return self._months.setdefault(month, _MonthRows(now))

    def _load_from_disk(self, month: str, service: str, now: datetime) -> bool:
        """Load a settled month from disk, and return whether it was there."""
        if self._disk_cache is None or not is_settled(month, now):
            return False
        for each in dict.fromkeys(("", service)):
            rows = self._disk_cache.read(month, each)
            if rows is not None:
                self._month(month, now).add_service(each, rows)
                return True
        return False

    def _evict_oldest(self) -> None:
        """Evict the months read first until at most `MAX_ROWS` rows or one month remain."""
        while len(self._months) > 1 and sum(month.count for month in self._months.values()) > MAX_ROWS:
            del self._months[min(self._months, key=lambda name: self._months[name].read_at)]


class _MonthRows:
    """Rows of one month."""

    def __init__(self, read_at: datetime) -> None:
        self.read_at = read_at
        self.rows: dict[str, list[Payment]] = {}
        self.services: set[str] = set()
        """Services with all rows read; an empty string stands for all services."""
        self.ids: set[str] = set()
        """Resources with all rows read."""

    @property
    def count(self) -> int:
        """Number of rows."""
        return sum(map(len, self.rows.values()))

    def add_service(self, service: str, rows: Iterable[Payment]) -> None:
        """Add all rows of a service, or of all services if it is empty."""
        by_id: dict[str, list[Payment]] = {}
        for row in rows:
            by_id.setdefault(row.resource_id, []).append(row)
        self.rows |= by_id
        self.services.add(service)

    def add_one(self, resource_id: str, rows: Iterable[Payment]) -> None:
        """Add all rows of one resource."""
        self.rows[resource_id] = [row for row in rows if row.resource_id == resource_id]
        self.ids.add(resource_id)


def is_settled(month: str, now: datetime) -> bool:
    """Return whether the bill of a month is final."""
    local = now.astimezone(VENDOR_ZONE)
    grace = local.replace(day=1) - timedelta(days=1 if local.day >= SETTLED_DAY else 32)
    return month <= vendor_month(grace)
