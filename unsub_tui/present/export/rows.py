"""The stable data forms of resources and quotes, for the commands' output and the app's exports.

Untrusted text keeps its raw value here. The JSON writer escapes it; all other formats sanitize it.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from unsub_tui.domain.eligibility import BlockedReason
from unsub_tui.domain.money import FIGURES
from unsub_tui.domain.plan import PlanItem
from unsub_tui.domain.quote import Payment
from unsub_tui.domain.renewal_forecast import RenewalForecast, cheaper_options
from unsub_tui.domain.renewal_periods import new_expiry
from unsub_tui.domain.resource import Resource
from unsub_tui.present.export.formats import Row
from unsub_tui.present.fact_texts import fact_text, facts_text
from unsub_tui.present.resources import blocked_text
from unsub_tui.present.time_format import rfc3339

RESOURCE_COLUMNS = (
    "resource_id",
    "resource_name",
    "service_type_code",
    "resource_type_code",
    "resource_spec_code",
    "region_code",
    "status",
    "is_main_resource",
    "parent_resource_id",
    "effective_time",
    "expire_time",
    "expire_policy",
    "enterprise_project_id",
    "enterprise_project_name",
    "batch_eligible",
    "blocked_reason",
    "blocked_text",
)
"""CSV and Markdown columns of resources, in order."""

RENEWAL_COLUMNS = (
    "pending_from",
    "pending_until",
    "pending_paid",
    "pending_currency",
    "pending_order_ids",
    "new_expiry",
)
"""Additional columns of resources with renewal periods that have not started."""

QUOTE_COLUMNS = (
    *("resource_id", "resource_name", "kind", "currency", *FIGURES, "source", "rule", "missing", "notes"),
    *("attached_resource_ids", "order_ids", "renewal_refund", "days_left", "better"),
)
"""CSV and Markdown columns of quotes, in order."""


def resource_row(resource: Resource, reason: BlockedReason | None) -> Row:
    """Return the stable form of a resource; `reason` says why it cannot be unsubscribed in a batch."""
    return {
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
        "blocked_reason": reason.value if reason else None,
        "blocked_text": blocked_text(reason) if reason else None,
    }


def renewal_row(resource: Resource, periods: Sequence[Payment]) -> Row:
    """Return the additional columns of a resource with renewal periods that have not started; empty if it has none."""
    if not periods:
        return {}
    known = all(each.is_amount_known for each in periods)
    return {
        "pending_from": rfc3339(periods[0].term_start),
        "pending_until": rfc3339(periods[-1].term_end),
        "pending_paid": decimal_text(sum((each.paid for each in periods), Decimal(0))) if known else None,
        "pending_currency": periods[0].currency,
        "pending_order_ids": list(dict.fromkeys(each.order_id for each in periods)),
        "new_expiry": rfc3339(new_expiry(resource, periods)),
    }


def quote_row(item: PlanItem) -> Row:
    """Return the stable form of a quote. Amounts are strings with all digits."""
    quote, amounts = item.quote, item.quote.amounts
    return {
        "resource_id": item.id,
        "resource_name": item.resource.resource_name.raw,
        "kind": quote.kind.value,
        "currency": amounts.currency,
        **{name: decimal_text(getattr(amounts, name)) for name in FIGURES},
        "source": quote.source.value,
        "sources": {name: source.value for name, source in quote.sources.items()},
        "rule": facts_text(quote.rules),
        "missing": list(map(fact_text, quote.missing)),
        "notes": list(map(fact_text, quote.notes)),
        "attached_resource_ids": [each.id for each in item.attached],
        "order_ids": list(quote.order_ids),
        "renewal_refund": decimal_text(quote.renewal_refund),
        "days_left": item.forecast.days_left,
        "next_renewal": _next_renewal(item.forecast),
        "better": [way.value for way in cheaper_options(quote, item.forecast)],
    }


def decimal_text(amount: Decimal | None) -> str | None:
    """Return an amount with all its digits, never in exponent notation."""
    return None if amount is None else format(amount, "f")


def _next_renewal(forecast: RenewalForecast) -> Row | None:
    if forecast.next_charge_at is None:
        return None
    return {
        "from": rfc3339(forecast.next_charge_at),
        "amount": decimal_text(forecast.next_charge),
        "currency": forecast.currency or None,
        "months": forecast.months,
        "missing": fact_text(forecast.missing) or None,
    }
