"""One account in memory: what is in it, how things get into it, and what time does to it."""

from __future__ import annotations

import random
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from tests.second_vendor import moments
from tests.second_vendor.catalogue import KINDS, PROJECTS, REGIONS, REVIEW_ABOVE
from tests.second_vendor.money import Money
from tests.second_vendor.records import (
    CANCELLED,
    CHANGE,
    COMPLETED,
    IN_REVIEW,
    PROCESSING,
    PURCHASE,
    RENEWAL,
    UNPAID,
    UNSUBSCRIPTION,
    Order,
    Payment,
    Refund,
    Resource,
)

REVIEW_TAKES, FREE_UNSUBSCRIPTIONS = 6, 10
"""Settling times that a review takes; how many five-day unsubscriptions a year are free on the Chinese site."""
_SPREAD = random.Random(20261126)
_FAMILY_WIDE = {"region", "project", "policy", "status"}
_LOOKS = {"spec", "size", "description", "seed"}


class World:
    """An account on one site; a settling time is how long an order takes, and its bill once more."""

    def __init__(self, site: str, settle_seconds: float) -> None:
        self.site = site
        self.settling = timedelta(seconds=settle_seconds)
        self.domain_id = secrets.token_hex(16)
        self.money = Money(site)
        self.resources: dict[str, Resource] = {}
        self.gone: dict[str, Resource] = {}
        self.orders: dict[str, Order] = {}
        self.usage: list[tuple[Resource | None, datetime, Decimal]] = []
        """Pay-per-use on the bill: of what, when, how much."""
        self.balance = self.money.exact("12345.67890123")
        self._free_used = 0

    def order(self, form: int, created: datetime, status: int = COMPLETED, *, automatic: bool = False) -> Order:
        """Put an order on the books; it is paid a little later, unless it is not."""
        stamp = moments.billed(created).strftime("%y%m%d%H%M")
        found = Order(
            order_id=f"CS{stamp}{moments.digest(f'order {len(self.orders)}', 5).upper()}",
            form=form,
            status=status,
            created=created,
            paid_at=None if status == UNPAID else created + timedelta(seconds=73),
            automatic=automatic,
            source=8 if automatic else 1,
        )
        self.orders[found.order_id] = found
        return found

    def charge(
        self,
        order: Order,
        resource: Resource,
        term: tuple[datetime, datetime],
        *,
        months: int = 0,
        years: int = 0,
        coupon: float = 0,
        on_credit: bool = False,
        official: Decimal | None = None,
    ) -> Payment:
        """Charge a resource for a term; the list price of its kind unless there is another."""
        due = self.money.price(resource.kind.price, months or years * 12) if official is None else official
        payment = self.money.payment(
            resource, order, term, due, months=months, years=years, coupon=coupon, on_credit=on_credit
        )
        order.own_payments.append(payment)
        resource.order_ids.add(order.order_id)
        resource.payments.append(payment)
        return payment

    def make(self, short: str, name: str | None, parent: Resource | None = None, **looks: Any) -> Resource:
        """Let a resource be there."""
        kind, count = KINDS[short], len(self.resources)
        seed = (parent.resource_id if parent else "") + (name or "") + short + str(looks.pop("seed", ""))
        never = moments.NEVER
        found = Resource(
            short=short,
            name=name,
            parent=parent,
            resource_id=f"{moments.digest(seed)}in01" if short in {"rds", "rdsvol"} else moments.uuid_of(seed),
            region=parent.region if parent else REGIONS[self.site][count % 7 % 3],
            project=parent.project if parent else PROJECTS[count % 5 % 4],
            effective=never,
            expires=never,
            updated=never,
            **{"spec": kind.spec, "size": kind.size, "description": kind.description, **looks},
        )
        if parent:
            parent.attached.append(found)
        self.resources[found.resource_id] = found
        return found

    def buy(
        self,
        short: str,
        name: str | None,
        days: float,
        *,
        months: int = 0,
        years: int = 0,
        attached: Sequence[tuple[str, str | None, dict[str, object]]] = (),
        begins_in: int = 0,
        order: Order | None = None,
        coupon: float = 0,
        on_credit: bool = False,
        **facts: Any,
    ) -> Resource:
        """Buy a main resource so many days ago, with what is attached to it; `facts` are fields of it."""
        bought = moments.ago(days) - timedelta(seconds=_SPREAD.randrange(3, 3500))
        order = order or self.order(PURCHASE, bought)
        found = self.make(short, name, **{key: facts.pop(key) for key in _LOOKS & set(facts)})
        for kind, called, looks in attached:
            self.make(kind, called, found, **looks)
        begins = moments.now() + timedelta(days=begins_in) if begins_in else order.created + timedelta(seconds=151)
        term = begins, moments.term_end(begins, months or years * 12)
        for each in found.family:
            each.effective, each.expires, each.updated = *term, begins
            by_coupon = coupon if each is found else 0
            self.charge(order, each, term, months=months, years=years, coupon=by_coupon, on_credit=on_credit)
            for key, value in facts.items():
                if each is found or key in _FAMILY_WIDE:
                    setattr(each, key, value)
        return found

    def renew(
        self,
        found: Resource,
        *,
        months: int = 0,
        years: int = 0,
        paid_days_ago: float | None = None,
        status: int = COMPLETED,
        automatic: bool = False,
        coupon: float = 0,
        on_credit: bool = False,
    ) -> Order:
        """Renew it and what is attached, from where its term ends; paid a week before that unless told otherwise."""
        before = found.expires - timedelta(days=7, hours=4)
        moment = before if paid_days_ago is None else moments.ago(paid_days_ago)
        order = self.order(RENEWAL, moment, status, automatic=automatic)
        term = found.expires, moments.term_end(found.expires, months or years * 12)
        for each in found.family:
            by_coupon = coupon if each is found else 0
            self.charge(order, each, term, months=months, years=years, coupon=by_coupon, on_credit=on_credit)
            if status == COMPLETED:
                each.expires, each.updated = term[1], moment
        return order

    def upgrade(self, found: Resource, days: float, price: str) -> None:
        """Change its specification for more money, until the end of the term that ran then."""
        moment = moments.ago(days)
        base = _running(found, moment)
        payment = self.charge(
            self.order(CHANGE, moment), found, (moment, base.ends), official=self.money.price(price), months=base.count
        )
        payment.unit, found.updated = base.unit, moment

    def downgrade(self, found: Resource, days: float, price: str) -> None:
        """Change its specification, and give money back."""
        moment = moments.ago(days)
        base, nothing = _running(found, moment), self.money.exact(0)
        order = self.order(CHANGE, moment)
        base.given_back = self.money.price(price)
        refund = Refund(payment=base, consumed=nothing, fee=nothing, back=base.given_back, coupon_back=nothing)
        order.refunds.append(refund)
        order.is_applied, order.billed_at, found.updated = True, moment, moment
        found.order_ids.add(order.order_id)

    def unsubscribe(
        self, mains: Sequence[Resource], moment: datetime, *, of_renewal: bool = False, source: int = 1
    ) -> list[Order]:
        """Take main resources back, or only their renewed periods; one order a service, the oldest first."""
        services: dict[str, list[Resource]] = {}
        for each in mains:
            services.setdefault(each.kind.service, []).append(each)
        return [self._unsubscribe(each, moment, source, of_renewal=of_renewal) for each in services.values()]

    def _unsubscribe(self, mains: list[Resource], moment: datetime, source: int, *, of_renewal: bool) -> Order:
        order = self.order(UNSUBSCRIPTION, moment, PROCESSING)
        order.of_renewal, order.source, order.mains = of_renewal, source, mains
        for main in mains:
            is_free = source == 8 or (not of_renewal and self._takes_free(main, moment))
            for each in main.family:
                each.busy = True
                each.order_ids.add(order.order_id)
                order.refunds += [
                    self.money.refund(payment, moment, is_free=is_free)
                    for payment in each.payments
                    if _comes_back(payment, moment) and not (of_renewal and payment.begins <= moment)
                ]
        self._schedule(order)
        return order

    def _takes_free(self, main: Resource, moment: datetime) -> bool:
        """Chinese site: whole within five days of the purchase, ten times a year."""
        in_time = main.effective <= moment <= main.effective + timedelta(days=5)
        if self.site != "cn" or not in_time or self._free_used >= FREE_UNSUBSCRIPTIONS:
            return False
        self._free_used += 1
        return True

    def _schedule(self, order: Order) -> None:
        start = moments.instant()
        too_much = sum((each.back for each in order.refunds), Decimal(0)) > REVIEW_ABOVE[self.site]
        if too_much or any(each.twist == "reject" for each in order.mains):
            start += REVIEW_TAKES * self.settling
            order.status, order.reviewed_at = IN_REVIEW, start
        order.done_at = start + self.settling
        order.gone_at = order.done_at + max(each.lingers for each in order.mains) * self.settling
        order.billed_at = order.done_at + self.settling

    def advance(self) -> None:
        """Let happen what is due by now."""
        moment = moments.instant()
        for order in [each for each in self.orders.values() if each.form == UNSUBSCRIPTION and not each.is_applied]:
            self._advance(order, moment)

    def _advance(self, order: Order, moment: datetime) -> None:
        if order.status == IN_REVIEW and order.reviewed_at and moment >= order.reviewed_at:
            order.status = PROCESSING
            if any(each.twist == "reject" for each in order.mains):
                order.status, order.is_applied = CANCELLED, True
                _release(order)
        if order.status == PROCESSING and order.done_at and moment >= order.done_at:
            order.status = COMPLETED
            for refund in order.refunds:
                refund.payment.is_over = True
                self.balance += refund.back
        if order.status == COMPLETED and order.gone_at and moment >= order.gone_at:
            order.is_applied = True
            _release(order)
            self._take(order)

    def _take(self, order: Order) -> None:
        for each in [each for main in order.mains for each in main.family]:
            if order.of_renewal:
                each.updated = moments.now()
                each.expires = max(one.ends for one in each.payments if not one.is_over and one.order.status != UNPAID)
            else:
                self.gone[each.resource_id] = self.resources.pop(each.resource_id)

    def has_renewed_period(self, found: Resource) -> bool:
        """Whether there is a paid renewal that has not begun."""
        return any(
            not each.is_over and each.order.form == RENEWAL and each.order.status == COMPLETED
            for each in found.payments
            if each.begins > moments.now()
        )


def _running(found: Resource, moment: datetime) -> Payment:
    return [each for each in found.payments if each.begins <= moment][-1]


def _comes_back(payment: Payment, moment: datetime) -> bool:
    return not payment.is_over and payment.order.status != UNPAID and payment.ends > moment


def _release(order: Order) -> None:
    for each in [each for main in order.mains for each in main.family]:
        each.busy = False
