"""The review of any plan. Unsubscriptions and reversible changes have pages of their own."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from unsub_tui.domain.estimate_accuracy import EstimateAccuracy
from unsub_tui.domain.plan import Plan, Refusal
from unsub_tui.domain.problem import Problem, ProblemKind
from unsub_tui.present.export.formats import Row, export_text
from unsub_tui.present.export.rows import QUOTE_COLUMNS, quote_row
from unsub_tui.present.i18n import _, plural
from unsub_tui.present.money import plan_totals
from unsub_tui.present.page import Entry
from unsub_tui.present.pages.changes import (
    CHANGE_COLUMNS,
    change_confirmation_lines,
    change_page,
    change_refusal_text,
    change_row,
    charges_text,
)
from unsub_tui.present.pages.plan_review import (
    names_line,
    plan_page,
    refusal_text,
    selected_count_text,
    unsubscription_confirmation_lines,
)
from unsub_tui.present.problems import problem_text


def review_page(
    plan: Plan,
    excluded: Collection[str],
    problems: Sequence[Problem],
    now: datetime,
    *,
    accuracies: Sequence[EstimateAccuracy] = (),
    alternatives_key: str = "",
) -> Sequence[Entry]:
    """Return the complete review, in reading order; the arguments are those of `plan_page`."""
    if not plan.action.creates_order:
        return change_page(plan, excluded, problems, now)
    return plan_page(plan, excluded, problems, now, accuracies=accuracies, alternatives_key=alternatives_key)


def plan_problems_text(problems: Sequence[Problem], *, is_quoting: bool) -> str:
    """Return the first problem that blocks the whole plan and the number of further ones; empty without problems.

    While bills are loading, a guard may block the plan only because an amount is still unknown.
    """
    if not problems:
        return ""
    words = problem_text(problems[0])
    if is_quoting and problems[0].kind is ProblemKind.GUARD:
        words = _("so far: {words}").format(words=words)
    if more := len(problems) - 1:
        words += " " + plural("And {n} more, named below.", "And {n} more, named below.", more)
    return f"! {words}"


def review_counts_text(plan: Plan, excluded: Collection[str]) -> str:
    """Return the numbers of selected and of refused items; the refused ones are far below in a long review."""
    refused = len(plan.refused)
    words = plural("{n} refused", "{n} refused", refused) if refused else ""
    return " · ".join(part for part in (selected_count_text(plan, excluded), words) if part)


def review_totals(plan: Plan) -> Sequence[str]:
    """Return the totals of a plan, for the line below its review."""
    if plan.action.creates_order:
        return plan_totals(plan)
    charges = charges_text(plan)
    return [charges] if charges else []


def confirmation_lines(plan: Plan) -> Sequence[str]:
    """Return the lines of the confirmation page: names, totals or charges, losses or consequences."""
    return (
        unsubscription_confirmation_lines(plan)
        if plan.action.creates_order
        else [names_line(plan), *change_confirmation_lines(plan)]
    )


def phrase_explanation(plan: Plan) -> str:
    """Return why an id has to be typed instead of a name; empty if no explanation is needed."""
    if not plan.action.creates_order:
        return ""
    if plan.count != 1:
        is_id = plan.account.label == plan.account.account_id
        return _("(the account's id; an `alias` in the profile would be shorter)") if is_id else ""
    if plan.phrase != plan.items[0].id:
        return ""
    name = plan.items[0].resource.resource_name.raw
    if not name:
        return _("(its id, for it has no name)")
    if name not in plan.unique_names:
        return _("(its id, for others of the account have the same name)")
    return _("(its id, for its name has characters that cannot be typed for sure)")


def plan_refusal_text(refusal: Refusal, plan: Plan) -> str:
    """Return a refused resource and the reason on one line."""
    return refusal_text(refusal) if plan.action.creates_order else change_refusal_text(refusal, plan.action)


def export_plan(plan: Plan, output_format: str) -> str:
    """Return the rows of a plan in an export format."""
    name, columns = ("quotes", QUOTE_COLUMNS) if plan.action.creates_order else ("changes", CHANGE_COLUMNS)
    return export_text(output_format, name, columns, plan_rows(plan))


def plan_rows(plan: Plan) -> list[Row]:
    """Return the stable form of a plan's items: quotes, or changes if the plan is reversible."""
    if not plan.action.creates_order:
        return [change_row(item, plan.action) for item in plan.items]
    return [quote_row(item) for item in plan.items]
