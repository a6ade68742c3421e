"""Builds quotes for a plan: reads orders, then bills month by month, and estimates each item as soon as possible.

A plan of reversible changes has no quotes. Its only figures are the next auto-renewal charges.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable, Iterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from unsub_tui.domain.action import Action
from unsub_tui.domain.coupons import OrderCoupons
from unsub_tui.domain.eligibility import BlockedReason
from unsub_tui.domain.estimate import EstimateInputs, QuotaState, between_parts, estimate, is_in_refund_window
from unsub_tui.domain.fact import Fact, FactCode, fact
from unsub_tui.domain.fee_history import QuotaUse
from unsub_tui.domain.order import OrderType
from unsub_tui.domain.paid_periods import BILL_LAG, is_covered, without_refunded
from unsub_tui.domain.plan import Plan, PlanItem
from unsub_tui.domain.problem import UnsubError
from unsub_tui.domain.quote import PAID_BILL_TYPES, BillType, Payment, UnsubscriptionKind
from unsub_tui.domain.renewal_forecast import NO_FORECAST, forecast_renewal
from unsub_tui.domain.resource import ExpirePolicy, Resource, Status
from unsub_tui.domain.rules import SiteRules
from unsub_tui.engine.plan_drift import refuse_amount_drift
from unsub_tui.engine.quotes.bills import BILL_RETENTION_MONTHS, BillCache, first_month
from unsub_tui.engine.quotes.next_charge import with_renewal_forecasts
from unsub_tui.engine.quotes.orders import OrderHistory, payments_by_order, read_order_history
from unsub_tui.engine.quotes.payment_search import PaymentSearch
from unsub_tui.engine.quotes.renewals import quote_renewal_refunds

MAX_FREE_ORDERS = 20
"""Maximum number of free orders to read in order to tell trials from purchases paid with coupons."""


@dataclass(frozen=True, slots=True)
class QuoteProgress:
    """Progress of the reads; `plan` has all quotes that are ready."""

    done: int
    total: int
    """Billing months to read in total, as currently estimated; `done` counts those already read."""
    plan: Plan


async def quote_by_action(
    bill_cache: BillCache, plan: Plan, rules: SiteRules, now: datetime
) -> AsyncGenerator[QuoteProgress, None]:
    """Yield the plan repeatedly as its figures arrive; the last one is final.

    For a plan from a file, the last step refuses items whose amounts have drifted from the file. A plan of reversible
    changes has no amounts to compare.
    """
    reading = quote_plan if plan.action.creates_order else quote_renewal_charges
    async with aclosing(reading(bill_cache, plan, rules, now)) as progress:
        async for step in progress:
            yield step
            plan = step.plan
    if plan.saved_plan is None or not plan.items or not plan.action.creates_order:
        return
    plan_at_file_time = plan
    past = quote_plan(bill_cache, plan, rules, plan.saved_plan.as_of, with_next_charge=False)
    async with aclosing(past) as progress:
        async for step in progress:
            plan_at_file_time = step.plan
    yield replace(step, plan=refuse_amount_drift(plan, plan_at_file_time))


async def quote_plan(
    bill_cache: BillCache, plan: Plan, rules: SiteRules, now: datetime, *, with_next_charge: bool = True
) -> AsyncGenerator[QuoteProgress, None]:
    """Yield the plan repeatedly as its quotes arrive; the last one is final.

    Refuse items held by another order as soon as they are known. Raise nothing; the quotes list unreadable data.
    With `with_next_charge`, add the next auto-renewal charge of each item.
    """
    if not plan.items:
        yield QuoteProgress(0, 0, plan)
        return
    if plan.action.shortens_term:
        async with aclosing(quote_renewal_refunds(bill_cache, plan, rules, now)) as plans:
            async for each in plans:
                yield QuoteProgress(0, 0, each)
        return
    builder = QuoteBuilder(bill_cache, rules, now, plan.action)
    since, resources = _oldest_start(plan.items, now), list(_resources(plan.items))
    builder.history = await read_order_history(bill_cache, resources, rules, now, since=since)
    blocked = {item.id: builder.history.blocked_reason(item.resources) for item in plan.items}
    plan = plan.with_refused({each: reason for each, reason in blocked.items() if reason is not None})
    # The bill of a disk may be a part of the bill of its server.
    servers = (item.server for item in plan.items if item.server is not None)
    searched = (*_resources(plan.items), *servers)
    search = PaymentSearch(bill_cache, searched, builder.history.change_months, now)
    total = 0
    async with aclosing(search.run()) as steps:
        async for done, estimated_total in steps:
            total = max(estimated_total, total)
            plan = builder.apply_quotes(plan, search)
            yield QuoteProgress(done, total, plan)
    await builder.read_order_payments([each for each in _resources(plan.items) if each.id in search.pending])
    plan = plan.with_refused(await builder.find_trials(plan.items))
    await builder.find_conversions(plan.items)
    plan = replace(
        builder.apply_quotes(plan, search, is_final=True),
        quota=None if plan.action.is_immediate_change else builder.history.quota,
    )
    if coupon_orders := [order_id for item in plan.items for order_id in item.quote.coupon_order_ids]:
        builder.coupons = await bill_cache.coupons(coupon_orders)
        plan = builder.apply_quotes(plan, search, is_final=True)
    yield QuoteProgress(total, total, plan)
    if with_next_charge:
        plan = replace(plan, items=await with_renewal_forecasts(bill_cache.client, plan.items, rules, now))
        yield QuoteProgress(total, total, plan)


async def quote_renewal_charges(
    bill_cache: BillCache, plan: Plan, rules: SiteRules, now: datetime
) -> AsyncGenerator[QuoteProgress, None]:
    """Yield the plan with the next charge of each item that auto-renews now or would after the change.

    The renewal term is read from bills, as for a quote; no other data from the bills enters the plan.
    """
    renewing = tuple(each for item in plan.items if (each := _as_renewing(plan.action, item)) is not None)
    ahead = {each.id: forecast_renewal(each.resource, now) for each in renewing}
    plan = replace(plan, items=tuple(replace(item, forecast=ahead.get(item.id, item.forecast)) for item in plan.items))
    yield QuoteProgress(0, 0, plan)
    async with aclosing(quote_plan(bill_cache, replace(plan, items=renewing, refused=()), rules, now)) as steps:
        async for step in steps:
            ahead |= {each.id: each.forecast for each in step.plan.items if each.forecast != NO_FORECAST}
            for refused in step.plan.refused:  # a refused item still auto-renews, but its price is unknown
                why = fact("renewal_price_of_refused", reason=refused.reason.value.replace("_", " "))
                ahead[refused.resource.id] = replace(ahead[refused.resource.id], next_charge=None, missing=why)
            items = (replace(item, forecast=ahead.get(item.id, item.forecast)) for item in plan.items)
            yield QuoteProgress(step.done, step.total, replace(plan, items=tuple(items)))


def _as_renewing(action: Action, item: PlanItem) -> PlanItem | None:
    """Return the item with auto-renewal on if it is on or the action turns it on; otherwise None."""
    if action.starts_auto_renewal:
        item = replace(item, resource=replace(item.resource, expire_policy=ExpirePolicy.AUTO_RENEW))
    if item.resource.expire_policy != ExpirePolicy.AUTO_RENEW:
        return None
    return item


@dataclass(slots=True)
class QuoteBuilder:
    """Data collected while a plan is quoted."""

    bill_cache: BillCache
    rules: SiteRules
    now: datetime
    action: Action = Action.UNSUBSCRIBE
    history: OrderHistory = field(default_factory=OrderHistory)
    order_payments: dict[str, list[Payment]] = field(default_factory=dict)
    """Payments found in orders but in no bill, by resource."""
    converted: set[str] = field(default_factory=set)
    """Items that began as pay-per-use and therefore do not count as new purchases."""
    problems: list[Fact] = field(default_factory=list)
    coupons: Mapping[str, OrderCoupons] = field(default_factory=dict)

    def payments(self, resource_id: str) -> list[Payment]:
        """Return the known payments for a resource."""
        return without_refunded([*self.bill_cache.payments(resource_id), *self.order_payments.get(resource_id, ())])

    def _order_ids(self, resource_id: str) -> set[str]:
        """Return the orders of all known payments for a resource, refunded ones included."""
        rows = [*self.bill_cache.payments(resource_id), *self.order_payments.get(resource_id, ())]
        return {each.order_id for each in rows}

    def apply_quotes(self, plan: Plan, search: PaymentSearch, *, is_final: bool = False) -> Plan:
        """Return the plan with quotes for all items with complete data; with `is_final`, for all items."""
        shares = dict(self._quota_by_item(plan.items))
        items = (
            self._quote_item(item, search.unread, shares[item.id])
            if is_final or search.pending.isdisjoint(each.id for each in item.resources)
            else item
            for item in plan.items
        )
        return replace(plan, items=tuple(items))

    async def read_order_payments(self, resources: Sequence[Resource]) -> None:
        """Search the orders for payments that no bill contains."""
        if not resources:
            return
        parents = {each.id: each.parent_resource_id.raw for each in resources}
        try:
            async with aclosing(payments_by_order(self.bill_cache, resources, self.now, self.problems)) as found:
                async for payments in found:
                    for each in payments:
                        self._add_order_payment(each, parents[each.resource_id])
                    if all(is_covered(each, self.payments(each.id), self.now) for each in resources):
                        break
        except UnsubError as error:
            self.problems.append(fact("purchase_orders_unread", error=error.problem.short_code))

    def _add_order_payment(self, payment: Payment, parent_id: str) -> None:
        """Keep a payment found in an order, unless a bill row of the resource or of its parent names the order."""
        # The row of a combined service may contain what its order lines split by resource, and a refunded order is no
        # new payment of one of them.
        if payment.order_id not in self._order_ids(payment.resource_id) | self._order_ids(parent_id):
            self.order_payments.setdefault(payment.resource_id, []).append(payment)

    async def find_trials(self, items: Sequence[PlanItem]) -> Mapping[str, BlockedReason]:
        """Return the trial items: nothing was charged, and the order type is trial."""
        free = [(item, order_id) for item in items if (order_id := self._free_order(item))]
        found = {}
        for item, order_id in free[:MAX_FREE_ORDERS]:
            if await self._type_of(order_id) == OrderType.TRIAL:
                found[item.id] = BlockedReason.TRIAL
        return found

    async def find_conversions(self, items: Sequence[PlanItem]) -> None:
        """Find the items in the full-refund window that began as pay-per-use."""
        for item in items:
            if is_in_refund_window(item.resource, self.rules, self.now):
                orders = [each.order_id for each in self.payments(item.id) if each.bill_type in PAID_BILL_TYPES]
                if orders and await self._type_of(orders[0]) == OrderType.CONVERSION:
                    self.converted.add(item.id)

    async def _type_of(self, order_id: str) -> int | None:
        try:
            return (await self.bill_cache.order(order_id)).order_type
        except UnsubError:
            return None  # Huawei Cloud may still reject the item

    def _free_order(self, item: PlanItem) -> str:
        """Return the first order of an item that was free of charge; empty if anything was charged."""
        paid = [each for each in self.payments(item.id) if each.bill_type in PAID_BILL_TYPES]
        is_free = paid and not any(each.payable or not each.is_amount_known for each in paid)
        return paid[0].order_id if is_free else ""

    def _quote_item(self, item: PlanItem, unread: Mapping[str, str], quota: tuple[QuotaState, Fact]) -> PlanItem:
        resources = item.resources
        since = min(first_month(each, self.now) for each in resources)
        is_short = any(not is_covered(each, self.payments(each.id), self.now) for each in resources)
        # An unread month matters if payments are missing, or if it may contain a specification change.
        matters = is_short or self.history.change_months is None
        missing = [
            fact("month_unread", month=month, error=error)
            for month, error in sorted(unread.items())
            if matters and month >= since
        ]
        basis = EstimateInputs(
            rules=self.rules,
            now=self.now,
            fee_history=self.history.fee_history,
            quota=quota[0],
            quota_use=quota[1],
            missing=(*missing, *(self.problems if is_short else ())),
            notes=tuple(self._notes(item, quota)),
            coupons=self.coupons,
        )
        payments = [payment for each in resources for payment in self.payments(each.id)]
        taxes = self.bill_cache.order_taxes(payment.order_id for payment in payments)
        unlisted = self._unlisted_parts(item)
        parts = {row.part_id for row in unlisted}
        certain = [row for row in payments if row.part_id not in parts]
        quote = estimate(resources, [*certain, *taxes], basis)
        if unlisted:
            owned = [replace(row, resource_id=item.id, part_id=item.id) for row in unlisted]
            quote = between_parts(quote, estimate(resources, [*certain, *owned, *taxes], basis), sorted(parts))
        if item.bundled and quote.kind is UnsubscriptionKind.IN_USE:
            quote = replace(quote, kind=UnsubscriptionKind.BUNDLE)
        return replace(item, quote=quote)

    def _unlisted_parts(self, item: PlanItem) -> list[Payment]:
        """Return what was paid beyond now for parts of combined services that are not listed with the item."""
        rows = dict.fromkeys(row for each in item.resources for row in self.bill_cache.unlisted_parts(each.id))
        gone = {row.part_id for row in rows if row.bill_type is BillType.UNSUBSCRIPTION}
        return [
            row
            for row in rows
            if row.bill_type in PAID_BILL_TYPES
            and (row.term_end is None or row.term_end > self.now)
            and row.part_id not in gone
        ]

    def _notes(self, item: PlanItem, quota: tuple[QuotaState, Fact]) -> Iterator[Fact]:
        """Yield notes for the user about the quote."""
        if any(each.status == Status.FROZEN for each in item.resources):
            yield fact("frozen_may_be_refused")
        rule = self.rules.find_exclusion(item.resource)
        if rule is not None and not rule.is_certain:
            yield fact("may_be_refused", origin=rule.origin.label)
        if self.action.is_immediate_change:
            yield fact("immediate_change_assumed")
        elif item.id in self.converted:
            yield fact("began_as_pay_per_use")
        elif is_in_refund_window(item.resource, self.rules, self.now):
            yield quota[1] if quota[0] is QuotaState.USED_UP else fact("promotion_may_exclude")
        yield from self.history.notes

    def _quota_by_item(self, items: Sequence[PlanItem]) -> Iterator[tuple[str, tuple[QuotaState, Fact]]]:
        """Yield the full-refund quota left for each item, counting the items of the plan before it."""
        rule, use = self.rules.full_refund, self.history.quota
        taken = 0
        for item in items:
            if rule is None or item.id in self.converted:
                yield item.id, (QuotaState.USED_UP, fact("no_quota"))
                continue
            if self.action.is_immediate_change:
                yield item.id, (QuotaState.UNSURE, fact("quota_of_unsubscriptions"))
                continue
            state, explanation = _quota_left(use, rule.quota, taken)
            taken += state is not QuotaState.USED_UP and is_in_refund_window(item.resource, self.rules, self.now)
            yield item.id, (state, explanation)


def _quota_left(use: QuotaUse | None, quota: int, taken: int) -> tuple[QuotaState, Fact]:
    """Return whether a full refund is left after `taken` more, with an explanation."""
    if use is None:
        return QuotaState.UNSURE, fact("quota_use_unread", quota=quota)
    if use.at_least + taken >= quota:
        code: FactCode = "quota_used_up_by_plan" if taken else "quota_used_up"
        return QuotaState.USED_UP, fact(code, quota=quota, year=use.year, taken=taken)
    if use.at_most + taken < quota:
        state, explanation = QuotaState.LEFT, fact("quota_left", used=use.at_least, quota=quota, year=use.year)
    else:
        bounds = {"used": use.at_least, "at_most": use.at_most}
        state, explanation = QuotaState.UNSURE, fact("quota_unsure", **bounds, quota=quota, year=use.year)
    return state, fact("quota_with_plan", quota=explanation, taken=taken) if taken else explanation


def _oldest_start(items: Sequence[PlanItem], now: datetime) -> datetime:
    """Return the start of the oldest term that may still be running and whose bill may still be available."""
    starts = [each.effective_time for each in _resources(items) if each.effective_time is not None]
    return max(min(starts, default=now) - BILL_LAG, now - timedelta(days=BILL_RETENTION_MONTHS * 31))


def _resources(items: Iterable[PlanItem]) -> Iterator[Resource]:
    for item in items:
        yield from item.resources
