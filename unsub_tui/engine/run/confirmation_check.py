"""Checks that must pass before a run starts, independent of the checks in the screen or the command."""

from __future__ import annotations

from collections.abc import Iterator

from unsub_tui.domain.guards import check_guards
from unsub_tui.domain.plan import MAX_PRIMARY_PER_REQUEST, MAX_REASON_TEXT_LENGTH, Confirmation, Plan
from unsub_tui.domain.problem import Problem, ProblemKind, UnsubError
from unsub_tui.engine.run.run_config import RunConfig


def check_confirmation(plan: Plan, confirmation: Confirmation, config: RunConfig) -> None:
    """Raise GUARD unless the confirmation matches exactly this plan and the guards allow it."""
    for detail in _violations(plan, confirmation, config):
        raise UnsubError(Problem(kind=ProblemKind.GUARD, detail=detail))
    for problem in check_guards(plan, config.current_guards):
        raise UnsubError(problem)


def _violations(plan: Plan, confirmation: Confirmation, config: RunConfig) -> Iterator[str]:
    yield from _unsendable(plan, config)
    if confirmation.digest != plan.digest:
        yield "what was confirmed is not this plan"
    # Without a screen, another process did the review; only the digest in the phrase identifies the plan.
    if confirmation.phrase.strip() != (
        plan.phrase if config.attended or plan.saved_plan is None else plan.plan_file_phrase
    ):
        yield "the typed phrase is not the plan's"
    if not confirmation.acknowledged >= set(plan.risks):
        yield "not every risk was acknowledged"
    if len(confirmation.reason_text) > MAX_REASON_TEXT_LENGTH:
        yield f"the reason is longer than {MAX_REASON_TEXT_LENGTH} characters"


def _unsendable(plan: Plan, config: RunConfig) -> Iterator[str]:
    """Yield the reasons why a plan cannot be submitted regardless of its confirmation."""
    if not plan.items:
        yield "the plan is empty"
    if (plan.account.account_id, plan.account.site) != (config.account.account_id, config.account.site):
        yield "the plan is for another account"
    named = [each for item in plan.items for each in (item.resource, *item.bundled)]
    if len({each.id for each in named}) < len(named) or not all(each.resource_id.is_safe_id for each in named):
        yield "the plan has an id twice, or one that cannot be sent"
    if any(1 + len(item.bundled) > MAX_PRIMARY_PER_REQUEST for item in plan.items):
        yield f"a bundle has more than {MAX_PRIMARY_PER_REQUEST} primary resources; unsubscribe from it in the console"
