"""Orders that end terms: placed on request, then approved and completed when they are due."""

from __future__ import annotations

import heapq
import itertools
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import partial

from unsub_tui.sandbox import Behavior
from unsub_tui.sandbox.models import Condition, Order, OrderLine, OrderStatus, OrderType, Resource, ResourceStatus
from unsub_tui.sandbox.order_store import FIRST_PLACED_ORDER_NUMBER, OrderStore, make_order_id
from unsub_tui.sandbox.pricing import FREE_RETURN_SECONDS, calculate_refund
from unsub_tui.sandbox.resource_store import ResourceStore
from unsub_tui.sandbox.sites import Site
from unsub_tui.sandbox.timestamps import month_of, to_local
from unsub_tui.sandbox.unsubscribe_rules import (
    RENEWAL_PERIODS,
    TO_PAY_PER_USE,
    WHOLE_RESOURCES,
    is_single_disk,
    rejection_code,
)

_NO_PAID_TERM_CODES: Mapping[int, str] = {
    WHOLE_RESOURCES: "CBC.99003645",
    RENEWAL_PERIODS: "CBC.99003128",
    TO_PAY_PER_USE: "CBC.99003609",
}
"""Error codes for a request without a refundable paid term, by unsubscription type."""


@dataclass(frozen=True, slots=True)
class UnsubscribeOutcome:
    """Outcome of an unsubscribe request."""

    order_ids: tuple[str, ...]
    executed: tuple[str, ...]
    """Ids of the primary resources that were unsubscribed."""
    failures: Mapping[str, str]
    """Error codes of the rejected ids."""


class Unsubscriptions:
    """All unsubscription orders placed at run time. The time is passed in; there is no clock here."""

    def __init__(
        self,
        *,
        site: Site,
        get_behavior: Callable[[], Behavior],
        orders: OrderStore,
        resources: ResourceStore,
        credit_refund: Callable[[Order], None],
    ) -> None:
        self._site = site
        self._get_behavior = get_behavior
        self._orders = orders
        self._resources = resources
        self._credit_refund = credit_refund
        self._pending: dict[int, tuple[Resource, ...]] = {}
        """Primary and attached resources of the orders in progress, by order number."""
        self._agenda: list[tuple[float, int, Callable[[], object]]] = []
        """Heap of times and of the actions that are due then; a counter keeps the order of equal times."""
        self._turn = itertools.count()
        self._refunded_lines: set[tuple[str, int]] = set()
        """Order id and position of the lines that were refunded, or will be by an order in progress."""
        self._free_returns: Counter[int] = Counter()
        self._first_requests: dict[str, float] = {}
        """Time of the first unsubscription request of a resource in another transaction."""

    def advance_to(self, moment: float) -> None:
        """Process everything that is due."""
        while self._agenda and self._agenda[0][0] <= moment:
            heapq.heappop(self._agenda)[2]()

    def _schedule(self, moment: float, act: Callable[..., object], *arguments: object) -> None:
        entry: tuple[float, int, Callable[[], object]] = (moment, next(self._turn), partial(act, *arguments))
        heapq.heappush(self._agenda, entry)

    def request(self, ids: tuple[str, ...], unsubscribe_type: int, moment: float) -> UnsubscribeOutcome:
        """Place orders for the permitted resources, and return error codes for the others."""
        mains: dict[str, Resource] = {}
        failures: dict[str, str] = {}
        for resource_id in ids:
            resource = self._resources.get(resource_id)
            if resource is None:
                failures[resource_id] = "CBC.99003012"
                continue
            self._end_transaction(resource, moment)
            whole_servers = self._get_behavior().sells_whole_servers
            code = rejection_code(
                self._resources, resource, frozenset(ids), unsubscribe_type, int(moment), whole_servers=whole_servers
            )
            if code is None and (resource.parent is None or is_single_disk(resource, ids)):
                if self._refundable_lines(resource, unsubscribe_type, int(moment)):
                    mains[resource_id] = resource
                else:
                    code = _NO_PAID_TERM_CODES[unsubscribe_type]
            if code is not None:
                failures[resource_id] = code
        _fail_partial_bundles(mains, failures, self._resources)
        orders = [self._place_order(group, unsubscribe_type, moment) for group in self._group_by_order(mains.values())]
        return UnsubscribeOutcome(tuple(orders), tuple(mains), failures)

    def end_transactions(self, ids: Iterable[str]) -> None:
        """End the transactions of resources whose request was executed before a restart, so they had ended by then."""
        for resource in filter(None, map(self._resources.get, ids)):
            if resource.condition is Condition.IN_TRANSACTION:
                resource.condition = Condition.NORMAL

    def _end_transaction(self, resource: Resource, moment: float) -> None:
        """End another transaction of the resource if its time is over, see `transaction_seconds`."""
        seconds = self._get_behavior().transaction_seconds
        if resource.condition is Condition.IN_TRANSACTION and seconds is not None:
            first = self._first_requests.setdefault(resource.resource_id, moment)
            if moment >= first + seconds:
                resource.condition = Condition.NORMAL

    def cancel(self, order_id: str, moment: float) -> bool:
        """Cancel an order and keep its resources; return False if no such order is in progress."""
        for number in self._pending:
            if self._orders.by_number(number).order_id == order_id:
                self._finish_order(number, OrderStatus.CANCELLED, moment)
                return True
        return False

    def _group_by_order(self, mains: Iterable[Resource]) -> list[tuple[Resource, ...]]:
        """Return the groups of primary resources that share an order."""
        groups: dict[str | int, list[Resource]] = {}
        for main in mains:
            key = main.purchase_number if main.condition is Condition.SOLUTION else main.resource_id
            groups.setdefault(key, []).append(main)
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
            and (unsubscribe_type != RENEWAL_PERIODS or (order.order_type is OrderType.RENEWAL and line.start > now))
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
        behavior = self._get_behavior()
        limit = self._site.review_above if behavior.review_above is None else behavior.review_above
        reviewed = sum((one.refund for one in charges), Decimal(0)) > limit
        order = Order(
            order_id=make_order_id(now, FIRST_PLACED_ORDER_NUMBER + len(self._orders.placed_orders())),
            purchase_number=mains[0].purchase_number,
            order_type=OrderType.TO_PAY_PER_USE if unsubscribe_type == TO_PAY_PER_USE else OrderType.UNSUBSCRIPTION,
            status=OrderStatus(behavior.review_status) if reviewed else OrderStatus.PROCESSING,
            created=now,
            refund_lines=charges,
            unsubscribe_type=unsubscribe_type,
        )
        number = self._orders.add(order)
        replicas = [] if unsubscribe_type == TO_PAY_PER_USE else [one for main in mains for one in self._replicas(main)]
        self._pending[number] = (*(one for main in mains for one in (main, *main.attached)), *replicas)
        self._refunded_lines.update((one.order_id, one.position) for one in charges)
        for resource in self._pending[number]:
            resource.pending_order_id = order.order_id
        due = moment + (behavior.review_seconds if reviewed else behavior.settle_seconds)
        self._schedule(due, self._advance_order, number, due)
        return order.order_id

    def _replicas(self, main: Resource) -> tuple[Resource, ...]:
        """Return the read replicas that are unsubscribed with a database; they have no refund of their own."""
        if (
            main.condition is not Condition.REPLICATED
            or main.position
            or not self._get_behavior().unsubscribes_replicas
        ):
            return ()
        return tuple(one for one in self._resources.in_purchase(main.purchase_number) if one.position)

    def _advance_order(self, number: int, due: float) -> None:
        """Approve, complete or reject an order, unless it was canceled."""
        if number not in self._pending:
            return
        order, behavior = self._orders.by_number(number), self._get_behavior()
        if order.status is OrderStatus.PROCESSING:
            self._finish_order(number, OrderStatus.COMPLETED, due)
        elif behavior.reject_reviewed:
            self._finish_order(number, OrderStatus.CANCELLED, due)
        else:
            self._orders.replace(number, replace(order, status=OrderStatus.PROCESSING))
            due += behavior.settle_seconds
            self._schedule(due, self._advance_order, number, due)

    def _finish_order(self, number: int, status: OrderStatus, moment: float) -> None:
        """Complete or cancel an order."""
        resources = self._pending.pop(number)
        order = replace(self._orders.by_number(number), status=status, completed=int(moment))
        self._orders.replace(number, order)
        for resource in resources:
            resource.pending_order_id = None
            resource.updated = int(moment)
        if status is OrderStatus.CANCELLED:
            self._refunded_lines.difference_update((one.order_id, one.position) for one in order.refund_lines)
            return
        posted = moment + self._get_behavior().bill_lag_seconds
        self._schedule(posted, self._orders.add_to_bill, month_of(int(moment)), number)
        self._credit_refund(order)
        if order.unsubscribe_type == RENEWAL_PERIODS:
            self._shorten(resources)
        elif order.unsubscribe_type == TO_PAY_PER_USE:
            self._convert(resources, moment)
        else:
            self._close(resources, moment)
        self._resources.clear_cache()

    def _close(self, resources: tuple[Resource, ...], moment: float) -> None:
        behavior = self._get_behavior()
        for resource in resources:
            if behavior.kept_status is not None:
                resource.status = ResourceStatus(behavior.kept_status)
            elif resource.parent is None or resource is resources[0] or not behavior.leaves_attached:
                resource.status = ResourceStatus.CLOSED
                self._schedule(moment + behavior.closed_seconds, self._resources.hide, resource)

    def _convert(self, resources: Iterable[Resource], moment: float) -> None:
        """Let resources go on as pay-per-use, which this listing does not contain."""
        for resource in resources:
            resource.status, resource.is_pay_per_use = ResourceStatus.CLOSED, True
            self._schedule(moment + self._get_behavior().closed_seconds, self._resources.hide, resource)

    def _shorten(self, resources: Iterable[Resource]) -> None:
        """Reset the expiry to the end of the last term that is still paid."""
        for resource in resources:
            resource.expire = max(
                line.end
                for order in self._orders.paid_orders(resource.purchase_number)
                for line in order.lines
                if line.position == resource.position and (order.order_id, line.position) not in self._refunded_lines
            )
        self._resources.add_expiries(resources)


def _fail_partial_bundles(mains: dict[str, Resource], failures: dict[str, str], resources: ResourceStore) -> None:
    """Reject a whole bundle if any of its resources was rejected."""
    rejected = map(resources.get, failures)
    purchases = {one.purchase_number for one in rejected if one and one.condition is Condition.SOLUTION}
    for resource_id in [one.resource_id for one in mains.values() if one.purchase_number in purchases]:
        del mains[resource_id]
        failures[resource_id] = "CBC.99003185"
