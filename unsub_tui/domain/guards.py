"""Guards: limits and protections that users configure against their own mistakes; the engine enforces them.

Guards are checked when a plan is made, when its run begins, and before each request.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import chain
from typing import TYPE_CHECKING

from unsub_tui.domain.account import AccountRef, Actor
from unsub_tui.domain.fact import Fact, fact
from unsub_tui.domain.money import Amounts
from unsub_tui.domain.problem import Problem, ProblemKind
from unsub_tui.domain.protection_patterns import compile_pattern, matches_pattern, tag_pattern

if TYPE_CHECKING:
    from unsub_tui.domain.action import Action
    from unsub_tui.domain.plan import Plan
    from unsub_tui.domain.resource import Resource

_NOBODY = Actor()
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
    refuse_running: bool = False
    """Whether servers and databases must be stopped before they are unsubscribed from."""
    require_backup: int | None = None
    """Days within which there must be a usable backup of what holds data; None if none is asked for."""
    blocked_accounts: tuple[str, ...] = ()
    """Patterns, without a field, of ids and names of accounts for which nothing is ever sent."""
    two_people: bool = False
    """Whether only a plan file of another IAM user may be run."""
    origins: Mapping[str, str] = field(default_factory=dict)
    """The file, flag or variable that set each guard, by guard name; for a pattern by `protected PATTERN`."""

    @property
    def tag_patterns(self) -> tuple[str, ...]:
        """The protected patterns of tags, which are compared with what the services say."""
        return tuple(each for each in self.protected if tag_pattern(each) is not None)

    @property
    def depend_on_findings(self) -> bool:
        """Whether a guard is compared with what the services say (`unsub_tui.domain.inventory_guards`)."""
        return self.refuse_running or self.require_backup is not None or bool(self.tag_patterns)

    def origin(self, name: str, value: object) -> str:
        """Return the origin of a guard with this value; empty if it is not known."""
        return self.origins.get(f"{name} {value}") or self.origins.get(name, "")

    def setting(self, name: str, value: object) -> Fact:
        """Return a guard with its value and, if known, its origin."""
        origin = self.origin(name, value)
        if not origin:
            return fact("guard", name=name, value=str(value))
        return fact("guard_from", name=name, value=str(value), origin=origin)


def is_protected(resource: Resource, guards: Guards) -> bool:
    """Return whether a protected pattern matches this resource."""
    return any(matches_pattern(resource, pattern) for pattern in guards.protected)


def check_guards(plan: Plan, guards: Guards, actor: Actor = _NOBODY) -> list[Problem]:
    """Return the guard violations of a plan that this person runs; an empty list means that it can be confirmed."""
    return list(
        guard_violations(
            guards,
            action=plan.action,
            account=plan.account,
            count=plan.count,
            account_resource_count=plan.account_resource_count,
            amounts=[item.quote.amounts for item in plan.items],
            resources=plan.resources,
            planner=plan.saved_plan.planner if plan.saved_plan is not None else None,
            actor=actor,
        )
    )


def guard_violations(
    guards: Guards,
    *,
    action: Action,
    account: AccountRef,
    count: int,
    account_resource_count: int,
    amounts: Iterable[Amounts],
    resources: Iterable[Resource],
    planner: Actor | None,
    actor: Actor,
) -> Iterator[Problem]:
    """Yield the guard violations of a plan that affects `count` resources and has items with these amounts.

    `resources` are those to compare with the protected patterns. `planner` wrote the file of the plan, None if it is
    from no file, and `actor` runs it.
    """
    violations = chain(
        _account_violations(account, guards),
        _people_violations(planner, actor, guards),
        _count_violations(count, account_resource_count, guards),
        _amount_violations(amounts, guards) if action.creates_order else (),  # a change refunds nothing
        (fact("protected", id=each.id, guard=guard) for each, guard in protected_resources(resources, guards)),
    )
    return (Problem(kind=ProblemKind.GUARD, facts=(violation,)) for violation in violations)


def protected_resources(resources: Iterable[Resource], guards: Guards) -> Iterator[tuple[Resource, Fact]]:
    """Yield each protected resource with the matching pattern and its origin."""
    for resource in resources:
        pattern = next((each for each in guards.protected if matches_pattern(resource, each)), None)
        if pattern is not None:
            yield resource, guards.setting("protected", pattern)


def _account_violations(account: AccountRef, guards: Guards) -> Iterator[Fact]:
    """Yield the reasons why nothing may be sent for this account."""
    if guards.read_only:
        origin = guards.origin("read_only", value=True)
        yield fact("read_only", origin=origin) if origin else fact("read_only_session")
    name = account.name.raw
    for pattern in guards.blocked_accounts:
        is_match = compile_pattern(pattern.strip())
        if any(text and is_match(text) for text in (account.account_id, name)):
            yield fact("blocked_account", guard=guards.setting("blocked_accounts", pattern))
        # A name that could not be read may be the blocked one; an id pattern was compared above.
        elif not name and _ACCOUNT_ID.fullmatch(pattern.strip()) is None:
            yield fact("maybe_blocked_account", guard=guards.setting("blocked_accounts", pattern))


def _people_violations(planner: Actor | None, actor: Actor, guards: Guards) -> Iterator[Fact]:
    """Yield why the plan is not certainly of one IAM user and run by another one."""
    if not guards.two_people:
        return
    guard = guards.setting("two_people", "true")
    if planner is None:
        yield fact("two_people", guard=guard)
    elif not (planner.user and actor.user):
        yield fact("two_people_unknown", guard=guard)
    elif not actor.is_known_to_differ_from(planner):
        same = planner.user == actor.user
        yield (
            fact("two_people_same", user=actor.user, guard=guard)
            if same
            else fact("two_people_unsure", planner=planner.user, actor=actor.user, guard=guard)
        )


def _count_violations(count: int, account_resource_count: int, guards: Guards) -> Iterator[Fact]:
    """Yield the limits on the number and the share of resources that a plan of `count` resources exceeds."""
    if count > guards.max_items:
        yield fact("max_items", count=count, guard=guards.setting("max_items", guards.max_items))
    if guards.max_share is None:
        return
    guard = guards.setting("max_share", f"{guards.max_share:f}")
    if not account_resource_count:
        yield fact("max_share_unknown", guard=guard)
    elif count * 100 > guards.max_share * account_resource_count:
        percent = f"{Decimal(count * 100) / account_resource_count:.1f}"
        yield fact("max_share", percent=percent, count=account_resource_count, guard=guard)


def _amount_violations(amounts: Iterable[Amounts], guards: Guards) -> Iterator[Fact]:
    """Yield the currencies in which the refund exceeds the limit.

    The paid amount replaces an unknown refund; if both are unknown, the limit counts as exceeded. A negative refund
    counts as zero so that it does not offset other refunds.
    """
    if guards.max_amount is None:
        return
    guard = guards.setting("max_amount", f"{guards.max_amount:f}")
    sums: dict[str, Decimal] = {}
    unknown = 0
    for each in amounts:
        amount = each.refund if each.refund is not None else each.paid
        if amount is None:
            unknown += 1
        else:
            sums[each.currency] = sums.get(each.currency, Decimal(0)) + max(amount, Decimal(0))
    for currency, amount in sorted(sums.items()):
        if amount > guards.max_amount:
            yield fact("max_amount", amount=f"{amount:,.2f}", currency=currency, guard=guard)
    if unknown:
        yield fact("max_amount_unknown", count=unknown, guard=guard)
