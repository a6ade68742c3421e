"""Generator of purchases; each purchase is a pure function of its number, the seed, the site and the epoch.

Only the resources and a compact order index are kept in memory. Order lines, amounts and bill rows of a purchase are
generated again when needed.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from random import Random

from unsub_tui.sandbox.account_fixtures import PROJECTS, REGIONS
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
from unsub_tui.sandbox.names import draw_name, hostile_name
from unsub_tui.sandbox.offers import Offer
from unsub_tui.sandbox.order_ids import make_order_id, order_number
from unsub_tui.sandbox.pricing import TERM_DISCOUNTS, calculate_refund
from unsub_tui.sandbox.scenarios import FILLER, Scenario, draw_scenario
from unsub_tui.sandbox.sites import Site
from unsub_tui.sandbox.terms import PurchaseHistory, Term, draw_history
from unsub_tui.sandbox.timestamps import HOUR

_CENT = Decimal("0.01")
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

    def __init__(self, *, seed: int, site: Site, epoch: int, hostile: bool) -> None:
        self._seed = seed
        self.site = site
        self._epoch = epoch
        self._hostile = hostile
        self._filler_from: int | None = None
        self.cached_purchase = lru_cache(maxsize=1024)(self.purchase)
        """`purchase` with a cache of the last 1024 results."""

    def generate(self, count: int) -> Iterator[PurchaseSummary]:
        """Yield purchases with exactly `count` resources in total; remember where fillers begin, for `purchase`."""
        self._filler_from = None
        left = count
        number = 0
        while left > 0:
            outline = self._summarize(number)
            if len(outline.resources) > left and not outline.is_unsubscribed:
                self._filler_from = number
                outline = self._summarize(number)
            if not outline.is_unsubscribed:
                left -= len(outline.resources)
            yield outline
            number += 1

    def purchase(self, number: int) -> Purchase:
        """Return a purchase with all its orders."""
        _, history, resources, rng = self._draw(number)
        orders = [self._order(number, seat, term, resources, rng) for seat, term in enumerate(history.terms)]
        if resources[0].condition is Condition.UNSUBSCRIBED:
            orders.append(self._unsubscription_order(number, orders, history.today))
        return Purchase(number, resources, tuple(orders))

    def _draw(self, number: int) -> tuple[Scenario, PurchaseHistory, tuple[Resource, ...], Random]:
        """Return scenario, history and resources of a purchase, and the random generator for its amounts."""
        rng = Random(f"{self._seed}:{number}")  # noqa: S311 - sample data, not a secret
        story = draw_scenario(number, rng)
        if self._filler_from is not None and number >= self._filler_from:
            story = FILLER
        history = draw_history(story, self._epoch, rng)
        return story, history, self._resources(number, story, history, rng), rng

    def _summarize(self, number: int) -> PurchaseSummary:
        story, history, resources, _ = self._draw(number)
        entries = [
            _index_entry(term, order_number(number, seat), _ordered_resources(resources, term))
            for seat, term in enumerate(history.terms)
        ]
        if story.condition is Condition.UNSUBSCRIBED:
            farewell = order_number(number, len(entries))
            entries.append(
                OrderIndexEntry(
                    history.today,
                    farewell,
                    OrderType.UNSUBSCRIPTION,
                    OrderStatus.COMPLETED,
                    _services(resources),
                    False,  # noqa: FBT003 - fields of a row
                    0,
                )
            )
        return PurchaseSummary(number, resources, tuple(entries))

    def _resources(
        self, number: int, scenario: Scenario, history: PurchaseHistory, rng: Random
    ) -> tuple[Resource, ...]:
        found: list[Resource] = []
        region = _REGIONS[int(len(_REGIONS) * rng.random() ** 1.7)]
        project = int(len(PROJECTS) * rng.random() ** 1.5)
        policy = 3 if history.automatic else rng.choice(_POLICIES)
        unit = scenario.product.unit

        def add(offer: Offer, name: str, parent: Resource | None) -> Resource:
            resource = Resource(
                resource_id=_uuid(rng),
                name=name,
                offer=offer,
                spec=rng.choice(offer.specs),
                size=rng.choice(offer.sizes) if offer.sizes else None,
                region=region,
                project_index=project,
                purchase_number=number,
                position=len(found),
                parent=parent,
                condition=scenario.condition,
                effective=history.effective,
                expire=history.expire,
                policy=policy,
                status=_STATUS_BY_CONDITION.get(scenario.condition, ResourceStatus.IN_USE),
                updated=history.terms[-1].created + 60,
            )
            found.append(resource)
            return resource

        for which in range(scenario.product.count):
            name = draw_name(rng)
            if which == 0 and self._hostile:
                name = hostile_name(number) or name
            main = add(unit.offer, name, None)
            count = rng.randint(unit.min_attached, unit.max_attached)
            if unit.attached is not None:
                names = [f"{name}-volume-{place:04d}" if name else "" for place in range(count)]
                main.attached = tuple(add(unit.attached, text, main) for text in names)
                if scenario.condition is Condition.ATTACHED_AFTER_RENEWAL:
                    main.attached[-1].effective = history.terms[-1].start
        return tuple(found)

    def _order(self, number: int, seat: int, term: Term, resources: tuple[Resource, ...], rng: Random) -> Order:
        contract = rng.choice(_CONTRACT_DISCOUNTS)
        coupon = rng.choice(_COUPON_SHARES) if rng.random() < 0.15 else Decimal(0)
        credit = rng.choice(_CREDIT_SHARES)
        lines = tuple(self._line(one, term, contract, coupon, credit) for one in _ordered_resources(resources, term))
        return Order(
            order_id=make_order_id(term.created, order_number(number, seat)),
            purchase_number=number,
            order_type=term.order_type,
            status=term.status,
            created=term.created,
            automatic=term.automatic,
            lines=lines,
        )

    def _line(self, resource: Resource, term: Term, contract: Decimal, coupon: Decimal, credit: Decimal) -> OrderLine:
        monthly = resource.spec.monthly * (resource.size or 1) * self.site.price_factor
        discount = coupon_amount = credit_amount = Decimal(0)
        if term.order_type is OrderType.TRIAL:
            official = Decimal(0)
        elif term.order_type is OrderType.CHANGE:
            official = _cents(monthly * _CHANGE_PRICE * ((term.end - term.start) // HOUR) / _MONTH_HOURS)
        else:
            official = _cents(monthly * term.months)
            discount = _cents(official * (TERM_DISCOUNTS[min(term.months // 12, 3)] + contract))
        due = official - discount
        if coupon:
            coupon_amount = _cents(due * coupon)
        if credit:
            credit_amount = _cents((due - coupon_amount) * credit)
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


def _ordered_resources(resources: tuple[Resource, ...], term: Term) -> tuple[Resource, ...]:
    """Return the resources that the order of a term covers."""
    if term.only_first:
        return resources[:1]
    if term.only_last:
        return resources[-1:]
    return resources[:-1] if resources[0].condition is Condition.ATTACHED_AFTER_RENEWAL else resources


def _index_entry(term: Term, number: int, bought: tuple[Resource, ...]) -> OrderIndexEntry:
    return OrderIndexEntry(
        term.created, number, term.order_type, term.status, _services(bought), term.automatic, len(bought)
    )


def _services(resources: tuple[Resource, ...]) -> str:
    return ",".join(dict.fromkeys(resource.offer.service.code for resource in resources))


def _cents(amount: Decimal) -> Decimal:
    return amount.quantize(_CENT, ROUND_HALF_UP)


def _uuid(rng: Random) -> str:
    text = f"{rng.getrandbits(128):032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
