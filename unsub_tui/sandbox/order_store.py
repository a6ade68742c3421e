"""Orders of the account, their ids and a compact index over them. Callers must hold the account's lock."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from unsub_tui.sandbox.models import Order, OrderIndexEntry, OrderStatus, Purchase, PurchaseSummary, Resource
from unsub_tui.sandbox.timestamps import month_of, to_local

# Order ids look like real ids, but encode the purchase and the position of the order, so no index of ids is needed.
_DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_TAIL = 7
MAX_ORDERS_PER_PURCHASE = 32
"""Maximum number of orders of a purchase."""
FIRST_PLACED_ORDER_NUMBER = 1 << 33
"""First number for the ids of orders placed at run time, above all numbers of generated orders."""


def make_order_id(created: int, number: int) -> str:
    """Return the order id for a creation time and an order number."""
    digits = []
    for _ in range(_TAIL):
        number, digit = divmod(number, len(_DIGITS))
        digits.append(_DIGITS[digit])
    return f"CS{to_local(created):%y%m%d%H%M}{''.join(reversed(digits))}"


def order_number(purchase: int, position: int) -> int:
    """Return the number of a generated order. Raise ValueError if the position is too large."""
    if position >= MAX_ORDERS_PER_PURCHASE:
        raise ValueError("a purchase has too many orders")
    return purchase * MAX_ORDERS_PER_PURCHASE + position


def parse_order_id(text: str) -> tuple[int, int] | None:
    """Return the purchase number and the order's position encoded in an id, or None for an invalid id."""
    number = 0
    for digit in text[-_TAIL:].upper():
        value = _DIGITS.find(digit)
        if value < 0:
            return None
        number = number * len(_DIGITS) + value
    return divmod(number, MAX_ORDERS_PER_PURCHASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderQuery:
    """Filter of an order listing."""

    order_id: str | None = None
    created_from: int | None = None
    created_to: int | None = None
    paid_from: int | None = None
    paid_to: int | None = None
    service: str | None = None
    status: int | None = None
    order_type: int | None = None
    oldest_first: bool = False


def service_codes(resources: Iterable[Resource]) -> str:
    """Return the service codes of the resources of an order, joined by commas."""
    return ",".join(dict.fromkeys(resource.offer.service.code for resource in resources))


def is_paid(status: int) -> bool:
    """Return whether an order with this status was paid; orders are paid at creation or never."""
    return status not in (OrderStatus.UNPAID, OrderStatus.CANCELLED)


class OrderStore:
    """Orders by number: generated orders are generated on demand, orders placed at run time are stored."""

    def __init__(self, get_purchase: Callable[[int], Purchase]) -> None:
        self._get_purchase = get_purchase
        self._purchases = 0
        self._index: list[OrderIndexEntry] = []
        self._placed: list[Order] = []
        self._months: defaultdict[str, list[OrderIndexEntry]] = defaultdict(list)
        self.query = lru_cache(maxsize=32)(self._query)  # a client pages through the same query
        """Return the order numbers for an OrderQuery, newest first unless `oldest_first` is set."""

    def add_purchase(self, summary: PurchaseSummary) -> None:
        """Index the orders of a generated purchase; call `sort_index` after the last purchase."""
        self._purchases += 1
        self._index += summary.index_entries
        for entry in summary.index_entries:
            if is_paid(entry.status):
                self._months[month_of(entry.created)].append(entry)

    def sort_index(self) -> None:
        """Sort the index, which queries require."""
        self._index.sort()

    def add(self, order: Order) -> int:
        """Add an order placed at run time, and return its number."""
        self._placed.append(order)
        number = -len(self._placed)
        insort(self._index, self._entry(order, number))
        self.query.cache_clear()
        return number

    def replace(self, number: int, order: Order) -> None:
        """Replace an order placed at run time."""
        old = self._entry(self.by_number(number), number)
        self._placed[-number - 1] = order
        self._index[bisect_left(self._index, old)] = old._replace(status=order.status)
        self.query.cache_clear()

    def add_to_bill(self, month: str, number: int) -> None:
        """Add an order placed at run time to the bill of a month."""
        self._months[month].append(self._entry(self.by_number(number), number))

    def by_number(self, number: int) -> Order:
        """Return the order with this number."""
        if number < 0:
            return self._placed[-number - 1]
        purchase, position = divmod(number, MAX_ORDERS_PER_PURCHASE)
        return self._get_purchase(purchase).orders[position]

    def find(self, order_id: str) -> Order | None:
        """Return the order with this id, ignoring case, or None."""
        wanted = order_id.upper()
        for own in reversed(self._placed):
            if own.order_id == wanted:
                return own
        place = parse_order_id(wanted)
        if place is None or place[0] >= self._purchases:
            return None
        orders = self._get_purchase(place[0]).orders
        if place[1] < len(orders) and orders[place[1]].order_id == wanted:
            return orders[place[1]]
        return None

    def resources_of(self, order: Order) -> list[Resource]:
        """Return the resource of each line of an order, in its state at purchase."""
        if order.lines:
            bought = self._get_purchase(order.purchase_number).resources
            return [bought[line.position] for line in order.lines]
        return [self._get_purchase(line.purchase_number).resources[line.position] for line in order.refund_lines]

    def paid_orders(self, purchase: int) -> tuple[Order, ...]:
        """Return the paid orders that bought, renewed or changed the resources of a purchase."""
        return tuple(order for order in self._get_purchase(purchase).orders if is_paid(order.status) and order.lines)

    def placed_orders(self) -> tuple[Order, ...]:
        """Return the orders placed at run time, oldest first."""
        return tuple(self._placed)

    def billed_in_month(self, month: str) -> Sequence[OrderIndexEntry]:
        """Return the index entries of the orders in the bill of a month."""
        return self._months.get(month, [])

    def _query(self, query: OrderQuery) -> list[int]:
        if query.order_id is not None:
            entries = self._by_id(query.order_id)
        else:
            entries = self._between(query.created_from, query.created_to)
        found = [entry.number for entry in entries if _matches(entry, query)]
        return found if query.oldest_first else found[::-1]

    def _by_id(self, order_id: str) -> list[OrderIndexEntry]:
        order = self.find(order_id)
        if order is None:
            return []
        same_second = self._between(order.created, order.created)
        return [entry for entry in same_second if self.by_number(entry.number).order_id == order.order_id]

    def _between(self, begin: int | None, end: int | None) -> list[OrderIndexEntry]:
        low = 0 if begin is None else bisect_left(self._index, (begin,))
        high = len(self._index) if end is None else bisect_left(self._index, (end + 1,))
        return self._index[low:high]

    def _entry(self, order: Order, number: int) -> OrderIndexEntry:
        return OrderIndexEntry(
            created=order.created,
            number=number,
            order_type=order.order_type,
            status=order.status,
            services=service_codes(self.resources_of(order)),
            automatic=order.automatic,
            rows=0,
        )


def _matches(entry: OrderIndexEntry, query: OrderQuery) -> bool:
    if query.paid_from is not None or query.paid_to is not None:
        begin, end = query.paid_from or 0, query.paid_to if query.paid_to is not None else entry.created
        if not (is_paid(entry.status) and begin <= entry.created <= end):
            return False
    return (
        (query.order_type is None or entry.order_type == query.order_type)
        and (query.status is None or entry.status == query.status)
        and (query.service is None or query.service in entry.services.split(","))
    )
