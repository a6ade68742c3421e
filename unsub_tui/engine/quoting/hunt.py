"""The hunt for payments: which months are read for which resources, until each resource's term is accounted for.

What was probably bought once is looked for in the month of its purchase; all else from this month backwards. So the
number of calls grows with the number of different months, not with the number of resources.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from unsub_tui.domain.coverage import is_covered
from unsub_tui.domain.durations import vendor_month
from unsub_tui.domain.problem import UnsubError
from unsub_tui.domain.quote import PAID, Payment
from unsub_tui.domain.resource import Resource
from unsub_tui.engine.quoting.months import BEFORE, first_month, guesses, months_back
from unsub_tui.engine.quoting.shelf import BillShelf, Services

if TYPE_CHECKING:
    from unsub_tui.api.client import BssClient

AT_ONCE = 6
"""Months read at the same time; the client's own limits hold besides."""


@dataclass(frozen=True, slots=True)
class Step:
    """Some months more were read."""

    done: int
    total: int
    """Months read, and to be read as far as can be told: fewer may do."""


class Hunt:
    """One search for the payments of some resources."""

    def __init__(
        self,
        client: BssClient,
        shelf: BillShelf,
        resources: Iterable[Resource],
        changed: dict[str, set[str]] | None,
        now: datetime,
    ) -> None:
        self._client = client
        self._shelf = shelf
        self._changed = changed
        self._now = now
        self._pending = {each.id: each for each in resources}
        self.unread: dict[str, str] = {}
        """Months that could not be read, and why."""

    @property
    def pending(self) -> frozenset[str]:
        """Resources that are not accounted for yet."""
        return frozenset(self._pending)

    async def run(self) -> AsyncGenerator[Step, None]:
        """Yield after every few months."""
        done = 0
        for plan in (self._guessed, self._backwards):
            todo = plan()
            while todo:
                chunk, todo = todo[:AT_ONCE], todo[AT_ONCE:]
                await asyncio.gather(*(self._fetch(month, wanted) for month, wanted in chunk))
                done += len(chunk)
                self._settle()
                todo = [(month, left) for month, wanted in todo if (left := self._still(wanted))]
                yield Step(done, done + len(todo))

    def _guessed(self) -> list[tuple[str, Services]]:
        """Return where to look first. Where changes cannot be told otherwise, every month is needed anyway."""
        wanted: dict[str, dict[str, str]] = {}
        if self._changed is None:
            return []
        for each in self._pending.values():
            for month in guesses(each, self._now) | self._changed.get(each.id, set()):
                wanted.setdefault(month, {})[each.id] = each.service_type_code.raw
        return sorted(wanted.items(), reverse=True)

    def _backwards(self) -> list[tuple[str, Services]]:
        """Return all months in which a payment of what is still pending may be, newest first."""
        firsts = {each: first_month(resource, self._now) for each, resource in self._pending.items()}
        if not firsts:
            return []
        return [
            (
                month,
                {
                    each: resource.service_type_code.raw
                    for each, resource in self._pending.items()
                    if firsts[each] <= month
                },
            )
            for month in months_back(min(firsts.values()), self._now)
        ]

    async def _fetch(self, month: str, wanted: Services) -> None:
        try:
            await self._shelf.fetch(self._client, month, wanted, self._now)
        except UnsubError as error:
            self.unread[month] = error.problem.code.clean() or error.problem.kind.value

    def _still(self, wanted: Services) -> Services:
        return {each: service for each, service in wanted.items() if each in self._pending}

    def _settle(self) -> None:
        """Let go of what is accounted for."""
        for each in [each for each, resource in self._pending.items() if self._is_done(resource)]:
            del self._pending[each]

    def _is_done(self, resource: Resource) -> bool:
        payments = self._shelf.payments(resource.id)
        if not is_covered(resource, payments, self._now):
            return False
        if self._changed is not None:
            needed: Iterable[str] = self._changed.get(resource.id, ())
        else:  # only when no month since is unread, no change of specification can hide
            needed = months_back(self._since(resource, payments), self._now)
        return all(self._shelf.has(month, resource.id, resource.service_type_code.raw) for month in needed)

    def _since(self, resource: Resource, payments: Sequence[Payment]) -> str:
        """Return the month in which the oldest period that is not over was paid."""
        paid = [
            each.paid_at - BEFORE
            for each in payments
            if each.bill_type in PAID and each.paid_at and each.term_end and each.term_end > self._now
        ]
        first = first_month(resource, self._now)
        return max(first, vendor_month(min(paid))) if paid else first
