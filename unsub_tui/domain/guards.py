"""Protections that a user sets against their own mistakes; the engine checks them, whatever a screen did."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from unsub_tui.domain.foreign import clean
from unsub_tui.domain.problem import Problem, ProblemKind

if TYPE_CHECKING:
    from unsub_tui.domain.plan import Plan, PlanItem
    from unsub_tui.domain.resource import Resource


@dataclass(frozen=True, slots=True, kw_only=True)
class Guards:
    """What may be unsubscribed at all, and how much at once."""

    read_only: bool = False
    max_items: int = 100
    """Items of one plan; what goes along with an item is not counted."""
    max_amount: Decimal | None = None
    """Refund of one plan in each currency; None sets no limit."""
    protected: tuple[str, ...] = ()
    """Patterns with `*`, `?` and `[…]` on id, name and service code; upper and lower case are the same."""


def is_protected(resource: Resource, guards: Guards) -> bool:
    """Whether a protected pattern names this resource by id, name or service code."""
    fields = (resource.resource_id, resource.resource_name, resource.service_type_code)
    texts = [field.raw.casefold() for field in fields if field]
    return any(fnmatchcase(text, pattern.casefold()) for pattern in guards.protected for text in texts)


def check(plan: Plan, guards: Guards) -> list[Problem]:
    """Return what the guards have against this plan; nothing means that it may be confirmed."""
    return [_refused(detail) for detail in _objections(plan, guards)]


def _objections(plan: Plan, guards: Guards) -> Iterator[str]:
    if guards.read_only:
        yield "read-only is switched on"
    if len(plan.items) > guards.max_items:
        yield f"the plan has {len(plan.items)} items, max_items is {guards.max_items}"
    if guards.max_amount is not None:
        yield from _too_much(plan, guards.max_amount)
    for item in plan.items:
        yield from (
            f"{clean(resource.id)} is protected" for resource in _all_of(item) if is_protected(resource, guards)
        )


def _too_much(plan: Plan, limit: Decimal) -> Iterator[str]:
    sums: dict[str, Decimal] = {}
    unknown: list[str] = []
    for item in plan.items:
        amounts = item.quote.amounts
        amount = amounts.refund if amounts.refund is not None else amounts.paid
        if amount is None:
            unknown.append(item.id)
        else:
            sums[amounts.currency] = sums.get(amounts.currency, Decimal(0)) + amount
    for currency, amount in sorted(sums.items()):
        if amount > limit:
            yield f"the plan comes to {amount:.2f} {clean(currency)}, max_amount is {limit}"
    if unknown:
        yield f"neither refund nor paid amount is known of {len(unknown)} items, and max_amount is set"


def _all_of(item: PlanItem) -> tuple[Resource, ...]:
    return (item.resource, *item.attached)


def _refused(detail: str) -> Problem:
    return Problem(kind=ProblemKind.GUARD, detail=detail)
