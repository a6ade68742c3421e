"""Orders of the account and a compact index over them. Callers must hold the account's lock."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from unsub_tui.sandbox.models import Order, OrderIndexEntry, OrderStatus, Purchase, PurchaseSummary, Resource
from unsub_tui.sandbox.order_ids import MAX_ORDERS_PER_PURCHASE, parse_order_id
from unsub_tui.sandbox.timestamps import month_of

_MAX_CACHED_QUERIES = 32


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


def order_resources(order: Order, get_purchase: Callable[[int], Purchase]) -> list[Resource]:
    """Return the resources of an order's lines, in the order of the lines, in their state at purchase."""
    if order.lines:
        bought = get_purchase(order.purchase_number).resources
        return [bought[line.position] for line in order.lines]
    return [get_purchase(charge.purchase_number).resources[charge.position] for charge in order.refund_lines]


def order_services(order: Order, get_purchase: Callable[[int], Purchase]) -> str:
    """Return the service codes of an order, joined by commas."""
    codes = (resource.offer.service.code for resource in order_resources(order, get_purchase))
    return ",".join(dict.fromkeys(codes))


def is_paid(stage: int) -> bool:
    """Return whether an order with this status was paid; orders are paid at creation or never."""
    return stage not in (OrderStatus.UNPAID, OrderStatus.CANCELLED)


class OrderStore:
    """Orders by number: generated orders are generated on demand, orders placed at run time are stored."""

    def __init__(self, get_purchase: Callable[[int], Purchase]) -> None:
        self._get_purchase = get_purchase
        self._purchases = 0
        self._index: list[OrderIndexEntry] = []
        self._placed: list[Order] = []
        self._months: defaultdict[str, list[OrderIndexEntry]] = defaultdict(list)
        self._query_cache: dict[OrderQuery, list[int]] = {}

    def add_purchase(self, outline: PurchaseSummary) -> None:
        """Index the orders of a generated purchase; call `sort_index` after the last purchase."""
        self._purchases += 1
        self._index += outline.index_entries
        for entry in outline.index_entries:
            if is_paid(entry.status):
                self._months[month_of(entry.created)].append(entry)

    def sort_index(self) -> None:
        """Sort the index, which queries require."""
        self._index.sort()

    def add(self, order: Order) -> int:
        """Add an order placed at run time, and return its number."""
        self._placed.append(order)
        number = -len(self._placed)
        insort(self._index, self._entry(order, number, self._get_purchase))
        self._query_cache.clear()
        return number

    def replace(self, number: int, order: Order) -> None:
        """Replace an order placed at run time."""
        old = self._entry(self.by_number(number), number, self._get_purchase)
        self._placed[-number - 1] = order
        self._index[bisect_left(self._index, old)] = old._replace(status=order.status)
        self._query_cache.clear()

    def add_to_bill(self, month: str, number: int) -> None:
        """Add an order placed at run time to the bill of a month."""
        self._months[month].append(self._entry(self.by_number(number), number, self._get_purchase))

    @staticmethod
    def purchase_number(number: int) -> int:
        """Return the purchase number of a generated order."""
        return number // MAX_ORDERS_PER_PURCHASE

    def by_number(self, number: int) -> Order:
        """Return the order with this number."""
        if number < 0:
            return self._placed[-number - 1]
        purchase, seat = divmod(number, MAX_ORDERS_PER_PURCHASE)
        return self._get_purchase(purchase).orders[seat]

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

    def paid_orders(self, purchase: int) -> tuple[Order, ...]:
        """Return the paid orders that bought, renewed or changed the resources of a purchase."""
        return tuple(order for order in self._get_purchase(purchase).orders if is_paid(order.status) and order.lines)

    def placed_orders(self) -> tuple[Order, ...]:
        """Return the orders placed at run time, oldest first."""
        return tuple(self._placed)

    def billed_in_month(self, month: str) -> Sequence[OrderIndexEntry]:
        """Return the index entries of the orders in the bill of a month."""
        return self._months.get(month, [])

    def query(self, query: OrderQuery) -> list[int]:
        """Return the order numbers of a listing, newest first unless `oldest_first` is set."""
        found = self._query_cache.get(query)
        if found is None:
            found = self._search(query)
            if len(self._query_cache) >= _MAX_CACHED_QUERIES:
                self._query_cache.pop(next(iter(self._query_cache)))
            self._query_cache[query] = found
        return found

    def _search(self, query: OrderQuery) -> list[int]:
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

    @staticmethod
    def _entry(order: Order, number: int, recall: Callable[[int], Purchase]) -> OrderIndexEntry:
        return OrderIndexEntry(
            created=order.created,
            number=number,
            order_type=order.order_type,
            status=order.status,
            services=order_services(order, recall),
            automatic=order.automatic,
            rows=0,
        )


def _matches(entry: OrderIndexEntry, query: OrderQuery) -> bool:
    if query.paid_from is not None or query.paid_to is not None:
        if not is_paid(entry.status):
            return False
        begin = query.paid_from or 0
        end = query.paid_to if query.paid_to is not None else entry.created
        if not begin <= entry.created <= end:
            return False
    return (
        (query.order_type is None or entry.order_type == query.order_type)
        and (query.status is None or entry.status == query.status)
        and (query.service is None or query.service in entry.services.split(","))
    )
