"""The review page of an unsubscription: selected, attached and refused resources, amounts and losses."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from functools import partial

from unsub_tui.domain.estimate_accuracy import EstimateAccuracy
from unsub_tui.domain.fact import Fact
from unsub_tui.domain.plan import Plan, PlanItem, Refusal
from unsub_tui.domain.possible_leftovers import has_server
from unsub_tui.domain.problem import Problem, ProblemKind
from unsub_tui.domain.quote import UnsubscriptionKind
from unsub_tui.domain.resource import ExpirePolicy, Resource
from unsub_tui.present.fact_texts import facts_text
from unsub_tui.present.i18n import _, plural
from unsub_tui.present.losses import data_loss_sentences
from unsub_tui.present.money import period_line
from unsub_tui.present.page import BLANK, Entry, Tone, heading
from unsub_tui.present.pages.changes import change_page, change_refusal_text, group_entries
from unsub_tui.present.pages.confirmation import (
    charges_text,
    plan_file_entries,
)
from unsub_tui.present.problems import problem_text
from unsub_tui.present.quotes import (
    accuracy_line,
    forecast_lines,
    kind_label,
    most_common_rules,
    plan_totals,
    quota_line,
    quote_lines,
    with_key,
)
from unsub_tui.present.resources import blocked_text, display_name, name_and_id, service_cell, spec
from unsub_tui.present.time_format import format_date

MAX_LEFTOVERS_NAMED = 10
"""Maximum number of possible leftovers that are named."""


def review_page(
    plan: Plan,
    excluded: Collection[str],
    problems: Sequence[Problem],
    now: datetime,
    *,
    accuracies: Sequence[EstimateAccuracy] = (),
    alternatives_key: str = "",
) -> Sequence[Entry]:
    """Return the complete review, in reading order.

    `excluded` holds the deselected ids; `accuracies` says how good the account's estimates were; `alternatives_key` is
    the key that opens the cheaper options, if there are any.
    """
    if not plan.action.creates_order:
        return change_page(plan, excluded, problems, now)
    hidden = [item for item in plan.items if item.is_hidden]
    plain = [item for item in plan.items if not item.is_hidden]
    kept = plan.without(frozenset(excluded))
    details = partial(_item_entries, common_rules=most_common_rules(kept), alternatives_key=alternatives_key)
    title = _("Renewal periods will be unsubscribed") if plan.action.shortens_term else _("Will be unsubscribed")
    return [
        *(Entry(problem_text(problem), Tone.ERROR) for problem in problems),
        *plan_file_entries(plan.saved_plan),
        *group_entries(_group_title(_("Hidden by your filter"), hidden, excluded), hidden, excluded, now, details),
        *group_entries(_group_title(title, plain, excluded), plain, excluded, now, details),
        *_refusal_entries(plan.refused),
        *(
            _renewal_consequence_entries(kept)
            if plan.action.shortens_term
            else [*_deletion_entries(kept), *possible_leftover_entries(kept)]
        ),
        *_total_entries(kept, accuracies),
    ]


def _group_title(title: str, items: Sequence[PlanItem], excluded: Collection[str]) -> str:
    """Return the title of a group with its numbers of items and of attached resources."""
    attached = sum(len(item.attached) for item in items if item.id not in excluded)
    if not attached:
        return f"{title}: {len(items)}"
    return plural(
        "{title}: {count}, with {n} attached resource",
        "{title}: {count}, with {n} attached resources",
        attached,
        title=title,
        count=len(items),
    )


def _item_entries(item: PlanItem, common_rules: Sequence[Fact], alternatives_key: str) -> Iterator[Entry]:
    return (
        _renewal_entries(item, common_rules, alternatives_key)
        if item.renewal_payments
        else _unsubscription_entries(item, common_rules, alternatives_key)
    )


def selected_count_text(plan: Plan, excluded: Collection[str]) -> str:
    """Return the number of selected items of the plan."""
    return _("{selected} of {count} selected").format(
        selected=sum(item.id not in excluded for item in plan.items), count=len(plan.items)
    )


def refusal_text(refusal: Refusal) -> str:
    """Return a refused resource and the reason on one line."""
    why = ": ".join(filter(None, (blocked_text(refusal.reason, refusal.main), facts_text(refusal.facts))))
    return f"{name_and_id(refusal.resource)}: {why}"


def attached_line(resource: Resource) -> str:
    """Return an attached resource on one line."""
    return " · ".join(part for part in (name_and_id(resource), service_cell(resource), spec(resource)) if part)


def _unsubscription_entries(item: PlanItem, common_rules: Sequence[Fact], alternatives_key: str) -> Iterator[Entry]:
    """Yield the attached resources of an item, its kind of unsubscription, its quote and its forecast."""
    resource = item.resource
    if resource.expire_policy == ExpirePolicy.AUTO_RENEW:
        yield Entry(_("auto-renews: paid renewal periods are also unsubscribed"), target=item.id, indent=4)
    bundle_ids = {each.id for each in item.bundled}
    for each in item.attached:
        words = (
            _("can only be unsubscribed together with: {what}")
            if each.id in bundle_ids
            else _("attached, also unsubscribed: {what}")
        )
        yield Entry(words.format(what=attached_line(each)), target=item.id, indent=4, hang=2)
    if item.quote.kind is not UnsubscriptionKind.IN_USE:
        yield Entry(kind_label(item.quote.kind), target=item.id, indent=4, hang=2)
    for line in quote_lines(item.quote, common_rules=common_rules):
        yield Entry(line, Tone.MONEY, target=item.id, indent=4, hang=2)
    for line in forecast_lines(item, alternatives_key):
        yield Entry(line, target=item.id, indent=4, hang=2)


def _renewal_entries(item: PlanItem, common_rules: Sequence[Fact], alternatives_key: str) -> Iterator[Entry]:
    """Yield the renewal periods to be unsubscribed, including those of attached resources, and the remaining term."""
    names = {each.id: display_name(each) for each in item.attached}
    for period in item.renewal_payments:
        name = names.get(period.resource_id)
        what = period_line(period)
        line = _("attached, also unsubscribed: {what}").format(what=f"{name} · {what}") if name is not None else what
        yield Entry(line, target=item.id, indent=4, hang=2)
    stays = _("the resource stays and expires {when}").format(when=format_date(item.new_expiry))
    yield Entry(stays, Tone.GOOD, target=item.id, indent=4, hang=2)
    if item.resource.expire_policy == ExpirePolicy.AUTO_RENEW:
        warning = with_key(
            _("auto-renews: it will be renewed again unless auto-renewal is turned off"), alternatives_key
        )
        yield Entry(warning, Tone.WARNING, target=item.id, indent=4, hang=2)
    for line in quote_lines(item.quote, common_rules=common_rules):
        yield Entry(line, Tone.MONEY, target=item.id, indent=4, hang=2)


def _refusal_entries(refused: Sequence[Refusal]) -> Iterator[Entry]:
    if not refused:
        return
    yield heading(_("Not possible, stays as it is: {n}").format(n=len(refused)))
    for each in refused:
        yield Entry(f"[-] {refusal_text(each)}", hang=4)
    yield BLANK


def _renewal_consequence_entries(plan: Plan) -> Iterator[Entry]:
    if not plan.items:
        return
    yield heading(_("Nothing is deleted"))
    for line in (
        _("The resources stay as they are, with their data, until their new expiry."),
        _("The refund is the paid amount, coupons included, without a handling fee."),
        _("All renewal periods of a resource that have not begun are unsubscribed; only the console can keep some."),
        _("Huawei Cloud may reject it because of a promotion, an invoice or a bandwidth add-on package."),
    ):
        yield Entry(line, indent=2, hang=2)
    yield BLANK


def possible_leftover_entries(plan: Plan) -> Iterator[Entry]:
    """Yield the resources that may remain and keep billing, and the limits of this check."""
    if not plan.action.deletes_resource or not has_server(plan.items):
        return
    if plan.possible_leftovers:
        yield heading(_("May remain and keep billing: {n}").format(n=len(plan.possible_leftovers)))
    else:
        yield heading(_("Resources that may remain"))
    for each in plan.possible_leftovers[:MAX_LEFTOVERS_NAMED]:
        line = _("{what}: named like a server of this plan").format(what=attached_line(each))
        yield Entry(line, Tone.WARNING, indent=2, hang=2)
    if len(plan.possible_leftovers) > MAX_LEFTOVERS_NAMED:
        more = len(plan.possible_leftovers) - MAX_LEFTOVERS_NAMED
        yield Entry(_("and {n} more").format(n=more), Tone.WARNING, indent=2)
    yield Entry(
        _(
            "Disks mounted and addresses bound later remain and keep billing. The billing API does not say which server"
            " they belong to, and does not list pay-per-use ones: check the EVS and EIP consoles."
        ),
        indent=2,
        hang=2,
    )
    yield BLANK


def _deletion_entries(plan: Plan) -> Iterator[Entry]:
    if not plan.items:
        return
    yield heading(_("Permanently deleted: {n}").format(n=plan.count))
    for line in data_loss_sentences(plan.resources):
        yield Entry(line, Tone.WARNING, indent=2, hang=2)
    yield BLANK


def _total_entries(plan: Plan, accuracies: Sequence[EstimateAccuracy]) -> Iterator[Entry]:
    attached = plan.count - len(plan.items)
    yield heading(
        plural(
            "Total: {n} resource, {attached} of them attached",
            "Total: {n} resources, {attached} of them attached",
            plan.count,
            attached=attached,
        )
        if attached
        else plural("Total: {n} resource", "Total: {n} resources", plan.count)
    )
    for line in plan_totals(plan):
        yield Entry(line, Tone.MONEY, indent=2, hang=2)
    if plan.quota is not None:
        yield Entry(quota_line(plan.quota), indent=2, hang=2)
    if rules := most_common_rules(plan):
        words = _("rule, unless an item names another: {rule}")
        yield Entry(words.format(rule=facts_text(rules)), indent=2, hang=2)
    for each in accuracies:
        yield Entry(accuracy_line(each), indent=2, hang=2)
    yield Entry(_("plan {hash}").format(hash=plan.short_hash), indent=2)


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
        words = _("{words} And {n} more, named below.").format(words=words, n=more)
    return f"! {words}"


def review_counts_text(plan: Plan, excluded: Collection[str]) -> str:
    """Return the numbers of selected and of refused items; the refused ones are far below in a long review."""
    refused = len(plan.refused)
    words = _("{n} not possible").format(n=refused) if refused else ""
    return " · ".join(part for part in (selected_count_text(plan, excluded), words) if part)


def review_totals(plan: Plan) -> Sequence[str]:
    """Return the totals of a plan, for the line below its review."""
    if plan.action.creates_order:
        return plan_totals(plan)
    charges = charges_text(plan)
    return [charges] if charges else []


def plan_refusal_text(refusal: Refusal, plan: Plan) -> str:
    """Return a refused resource and the reason on one line."""
    return refusal_text(refusal) if plan.action.creates_order else change_refusal_text(refusal, plan.action)
