"""Checks of `apply` after the account is loaded again: why a plan is not run, and with which exit code."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from unsub_tui.cli.exit_codes import ExitCode, exit_code_for
from unsub_tui.domain.eligibility import BlockedReason
from unsub_tui.domain.fact import Fact, fact
from unsub_tui.domain.paid_periods import Renewals
from unsub_tui.domain.plan import Plan
from unsub_tui.domain.problem import Problem, ProblemKind
from unsub_tui.present.i18n import _
from unsub_tui.present.labels import action_title
from unsub_tui.present.problems import problem_text

_GUARD_REASONS = frozenset({BlockedReason.PROTECTED, BlockedReason.RUNNING, BlockedReason.NO_BACKUP})
"""Reasons of items that a guard refuses."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """Why a plan is not run."""

    exit_code: int
    messages: Sequence[str]
    problems: Sequence[Problem] = ()
    is_done: bool = False
    """Whether the account is already as the plan wants it."""
    has_page: bool = True
    """Whether a review shows the plan as it is now, although it cannot be run."""


def reason_to_stop(
    plan: Plan, problems: Sequence[Problem], renewals: Renewals, *, phrase: str | None, expected_digest: str
) -> Stop | None:
    """Return why the plan cannot be run, or None; `problems` are those of guards, `phrase` is None for a review."""
    from unsub_tui.engine.plan_drift import is_done

    if is_done(plan, renewals):
        words = _("Nothing to do: the account is already as the plan wants it. Nothing was submitted.")
        return Stop(exit_code=ExitCode.OK, messages=[words], is_done=True)
    # Before all others: a job that expects another plan must not be shown a phrase that confirms this one.
    if expected_digest not in {"", plan.digest}:
        words = _("The digest of the plan is now {digest}, not that of --expect-digest. Nothing was submitted.")
        again = _("Review the plan again: unsub-tui apply PLAN.json")
        return _refusal(fact("confirmed_other_plan"), words.format(digest=plan.digest), again, has_page=False)
    if not plan.items:
        code = ExitCode.GUARD if any(each.reason in _GUARD_REASONS for each in plan.refused) else ExitCode.SOME_FAILED
        return Stop(exit_code=code, messages=[_("No item of the plan is left. Nothing was submitted.")])
    if problems:
        texts = [*map(problem_text, problems), _("The plan cannot be run. Nothing was submitted.")]
        return Stop(exit_code=exit_code_for(problems[0].kind), messages=texts, problems=problems)
    if phrase is None or phrase.strip() == plan.plan_file_phrase:
        return None
    words = _("The phrase {phrase!r} does not confirm this plan: {title}. Nothing was submitted.")
    last_line = _("The last line of the review is the phrase: unsub-tui apply PLAN.json")
    title = action_title(plan.action, plan.count)
    return _refusal(fact("phrase_wrong"), words.format(phrase=phrase, title=title), last_line)


def _refusal(reason: Fact, *messages: str, has_page: bool = True) -> Stop:
    problem = Problem(kind=ProblemKind.GUARD, facts=(reason,))
    return Stop(exit_code=ExitCode.GUARD, messages=messages, problems=[problem], has_page=has_page)
