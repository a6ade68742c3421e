"""Guards: limits and protections that users configure against their own mistakes; the engine enforces them.

Guards are checked when a plan is made, when its run begins, and before each request.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import TYPE_CHECKING

from unsub_tui.domain.money import Amounts
from unsub_tui.domain.problem import Problem, ProblemKind
from unsub_tui.domain.protection_patterns import compile_pattern, matches_pattern
from unsub_tui.domain.untrusted_text import for_display

if TYPE_CHECKING:
    from unsub_tui.domain.account import AccountRef
    from unsub_tui.domain.action import Action
    from unsub_tui.domain.plan import Plan
    from unsub_tui.domain.resource import Resource

_ACCOUNT_ID = re.compile(r"[0-9a-f]{32}")
"""Pattern that distinguishes an account id from an account name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Guards:
    """The configured guards."""

    read_only: bool = False
    max_items: int = 100
    """Maximum number of resources that one plan affects, including attached resources and members of a bundle."""
    max_amount: Decimal | None = None
    """Maximum refund of one plan in each currency; None for no limit."""
    max_share: Decimal | None = None
    """Maximum percentage of the account's resources that one plan affects; None for no limit."""
    protected: tuple[str, ...] = ()
    """Patterns (`unsub_tui.domain.protection_patterns`) of resources that are never unsubscribed from."""
    blocked_accounts: tuple[str, ...] = ()
    """Patterns, without a field, of ids and names of accounts for which nothing is ever sent."""
    origins: Mapping[str, str] = field(default_factory=dict)
    """The file, flag or variable that set each guard, by guard name; for a pattern by `protected PATTERN`."""

    def describe(self, name: str, value: object) -> str:
        """Return a guard with its value and origin."""
        origin = self.origins.get(f"{name} {value}") or self.origins.get(name)
        return f"{name} = {for_display(str(value))}" + (f" ({for_display(origin)})" if origin else "")


def guards_for(action: Action, guards: Guards) -> Guards:
    """Return the guards for an action; a reversible action refunds nothing, so `max_amount` does not apply."""
    return guards if action.creates_order else replace(guards, max_amount=None)


def is_protected(resource: Resource, guards: Guards) -> bool:
    """Return whether a protected pattern matches this resource."""
    return any(matches_pattern(resource, pattern) for pattern in guards.protected)


def check_guards(plan: Plan, guards: Guards) -> list[Problem]:
    """Return the guard violations of a plan; an empty list means that it can be confirmed."""
    guards = guards_for(plan.action, guards)
    violations = [
        *account_violations(plan.account, guards),
        *limit_violations(plan.count, plan.account_resource_count, [item.quote.amounts for item in plan.items], guards),
        *protection_violations(plan.resources, guards),
    ]
    return [guard_problem(detail) for detail in violations]


def account_violations(account: AccountRef, guards: Guards) -> Iterator[str]:
    """Yield the reasons why nothing may be sent for this account."""
    if guards.read_only:
        yield f"read-only is switched on ({for_display(guards.origins.get('read_only') or 'in this session')})"
    name = account.name.raw
    for pattern in guards.blocked_accounts:
        is_match = compile_pattern(pattern.strip())
        if any(text and is_match(text) for text in (account.account_id, name)):
            yield f"nothing is ever sent for this account: {guards.describe('blocked_accounts', pattern)}"
        elif not name and _ACCOUNT_ID.fullmatch(pattern.strip()) is None:
            yield f"the account's name is not known, it may be blocked: {guards.describe('blocked_accounts', pattern)}"


def limit_violations(
    count: int, account_resource_count: int, amounts: Sequence[Amounts], guards: Guards
) -> Iterator[str]:
    """Yield the limits exceeded by a plan that affects `count` resources and has items with these amounts."""
    if count > guards.max_items:
        yield f"the plan affects {count} resources, {guards.describe('max_items', guards.max_items)}"
    if guards.max_share is not None:
        yield from _share_violations(count, account_resource_count, guards.max_share, guards)
    if guards.max_amount is not None:
        yield from _amount_violations(amounts, guards.max_amount, guards)


def protection_violations(resources: Iterable[Resource], guards: Guards) -> Iterator[str]:
    """Yield the protected resources with the matching patterns, as texts."""
    return (
        f"{for_display(resource.id)} is protected: {says}" for resource, says in protected_resources(resources, guards)
    )


def protected_resources(resources: Iterable[Resource], guards: Guards) -> Iterator[tuple[Resource, str]]:
    """Yield each protected resource with the matching pattern and its origin."""
    for resource in resources:
        pattern = next((each for each in guards.protected if matches_pattern(resource, each)), None)
        if pattern is not None:
            yield resource, guards.describe("protected", pattern)


def guard_problem(detail: str) -> Problem:
    """Return the problem for a guard violation."""
    return Problem(kind=ProblemKind.GUARD, detail=detail)


def _share_violations(count: int, account_resource_count: int, limit: Decimal, guards: Guards) -> Iterator[str]:
    guard_text = guards.describe("max_share", f"{limit:f}")
    if not account_resource_count:
        yield f"it is not known how many resources the account has, and {guard_text}"
    elif count * 100 > limit * account_resource_count:
        share = Decimal(count * 100) / account_resource_count
        yield f"the plan affects {share:.1f} % of the account's {account_resource_count} resources, {guard_text}"


def _amount_violations(amounts: Sequence[Amounts], limit: Decimal, guards: Guards) -> Iterator[str]:
    """Yield the currencies in which the refund exceeds the limit.

    The paid amount replaces an unknown refund; if both are unknown, the limit counts as exceeded. A negative refund
    counts as zero so that it does not offset other refunds.
    """
    guard_text = guards.describe("max_amount", f"{limit:f}")
    sums: dict[str, Decimal] = {}
    unknown = 0
    for each in amounts:
        amount = each.refund if each.refund is not None else each.paid
        if amount is None:
            unknown += 1
        else:
            sums[each.currency] = sums.get(each.currency, Decimal(0)) + max(amount, Decimal(0))
    for currency, amount in sorted(sums.items()):
        if amount > limit:
            yield f"the plan comes to {amount:,.2f} {for_display(currency)}, {guard_text}"
    if unknown:
        yield f"neither refund nor paid amount is known of {unknown} items, and {guard_text}"
