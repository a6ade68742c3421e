"""All orders of the account, and the narrow index by which they are found. Callers hold the ledger's lock."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from unsub_tui.sandbox.moments import month_of
from unsub_tui.sandbox.order_ids import SEATS, purchase_of
from unsub_tui.sandbox.records import Entry, Order, Outline, Purchase, Resource, Stage

_KEPT_ANSWERS = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderQuery:
    """What a listing of orders asks for."""

    order_id: str | None = None
    created_from: int | None = None
    created_to: int | None = None
    paid_from: int | None = None
    paid_to: int | None = None
    service: str | None = None
    status: int | None = None
    kind: int | None = None
    oldest_first: bool = False


def resources_of(order: Order, recall: Callable[[int], Purchase]) -> list[Resource]:
    """Give the resources that an order's lines are about, in the lines' order, as they were bought."""
    if order.lines:
        bought = recall(order.purchase).resources
        return [bought[line.place] for line in order.lines]
    return [recall(charge.purchase).resources[charge.place] for charge in order.charges]


def services_of(order: Order, recall: Callable[[int], Purchase]) -> str:
    """Name the services that an order is about: several are joined by commas."""
    codes = (resource.offer.service.code for resource in resources_of(order, recall))
    return ",".join(dict.fromkeys(codes))


def is_paid(stage: int) -> bool:
    """Tell whether an order in this stage was paid; payment is at once or not at all."""
    return stage not in (Stage.UNPAID, Stage.CANCELLED)


class Books:
    """Orders of the catalogue by number, orders of this ledger as they are."""

    def __init__(self, recall: Callable[[int], Purchase]) -> None:
        self._recall = recall
        self._purchases = 0
        self._index: list[Entry] = []
        self._own: list[Order] = []
        self._months: defaultdict[str, list[Entry]] = defaultdict(list)
        self._answers: dict[OrderQuery, list[int]] = {}

    def enter(self, outline: Outline) -> None:
        """Index the orders of a purchase of the catalogue; `seal` when all are in."""
        self._purchases += 1
        self._index += outline.entries
        for entry in outline.entries:
            if is_paid(entry.stage):
                self._months[month_of(entry.created)].append(entry)

    def seal(self) -> None:
        """Sort the index."""
        self._index.sort()

    def add(self, order: Order) -> int:
        """Enter an order of this ledger; the answer is its number."""
        self._own.append(order)
        number = -len(self._own)
        insort(self._index, self._entry(order, number, self._recall))
        self._answers.clear()
        return number

    def replace(self, number: int, order: Order) -> None:
        """Write an order of this ledger anew."""
        old = self._entry(self.at(number), number, self._recall)
        self._own[-number - 1] = order
        self._index[bisect_left(self._index, old)] = old._replace(stage=order.stage)
        self._answers.clear()

    def post(self, month: str, number: int) -> None:
        """Let an order of this ledger appear in the bill of a month."""
        self._months[month].append(self._entry(self.at(number), number, self._recall))

    @staticmethod
    def purchase_of(number: int) -> int:
        """Say which purchase of the catalogue an order's number belongs to."""
        return number // SEATS

    def at(self, number: int) -> Order:
        """Open an order by its number."""
        if number < 0:
            return self._own[-number - 1]
        purchase, seat = divmod(number, SEATS)
        return self._recall(purchase).orders[seat]

    def find(self, order_id: str) -> Order | None:
        """Find an order by its id, whatever its case."""
        wanted = order_id.upper()
        for own in reversed(self._own):
            if own.order_id == wanted:
                return own
        place = purchase_of(wanted)
        if place is None or place[0] >= self._purchases:
            return None
        orders = self._recall(place[0]).orders
        if place[1] < len(orders) and orders[place[1]].order_id == wanted:
            return orders[place[1]]
        return None

    def paid_orders(self, purchase: int) -> tuple[Order, ...]:
        """Give the paid orders by which a purchase was made, renewed and changed."""
        return tuple(order for order in self._recall(purchase).orders if is_paid(order.stage) and order.lines)

    def own_orders(self) -> tuple[Order, ...]:
        """Give the orders of this ledger, oldest first."""
        return tuple(self._own)

    def in_month(self, month: str) -> Sequence[Entry]:
        """Give the orders that appear in the bill of a month."""
        return self._months.get(month, [])

    def listing(self, query: OrderQuery) -> list[int]:
        """Find the numbers of the orders that a listing asks for."""
        found = self._answers.get(query)
        if found is None:
            found = self._search(query)
            if len(self._answers) >= _KEPT_ANSWERS:
                self._answers.pop(next(iter(self._answers)))
            self._answers[query] = found
        return found

    def _search(self, query: OrderQuery) -> list[int]:
        if query.order_id is not None:
            entries = self._named(query.order_id)
        else:
            entries = self._between(query.created_from, query.created_to)
        found = [entry.number for entry in entries if _fits(entry, query)]
        return found if query.oldest_first else found[::-1]

    def _named(self, order_id: str) -> list[Entry]:
        order = self.find(order_id)
        if order is None:
            return []
        same_second = self._between(order.created, order.created)
        return [entry for entry in same_second if self.at(entry.number).order_id == order.order_id]

    def _between(self, begin: int | None, end: int | None) -> list[Entry]:
        low = 0 if begin is None else bisect_left(self._index, (begin,))
        high = len(self._index) if end is None else bisect_left(self._index, (end + 1,))
        return self._index[low:high]

    @staticmethod
    def _entry(order: Order, number: int, recall: Callable[[int], Purchase]) -> Entry:
        return Entry(
            created=order.created,
            number=number,
            kind=order.kind,
            stage=order.stage,
            services=services_of(order, recall),
            automatic=order.automatic,
            rows=0,
        )


def _fits(entry: Entry, query: OrderQuery) -> bool:
    if query.paid_from is not None or query.paid_to is not None:
        if not is_paid(entry.stage):
            return False
        begin = query.paid_from or 0
        end = query.paid_to if query.paid_to is not None else entry.created
        if not begin <= entry.created <= end:
            return False
    return (
        (query.kind is None or entry.kind == query.kind)
        and (query.status is None or entry.stage == query.status)
        and (query.service is None or query.service in entry.services.split(","))
    )
