"""Rows in their stable forms (`present/export/forms.py`), for the commands' output and the app's exports.

Untrusted text keeps its raw value here. The JSON writer escapes it; all other formats sanitize it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from unsub_tui.domain.action import Action
from unsub_tui.domain.actor import Actor
from unsub_tui.domain.attributed_order import AttributedOrder, AttributedOrderDetails
from unsub_tui.domain.breakdown import Breakdown
from unsub_tui.domain.check import Check
from unsub_tui.domain.eligibility import BlockedReason
from unsub_tui.domain.estimate_accuracy import unit_refund_difference
from unsub_tui.domain.money import Amounts
from unsub_tui.domain.plan import PlanItem
from unsub_tui.domain.policy_change import policy_after
from unsub_tui.domain.problem import Problem
from unsub_tui.domain.quote import Payment
from unsub_tui.domain.renewal_forecast import RenewalForecast, cheaper_options
from unsub_tui.domain.renewal_periods import new_expiry
from unsub_tui.domain.resource import Resource
from unsub_tui.domain.run import Run, Unit
from unsub_tui.domain.unit_state import Outcome
from unsub_tui.domain.untrusted_text import for_display
from unsub_tui.present.export.forms import (
    ActorRow,
    AmountsRow,
    ChangeRow,
    CheckRow,
    ItemRow,
    JournalRow,
    LeftoverRow,
    NextRenewalRow,
    OperatorFields,
    OrderRow,
    OriginalOrderRow,
    QuoteRow,
    RefundDetailsRow,
    ResourceRow,
    RunFields,
    RunRow,
    UnitRow,
)
from unsub_tui.present.fact_texts import fact_text, facts_text
from unsub_tui.present.pages.order import order_state_label
from unsub_tui.present.problems import advice, problem_details
from unsub_tui.present.resources import blocked_text
from unsub_tui.present.time_format import rfc3339

if TYPE_CHECKING:
    from unsub_tui.journal.audit import Audit


def decimal_text(amount: Decimal | None) -> str | None:
    """Return an amount with all its digits, never in exponent notation."""
    return None if amount is None else format(amount, "f")


def resource_row(resource: Resource, reason: BlockedReason | None, periods: Sequence[Payment] = ()) -> ResourceRow:
    """Return a resource.

    `reason` says why it cannot be unsubscribed in a batch; `periods` are its renewal periods that have not begun.
    """
    row: ResourceRow = {
        "resource_id": resource.id,
        "resource_name": resource.resource_name.raw,
        "service_type_code": resource.service_type_code.raw,
        "resource_type_code": resource.resource_type_code.raw,
        "resource_spec_code": resource.resource_spec_code.raw,
        "region_code": resource.region_code.raw,
        "status": int(resource.status),
        "is_main_resource": resource.is_main_resource,
        "parent_resource_id": resource.parent_resource_id.raw or None,
        "effective_time": rfc3339(resource.effective_time),
        "expire_time": rfc3339(resource.expire_time),
        "expire_policy": resource.expire_policy,
        "enterprise_project_id": resource.enterprise_project_id.raw or None,
        "enterprise_project_name": resource.enterprise_project_name.raw or None,
        "batch_eligible": reason is None,
        "blocked_reason": reason,
        "blocked_text": blocked_text(reason) if reason else None,
    }
    if periods:
        known = all(each.is_amount_known for each in periods)
        row["pending_from"] = rfc3339(periods[0].term_start)
        row["pending_until"] = rfc3339(periods[-1].term_end)
        row["pending_paid"] = decimal_text(sum((each.paid for each in periods), Decimal(0))) if known else None
        row["pending_currency"] = periods[0].currency
        row["pending_order_ids"] = list(dict.fromkeys(each.order_id for each in periods))
        row["new_expiry"] = rfc3339(new_expiry(resource, periods))
    return row


def quote_row(item: PlanItem) -> QuoteRow:
    """Return the quote of an item."""
    quote = item.quote
    return {
        "resource_id": item.id,
        "resource_name": item.resource.resource_name.raw,
        "kind": quote.kind,
        **_amounts_row(quote.amounts),
        "source": quote.source,
        "sources": dict(quote.sources),
        "rule": facts_text(quote.rules),
        "missing": list(map(fact_text, quote.missing)),
        "notes": list(map(fact_text, quote.notes)),
        "attached_resource_ids": [each.id for each in item.attached],
        "order_ids": list(quote.order_ids),
        "renewal_refund": decimal_text(quote.renewal_refund),
        "days_left": item.forecast.days_left,
        "next_renewal": _next_renewal_row(item.forecast),
        "better": list(cheaper_options(quote, item.forecast)),
    }


def change_row(item: PlanItem, action: Action) -> ChangeRow:
    """Return a planned change."""
    forecast = item.forecast
    return {
        "resource_id": item.id,
        "resource_name": item.resource.resource_name.raw,
        "action": action,
        "expire_time": rfc3339(item.resource.expire_time),
        "expire_policy": item.resource.expire_policy,
        "expire_policy_after": int(policy_after(action)),
        "charge_from": rfc3339(forecast.next_charge_at),
        "charge": decimal_text(forecast.next_charge),
        "charge_currency": forecast.currency or None,
        "attached_resource_ids": [each.id for each in item.attached],
    }


def run_fields(run: Run) -> RunFields:
    """Return a run without its items."""
    filed = run.plan_file
    return {
        "run_id": run.run_id,
        "started": rfc3339(run.started),
        "ended": rfc3339(run.ended),
        "account": run.account_id,
        "site": run.site,
        "operator": run.actor.operator,
        "action": run.action,
        "by_outcome": dict(run.counts_by_outcome),
        "person": _actor_row(run.actor),
        "planner": _actor_row(filed.planner) if filed else None,
        "ticket": filed.ticket.raw if filed else None,
        "plan_file": filed.digest if filed else None,
        "planned": rfc3339(filed.created) if filed else None,
        "plan_hash": run.plan_digest or None,
        "reason": int(run.reason) if run.reason is not None else None,
        "reason_text": run.reason_text.raw,
    }


def run_row(run: Run) -> RunRow:
    """Return a run in the list of runs."""
    return {**run_fields(run), "items": len(run.units)}


def run_cells(run: Run, outcome_labels: Mapping[Outcome, str]) -> Mapping[str, str]:
    """Return a run as texts by column, for CSV and tables; outcomes without a label are codes."""
    return {
        "run": run.run_id,
        "started": rfc3339(run.started) or "-",
        "account": for_display(run.account_id),
        "site": run.site,
        "action": run.action.value if run.action else "-",
        "items": str(len(run.units)),
        "outcomes": ", ".join(
            f"{count} {outcome_labels.get(each, each)}" for each, count in run.counts_by_outcome.items()
        ),
    }


def unit_row(unit: Unit) -> UnitRow:
    """Return an item of a run."""
    return {
        "resource_id": unit.resource_id,
        "resource_name": unit.resource_name.raw,
        "service_type_code": unit.service_type_code.raw,
        "attached_resource_ids": list(unit.attached_ids),
        "action": unit.action,
        "outcome": unit.outcome,
        "state": unit.state,
        "changed": rfc3339(unit.changed),
        "order_id": unit.order_id,
        "candidate_order_ids": list(unit.candidates),
        "error_code": _error_code(unit.problem),
        "estimate": _amounts_row(unit.estimate) if unit.estimate else None,
        "exact": _amounts_row(unit.exact) if unit.exact else None,
        "order_status": unit.order_status,
        "breakdown": _refund_details_row(unit.breakdown) if unit.breakdown else None,
        "difference": decimal_text(unit_refund_difference(unit)),
        "leftovers": leftover_rows(unit),
        "leftovers_more": unit.followup.unlisted_count if unit.followup else 0,
        "leftovers_missing": list(map(fact_text, unit.followup.missing)) if unit.followup else [],
    }


def item_rows(runs: Iterable[Run]) -> list[ItemRow]:
    """Return the items of runs as flat rows for a ticket."""
    return [_item_row(run, unit) for run in runs for unit in run.units]


def _item_row(run: Run, unit: Unit) -> ItemRow:
    known = unit.exact or unit.estimate
    estimate, exact = unit.estimate or Amounts(currency=""), unit.exact or Amounts(currency="")
    return {
        "run_id": run.run_id,
        "started": rfc3339(run.started),
        **operator_fields(run),
        "resource_id": unit.resource_id,
        "resource_name": unit.resource_name.raw,
        "service_type_code": unit.service_type_code.raw,
        "region_code": unit.region_code.raw,
        "outcome": unit.outcome,
        "state": unit.state,
        "order_id": unit.order_id,
        "error_code": _error_code(unit.problem),
        "leftovers": [each.resource_id for each in unit.followup.leftovers] if unit.followup else None,
        "currency": known.currency if known is not None else None,
        "refund_estimate": decimal_text(estimate.refund),
        "refund": decimal_text(exact.refund),
        "handling_fee_estimate": decimal_text(estimate.handling_fee),
        "handling_fee": decimal_text(exact.handling_fee),
        "consumed": decimal_text(exact.consumed),
        "difference": decimal_text(unit_refund_difference(unit)),
    }


def order_row(placed: AttributedOrder) -> OrderRow:
    """Return an unsubscription order."""
    order, run, unit = placed.order, placed.run, placed.unit
    return {
        "order_id": order.order_id,
        "created": rfc3339(order.create_time),
        "paid_back": rfc3339(order.payment_time),
        "status": int(order.status),
        "state": order_state_label(order.status),
        "currency": order.currency,
        "refund": decimal_text(order.amounts.net),
        "consumed": decimal_text(order.amounts.consumed),
        "handling_fee": decimal_text(order.amounts.commission),
        "service_type_codes": [each.strip() for each in order.service_type_code.raw.split(",") if each.strip()],
        "user_name": order.user_name.raw or None,
        "origin": placed.origin.value,
        "run_id": run.run_id if run is not None else None,
        "resource_id": unit.resource_id if unit is not None else None,
        "resource_name": unit.resource_name.raw if unit is not None else None,
        **operator_fields(run),
    }


def original_order_rows(detail: AttributedOrderDetails) -> list[OriginalOrderRow]:
    """Return the refunds of an unsubscription order by original order."""
    order = detail.attributed_order.order
    return [
        {
            "order_id": order.order_id,
            "base_order_id": each.base_order_id or None,
            "currency": order.currency,
            "back": decimal_text(each.refunded),
            "kept": decimal_text(each.retained),
        }
        for each in detail.shares
    ]


def operator_fields(run: Run | None) -> OperatorFields:
    """Return operator, planner, ticket and reason of a run."""
    filed = run.plan_file if run is not None else None
    return {
        "operator": run.actor.operator or None if run is not None else None,
        "planner": filed.planner.operator if filed is not None else None,
        "ticket": filed.ticket.raw or None if filed is not None else None,
        "reason": run.reason_text.raw or None if run is not None else None,
    }


def check_row(check: Check) -> CheckRow:
    """Return a check of `doctor`."""
    problem = check.problem
    return {
        "area": check.area,
        "name": check.name,
        "state": check.state,
        "value": fact_text(check.value),
        "problem": problem.kind if problem else None,
        "code": problem.code.raw if problem else None,
        "request_id": problem.request_id.raw if problem else None,
        "text": problem_details(problem) or problem.message.raw if problem else "",
        "advice": fact_text(check.advice) or (advice(problem) if problem else ""),
    }


def journal_row(found: Audit) -> JournalRow:
    """Return the result of verifying a journal."""
    is_sound = found.problem is None
    return {
        "account": found.account_id,
        "path": str(found.path),
        "sound": is_sound if found.is_readable else None,
        "problem": problem_details(found.problem) if found.problem is not None else None,
        "events": found.events if is_sound else None,
        "runs": found.runs if is_sound else None,
        "open_items": None if found.open_items is None else list(found.open_items),
        "last_hash": found.last_hash or None,
    }


def _amounts_row(amounts: Amounts) -> AmountsRow:
    return {
        "currency": amounts.currency,
        "paid": decimal_text(amounts.paid),
        "consumed": decimal_text(amounts.consumed),
        "handling_fee": decimal_text(amounts.handling_fee),
        "refund": decimal_text(amounts.refund),
        "coupon_lost": decimal_text(amounts.coupon_lost),
    }


def _next_renewal_row(forecast: RenewalForecast) -> NextRenewalRow | None:
    if forecast.next_charge_at is None:
        return None
    return {
        "from": rfc3339(forecast.next_charge_at),
        "amount": decimal_text(forecast.next_charge),
        "currency": forecast.currency or None,
        "months": forecast.months,
        "missing": fact_text(forecast.missing) or None,
    }


def _actor_row(person: Actor) -> ActorRow:
    return {
        "operator": person.operator,
        "account_id": person.account_id,
        "user_id": person.user_id.raw,
        "user_name": person.user_name.raw,
        "access_key": person.access_key,
    }


def _refund_details_row(found: Breakdown) -> RefundDetailsRow:
    return {
        "by_order": [
            {
                "base_order_id": each.base_order_id,
                "back": format(each.refunded, "f"),
                "kept": format(each.retained, "f"),
            }
            for each in found.by_order
        ],
        "by_resource": [
            {
                "resource_id": each.resource_id,
                "base_order_id": each.base_order_id,
                "back": format(each.refunded, "f"),
                "coupon_back": format(each.refunded_coupons, "f"),
                "tax": format(each.refunded_tax, "f"),
            }
            for each in found.by_resource
        ],
        "missing": list(map(fact_text, found.missing)),
    }


def leftover_rows(unit: Unit) -> list[LeftoverRow] | None:
    """Return the leftovers of an item, or None if they were not checked."""
    if unit.followup is None:
        return None
    return [
        {
            "resource_id": each.resource_id,
            "resource_name": each.resource_name.raw,
            "service_type_code": each.service_type_code.raw,
            "resource_type_code": each.resource_type_code.raw,
            "region_code": each.region_code.raw,
            "status": each.status,
            "why": each.reason,
        }
        for each in unit.followup.leftovers
    ]


def _error_code(problem: Problem | None) -> str | None:
    return (problem.code.raw or problem.kind.value) if problem else None
