"""The review page of a reversible plan: current state, new state and consequences, without a loss of money."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from datetime import datetime
from functools import partial

from unsub_tui.domain.action import Action
from unsub_tui.domain.eligibility import BlockedReason
from unsub_tui.domain.plan import Plan, PlanItem, Refusal
from unsub_tui.domain.policy_change import ALREADY_SET_REASONS, policy_after, policy_after_undo_if_different
from unsub_tui.domain.problem import Problem
from unsub_tui.domain.renewal_forecast import RenewalForecast
from unsub_tui.present.fact_texts import fact_text, facts_text
from unsub_tui.present.i18n import _, plural
from unsub_tui.present.labels import action_label, action_title
from unsub_tui.present.money import format_money
from unsub_tui.present.page import BLANK, Entry, Tone, heading
from unsub_tui.present.pages.confirmation import (
    MAX_ITEMS_NAMED,
    charges_text,
    consequences,
    plan_file_entries,
    undo_text,
)
from unsub_tui.present.problems import problem_text
from unsub_tui.present.resources import (
    blocked_text,
    display_name,
    expire_policy_label,
    expiry_cell,
    name_and_id,
    region,
    service_cell,
)
from unsub_tui.present.time_format import format_datetime


def change_page(plan: Plan, excluded: Collection[str], problems: Sequence[Problem], now: datetime) -> Sequence[Entry]:
    """Return the review of a reversible plan; `excluded` holds the deselected ids."""
    hidden = [item for item in plan.items if item.is_hidden]
    plain = [item for item in plan.items if not item.is_hidden]
    kept = plan.without(frozenset(excluded))
    details = partial(_change_entries, action=plan.action)
    return [
        *(Entry(problem_text(problem), Tone.ERROR) for problem in problems),
        *plan_file_entries(plan.saved_plan),
        *group_entries(_("Hidden by your filter: {n}").format(n=len(hidden)), hidden, excluded, now, details),
        *group_entries(_("Will be changed: {n}").format(n=len(plain)), plain, excluded, now, details),
        *_refusal_entries(plan),
        *_summary_entries(kept),
    ]


def change_refusal_text(refusal: Refusal, action: Action) -> str:
    """Return a refused resource and the reason on one line."""
    return f"{name_and_id(refusal.resource)}: {_refusal_reason(refusal, action)}"


def _charge(forecast: RenewalForecast, action: Action) -> str:
    """Return the next auto-renewal charge, or the charge that the plan prevents."""
    words = (
        _("charges from {when}: {price}")
        if action.starts_auto_renewal
        else _("would have charged from {when}: {price}")
    )
    return words.format(when=format_datetime(forecast.next_charge_at), price=_price(forecast))


def _price(forecast: RenewalForecast) -> str:
    if forecast.next_charge is None:
        words = _("unknown ({why})") if forecast.missing else _("unknown")
        return words.format(why=fact_text(forecast.missing))
    return plural(
        "{n} month for {price}",
        "{n} months for {price}",
        forecast.months or 0,
        price=format_money(forecast.next_charge, forecast.currency),
    )


def _refusal_entries(plan: Plan) -> Iterator[Entry]:
    if not plan.refused:
        return
    yield heading(_("Not possible, stays as it is: {n}").format(n=len(plan.refused)))
    unchanged = [each for each in plan.refused if each.reason in ALREADY_SET_REASONS]
    shown = (
        plan.refused if len(unchanged) <= MAX_ITEMS_NAMED else [each for each in plan.refused if each not in unchanged]
    )
    for each in shown:
        yield Entry(f"[-] {change_refusal_text(each, plan.action)}", hang=4)
    if len(unchanged) > MAX_ITEMS_NAMED:
        yield Entry(f"[-] {_unchanged_text(unchanged, plan.action)}", hang=4)
    yield BLANK


def _unchanged_text(unchanged: Sequence[Refusal], action: Action) -> str:
    """Return one line for resources that are already in the wanted state, which may be most of a long selection."""
    names = ", ".join(display_name(each.resource) for each in unchanged[:MAX_ITEMS_NAMED])
    return _("{names} and {n} more: {reason}").format(
        names=names, n=len(unchanged) - MAX_ITEMS_NAMED, reason=_refusal_reason(unchanged[0], action)
    )


def _summary_entries(plan: Plan) -> Iterator[Entry]:
    yield heading(_("Total: {title}").format(title=action_title(plan.action, len(plan.items))))
    if not plan.items:
        return
    charges = charges_text(plan)
    if charges:
        yield Entry(charges, Tone.MONEY, indent=2, hang=2)
    for line in consequences(plan.action):
        yield Entry(line, Tone.WARNING, indent=2, hang=2)
    yield Entry(undo_text(plan.action), Tone.GOOD, indent=2, hang=2)
    yield Entry(_("plan {hash}").format(hash=plan.short_hash), indent=2)


def _refusal_reason(refusal: Refusal, action: Action) -> str:
    words = {
        BlockedReason.ATTACHED: _("attached: changed together with its primary resource"),
        BlockedReason.EXPIRED: _("expired: not possible in its grace or retention period ({word})"),
        BlockedReason.FROZEN: _("frozen: not possible until that is resolved ({word})"),
    }
    if refusal.reason is BlockedReason.ATTACHED and refusal.main is not None:
        return _("attached to {name}: changed together with it").format(name=display_name(refusal.main))
    text = words.get(refusal.reason, blocked_text(refusal.reason, refusal.main)).format(word=action_label(action))
    return f"{text}: {facts_text(refusal.facts)}" if refusal.facts else text


def group_entries(
    title: str,
    items: Sequence[PlanItem],
    excluded: Collection[str],
    now: datetime,
    details: Callable[[PlanItem], Iterable[Entry]],
) -> Iterator[Entry]:
    """Yield the items of a group under its title, the selected ones with their details; nothing without items."""
    if not items:
        return
    yield heading(title)
    for item in items:
        is_selected = item.id not in excluded
        yield from _item_head_entries(item, now, is_selected=is_selected)
        if is_selected:
            yield from details(item)
    yield BLANK


def _item_head_entries(item: PlanItem, now: datetime, *, is_selected: bool) -> Iterator[Entry]:
    """Yield the name of an item with its service, region and expiry, and its id below."""
    resource = item.resource
    facts = (service_cell(resource), region(resource), _("expires {when}").format(when=expiry_cell(resource, now)))
    box = "[x]" if is_selected else "[ ]"
    yield Entry(f"{box} {display_name(resource)} · {' · '.join(filter(None, facts))}", target=item.id, hang=4)
    if display_name(resource) != resource.resource_id.for_display():
        yield Entry(_("id {id}").format(id=resource.resource_id.for_display()), target=item.id, indent=4)


def _change_entries(item: PlanItem, action: Action) -> Iterator[Entry]:
    """Yield the expiry policy before and after a change, its charge, its attached resources and its undo."""
    resource = item.resource
    yield Entry(
        _("now:  {policy}").format(policy=expire_policy_label(resource.expire_policy)), target=item.id, indent=4, hang=6
    )
    then = expire_policy_label(policy_after(action))
    yield Entry(_("then: {policy}").format(policy=then), Tone.MONEY, target=item.id, indent=4, hang=6)
    if item.forecast.next_charge_at is not None:
        yield Entry(_charge(item.forecast, action), target=item.id, indent=4, hang=2)
    if item.attached:
        names = ", ".join(map(display_name, item.attached))
        yield Entry(_("attached, also changed: {names}").format(names=names), target=item.id, indent=4, hang=2)
    other = policy_after_undo_if_different(action, resource.expire_policy)
    if other is not None:
        words = _("undoing it sets: {policy}, which differs from now").format(policy=expire_policy_label(other))
        yield Entry(words, Tone.WARNING, target=item.id, indent=4, hang=2)
