"""Bills of the account: the months to search, the rows in memory, and the rows of settled months on disk."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import ConfigDict, TypeAdapter, ValidationError

from unsub_tui.domain.bounds import is_computable, is_time_in_range
from unsub_tui.domain.coupons import OrderCoupons
from unsub_tui.domain.durations import VENDOR_ZONE, vendor_month, whole_months
from unsub_tui.domain.fact import fact
from unsub_tui.domain.order import Order
from unsub_tui.domain.paid_periods import resource_of
from unsub_tui.domain.problem import UnsubError
from unsub_tui.domain.quote import PAID_BILL_TYPES, Payment
from unsub_tui.domain.resource import Resource
from unsub_tui.engine.files import read_regular, write_file

if TYPE_CHECKING:
    from unsub_tui.api.client import BssClient

BILL_RETENTION_MONTHS = 36
"""Months for which Huawei Cloud keeps bills, about three years."""

TERMS = frozenset({1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 24, 36, 48, 60})
"""Terms on sale, in months. A resource whose total term equals one of them has probably never been renewed."""

BILLING_LEAD = timedelta(days=1)
"""Usual maximum time between the payment of an order, when it is billed, and the start of its term."""

PURCHASE_LEAD = timedelta(days=92)
"""Time before the start of a resource in which its purchase is searched: it can be bought for a later start."""


def first_month(resource: Resource, now: datetime) -> str:
    """Return the oldest billing month that can contain the purchase, or the oldest one that is still available."""
    kept = now - timedelta(days=BILL_RETENTION_MONTHS * 31)
    bought = (resource.effective_time or now) - PURCHASE_LEAD
    return vendor_month(min(max(bought, kept), now))


def likely_months(resource: Resource, now: datetime) -> frozenset[str]:
    """Return the months to read first: the month of purchase if the resource was probably bought once, else none."""
    start, end = resource.effective_time, resource.expire_time
    if start is None or end is None or start > now or whole_months(start, end) not in TERMS:
        return frozenset()
    return frozenset({vendor_month(start - timedelta(hours=1)), vendor_month(start)}) & frozenset(
        months_back(first_month(resource, now), now)
    )


def months_back(first: str, now: datetime) -> Iterator[str]:
    """Yield the billing months from the current one back to `first`."""
    label = vendor_month(now)
    year, month = int(label[:4]), int(label[5:])
    while (label := f"{year:04}-{month:02}") >= first:
        yield label
        year, month = (year, month - 1) if month > 1 else (year - 1, 12)


MAX_SINGLE_QUERIES = 2
"""Maximum number of resources to query one by one without first checking the size of the month's bill."""

SETTLED_DAY = 5
"""Day of the following month from which a bill is final."""

MAX_AGE = timedelta(minutes=10)
"""Maximum age of cached rows of a month that is not settled."""

MAX_ROWS = 50_000
"""Maximum number of cached rows, about 25 MB; beyond it, the months read first are evicted."""

MAX_COUPON_ORDERS = 20
"""Maximum number of orders whose coupons are read, one call each."""

ServiceById = Mapping[str, str]
"""Service codes by resource id."""


class BillCache:
    """Bill rows and orders of one account, read through its client. Use it in one event loop only."""

    def __init__(self, client: BssClient, disk_cache: BillDiskCache | None = None) -> None:
        self.client = client
        self._disk_cache = disk_cache
        self._months: dict[str, _MonthRows] = {}
        self._orders: dict[str, Order] = {}
        self._coupons: dict[str, OrderCoupons] = {}
        self.listed: set[str] = set()
        """Ids of the resources whose rows are searched: parts of combined services are known by them."""
        self.has_parts = False
        """Whether the account is billed for parts of combined services, in the rows of their primary resources."""

    def evict_stale(self, now: datetime, *, force: bool = False) -> None:
        """Discard orders, coupons, and rows of unsettled months older than `MAX_AGE` or, with `force`, of any age."""
        self._orders.clear()
        self._coupons.clear()
        for month in list(self._months):
            if not is_settled(month, now) and (force or self._months[month].read_at < now - MAX_AGE):
                del self._months[month]

    def payments(self, resource_id: str) -> list[Payment]:
        """Return the cached rows of a resource, oldest month first."""
        listed = self.listed | {resource_id}
        return [
            row if row.resource_id == resource_id else replace(row, resource_id=resource_id)
            for row in self._rows_naming(resource_id)
            if resource_of(row, listed) == resource_id
        ]

    def order_taxes(self, order_ids: Iterable[str]) -> list[Payment]:
        """Return the cached rows of tax on these orders that name no resource."""
        return [row for order_id in dict.fromkeys(order_ids) for row in self._rows_naming(_tax_key(order_id))]

    def unlisted_parts(self, resource_id: str) -> list[Payment]:
        """Return the cached rows for parts of a resource that are not among the listed resources."""
        return [
            row
            for row in self._rows_naming(resource_id)
            if row.is_part and row.part_id not in self.listed and resource_of(row, self.listed) in ("", resource_id)
        ]

    def _rows_naming(self, resource_id: str) -> Iterator[Payment]:
        for month in sorted(self._months):
            yield from self._months[month].rows.get(resource_id, ())

    def has_rows(self, month: str, resource_id: str, service: str) -> bool:
        """Return whether the rows of this resource and month have been read."""
        known = self._months.get(month)
        return known is not None and (resource_id in known.ids or not known.services.isdisjoint({"", service}))

    async def fetch(self, month: str, wanted: ServiceById, now: datetime) -> None:
        """Read a month's rows of these resources with as few calls as possible. Raise ApiError on failure."""
        self.listed |= wanted.keys()
        await self._fetch(month, wanted, now)
        await self._fill_in_terms(month, wanted)

    async def _fetch(self, month: str, wanted: ServiceById, now: datetime) -> None:
        """Read the whole month, the month of one service, or each resource, whichever takes fewer calls."""
        missing = {each: service for each, service in wanted.items() if not self.has_rows(month, each, service)}
        services = set(missing.values())
        only = services.pop() if len(services) == 1 else ""
        if not missing or self._load_from_disk(month, only, now):
            return
        # A month is read as a whole only if it has fewer pages than there are resources: one call each.
        if len(missing) > MAX_SINGLE_QUERIES:
            rows = await self.client.payments_up_to(month, only, max_pages=len(missing) + 1)
            if rows is not None:
                self._add_service(month, only, rows, now)
                is_known = all(row.is_amount_known for row in rows)  # a later version may accept the others
                if self._disk_cache is not None and is_known and is_settled(month, now):
                    self._disk_cache.write(month, only, rows)
                self._evict_oldest()
                return
        await asyncio.gather(*(self._fetch_one(month, each, now) for each in missing))
        self._evict_oldest()

    async def order(self, order_id: str) -> Order:
        """Return an order with its lines, read only once."""
        if order_id not in self._orders:
            self._orders[order_id] = await self.client.order(order_id)
        return self._orders[order_id]

    async def coupons(self, order_ids: Iterable[str]) -> Mapping[str, OrderCoupons]:
        """Return the coupons that each of these orders was paid with, read only once. Raise nothing.

        The account may lack the permission: after a failed read, no other one is tried.
        """
        found: dict[str, OrderCoupons] = {}
        unread: OrderCoupons | None = None
        for each in dict.fromkeys(order_ids):
            if each in self._coupons:
                found[each] = self._coupons[each]
            elif unread is not None:
                found[each] = unread
            elif len(found) >= MAX_COUPON_ORDERS or not each:
                found[each] = OrderCoupons(missing=fact("coupons_left_out"))
            else:
                try:
                    found[each] = self._coupons[each] = await self.client.coupons(each)
                except UnsubError as error:
                    unread = found[each] = OrderCoupons(missing=fact("coupons_unread", error=error.problem.short_code))
        return found

    async def _fill_in_terms(self, month: str, wanted: ServiceById) -> None:
        """Fill in missing periods of rows from orders, because the older bill format has no periods.

        Order lines name no resource, so an order is used only if all its lines have the same period.
        """
        known = self._months.get(month)
        rows = {} if known is None else {each: known.rows[each] for each in wanted if each in known.rows}
        lacking = [
            row for each in rows.values() for row in each if row.term_end is None and row.bill_type in PAID_BILL_TYPES
        ]
        orders = dict.fromkeys(row.order_id for row in lacking if row.order_id)
        await asyncio.gather(*(self.order(each) for each in orders))
        for each in rows.values():
            each[:] = [self._with_term(row) for row in each]

    def _with_term(self, row: Payment) -> Payment:
        order = self._orders.get(row.order_id) if row.term_end is None else None
        terms = {(line.effective_time, line.expire_time) for line in order.lines if line.expire_time} if order else ()
        if len(terms) != 1:
            return row
        ((start, end),) = terms
        return replace(row, term_start=start, term_end=end)

    async def _fetch_one(self, month: str, resource_id: str, now: datetime) -> None:
        rows = await self.client.payments(month, resource_id=resource_id)
        known = self._month(month, now)
        known.add(rows)
        known.ids.add(resource_id)
        self.has_parts |= any(row.is_part for row in rows)

    def _add_service(self, month: str, service: str, rows: Sequence[Payment], now: datetime) -> None:
        known = self._month(month, now)
        known.add(rows)
        known.services.add(service)
        self.has_parts |= any(row.is_part for row in rows)

    def _month(self, month: str, now: datetime) -> _MonthRows:
        return self._months.setdefault(month, _MonthRows(now))

    def _load_from_disk(self, month: str, service: str, now: datetime) -> bool:
        """Load a settled month from disk, and return whether it was there."""
        if self._disk_cache is None or not is_settled(month, now):
            return False
        for each in dict.fromkeys(("", service)):
            rows = self._disk_cache.read(month, each)
            if rows is not None:
                self._add_service(month, each, rows, now)
                return True
        return False

    def _evict_oldest(self) -> None:
        """Evict the months read first until at most `MAX_ROWS` rows or one month remain."""
        counts = {name: sum(map(len, month.rows.values())) for name, month in self._months.items()}
        for oldest in sorted(counts, key=lambda name: self._months[name].read_at)[:-1]:
            if sum(counts.values()) > MAX_ROWS:
                del self._months[oldest], counts[oldest]


@dataclass(slots=True)
class _MonthRows:
    """Rows of one month."""

    read_at: datetime
    rows: dict[str, list[Payment]] = field(default_factory=dict)
    """Rows by each resource that they name, or by `_tax_key`."""
    services: set[str] = field(default_factory=set)
    """Services with all rows read; an empty string stands for all services."""
    ids: set[str] = field(default_factory=set)
    """Resources with all rows read."""

    def add(self, rows: Iterable[Payment]) -> None:
        """Add the rows of an answer, without those that an earlier answer contained."""
        known = {key: {_identity(row) for row in own} for key, own in self.rows.items()}
        for row in rows:
            for key in row.ids or {_tax_key(row.order_id)}:
                if _identity(row) not in known.get(key, ()):
                    self.rows.setdefault(key, []).append(row)


def _tax_key(order_id: str) -> str:
    """Return the key of the rows of tax that name an order and no resource; no resource has such an id."""
    return f"tax of {order_id}"


def _identity(row: Payment) -> tuple[object, ...]:
    """Return what tells a row from others; its period may have been filled in later."""
    return (row.order_id, row.base_order_id, row.resource_id, row.part_id, row.bill_type, row.paid_at, row.payable)


def is_settled(month: str, now: datetime) -> bool:
    """Return whether the bill of a month is final."""
    local = now.astimezone(VENDOR_ZONE)
    grace = local.replace(day=1) - timedelta(days=1 if local.day >= SETTLED_DAY else 32)
    return month <= vendor_month(grace)


MAX_CACHED_MONTH_ROWS = 20_000
"""Maximum number of rows in a cached month; a larger month is not cached."""
MAX_CACHE_FILE_BYTES = 1000 * MAX_CACHED_MONTH_ROWS
"""Maximum size of a month's file in bytes; a row takes less than half of its share."""
CACHE_FORMAT = 8
"""Version of the files' format: files of another version are never found."""

_ROWS: TypeAdapter[tuple[Payment, ...]] = TypeAdapter(tuple[Payment, ...], config=ConfigDict(defer_build=True))


class BillDiskCache:
    """Owner-only files below the cache directory. I/O errors and invalid files count as cache misses."""

    def __init__(self, directory: Path, *, account_id: str, host: str) -> None:
        self._directory = directory / "bills"
        self._account_id = account_id
        self._host = host

    def read(self, month: str, service: str) -> list[Payment] | None:
        """Return the rows of a month, or None if they are not cached."""
        try:
            rows = _ROWS.validate_json(read_regular(self._path(month, service), MAX_CACHE_FILE_BYTES)[0])
        except (OSError, ValidationError):
            return None
        return list(rows) if all(map(_is_in_bounds, rows)) else None

    def write(self, month: str, service: str, rows: Sequence[Payment]) -> None:
        """Cache the rows of a month; ignore write errors."""
        if len(rows) > MAX_CACHED_MONTH_ROWS:
            return
        with suppress(OSError, UnicodeEncodeError, UnsubError):
            text = _ROWS.dump_json(tuple(rows)).decode()
            self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._directory.chmod(0o700)
            write_file(str(self._path(month, service)), text, replace=True)

    def _path(self, month: str, service: str) -> Path:
        """Return the file of a month: its name binds the rows to the host, the account and the service."""
        owner = f"{CACHE_FORMAT}\n{self._host}\n{self._account_id}\n{service}"
        return self._directory / f"{sha256(owner.encode()).hexdigest()[:32]}-{month}.json"


def _is_in_bounds(row: Payment) -> bool:
    """Return whether later arithmetic can use the amounts and times of a row; a changed file may contain others."""
    times = [each for each in (row.paid_at, row.term_start, row.term_end) if each is not None]
    are_times_valid = all(each.tzinfo is not None and is_time_in_range(each) for each in times)
    return are_times_valid and all(map(is_computable, (row.payable, row.coupon, row.cards, row.debt, row.unclear)))
