"""Searches the bills month by month for payments, until the term of each resource is covered.

A resource that was probably bought once is searched in its month of purchase; all others backwards from the current
month. The number of calls thus grows with the number of different months, not of resources.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterable, Sequence
from datetime import datetime

from unsub_tui.domain.durations import vendor_month
from unsub_tui.domain.paid_periods import is_covered, is_paid_with_parent, without_refunded
from unsub_tui.domain.problem import UnsubError
from unsub_tui.domain.quote import PAID_BILL_TYPES, Payment
from unsub_tui.domain.resource import Resource
from unsub_tui.engine.quotes.bills import (
    BILLING_LEAD,
    BillCache,
    ServiceById,
    first_month,
    likely_months,
    months_back,
)

MAX_CONCURRENT_MONTHS = 6
"""Maximum number of months read concurrently; the client's rate limits apply as well."""


class PaymentSearch:
    """A search for the payments of a set of resources."""

    def __init__(
        self,
        bill_cache: BillCache,
        resources: Iterable[Resource],
        change_months: dict[str, set[str]] | None,
        now: datetime,
    ) -> None:
        self._bill_cache = bill_cache
        self._change_months = change_months
        self._now = now
        self._resources = {each.id: each for each in resources}
        self._pending = dict(self._resources)
        bill_cache.listed |= self._resources.keys()
        self.unread: dict[str, str] = {}
        """Reasons why months could not be read, by month."""

    @property
    def pending(self) -> frozenset[str]:
        """Resources whose payments are incomplete."""
        return frozenset(self._pending)

    async def run(self) -> AsyncGenerator[tuple[int, int], None]:
        """Run the search, and yield after each batch the number of months read and the estimated total.

        Fewer months may suffice.
        """
        done = 0
        # The likely months complete most resources, so the second pass has few left or none.
        for plan in (self._likely_months, self._remaining_months):
            todo = plan()
            while todo:
                chunk, todo = todo[:MAX_CONCURRENT_MONTHS], todo[MAX_CONCURRENT_MONTHS:]
                await asyncio.gather(*(self._fetch(month, wanted) for month, wanted in chunk))
                done += len(chunk)
                self._pending = {key: each for key, each in self._pending.items() if not self._is_complete(each)}
                todo = [(month, left) for month, wanted in todo if (left := self._only_pending(wanted))]
                yield done, done + len(todo)

    def _likely_months(self) -> list[tuple[str, ServiceById]]:
        """Return the months to read first; none if changes are unknown, because then every month is needed."""
        wanted: dict[str, dict[str, str]] = {}
        if self._change_months is None:
            return []
        for each in self._pending.values():
            for month in likely_months(each, self._now) | self._change_months.get(each.id, set()):
                wanted.setdefault(month, {})[each.id] = each.service_type_code.raw
        return sorted(wanted.items(), reverse=True)

    def _remaining_months(self) -> list[tuple[str, ServiceById]]:
        """Return all months that may contain a payment of a pending resource, newest first."""
        firsts = {each: first_month(resource, self._now) for each, resource in self._pending.items()}
        services = {each: resource.service_type_code.raw for each, resource in self._pending.items()}
        return [
            (month, {each: service for each, service in services.items() if firsts[each] <= month})
            for month in (months_back(min(firsts.values()), self._now) if firsts else ())
        ]

    async def _fetch(self, month: str, wanted: ServiceById) -> None:
        try:
            await self._bill_cache.fetch(month, wanted, self._now)
        except UnsubError as error:
            self.unread[month] = error.problem.short_code

    def _only_pending(self, wanted: ServiceById) -> ServiceById:
        left = {each: service for each, service in wanted.items() if each in self._pending}
        if not self._bill_cache.has_parts:
            return left
        # The rows of parts are those of the primary resource, in its service.
        parents = {parent.id: parent for each in left if (parent := self._parent(self._pending[each])) is not None}
        return {**{key: each.service_type_code.raw for key, each in parents.items()}, **left}

    def _parent(self, resource: Resource) -> Resource | None:
        return self._resources.get(resource.parent_resource_id.raw)

    def _is_complete(self, resource: Resource) -> bool:
        payments = without_refunded(self._bill_cache.payments(resource.id))
        if not is_covered(resource, payments, self._now):
            return self._is_paid_with_parent(resource, payments)
        if self._change_months is not None:
            needed: Iterable[str] = self._change_months.get(resource.id, ())
        else:  # a specification change may be in any month since then
            needed = months_back(self._oldest_payment_month(resource, payments), self._now)
        return all(self._bill_cache.has_rows(month, resource.id, resource.service_type_code.raw) for month in needed)

    def _is_paid_with_parent(self, resource: Resource, payments: Sequence[Payment]) -> bool:
        """Return whether the bill has no row of an attached resource in the months in which its parent was paid."""
        parent = self._parent(resource)
        if parent is None:
            return False
        paid, service = without_refunded(self._bill_cache.payments(parent.id)), resource.service_type_code.raw
        months = {vendor_month(each.paid_at) for each in paid if each.paid_at is not None}
        is_read = all(self._bill_cache.has_rows(month, resource.id, service) for month in months)
        return is_read and is_paid_with_parent(resource, payments, parent, paid, self._now)

    def _oldest_payment_month(self, resource: Resource, payments: Sequence[Payment]) -> str:
        """Return the month of payment of the oldest period that is still running or upcoming."""
        paid = [
            each.paid_at - BILLING_LEAD
            for each in payments
            if each.bill_type in PAID_BILL_TYPES and each.paid_at and each.term_end and each.term_end > self._now
        ]
        first = first_month(resource, self._now)
        return max(first, vendor_month(min(paid))) if paid else first
