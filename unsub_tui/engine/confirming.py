"""What must hold before a run begins; checked here again, whatever the screen or the command did."""

from __future__ import annotations

from collections.abc import Iterator

from unsub_tui.domain.guards import check
from unsub_tui.domain.plan import REASON_TEXT_LIMIT, REQUEST_LIMIT, Confirmation, Plan
from unsub_tui.domain.problem import Problem, ProblemKind, UnsubError
from unsub_tui.engine.parts import RunParts


def check_confirmed(plan: Plan, confirmation: Confirmation, parts: RunParts) -> None:
    """Raise a GUARD problem unless a person confirmed exactly this plan, and the guards allow it."""
    for detail in _objections(plan, confirmation, parts):
        raise UnsubError(Problem(kind=ProblemKind.GUARD, detail=detail))
    for problem in check(plan, parts.guards_in_force):
        raise UnsubError(problem)


def _objections(plan: Plan, confirmation: Confirmation, parts: RunParts) -> Iterator[str]:
    yield from _unsendable(plan, parts)
    if confirmation.digest != plan.digest:
        yield "what was confirmed is not this plan"
    # Without a screen the phrase comes from a review by another process: only its digest binds the two.
    if confirmation.phrase.strip() != (plan.phrase if parts.attended or plan.filed is None else plan.file_phrase):
        yield "the typed phrase is not the plan's"
    if not confirmation.acknowledged >= set(plan.risks):
        yield "not every risk was acknowledged"
    if len(confirmation.reason_text) > REASON_TEXT_LIMIT:
        yield f"the reason is longer than {REASON_TEXT_LIMIT} characters"


def _unsendable(plan: Plan, parts: RunParts) -> Iterator[str]:
    """Yield why a plan cannot be sent, whatever was confirmed."""
    if not plan.items:
        yield "the plan is empty"
    if (plan.account.account_id, plan.account.site) != (parts.account.account_id, parts.account.site):
        yield "the plan is for another account"
    named = [each for item in plan.items for each in (item.resource, *item.together)]
    if len({each.id for each in named}) < len(named) or not all(each.resource_id.is_safe_id for each in named):
        yield "the plan has an id twice, or one that cannot be sent"
    if any(1 + len(item.together) > REQUEST_LIMIT for item in plan.items):
        yield f"a bundle has more than {REQUEST_LIMIT} primary resources; unsubscribe from it in the console"
