"""Generator of purchases; each purchase is a pure function of its number, the seed, the site and the epoch.

Only the resources and a compact order index are kept in memory. Order lines, amounts and bill rows of a purchase are
generated again when needed.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from functools import lru_cache
from random import Random
from uuid import UUID

from unsub_tui.sandbox import offers
from unsub_tui.sandbox.account_fixtures import PROJECTS, REGIONS, draw_name, hostile_name
from unsub_tui.sandbox.models import (
    Condition,
    Order,
    OrderIndexEntry,
    OrderLine,
    OrderStatus,
    OrderType,
    Purchase,
    PurchaseSummary,
    Resource,
    ResourceStatus,
)
from unsub_tui.sandbox.offers import Offer
from unsub_tui.sandbox.order_store import make_order_id, order_number, service_codes
from unsub_tui.sandbox.pricing import calculate_refund, monthly_price, term_discount, to_cents
from unsub_tui.sandbox.scenarios import DATABASES, FILLER, SHOWCASE, Scenario, draw_scenario
from unsub_tui.sandbox.sites import Site
from unsub_tui.sandbox.terms import PurchaseHistory, Term, draw_history
from unsub_tui.sandbox.timestamps import HOUR

_CONTRACT_DISCOUNTS = tuple(map(Decimal, ("0", "0", "0.05", "0.10")))
_COUPON_SHARES = tuple(map(Decimal, ("0.05", "0.10", "0.20", "0.25")))
_CREDIT_SHARES = tuple(map(Decimal, ("0", "0", "0", "1", "0.4")))
_CHANGE_PRICE = Decimal("0.4")
"""Price of a specification change, as a share of the list price for the rest of the term."""
_MONTH_HOURS = 730
_POLICIES = (0, 0, 0, 0, 1, 2, 4, 5)
_REGIONS = tuple(REGIONS)
_STATUS_BY_CONDITION = {
    Condition.FROZEN: ResourceStatus.FROZEN,
    Condition.FROZEN_BY_POLICE: ResourceStatus.FROZEN,
    Condition.EXPIRED: ResourceStatus.EXPIRED,
}

Random("")  # noqa: S311 - since Python 3.13, the first string seed imports a module: do it here, not in a thread


class Generator:
    """Generates purchases by number."""

    def __init__(
        self, *, seed: int, site: Site, epoch: int, hostile: bool, odd_terms: bool = False, databases: bool = False
    ) -> None:
        self.seed = seed
        self.site = site
        self.epoch = epoch
        """Start of the sandbox."""
        self.is_hostile = hostile
        self._odd_terms = odd_terms
        self._showcase = SHOWCASE + DATABASES if databases else SHOWCASE
        self._filler_from: int | None = None
        self.get_purchase = lru_cache(maxsize=1024)(self._purchase)
        """Return the purchase with this number and all its orders."""

    def generate(self, count: int) -> Iterator[PurchaseSummary]:
        """Yield purchases with exactly `count` resources in total; remember where fillers begin, for `get_purchase`."""
        self._filler_from = None
        left = count
        number = 0
        while left > 0:
            summary = self._summarize(number)
            if len(summary.resources) > left and not summary.is_unsubscribed:
                self._filler_from = number
                summary = self._summarize(number)
            if not summary.is_unsubscribed:
                left -= len(summary.resources)
            yield summary
            number += 1

    def _purchase(self, number: int) -> Purchase:
        history, resources, rng = self._draw(number)
        orders = [self._order(number, position, term, resources, rng) for position, term in enumerate(history.terms)]
        if resources[0].condition is Condition.UNSUBSCRIBED:
            orders.append(self._unsubscription_order(number, orders, history.today))
        return Purchase(resources, tuple(orders))

    # The order of the draws defines the account of a seed: pictures and tests know its resources.

    def _draw(self, number: int) -> tuple[PurchaseHistory, tuple[Resource, ...], Random]:
        """Return history and resources of a purchase, and the random generator for its amounts."""
        rng = Random(f"{self.seed}:{number}")  # noqa: S311 - sample data, not a secret
        scenario = draw_scenario(number, rng, self._showcase)
        if self._filler_from is not None and number >= self._filler_from:
            scenario = FILLER
        history = draw_history(scenario, self.epoch, rng, odd_terms=self._odd_terms)
        resources = self._resources(number, scenario, history, rng)
        _name_orders(resources, history)
        return history, resources, rng

    def _summarize(self, number: int) -> PurchaseSummary:
        history, resources, _ = self._draw(number)
        entries = []
        for position, term in enumerate(history.terms):
            bought = _ordered_resources(resources, term)
            entries.append(
                OrderIndexEntry(
                    created=term.created,
                    number=order_number(number, position),
                    order_type=term.order_type,
                    status=term.status,
                    services=service_codes(bought),
                    automatic=term.automatic,
                    rows=len(bought),
                )
            )
        if resources[0].condition is Condition.UNSUBSCRIBED:
            unsubscription = entries[-1]._replace(
                created=history.today,
                number=order_number(number, len(entries)),
                order_type=OrderType.UNSUBSCRIPTION,
                status=OrderStatus.COMPLETED,
                services=service_codes(resources),
                automatic=False,
                rows=0,
            )
            entries.append(unsubscription)
        return PurchaseSummary(number, resources, tuple(entries))

    def _resources(
        self, number: int, scenario: Scenario, history: PurchaseHistory, rng: Random
    ) -> tuple[Resource, ...]:
        product = scenario.product
        draft = _PurchaseDraft(number, scenario.condition, history, rng)
        for index in range(product.count):
            name = draw_name(rng)
            if index == 0 and self.is_hostile:
                name = hostile_name(number) or name
            main = draft.add(product.offer, name, None)
            count = rng.randint(*product.attached_range)
            if product.attached is not None:
                names = [f"{name}-volume-{place:04d}" if name else "" for place in range(count)]
                main.attached = tuple(draft.add(product.attached, text, main) for text in names)
                if scenario.condition is Condition.ATTACHED_AFTER_RENEWAL:
                    main.attached[-1].effective = history.terms[-1].start
            if scenario.condition is Condition.LICENSED:
                draft.add(offers.LICENSE, f"{name}-license", None).resource_id = f"{main.resource_id}.marketimage"
            if scenario.condition is Condition.REPLICATED:
                draft.add(offers.READ_REPLICA, f"{name}-read", None)
        return tuple(draft.resources)

    def _order(self, number: int, position: int, term: Term, resources: tuple[Resource, ...], rng: Random) -> Order:
        contract = rng.choice(_CONTRACT_DISCOUNTS)
        coupon = rng.choice(_COUPON_SHARES) if rng.random() < 0.15 else Decimal(0)
        credit = rng.choice(_CREDIT_SHARES)
        lines = tuple(self._line(one, term, contract, coupon, credit) for one in _ordered_resources(resources, term))
        return Order(
            order_id=make_order_id(term.created, order_number(number, position)),
            purchase_number=number,
            order_type=term.order_type,
            status=term.status,
            created=term.created,
            automatic=term.automatic,
            lines=lines,
        )

    def _line(self, resource: Resource, term: Term, contract: Decimal, coupon: Decimal, credit: Decimal) -> OrderLine:
        monthly = monthly_price(resource, self.site)
        discount = Decimal(0)
        if term.order_type is OrderType.TRIAL:
            official = Decimal(0)
        elif term.order_type is OrderType.CHANGE:
            official = to_cents(monthly * _CHANGE_PRICE * ((term.end - term.start) // HOUR) / _MONTH_HOURS)
        else:
            official = to_cents(monthly * term.months)
            discount = to_cents(official * (term_discount(term.months) + contract))
        coupon_amount = to_cents((official - discount) * coupon)
        credit_amount = to_cents((official - discount - coupon_amount) * credit)
        return OrderLine(
            position=resource.position,
            months=term.months,
            start=term.start,
            end=term.end,
            official=official,
            discount=discount,
            coupon=coupon_amount,
            credit=credit_amount,
        )

    def _unsubscription_order(self, number: int, orders: list[Order], today: int) -> Order:
        """Return the order of a purchase that was unsubscribed before the sandbox started."""
        charges = tuple(
            calculate_refund(line, order, self.site, today, is_free_return=False)
            for order in orders
            for line in order.lines
            if line.end > today
        )
        return Order(
            order_id=make_order_id(today, order_number(number, len(orders))),
            purchase_number=number,
            order_type=OrderType.UNSUBSCRIPTION,
            status=OrderStatus.COMPLETED,
            created=today,
            refund_lines=charges,
            completed=today,
        )


class _PurchaseDraft:
    """Resources of a purchase, which share region, project, policy and terms."""

    def __init__(self, number: int, condition: Condition, history: PurchaseHistory, rng: Random) -> None:
        self.resources: list[Resource] = []
        self._number = number
        self._condition = condition
        self._history = history
        self._rng = rng
        self._region = _REGIONS[int(len(_REGIONS) * rng.random() ** 1.7)]
        self._project = int(len(PROJECTS) * rng.random() ** 1.5)
        self._policy = 3 if history.automatic else rng.choice(_POLICIES)

    def add(self, offer: Offer, name: str, parent: Resource | None) -> Resource:
        """Add a resource with a random id, specification and size."""
        rng = self._rng
        resource = Resource(
            resource_id=str(UUID(int=rng.getrandbits(128))),
            name=name,
            offer=offer,
            spec=rng.choice(offer.specs),
            size=rng.choice(offer.sizes) if offer.sizes else None,
            region=self._region,
            project_index=self._project,
            purchase_number=self._number,
            position=len(self.resources),
            parent=parent,
            condition=self._condition,
            effective=self._history.effective,
            expire=self._history.expire,
            policy=self._policy,
            status=_STATUS_BY_CONDITION.get(self._condition, ResourceStatus.IN_USE),
            updated=self._history.terms[-1].created + 60,
        )
        self.resources.append(resource)
        return resource


def _name_orders(resources: tuple[Resource, ...], history: PurchaseHistory) -> None:
    """Set the order that bought each resource: the first one with a line of it."""
    for position, term in reversed(tuple(enumerate(history.terms))):
        for resource in _ordered_resources(resources, term):
            resource.ordered, resource.order_position = term.created, position


def _ordered_resources(resources: tuple[Resource, ...], term: Term) -> tuple[Resource, ...]:
    """Return the resources that the order of a term covers."""
    if term.only_first:
        return resources[:1]
    if term.only_last:
        return resources[-1:]
    return resources[:-1] if resources[0].condition is Condition.ATTACHED_AFTER_RENEWAL else resources
