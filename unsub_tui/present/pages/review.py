"""The review of a plan, whatever it does: what is destroyed has a page of its own, what can be undone another."""

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
from unsub_tui.present.pages.plan_review import confirm_lines, names_line, plan_page, refusal_text, selected_count_text
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
    """Return the whole review, in the order in which it is to be read; the arguments are those of `plan_page`."""
    if plan.action.is_reversible:
        return change_page(plan, excluded, problems, now)
    return plan_page(plan, excluded, problems, now, accuracies=accuracies, alternatives_key=alternatives_key)


def plan_problems_text(problems: Sequence[Problem], *, is_quoting: bool) -> str:
    """Return what forbids a whole plan, the first of it in full; nothing where nothing does.

    While bills are read, an amount that is not known yet may be all that stands in the way.
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
    """Return how many items are ticked, and how many are refused: those stand far below in a long review."""
    refused = len(plan.refused)
    words = plural("{n} refused", "{n} refused", refused) if refused else ""
    return " · ".join(part for part in (selected_count_text(plan, excluded), words) if part)


def review_totals(plan: Plan) -> Sequence[str]:
    """Return the money of a plan, for the line below its review."""
    if not plan.action.is_reversible:
        return plan_totals(plan)
    charges = charges_text(plan)
    return [charges] if charges else []


def confirmation_lines(plan: Plan) -> Sequence[str]:
    """Return what is agreed to, for the page of the confirmation."""
    return [names_line(plan), *change_confirmation_lines(plan)] if plan.action.is_reversible else confirm_lines(plan)


def phrase_explanation(plan: Plan) -> str:
    """Return why an id is to be typed where one might expect a name; nothing where that needs no word."""
    if plan.action.is_reversible:
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
    """Return what a plan refuses and why, in one line."""
    return change_refusal_text(refusal, plan.action) if plan.action.is_reversible else refusal_text(refusal)


def export_plan(plan: Plan, output_format: str) -> str:
    """Return the figures of a plan in one of the forms of an export."""
    name, columns = ("changes", CHANGE_COLUMNS) if plan.action.is_reversible else ("quotes", QUOTE_COLUMNS)
    return export_text(output_format, name, columns, plan_rows(plan))


def plan_rows(plan: Plan) -> list[Row]:
    """Return the stable form of a plan's items: quotes, or changes where it can be undone."""
    if plan.action.is_reversible:
        return [change_row(item, plan.action) for item in plan.items]
    return [quote_row(item) for item in plan.items]
