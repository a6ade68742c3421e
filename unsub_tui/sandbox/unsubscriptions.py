"""Unsubscription orders: placed on request, then approved and completed when they are due."""

from __future__ import annotations

import heapq
import itertools
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from unsub_tui.sandbox.behavior import Behavior
from unsub_tui.sandbox.models import Condition, Order, OrderLine, OrderStatus, OrderType, Resource, ResourceStatus
from unsub_tui.sandbox.order_ids import FIRST_PLACED_ORDER_NUMBER, make_order_id
from unsub_tui.sandbox.order_store import OrderStore
from unsub_tui.sandbox.pricing import FREE_RETURN_SECONDS, calculate_refund
from unsub_tui.sandbox.resource_store import ResourceStore
from unsub_tui.sandbox.sites import Site
from unsub_tui.sandbox.timestamps import month_of, to_local
from unsub_tui.sandbox.unsubscribe_rules import RENEWAL_PERIODS, WHOLE_RESOURCES, rejection_code

_NO_PAID_TERM_CODES: Mapping[int, str] = {WHOLE_RESOURCES: "CBC.99003645", RENEWAL_PERIODS: "CBC.99003128"}
"""Error codes for a request without a refundable paid term, by unsubscription type."""


@dataclass(frozen=True, slots=True)
class UnsubscribeOutcome:
    """Outcome of an unsubscribe request."""

    order_ids: tuple[str, ...]
    executed: tuple[str, ...]
    """Ids of the primary resources that were unsubscribed."""
    failures: Mapping[str, str]
    """Error codes of the rejected ids."""


@dataclass(frozen=True, slots=True)
class _PendingOrder:
    """An unsubscription order in progress."""

    number: int
    mains: tuple[Resource, ...]

    def resources(self) -> Iterable[Resource]:
        """Yield the resources of the order, including attached resources."""
        for main in self.mains:
            yield main
            yield from main.attached


class Unsubscriptions:
    """All unsubscription orders placed at run time. The time is passed in; there is no clock here."""

    def __init__(
        self,
        *,
        site: Site,
        behavior: Behavior,
        orders: OrderStore,
        resources: ResourceStore,
        credit_refund: Callable[[Order], None],
    ) -> None:
        self.behavior = behavior
        self._site = site
        self._orders = orders
        self._resources = resources
        self._credit_refund = credit_refund
        self._pending: dict[int, _PendingOrder] = {}
        self._due: list[tuple[float, int]] = []
        self._scheduled_removals: list[tuple[float, int, Resource]] = []
        self._turn = itertools.count()
        self._refunded_lines: set[tuple[str, int]] = set()
        self._free_returns: Counter[int] = Counter()

    def advance_to(self, moment: float) -> None:
        """Process all orders and removals that are due."""
        while self._due and self._due[0][0] <= moment:
            due, number = heapq.heappop(self._due)
            if number in self._pending:
                self._advance_order(self._pending[number], due)
        while self._scheduled_removals and self._scheduled_removals[0][0] <= moment:
            self._resources.hide(heapq.heappop(self._scheduled_removals)[2])

    def request(self, ids: tuple[str, ...], unsubscribe_type: int, moment: float) -> UnsubscribeOutcome:
        """Place orders for the permitted resources, and return error codes for the others."""
        mains: dict[str, Resource] = {}
        failures: dict[str, str] = {}
        for resource_id in ids:
            code = self._rejection_code(resource_id, frozenset(ids), unsubscribe_type, int(moment))
            resource = self._resources.get(resource_id)
            if code is not None:
                failures[resource_id] = code
            elif resource is not None and resource.parent is None:
                mains[resource_id] = resource
        _fail_partial_bundles(mains, failures, self._resources)
        if failures and self.behavior.whole_request_fails:
            mains.clear()
        orders = [self._place_order(group, unsubscribe_type, moment) for group in self._group_by_order(mains.values())]
        return UnsubscribeOutcome(tuple(orders), tuple(mains), failures)

    def cancel(self, order: str, moment: float) -> bool:
        """Cancel an order and keep its resources; return False if no such order is in progress."""
        for number, case in self._pending.items():
            if self._orders.by_number(number).order_id == order:
                self._finish_order(case, OrderStatus.CANCELLED, moment)
                return True
        return False

    def _rejection_code(
        self, resource_id: str, requested_ids: frozenset[str], unsubscribe_type: int, now: int
    ) -> str | None:
        code = rejection_code(self._resources, resource_id, requested_ids, unsubscribe_type, now)
        resource = self._resources.get(resource_id)
        if (
            code is None
            and resource is not None
            and resource.parent is None
            and not self._refundable_lines(resource, unsubscribe_type, now)
        ):
            return _NO_PAID_TERM_CODES[unsubscribe_type]
        return code

    def _group_by_order(self, mains: Iterable[Resource]) -> list[tuple[Resource, ...]]:
        """Return the groups of primary resources that share an order."""
        groups: dict[str, list[Resource]] = {}
        for main in mains:
            whole = main.condition is Condition.SOLUTION
            key = f"purchase {main.purchase_number}" if whole else main.resource_id
            groups.setdefault("" if self.behavior.one_order_per_request else key, []).append(main)
        return [tuple(group) for group in groups.values()]

    def _refundable_lines(self, main: Resource, unsubscribe_type: int, now: int) -> list[tuple[OrderLine, Order]]:
        """Return the order lines to refund for a primary resource and its attached resources."""
        places = {main.position, *(one.position for one in main.attached)}
        return [
            (line, order)
            for order in self._orders.paid_orders(main.purchase_number)
            for line in order.lines
            if line.position in places
            and (order.order_id, line.position) not in self._refunded_lines
            and line.end > now
            and (unsubscribe_type == WHOLE_RESOURCES or (order.order_type is OrderType.RENEWAL and line.start > now))
        ]

    def _use_free_return(self, mains: tuple[Resource, ...], unsubscribe_type: int, now: int) -> bool:
        """Return whether the five-day rule applies, and count its use; terms not yet begun need no such refund."""
        year = to_local(now).year
        free = (
            unsubscribe_type == WHOLE_RESOURCES
            and self._free_returns[year] < self._site.free_returns_a_year
            and all(one.effective <= now <= one.effective + FREE_RETURN_SECONDS for one in mains)
            and all(one.condition is not Condition.CONVERTED_FROM_PAY_PER_USE for one in mains)
        )
        self._free_returns[year] += free
        return free

    def _place_order(self, mains: tuple[Resource, ...], unsubscribe_type: int, moment: float) -> str:
        """Place an order and return its id."""
        now = int(moment)
        free = self._use_free_return(mains, unsubscribe_type, now)
        charges = tuple(
            calculate_refund(line, order, self._site, now, is_free_return=free)
            for main in mains
            for line, order in self._refundable_lines(main, unsubscribe_type, now)
        )
        limit = self._site.review_above if self.behavior.review_above is None else self.behavior.review_above
        reviewed = sum((one.refund for one in charges), Decimal(0)) > limit
        order = Order(
            order_id=make_order_id(now, FIRST_PLACED_ORDER_NUMBER + len(self._orders.placed_orders())),
            purchase_number=mains[0].purchase_number,
            order_type=OrderType.UNSUBSCRIPTION,
            status=OrderStatus.APPROVAL if reviewed else OrderStatus.PROCESSING,
            created=now,
            refund_lines=charges,
            unsubscribe_type=unsubscribe_type,
        )
        case = _PendingOrder(self._orders.add(order), mains)
        self._pending[case.number] = case
        self._refunded_lines.update((one.order_id, one.position) for one in charges)
        for resource in case.resources():
            resource.pending_order_id = order.order_id
        wait = self.behavior.review_seconds if reviewed else self.behavior.settle_seconds
        heapq.heappush(self._due, (moment + wait, case.number))
        return order.order_id

    def _advance_order(self, case: _PendingOrder, due: float) -> None:
        order = self._orders.by_number(case.number)
        if order.status is not OrderStatus.APPROVAL:
            self._finish_order(case, OrderStatus.COMPLETED, due)
        elif self.behavior.reject_reviewed:
            self._finish_order(case, OrderStatus.CANCELLED, due)
        else:
            self._orders.replace(case.number, replace(order, status=OrderStatus.PROCESSING))
            heapq.heappush(self._due, (due + self.behavior.settle_seconds, case.number))

    def _finish_order(self, case: _PendingOrder, stage: OrderStatus, moment: float) -> None:
        """Complete or cancel an order."""
        del self._pending[case.number]
        order = replace(self._orders.by_number(case.number), status=stage, completed=int(moment))
        self._orders.replace(case.number, order)
        for resource in case.resources():
            resource.pending_order_id = None
            resource.updated = int(moment)
        if stage is OrderStatus.CANCELLED:
            self._refunded_lines.difference_update((one.order_id, one.position) for one in order.refund_lines)
            return
        self._orders.add_to_bill(month_of(int(moment)), case.number)
        self._credit_refund(order)
        if order.unsubscribe_type == RENEWAL_PERIODS:
            self._shorten(case)
        else:
            self._remove(case, moment)
        self._resources.clear_cache()

    def _remove(self, case: _PendingOrder, moment: float) -> None:
        for resource in case.mains if self.behavior.leaves_attached else case.resources():
            resource.status = ResourceStatus.CLOSED
            hidden = moment + self.behavior.closed_seconds
            heapq.heappush(self._scheduled_removals, (hidden, next(self._turn), resource))

    def _shorten(self, case: _PendingOrder) -> None:
        """Reset the expiry to the end of the last term that is still paid."""
        moved = tuple(case.resources())
        for resource in moved:
            resource.expire = max(
                line.end
                for order in self._orders.paid_orders(resource.purchase_number)
                for line in order.lines
                if line.position == resource.position and (order.order_id, line.position) not in self._refunded_lines
            )
        self._resources.reindex_expiry(moved)


def _fail_partial_bundles(mains: dict[str, Resource], failures: dict[str, str], resources: ResourceStore) -> None:
    """Reject a whole bundle if any of its resources was rejected."""
    torn = {one.purchase_number for one in map(resources.get, failures) if one and one.condition is Condition.SOLUTION}
    for resource_id in [one.resource_id for one in mains.values() if one.purchase_number in torn]:
        del mains[resource_id]
        failures[resource_id] = "CBC.99003185"
