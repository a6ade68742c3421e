"""Renewal periods that have not begun: reading them, and quotes for unsubscribing from them.

The resource listing does not contain them. The list of renewal orders, 100 per call, shows the months with renewals.
For such a month, either its bill is read (1,000 rows per call, with resources and periods), or each order: one
call, and another one if its period has not started. An order without a matching bill row is read on its own.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING

from unsub_tui.domain.coupons import OrderCoupons
from unsub_tui.domain.durations import vendor_month
from unsub_tui.domain.eligibility import BlockedReason
from unsub_tui.domain.estimate import EstimateInputs, estimate_renewal
from unsub_tui.domain.fact import Fact, fact
from unsub_tui.domain.order import Order, OrderStatus, OrderType
from unsub_tui.domain.paid_periods import Renewals, first_paid_at, merge_payments, resource_of
from unsub_tui.domain.plan import Plan, PlanItem
from unsub_tui.domain.problem import UnsubError
from unsub_tui.domain.quote import TERM_BILL_TYPES, Payment
from unsub_tui.domain.resource import Resource, Status
from unsub_tui.domain.rules import SiteRules
from unsub_tui.engine.quotes.bills import BILL_RETENTION_MONTHS, BillCache, is_settled
from unsub_tui.engine.quotes.orders import (
    END_MARGIN,
    OrderHistory,
    payment_of,
    query_windows,
    read_order_history,
)
from unsub_tui.engine.quotes.payment_search import MAX_CONCURRENT_MONTHS

if TYPE_CHECKING:
    from unsub_tui.api.client import BssClient

MAX_SINGLE_ORDERS = 2
"""Maximum number of orders in a month to read one by one without first checking the size of the month's bill."""

MAX_ORDERS = 60
"""Maximum number of orders in a month to read one by one if the bill cannot be read."""

LONGEST_TERM = timedelta(days=5 * 366)
"""Longest term on sale: the period of an older renewal has started."""


@dataclass(frozen=True, slots=True)
class RenewalProgress:
    """Progress of the reads, with the renewals found so far."""

    done: int
    total: int
    """Months to read in total; `done` counts those already read."""
    renewals: Renewals


RenewalCache = dict[tuple[str, frozenset[str]], tuple[Payment, ...]]
"""Payments for periods that had not started, by settled month and its order ids.

It is kept while the program runs, so that a reload reads only what may have changed.
"""


async def read_renewals(
    client: BssClient, cache: RenewalCache, resources: Iterable[Resource], now: datetime
) -> AsyncGenerator[RenewalProgress, None]:
    """Yield the future renewal periods of these resources found so far; the last one is final.

    Raise ApiError only if the orders cannot be listed; later failures are listed in `Renewals.missing`.
    """
    candidates = {each.id: each for each in resources if _can_have_renewal(each, now)}
    if not candidates:
        yield RenewalProgress(0, 0, Renewals())
        return
    reader = RenewalReader(client, cache, candidates, now)
    months = await reader.months()
    found, done = Renewals(), 0
    yield RenewalProgress(done, len(months), found)
    limit = asyncio.Semaphore(MAX_CONCURRENT_MONTHS)
    tasks = [asyncio.ensure_future(reader.read(month, orders, limit)) for month, orders in months]
    try:
        for task in asyncio.as_completed(tasks):
            payments = await task
            done += 1
            found = Renewals(
                payments=merge_payments(found.payments, payments), missing=tuple(sorted(reader.missing, key=str))
            )
            yield RenewalProgress(done, len(months), found)
    finally:
        for each in tasks:
            each.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


class RenewalReader:
    """One pass over the renewal orders of the candidate resources."""

    def __init__(self, client: BssClient, cache: RenewalCache, candidates: dict[str, Resource], now: datetime) -> None:
        self._client = client
        self._cache = cache
        self._candidates = candidates
        self._now = now
        self.missing: set[Fact] = set()

    async def months(self) -> list[tuple[str, list[Order]]]:
        """Return the billing months with renewals, newest first, with their orders. Raise ApiError on failure."""
        starts = [each.effective_time for each in self._candidates.values() if each.effective_time is not None]
        since = max(min(starts, default=self._now), self._now - LONGEST_TERM)
        listed = await asyncio.gather(
            *(
                self._client.orders(
                    order_type=OrderType.RENEWAL, created_from=begin, created_to=end, with_unreadable=True
                )
                for begin, end in query_windows(since, self._now + END_MARGIN)
            )
        )
        unreadable = sum(not each.is_readable for orders in listed for each in orders)
        if unreadable:
            self.missing.add(fact("orders_unreadable", count=unreadable))
        by_month: dict[str, list[Order]] = {}
        services = {each.service_type_code.raw for each in self._candidates.values()}
        for order in {each.order_id: each for orders in listed for each in orders}.values():
            paid = order.payment_time or order.create_time
            is_completed = order.is_readable and order.status == OrderStatus.COMPLETED
            if is_completed and paid is not None and order.concerns(*services):
                by_month.setdefault(vendor_month(paid), []).append(order)
        return sorted(by_month.items(), reverse=True)

    async def read(self, month: str, orders: list[Order], limit: asyncio.Semaphore) -> tuple[Payment, ...]:
        """Return the payments for future periods made by a month's orders; add unreadable data to `missing`."""
        key = (month, frozenset(each.order_id for each in orders))
        async with limit:
            if key not in self._cache:
                missing = len(self.missing)
                found = tuple(await self._read(month, orders))
                if missing != len(self.missing) or not is_settled(month, self._now):
                    return found
                self._cache[key] = found
            return self._cache[key]

    async def _read(self, month: str, orders: Sequence[Order]) -> list[Payment]:
        has_bill = len(orders) > MAX_SINGLE_ORDERS and self._is_bill_available(month)
        bill = await self._bill(month, orders) if has_bill else []
        rows = bill or []
        told = {row.order_id for row in rows} - {row.order_id for row in rows if row.term_start is None}
        ids = {each.order_id for each in orders}
        found = [row for row in self._assigned(rows) if row.order_id in ids & told and self._is_upcoming(row)]
        left = [each for each in orders if each.order_id not in told]  # includes orders too recent for a bill
        if bill is None:
            left = left[:MAX_ORDERS]
        for each in await asyncio.gather(*(self._order(each, month) for each in left)):
            found += each
        return found

    async def _bill(self, month: str, orders: Sequence[Order]) -> list[Payment] | None:
        """Return the bill rows that bought periods in a month; empty if its orders take fewer calls.

        Return None if the bill cannot be read.
        """
        services = {code for each in orders for code in each.service_codes or ("",)}
        service = services.pop() if len(services) == 1 else ""
        try:
            rows = await self._client.payments_up_to(month, service, max_pages=len(orders))
        except UnsubError as error:
            if len(orders) > MAX_ORDERS:
                left = len(orders) - MAX_ORDERS
                values = {"month": month, "error": error.problem.short_code}
                self.missing.add(fact("renewal_bill_unread", **values, count=left))
            return None
        return [row for row in rows or () if row.bill_type in TERM_BILL_TYPES]

    async def _order(self, order: Order, month: str) -> list[Payment]:
        """Return the payments for future periods made by an order."""
        try:
            details = replace(await self._client.order(order.order_id), payer_id=order.payer_id)
            if not any(line.effective_time and line.effective_time > self._now for line in details.lines):
                return []
            found: list[Payment] = []
            for each in await self._client.list_resources(order_id=order.order_id):
                if not each.id:
                    self.missing.add(fact("order_row_unreadable", order_id=order.order_id))
                elif each.id in self._candidates:
                    found += await self._resource_payments(each, details, month)
        except UnsubError as error:
            code = error.problem.short_code
            self.missing.add(fact("renewal_order_unread", order_id=order.order_id, error=code))
            return []
        return [each for each in found if self._is_upcoming(each)]

    async def _resource_payments(self, resource: Resource, details: Order, month: str) -> list[Payment]:
        """Return the payments that an order made for a resource, from its lines or else from the bill."""
        payment = payment_of(resource, details)
        if payment is not None and payment.is_amount_stated:
            return [payment]
        # The row of a part of a combined service is among those of its primary resource.
        names = dict.fromkeys((resource.id, resource.parent_resource_id.raw)) if self._is_bill_available(month) else ()
        own: list[Payment] = []
        for each in names:
            if each and not own:
                own = await self._payments_by_order(month, each, resource, details.order_id)
        if own:
            return own
        if payment is not None:
            return [payment]  # its period is known, its amount is not
        self.missing.add(fact("renewal_period_unknown", id=resource.id))
        return []

    async def _payments_by_order(self, month: str, query_id: str, resource: Resource, order_id: str) -> list[Payment]:
        """Return the rows of a resource and an order among the bill rows of `query_id`; none if they are unreadable."""
        try:
            rows = self._assigned(await self._client.payments(month, resource_id=query_id))
        except UnsubError:
            return []
        return [
            row
            for row in rows
            if (row.resource_id, row.order_id) == (resource.id, order_id) and row.term_start is not None
        ]

    def _assigned(self, rows: Iterable[Payment]) -> Iterator[Payment]:
        """Yield the rows of the candidates, also those for parts of a combined service."""
        for row in rows:
            if found := resource_of(row, self._candidates):
                yield row if row.resource_id == found else replace(row, resource_id=found)

    def _is_upcoming(self, payment: Payment) -> bool:
        known = payment.resource_id in self._candidates
        return known and payment.term_start is not None and payment.term_start > self._now

    def _is_bill_available(self, month: str) -> bool:
        return month >= vendor_month(self._now - timedelta(days=BILL_RETENTION_MONTHS * 30))


def _can_have_renewal(resource: Resource, now: datetime) -> bool:
    """Return whether an active resource may have a future renewal period."""
    is_live = resource.status not in {Status.CLOSED, Status.EXPIRED}
    return is_live and resource.is_effective(now) and (resource.expire_time is None or resource.expire_time > now)


async def quote_renewal_refunds(
    bill_cache: BillCache, plan: Plan, rules: SiteRules, now: datetime
) -> AsyncGenerator[Plan, None]:
    """Yield the plan with quotes from the known periods, then again without the items that orders rule out."""
    plan = _quoted(plan, rules, now, ())
    yield plan
    resources = [each for item in plan.items for each in item.resources]
    paid = [moment for item in plan.items if (moment := first_paid_at(item.renewal_payments)) is not None]
    since = min(paid, default=now)
    history = await read_order_history(bill_cache, resources, rules, now, since=since, with_fee_history=False)
    if history.change_months is None:
        history.notes.append(fact("changes_unread"))
    blocked = {item.id: _blocked_reason(item, history) for item in plan.items}
    plan = plan.with_refused({each: reason for each, reason in blocked.items() if reason is not None})
    plan = _quoted(plan, rules, now, history.notes)
    coupons = await bill_cache.coupons(order_id for item in plan.items for order_id in item.quote.coupon_order_ids)
    yield _quoted(plan, rules, now, history.notes, coupons)


def _quoted(
    plan: Plan,
    rules: SiteRules,
    now: datetime,
    notes: Sequence[Fact],
    coupons: Mapping[str, OrderCoupons] = MappingProxyType({}),
) -> Plan:
    basis = EstimateInputs(rules=rules, now=now, notes=tuple(notes), coupons=coupons)
    quotes = [estimate_renewal(item.resources, item.renewal_payments, basis) for item in plan.items]
    items = tuple(replace(item, quote=quote) for item, quote in zip(plan.items, quotes, strict=True))
    return replace(plan, items=items)


def _blocked_reason(item: PlanItem, history: OrderHistory) -> BlockedReason | None:
    """Return why an item is blocked: by another order, or by a change after its renewal was paid; None if it is not."""
    paid = first_paid_at(item.renewal_payments)
    changes = (when for each in item.resources for when in history.change_times.get(each.id, ()))
    is_changed = paid is not None and any(when > paid for when in changes)
    return history.blocked_reason(item.resources) or (BlockedReason.CHANGED if is_changed else None)
