"""Rows about resources and plans for other programs: for the commands and for the exports of the app.

Untrusted text keeps its raw value. The JSON writer escapes it; all other formats sanitize it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from unsub_tui.domain.action import Action
from unsub_tui.domain.eligibility import BlockedReason
from unsub_tui.domain.money import Amounts, FigureSource, Total
from unsub_tui.domain.paid_periods import new_expiry
from unsub_tui.domain.plan import PlanItem, RecordedRefusal, Refusal
from unsub_tui.domain.policy_change import policy_after
from unsub_tui.domain.quote import Payment, UnsubscriptionKind
from unsub_tui.domain.renewal_forecast import CheaperOption, RenewalForecast, cheaper_options
from unsub_tui.domain.resource import NO_STATUS, Resource, RowDefect, expire_policy_code, service_code
from unsub_tui.present.export.endings import FACT
from unsub_tui.present.export.formats import Row
from unsub_tui.present.export.forms import Form, amount, nested, nested_list, optional, time, value, values
from unsub_tui.present.fact_texts import fact_text, facts_text
from unsub_tui.present.money import paid_sum
from unsub_tui.present.refusals import refusal_reason
from unsub_tui.present.resources import blocked_text, state_code


class _ListedResource(NamedTuple):
    resource: Resource
    reason: BlockedReason | None
    periods: Sequence[Payment]
    now: datetime


class _Change(NamedTuple):
    item: PlanItem
    action: Action


class _Refused(NamedTuple):
    refusal: RecordedRefusal
    text: str


def _is_unreadable(listed: _ListedResource) -> bool:
    return listed.resource.defect is RowDefect.UNREADABLE


RESOURCE = Form[_ListedResource](
    "ResourceRow",
    "A resource. `service`, `state` and `at_expiry` are as filters take them: `ecs`, `in-use`, `auto-renew`. An "
    "unreadable resource has no certain status and relation. The fields from `pending_from` on exist only if it has "
    "renewal periods that have not begun, `facts` only with `list --inventory` or a filter on findings.",
    resource_id=value(str, lambda each: each.resource.id),
    resource_name=value(str, lambda each: each.resource.resource_name.raw),
    service=value(str, lambda each: service_code(each.resource.service_type_code.raw)),
    service_type_code=value(str, lambda each: each.resource.service_type_code.raw),
    resource_type_code=value(str, lambda each: each.resource.resource_type_code.raw),
    resource_spec_code=value(str, lambda each: each.resource.resource_spec_code.raw),
    region_code=value(str, lambda each: each.resource.region_code.raw),
    state=value(str, lambda each: state_code(each.resource, each.now)),
    status=optional(int, lambda each: None if each.resource.status == NO_STATUS else int(each.resource.status)),
    is_main_resource=optional(bool, lambda each: None if _is_unreadable(each) else each.resource.is_main_resource),
    parent_resource_id=optional(str, lambda each: each.resource.parent_resource_id.raw or None),
    effective_time=time(lambda each: each.resource.effective_time),
    expire_time=time(lambda each: each.resource.expire_time),
    at_expiry=optional(str, lambda each: expire_policy_code(each.resource.expire_policy) or None),
    expire_policy=optional(int, lambda each: each.resource.expire_policy),
    enterprise_project_id=optional(str, lambda each: each.resource.enterprise_project_id.raw or None),
    enterprise_project_name=optional(str, lambda each: each.resource.enterprise_project_name.raw or None),
    batch_eligible=value(bool, lambda each: each.reason is None),
    blocked_reason=optional(BlockedReason, lambda each: each.reason),
    blocked_text=optional(str, lambda each: blocked_text(each.reason) if each.reason else None),
)

RENEWAL = Form[_ListedResource](
    "RenewalFields",
    "Further fields of a resource with renewal periods that have not begun.",
    pending_from=time(lambda each: each.periods[0].term_start),
    pending_until=time(lambda each: each.periods[-1].term_end),
    pending_paid=amount(lambda each: paid_sum(each.periods)),
    pending_currency=value(str, lambda each: each.periods[0].currency),
    pending_order_ids=values(str, lambda each: dict.fromkeys(period.order_id for period in each.periods)),
    new_expiry=time(lambda each: new_expiry(each.resource, each.periods)),
)

AMOUNTS = Form[Amounts](
    "AmountsRow",
    "The figures of an item; null if unknown.",
    currency=value(str, lambda amounts: amounts.currency),
    paid=amount(lambda amounts: amounts.paid),
    consumed=amount(lambda amounts: amounts.consumed),
    handling_fee=amount(lambda amounts: amounts.handling_fee),
    refund=amount(lambda amounts: amounts.refund),
    coupon_lost=amount(lambda amounts: amounts.coupon_lost),
)

NEXT_RENEWAL = Form[RenewalForecast](
    "NextRenewalRow",
    "The next charge of an auto-renewal.",
    from_=time(lambda forecast: forecast.next_charge_at),
    amount=amount(lambda forecast: forecast.next_charge),
    currency=optional(str, lambda forecast: forecast.currency or None),
    months=optional(int, lambda forecast: forecast.months),
    missing=optional(str, lambda forecast: fact_text(forecast.missing) or None),
)

QUOTE = Form[PlanItem](
    "QuoteRow",
    "The quote of a resource with its attached resources.",
    resource_id=value(str, lambda item: item.id),
    resource_name=value(str, lambda item: item.resource.resource_name.raw),
    service=value(str, lambda item: service_code(item.resource.service_type_code.raw)),
    service_type_code=value(str, lambda item: item.resource.service_type_code.raw),
    region_code=value(str, lambda item: item.resource.region_code.raw),
    expire_time=time(lambda item: item.resource.expire_time),
    kind=value(UnsubscriptionKind, lambda item: item.quote.kind),
    **AMOUNTS.fields_of(lambda item: item.quote.amounts),
    source=value(FigureSource, lambda item: item.quote.source),
    sources=value(dict[str, FigureSource], lambda item: dict(item.quote.sources)),
    rule=value(str, lambda item: facts_text(item.quote.rules)),
    missing=values(str, lambda item: map(fact_text, item.quote.missing)),
    notes=values(str, lambda item: map(fact_text, item.quote.notes)),
    warnings=values(str, lambda item: map(fact_text, (*item.warnings, *item.kind_notes))),
    attached_resource_ids=values(str, lambda item: (each.id for each in item.attached)),
    replica_resource_ids=values(str, lambda item: (each.id for each in item.replicas)),
    order_ids=values(str, lambda item: item.quote.order_ids),
    renewal_refund=amount(lambda item: item.quote.renewal_refund),
    days_left=optional(int, lambda item: item.forecast.days_left),
    next_renewal=nested(NEXT_RENEWAL, lambda item: item.forecast if item.forecast.next_charge_at else None),
    better=values(CheaperOption, lambda item: cheaper_options(item.quote, item.forecast)),
)

CHANGE = Form[_Change](
    "ChangeRow",
    "A planned change of the action at expiry.",
    resource_id=value(str, lambda each: each.item.id),
    resource_name=value(str, lambda each: each.item.resource.resource_name.raw),
    action=value(Action, lambda each: each.action),
    expire_time=time(lambda each: each.item.resource.expire_time),
    expire_policy=optional(int, lambda each: each.item.resource.expire_policy),
    expire_policy_after=value(int, lambda each: int(policy_after(each.action))),
    charge_from=time(lambda each: each.item.forecast.next_charge_at),
    charge=amount(lambda each: each.item.forecast.next_charge),
    charge_currency=optional(str, lambda each: each.item.forecast.currency or None),
    attached_resource_ids=values(str, lambda each: (other.id for other in each.item.attached)),
    warnings=values(str, lambda each: map(fact_text, each.item.warnings)),
)

TOTAL = Form[Total](
    "TotalRow",
    "Sums of the known figures in one currency.",
    currency=value(str, lambda total: total.currency),
    refund=amount(lambda total: total.refund),
    handling_fee=amount(lambda total: total.handling_fee),
    unknown_items=value(int, lambda total: total.unknown_items),
)


REFUSED = Form[_Refused](
    "RefusedRow",
    "A resource that a plan or a quote leaves out, with the facts of the reason.",
    resource_id=value(str, lambda each: each.refusal.resource_id),
    resource_name=value(str, lambda each: each.refusal.resource_name.raw),
    blocked_reason=value(BlockedReason, lambda each: each.refusal.reason),
    blocked_text=value(str, lambda each: each.text),
    facts=nested_list(FACT, lambda each: each.refusal.facts),
)


def refused_rows(refusals: Iterable[Refusal | RecordedRefusal], action: Action | None) -> list[Row]:
    """Return the resources that a plan leaves out; `action` is None if there are several."""
    recorded = ((each.recorded if isinstance(each, Refusal) else each, each) for each in refusals)
    return REFUSED.rows(_Refused(kept, refusal_reason(each, action)) for kept, each in recorded)


def resource_row(
    resource: Resource, reason: BlockedReason | None, now: datetime, periods: Sequence[Payment] = ()
) -> Row:
    """Return a resource as it is now.

    `reason` says why it cannot be unsubscribed in a batch; `periods` are its renewal periods that have not begun.
    """
    listed = _ListedResource(resource, reason, periods, now)
    return RESOURCE.row(listed) | RENEWAL.row(listed) if periods else RESOURCE.row(listed)


def change_rows(items: Iterable[PlanItem], action: Action) -> list[Row]:
    """Return planned changes."""
    return CHANGE.rows(_Change(item, action) for item in items)
