"""One account in memory: what is in it, how things get into it, and what time does to it."""

from __future__ import annotations

import random
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from tests.reference_server import timestamps
from tests.reference_server.catalog import KINDS, PROJECTS, REGIONS, REVIEW_ABOVE
from tests.reference_server.models import (
    CANCELLED,
    CHANGE,
    COMPLETED,
    IN_REVIEW,
    PROCESSING,
    PURCHASE,
    RENEWAL,
    TO_PAY_PER_USE,
    UNPAID,
    UNSUBSCRIPTION,
    Order,
    Payment,
    Refund,
    Resource,
)
from tests.reference_server.pricing import SitePricing

MOST_MEMBERS = 1000
"""Members above which nobody answers for all of them at once."""
REVIEW_TAKES, FREE_UNSUBSCRIPTIONS = 6, 10
"""Settling times that a review takes; how many five-day unsubscriptions a year are free on the Chinese site."""
_SPREAD = random.Random(20261126)
_FAMILY_WIDE = {"region", "project", "policy", "status"}
_LOOKS = {"spec", "size", "description", "seed"}


class AccountState:
    """An account on one site; a settling time is how long an order takes, and its bill once more."""

    def __init__(self, site: str, settle_seconds: float) -> None:
        self.site = site
        self.settling_time = timedelta(seconds=settle_seconds)
        self.domain_id = secrets.token_hex(16)
        self.pricing = SitePricing(site)
        self.resources: dict[str, Resource] = {}
        self.closed_resources: dict[str, Resource] = {}
        self.orders: dict[str, Order] = {}
        self.usage: list[tuple[Resource | None, datetime, Decimal]] = []
        """Pay-per-use on the bill: of what, when, how much."""
        self.extra_rows: dict[str, list[dict[str, Any]]] = {}
        """By resource: the values in which further rows of it differ."""
        self.row_changes: dict[str, dict[str, Any]] = {}
        """By resource: other values of its rows."""
        self.never_rests = False
        """Whether the list of all resources puts another row first before each of its pages."""
        self.list_turns = 0
        self.counts_attached = True
        """Whether the number of resources is that of all, or of the primary ones."""
        self.pages_by_primary = False
        """Whether a page of the list has so many primary rows, with what is attached to them at its end."""
        self.has_combined_bills = False
        """Whether the bill of a server has a row for each of its disks."""
        self.is_postpaid = False
        """Whether bills have debt in the place of cash."""
        self.coupon_days = 400.0
        """Age at which a coupon expires, counted from the order that it paid."""
        self.payer_id = ""
        """Account that pays in the place of this one."""
        self.replicas: dict[str, list[Resource]] = {}
        """Read replicas by the id of their database, which no list tells."""
        self.sells_whole_servers = False
        """Whether no disk of a server can be taken back alone."""
        self.takes_replicas = False
        """Whether a database that is taken back takes its read replicas along."""
        self.members = 0
        """Accounts of members, whose bills can be read as well; each bought the same."""
        self.balance = self.pricing.quantize("12345.67890123")
        self._free_unsubscription_count = 0

    def add_order(self, form: int, created: datetime, status: int = COMPLETED, *, automatic: bool = False) -> Order:
        """Put an order on the books; it is paid a little later, unless it is not."""
        stamp = timestamps.billing_time(created).strftime("%y%m%d%H%M")
        found = Order(
            order_id=f"CS{stamp}{timestamps.stable_hex(f'order {len(self.orders)}', 5).upper()}",
            order_type=form,
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
        due = self.pricing.price(resource.kind.price, months or years * 12) if official is None else official
        payment = self.pricing.payment(
            resource, order, term, due, months=months, years=years, coupon=coupon, on_credit=on_credit
        )
        order.own_payments.append(payment)
        resource.order_ids.add(order.order_id)
        resource.payments.append(payment)
        return payment

    def add_resource(self, short: str, name: str | None, parent: Resource | None = None, **looks: Any) -> Resource:
        """Let a resource be there."""
        kind, count = KINDS[short], len(self.resources)
        seed = (parent.resource_id if parent else "") + (name or "") + short + str(looks.pop("seed", ""))
        never = timestamps.NEVER
        found = Resource(
            kind_code=short,
            name=name,
            parent=parent,
            resource_id=f"{timestamps.stable_hex(seed)}in01"
            if short in {"rds", "rdsvol", "rdsrr", "mssql"}
            else timestamps.stable_uuid(seed),
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
        bought = timestamps.days_ago(days) - timedelta(seconds=_SPREAD.randrange(3, 3500))
        order = order or self.add_order(PURCHASE, bought)
        found = self.add_resource(short, name, **{key: facts.pop(key) for key in _LOOKS & set(facts)})
        for kind, called, looks in attached:
            self.add_resource(kind, called, found, **looks)
        begins = timestamps.now() + timedelta(days=begins_in) if begins_in else order.created + timedelta(seconds=151)
        term = begins, timestamps.term_end(begins, months or years * 12)
        for each in found.with_attached:
            each.effective, each.expires, each.updated = *term, begins
            by_coupon = coupon if each is found else 0
            self.charge(order, each, term, months=months, years=years, coupon=by_coupon, on_credit=on_credit)
            for key, value in facts.items():
                if each is found or key in _FAMILY_WIDE:
                    setattr(each, key, value)
        return found

    def rename(self, found: Resource, resource_id: str) -> Resource:
        """Give a resource another id."""
        del self.resources[found.resource_id]
        found.resource_id = resource_id
        self.resources[resource_id] = found
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
        moment = before if paid_days_ago is None else timestamps.days_ago(paid_days_ago)
        order = self.add_order(RENEWAL, moment, status, automatic=automatic)
        term = found.expires, timestamps.term_end(found.expires, months or years * 12)
        for each in found.with_attached:
            by_coupon = coupon if each is found else 0
            self.charge(order, each, term, months=months, years=years, coupon=by_coupon, on_credit=on_credit)
            if status == COMPLETED:
                each.expires, each.updated = term[1], moment
        return order

    def upgrade(self, found: Resource, days: float, price: str) -> None:
        """Change its specification for more money, until the end of the term that ran then."""
        moment = timestamps.days_ago(days)
        base = _running(found, moment)
        payment = self.charge(
            self.add_order(CHANGE, moment),
            found,
            (moment, base.ends),
            official=self.pricing.price(price),
            months=base.count,
        )
        payment.unit, found.updated = base.unit, moment

    def downgrade(self, found: Resource, days: float, price: str) -> None:
        """Change its specification, and give money back."""
        moment = timestamps.days_ago(days)
        base, nothing = _running(found, moment), self.pricing.quantize(0)
        order = self.add_order(CHANGE, moment)
        base.refunded = self.pricing.price(price)
        refund = Refund(payment=base, consumed=nothing, fee=nothing, amount=base.refunded, coupon_back=nothing)
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

    def convert(self, main: Resource, moment: datetime) -> Order:
        """Let a main resource go on as pay-per-use, and give back the rest of its term, less the fee."""
        order = self.add_order(TO_PAY_PER_USE, moment, PROCESSING)
        order.primary_resources = [main]
        self._give_back(order, main, moment, is_free=False)
        self._schedule_order(order)
        return order

    def _unsubscribe(self, mains: list[Resource], moment: datetime, source: int, *, of_renewal: bool) -> Order:
        order = self.add_order(UNSUBSCRIPTION, moment, PROCESSING)
        if self.takes_replicas and not of_renewal:
            mains = [*mains, *(one for each in mains for one in self.replicas.get(each.resource_id, ()))]
        order.is_for_renewal, order.source, order.primary_resources = of_renewal, source, mains
        for main in mains:
            is_free = source == 8 or (not of_renewal and self._use_free_unsubscription(main, moment))
            self._give_back(order, main, moment, is_free=is_free)
        self._schedule_order(order)
        return order

    def _give_back(self, order: Order, main: Resource, moment: datetime, *, is_free: bool) -> None:
        for each in main.with_attached:
            each.is_busy = True
            each.status = each.asked_status or each.status
            each.order_ids.add(order.order_id)
            order.refunds += [
                self.pricing.refund(payment, moment, is_free=is_free)
                for payment in each.payments
                if _is_refundable(payment, moment) and not (order.is_for_renewal and payment.begins <= moment)
            ]

    def _use_free_unsubscription(self, main: Resource, moment: datetime) -> bool:
        """Chinese site: whole within five days of the purchase, ten times a year."""
        in_time = main.effective <= moment <= main.effective + timedelta(days=5)
        if self.site != "cn" or not in_time or self._free_unsubscription_count >= FREE_UNSUBSCRIPTIONS:
            return False
        self._free_unsubscription_count += 1
        return True

    def _schedule_order(self, order: Order) -> None:
        start = timestamps.now_precise()
        too_much = sum((each.amount for each in order.refunds), Decimal(0)) > REVIEW_ABOVE[self.site]
        waiting = [each.waiting_status for each in order.primary_resources if each.waiting_status is not None]
        if too_much or waiting or any(each.twist == "reject" for each in order.primary_resources):
            start += REVIEW_TAKES * self.settling_time
            order.status, order.reviewed_at = (waiting or [IN_REVIEW])[0], start
        order.done_at = start + self.settling_time
        order.closed_at = order.done_at + max(each.lingers for each in order.primary_resources) * self.settling_time
        order.billed_at = order.done_at + self.settling_time

    def apply_due_changes(self) -> None:
        """Let happen what is due by now."""
        moment = timestamps.now_precise()
        for order in [
            each
            for each in self.orders.values()
            if each.order_type in (UNSUBSCRIPTION, TO_PAY_PER_USE) and not each.is_applied
        ]:
            self._advance_order(order, moment)

    def _advance_order(self, order: Order, moment: datetime) -> None:
        is_waiting = order.status not in {PROCESSING, COMPLETED, CANCELLED}
        if is_waiting and order.reviewed_at and moment >= order.reviewed_at:
            order.status = PROCESSING
            if any(each.twist == "reject" for each in order.primary_resources):
                order.status, order.is_applied = CANCELLED, True
                _release(order)
        if order.status == PROCESSING and order.done_at and moment >= order.done_at:
            order.status = COMPLETED
            for refund in order.refunds:
                refund.payment.is_refunded = True
                self.balance += refund.amount
        if order.status == COMPLETED and order.closed_at and moment >= order.closed_at:
            order.is_applied = True
            _release(order)
            self._close_resources(order)

    def _close_resources(self, order: Order) -> None:
        for each in [each for main in order.primary_resources for each in main.with_attached]:
            if order.is_for_renewal:
                each.updated = timestamps.now()
                each.expires = max(
                    one.ends for one in each.payments if not one.is_refunded and one.order.status != UNPAID
                )
            elif each.kept_status:
                each.status, each.updated = each.kept_status, timestamps.now()
            else:
                self.closed_resources[each.resource_id] = self.resources.pop(each.resource_id)
                if each.parent:
                    each.parent.attached = [one for one in each.parent.attached if one is not each]

    def has_renewed_period(self, found: Resource) -> bool:
        """Whether there is a paid renewal that has not begun."""
        return any(
            not each.is_refunded and each.order.order_type == RENEWAL and each.order.status == COMPLETED
            for each in found.payments
            if each.begins > timestamps.now()
        )


def _running(found: Resource, moment: datetime) -> Payment:
    return [each for each in found.payments if each.begins <= moment][-1]


def _is_refundable(payment: Payment, moment: datetime) -> bool:
    return not payment.is_refunded and payment.order.status != UNPAID and payment.ends > moment


def _release(order: Order) -> None:
    for each in [each for main in order.primary_resources for each in main.with_attached]:
        each.is_busy = False
