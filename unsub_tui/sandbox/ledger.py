"""The account's ledger: what is subscribed, what was ordered, what an unsubscription does to both.

Nothing happens in the background. Every call first brings the ledger up to the clock: orders under way are approved and
completed at the moments at which they were due, terms run out. Whoever calls holds `lock`; two event loops in two
threads may share one ledger.
"""

from __future__ import annotations

import heapq
import itertools
import threading
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from unsub_tui.sandbox.admission import RENEWAL_PERIODS, WHOLE_RESOURCES, objection
from unsub_tui.sandbox.attempts import Attempt
from unsub_tui.sandbox.books import Books
from unsub_tui.sandbox.charges import FREE_RETURN_SECONDS, charge
from unsub_tui.sandbox.clock import LedgerClock
from unsub_tui.sandbox.estate import Estate
from unsub_tui.sandbox.generator import Generator, is_gone
from unsub_tui.sandbox.moments import local, month_of
from unsub_tui.sandbox.order_ids import order_id
from unsub_tui.sandbox.records import Charge, Kind, Line, Order, Plight, Resource, Stage, Status
from unsub_tui.sandbox.settings import Behaviour
from unsub_tui.sandbox.sites import Site

_OWN_ORDERS_FROM = 1 << 33
"""Numbers of this ledger's orders, far above those of the catalogue."""
_OPENING_BALANCE = Decimal(25000)
_OPENING_CREDIT = Decimal(100000)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an unsubscribe request."""

    order_ids: tuple[str, ...]
    executed: tuple[str, ...]
    failures: Mapping[str, str]


@dataclass(slots=True)
class _Case:
    """An unsubscription under way."""

    number: int
    mains: tuple[Resource, ...]

    def members(self) -> Iterable[Resource]:
        for main in self.mains:
            yield main
            yield from main.attached


class Ledger:
    """One account's books."""

    def __init__(self, *, generator: Generator, count: int, site: Site, clock: LedgerClock, behaviour: Behaviour) -> None:
        self.lock = threading.RLock()
        self.site = site
        self.clock = clock
        self.behaviour = behaviour
        self.recall = generator.recall
        self.books = Books(generator.recall)
        self.attempts: list[Attempt] = []
        """Every unsubscribe request that came in, oldest first."""
        self.cash = _OPENING_BALANCE
        self.credit = _OPENING_CREDIT
        self._cases: dict[int, _Case] = {}
        self._due: list[tuple[float, int]] = []
        self._hiding: list[tuple[float, int, Resource]] = []
        self._hidden = itertools.count()
        self._returned: set[tuple[str, int]] = set()
        self._free_returns: Counter[int] = Counter()
        self._moment = 0.0
        self.estate = self._populate(generator, count)

    def _populate(self, generator: Generator, count: int) -> Estate:
        by_purchase: dict[int, tuple[Resource, ...]] = {}
        for purchase in generator.until(count):
            self.books.enter(purchase)
            if not is_gone(purchase):
                by_purchase[purchase.number] = purchase.resources
        self.books.seal()
        resources = (resource for bought in by_purchase.values() for resource in bought)
        return Estate(resources, by_purchase)

    def executions(self, resource_id: str) -> list[Attempt]:
        """Give the requests that were carried out for a resource: more than one means it was sent twice."""
        with self.lock:
            return [attempt for attempt in self.attempts if resource_id in attempt.executed]

    def now(self) -> int:
        """Bring the ledger up to the clock, and give the time."""
        return self.advance_to(self.clock.now())

    def advance_to(self, moment: float) -> int:
        """Let everything happen that was due until then."""
        self._moment = max(self._moment, moment)
        while self._due and self._due[0][0] <= self._moment:
            due, number = heapq.heappop(self._due)
            if number in self._cases:
                self._step(self._cases[number], due)
        while self._hiding and self._hiding[0][0] <= self._moment:
            self.estate.hide(heapq.heappop(self._hiding)[2])
        self.estate.expire_until(int(self._moment))
        return int(self._moment)

    def unsubscribe(self, ids: tuple[str, ...], scope: int) -> Outcome:
        """Act on what can be acted on; name the rest with its code."""
        now = self.now()
        asked = frozenset(ids)
        failures: dict[str, str] = {}
        mains: dict[str, Resource] = {}
        for resource_id in ids:
            code = objection(self.estate, resource_id, asked, scope, now)
            resource = self.estate.get(resource_id)
            if code is None and resource is not None and resource.parent is None:
                code = None if self._charged_lines(resource, scope, now) else _NOTHING_LEFT[scope]
            if code is not None:
                failures[resource_id] = code
            elif resource is not None and resource.parent is None:
                mains[resource_id] = resource
        self._drop_torn(mains, failures)
        if failures and self.behaviour.whole_request_fails:
            mains.clear()
        orders = [self._open(group, scope, now) for group in self._grouped(mains.values())]
        return Outcome(tuple(orders), tuple(mains), failures)

    def cancel(self, order: str) -> None:
        """Let an unsubscription under way fail: the order is cancelled, its resources stay."""
        for number, case in list(self._cases.items()):
            if self.books.at(number).order_id == order:
                self._close(case, Stage.CANCELLED, self._moment)

    def _drop_torn(self, mains: dict[str, Resource], failures: dict[str, str]) -> None:
        """A portfolio of which one part failed fails as a whole."""
        torn = {one.purchase for one in map(self.estate.get, failures) if one and one.plight is Plight.SOLUTION}
        for resource_id in [one.resource_id for one in mains.values() if one.purchase in torn]:
            del mains[resource_id]
            failures[resource_id] = "CBC.99003185"

    def _grouped(self, mains: Iterable[Resource]) -> list[tuple[Resource, ...]]:
        """Say which resources share an unsubscription order."""
        groups: dict[str, list[Resource]] = {}
        for main in mains:
            whole = main.plight is Plight.SOLUTION
            key = f"purchase {main.purchase}" if whole else main.resource_id
            groups.setdefault("" if self.behaviour.one_order_per_request else key, []).append(main)
        return [tuple(group) for group in groups.values()]

    def _charged_lines(self, main: Resource, scope: int, now: int) -> list[tuple[Line, Order]]:
        """Find the lines of orders that are given back with a main resource."""
        places = {main.place, *(one.place for one in main.attached)}
        return [
            (line, order)
            for order in self.books.paid_orders(main.purchase)
            for line in order.lines
            if line.place in places
            and (order.order_id, line.place) not in self._returned
            and line.end > now
            and (scope == WHOLE_RESOURCES or (order.kind is Kind.RENEWAL and line.start > now))
        ]

    def _is_free(self, main: Resource, now: int) -> bool:
        return (
            self._free_returns[local(now).year] < self.site.free_returns_a_year
            and now <= main.effective + FREE_RETURN_SECONDS
            and main.effective <= now
            and main.plight is not Plight.CONVERTED
        )

    def _open(self, mains: tuple[Resource, ...], scope: int, now: int) -> str:
        """Place the unsubscription order."""
        charges: list[Charge] = []
        free = all(self._is_free(main, now) for main in mains) and scope == WHOLE_RESOURCES
        self._free_returns[local(now).year] += free
        for main in mains:
            lines = self._charged_lines(main, scope, now)
            charges += (charge(line, order, self.site, now, free=free) for line, order in lines)
        refund = sum((one.refund for one in charges), Decimal(0))
        limit = self.site.review_above if self.behaviour.review_above is None else self.behaviour.review_above
        reviewed = refund > limit
        order = Order(
            order_id=order_id(now, _OWN_ORDERS_FROM + len(self.books.own_orders())),
            purchase=mains[0].purchase,
            kind=Kind.UNSUBSCRIPTION,
            stage=Stage.APPROVAL if reviewed else Stage.PROCESSING,
            created=now,
            charges=tuple(charges),
            scope=scope,
        )
        case = _Case(self.books.add(order), mains)
        self._cases[case.number] = case
        self._returned.update((one.order_id, one.place) for one in charges)
        for resource in case.members():
            resource.pending = order.order_id
        wait = self.behaviour.review_seconds if reviewed else self.behaviour.settle_seconds
        heapq.heappush(self._due, (self._moment + wait, case.number))
        self.advance_to(self._moment)
        return order.order_id

    def _step(self, case: _Case, due: float) -> None:
        order = self.books.at(case.number)
        if order.stage is not Stage.APPROVAL:
            self._close(case, Stage.COMPLETED, due)
        elif self.behaviour.refuse_reviewed:
            self._close(case, Stage.CANCELLED, due)
        else:
            self.books.replace(case.number, replace(order, stage=Stage.PROCESSING))
            heapq.heappush(self._due, (due + self.behaviour.settle_seconds, case.number))

    def _close(self, case: _Case, stage: Stage, moment: float) -> None:
        """Bring an order to its end."""
        del self._cases[case.number]
        completed = int(moment)
        order = replace(self.books.at(case.number), stage=stage, completed=completed)
        self.books.replace(case.number, order)
        for resource in case.members():
            resource.pending = None
            resource.updated = completed
        if stage is Stage.CANCELLED:
            self._returned.difference_update((one.order_id, one.place) for one in order.charges)
            return
        self.books.post(month_of(completed), case.number)
        self._pay_back(order)
        if order.scope == RENEWAL_PERIODS:
            self._shorten(case)
        else:
            self._remove(case, moment)
        self.estate.changed()

    def _pay_back(self, order: Order) -> None:
        for one in order.charges:
            on_credit = one.refund * one.credit_share
            self.credit += on_credit
            self.cash += one.refund - on_credit

    def _remove(self, case: _Case, moment: float) -> None:
        for resource in case.members():
            resource.status = Status.CLOSED
            resource.closed = int(moment)
            hidden = moment + self.behaviour.closed_seconds
            heapq.heappush(self._hiding, (hidden, next(self._hidden), resource))

    def _shorten(self, case: _Case) -> None:
        """Set the expiry back to the end of what is still paid for."""
        moved = tuple(case.members())
        for resource in moved:
            orders = self.books.paid_orders(resource.purchase)
            resource.expire = max(
                line.end
                for order in orders
                for line in order.lines
                if line.place == resource.place and (order.order_id, line.place) not in self._returned
            )
        self.estate.postpone(moved)


_NOTHING_LEFT: Mapping[int, str] = {WHOLE_RESOURCES: "CBC.99003645", RENEWAL_PERIODS: "CBC.99003128"}
"""Codes for a request that finds no paid term to give back."""
