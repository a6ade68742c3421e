"""Unsubscription orders: placed on request, approved and completed when their time has come."""

from __future__ import annotations

import heapq
import itertools
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from unsub_tui.sandbox.admission import RENEWAL_PERIODS, WHOLE_RESOURCES, objection
from unsub_tui.sandbox.books import Books
from unsub_tui.sandbox.charges import FREE_RETURN_SECONDS, charge
from unsub_tui.sandbox.estate import Estate
from unsub_tui.sandbox.moments import local, month_of
from unsub_tui.sandbox.order_ids import OWN_ORDERS_FROM, order_id
from unsub_tui.sandbox.records import Kind, Line, Order, Plight, Resource, Stage, Status
from unsub_tui.sandbox.settings import Behaviour
from unsub_tui.sandbox.sites import Site

_NOTHING_LEFT: Mapping[int, str] = {WHOLE_RESOURCES: "CBC.99003645", RENEWAL_PERIODS: "CBC.99003128"}
"""Codes for a request that finds no paid term to give back."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an unsubscribe request."""

    order_ids: tuple[str, ...]
    executed: tuple[str, ...]
    """Main resources that were acted on."""
    failures: Mapping[str, str]
    """Ids that were not, each with its code."""


@dataclass(frozen=True, slots=True)
class _Case:
    """An order under way."""

    number: int
    mains: tuple[Resource, ...]

    def members(self) -> Iterable[Resource]:
        """Give the resources, attached ones too."""
        for main in self.mains:
            yield main
            yield from main.attached


class Unsubscriptions:
    """Every unsubscription of this ledger. It is told the time; it does not look."""

    def __init__(
        self, *, site: Site, behaviour: Behaviour, books: Books, estate: Estate, pay: Callable[[Order], None]
    ) -> None:
        self.behaviour = behaviour
        self._site = site
        self._books = books
        self._estate = estate
        self._pay = pay
        self._cases: dict[int, _Case] = {}
        self._due: list[tuple[float, int]] = []
        self._hiding: list[tuple[float, int, Resource]] = []
        self._turn = itertools.count()
        self._returned: set[tuple[str, int]] = set()
        self._free_returns: Counter[int] = Counter()

    def advance_to(self, moment: float) -> None:
        """Let everything happen that is due."""
        while self._due and self._due[0][0] <= moment:
            due, number = heapq.heappop(self._due)
            if number in self._cases:
                self._step(self._cases[number], due)
        while self._hiding and self._hiding[0][0] <= moment:
            self._estate.hide(heapq.heappop(self._hiding)[2])

    def request(self, ids: tuple[str, ...], scope: int, moment: float) -> Outcome:
        """Act on what can be acted on; name the rest with its code."""
        mains: dict[str, Resource] = {}
        failures: dict[str, str] = {}
        for resource_id in ids:
            code = self._objection(resource_id, frozenset(ids), scope, int(moment))
            resource = self._estate.get(resource_id)
            if code is not None:
                failures[resource_id] = code
            elif resource is not None and resource.parent is None:
                mains[resource_id] = resource
        _drop_torn(mains, failures, self._estate)
        if failures and self.behaviour.whole_request_fails:
            mains.clear()
        orders = [self._open(group, scope, moment) for group in self._grouped(mains.values())]
        return Outcome(tuple(orders), tuple(mains), failures)

    def cancel(self, order: str, moment: float) -> bool:
        """Let an order fail: its resources stay. False when no such order is under way."""
        for number, case in self._cases.items():
            if self._books.at(number).order_id == order:
                self._close(case, Stage.CANCELLED, moment)
                return True
        return False

    def _objection(self, resource_id: str, asked: frozenset[str], scope: int, now: int) -> str | None:
        code = objection(self._estate, resource_id, asked, scope, now)
        resource = self._estate.get(resource_id)
        if code is None and resource is not None and resource.parent is None and not self._lines(resource, scope, now):
            return _NOTHING_LEFT[scope]
        return code

    def _grouped(self, mains: Iterable[Resource]) -> list[tuple[Resource, ...]]:
        """Say which resources share an order."""
        groups: dict[str, list[Resource]] = {}
        for main in mains:
            whole = main.plight is Plight.SOLUTION
            key = f"purchase {main.purchase}" if whole else main.resource_id
            groups.setdefault("" if self.behaviour.one_order_per_request else key, []).append(main)
        return [tuple(group) for group in groups.values()]

    def _lines(self, main: Resource, scope: int, now: int) -> list[tuple[Line, Order]]:
        """Find the lines of orders that are given back with a main resource."""
        places = {main.place, *(one.place for one in main.attached)}
        return [
            (line, order)
            for order in self._books.paid_orders(main.purchase)
            for line in order.lines
            if line.place in places
            and (order.order_id, line.place) not in self._returned
            and line.end > now
            and (scope == WHOLE_RESOURCES or (order.kind is Kind.RENEWAL and line.start > now))
        ]

    def _take_free_return(self, mains: tuple[Resource, ...], scope: int, now: int) -> bool:
        """Use up a full refund if the five-day rule gives one; what is not in use yet needs none."""
        year = local(now).year
        free = (
            scope == WHOLE_RESOURCES
            and self._free_returns[year] < self._site.free_returns_a_year
            and all(one.effective <= now <= one.effective + FREE_RETURN_SECONDS for one in mains)
            and all(one.plight is not Plight.CONVERTED for one in mains)
        )
        self._free_returns[year] += free
        return free

    def _open(self, mains: tuple[Resource, ...], scope: int, moment: float) -> str:
        """Place the order."""
        now = int(moment)
        free = self._take_free_return(mains, scope, now)
        charges = tuple(
            charge(line, order, self._site, now, free=free)
            for main in mains
            for line, order in self._lines(main, scope, now)
        )
        limit = self._site.review_above if self.behaviour.review_above is None else self.behaviour.review_above
        reviewed = sum((one.refund for one in charges), Decimal(0)) > limit
        order = Order(
            order_id=order_id(now, OWN_ORDERS_FROM + len(self._books.own_orders())),
            purchase=mains[0].purchase,
            kind=Kind.UNSUBSCRIPTION,
            stage=Stage.APPROVAL if reviewed else Stage.PROCESSING,
            created=now,
            charges=charges,
            scope=scope,
        )
        case = _Case(self._books.add(order), mains)
        self._cases[case.number] = case
        self._returned.update((one.order_id, one.place) for one in charges)
        for resource in case.members():
            resource.pending = order.order_id
        wait = self.behaviour.review_seconds if reviewed else self.behaviour.settle_seconds
        heapq.heappush(self._due, (moment + wait, case.number))
        return order.order_id

    def _step(self, case: _Case, due: float) -> None:
        order = self._books.at(case.number)
        if order.stage is not Stage.APPROVAL:
            self._close(case, Stage.COMPLETED, due)
        elif self.behaviour.refuse_reviewed:
            self._close(case, Stage.CANCELLED, due)
        else:
            self._books.replace(case.number, replace(order, stage=Stage.PROCESSING))
            heapq.heappush(self._due, (due + self.behaviour.settle_seconds, case.number))

    def _close(self, case: _Case, stage: Stage, moment: float) -> None:
        """Bring an order to its end."""
        del self._cases[case.number]
        order = replace(self._books.at(case.number), stage=stage, completed=int(moment))
        self._books.replace(case.number, order)
        for resource in case.members():
            resource.pending = None
            resource.updated = int(moment)
        if stage is Stage.CANCELLED:
            self._returned.difference_update((one.order_id, one.place) for one in order.charges)
            return
        self._books.post(month_of(int(moment)), case.number)
        self._pay(order)
        if order.scope == RENEWAL_PERIODS:
            self._shorten(case)
        else:
            self._remove(case, moment)
        self._estate.changed()

    def _remove(self, case: _Case, moment: float) -> None:
        for resource in case.mains if self.behaviour.leaves_attached else case.members():
            resource.status = Status.CLOSED
            hidden = moment + self.behaviour.closed_seconds
            heapq.heappush(self._hiding, (hidden, next(self._turn), resource))

    def _shorten(self, case: _Case) -> None:
        """Set the expiry back to the end of what is still paid for."""
        moved = tuple(case.members())
        for resource in moved:
            resource.expire = max(
                line.end
                for order in self._books.paid_orders(resource.purchase)
                for line in order.lines
                if line.place == resource.place and (order.order_id, line.place) not in self._returned
            )
        self._estate.postpone(moved)


def _drop_torn(mains: dict[str, Resource], failures: dict[str, str], estate: Estate) -> None:
    """Let a portfolio of which one part failed fail as a whole."""
    torn = {one.purchase for one in map(estate.get, failures) if one and one.plight is Plight.SOLUTION}
    for resource_id in [one.resource_id for one in mains.values() if one.purchase in torn]:
        del mains[resource_id]
        failures[resource_id] = "CBC.99003185"
