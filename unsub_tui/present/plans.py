"""A plan as a page: what goes, what goes along, what is refused, money and losses."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime

from unsub_tui.domain.accuracy import Accuracy
from unsub_tui.domain.action import Action
from unsub_tui.domain.foreign import Foreign
from unsub_tui.domain.leftovers import has_server
from unsub_tui.domain.outlook import Better, Outlook, better_ways
from unsub_tui.domain.person import Person
from unsub_tui.domain.plan import FiledPlan, Plan, PlanItem, Reason, Refusal, Risk
from unsub_tui.domain.problem import Problem
from unsub_tui.domain.quote import Kind
from unsub_tui.domain.resource import ExpirePolicy, Resource
from unsub_tui.present.actions import action_title
from unsub_tui.present.losses import losses
from unsub_tui.present.money import accuracy_line, kind_words, money, plan_totals, quota_line, quote_lines, usual_rule
from unsub_tui.present.page import BLANK, Entry, Tone, heading
from unsub_tui.present.problems import problem_text
from unsub_tui.present.renewed import period_line
from unsub_tui.present.resources import (
    blocked_text,
    date,
    date_time,
    display_name,
    expiry_cell,
    name_and_id,
    region,
    service_cell,
    spec,
)
from unsub_tui.present.words import _, plural

BEHIND_AT_MOST = 10
"""How many of what may stay behind are named."""

NAMED_AT_MOST = 3
"""How many items the confirmation names before it only counts."""


def plan_page(
    plan: Plan,
    excluded: Collection[str],
    problems: Sequence[Problem],
    now: datetime,
    *,
    past: Sequence[Accuracy] = (),
    ways_key: str = "",
) -> Sequence[Entry]:
    """Return the whole review, in the order in which it is to be read.

    `excluded` are the un-ticked ids; `past` says how good the account's estimates were; `ways_key` is the key that
    leads to the cheaper ways, where there is one.
    """
    hidden = [item for item in plan.items if item.hidden]
    plain = [item for item in plan.items if not item.hidden]
    kept = plan.without(frozenset(excluded))
    usual = usual_rule(kept)
    return [
        *(Entry(problem_text(problem), Tone.ERROR) for problem in problems),
        *origin_entries(plan.filed),
        *_group(_("Hidden by your filter"), hidden, excluded, now, usual=usual, ways_key=ways_key),
        *_group(_group_title(plan), plain, excluded, now, usual=usual, ways_key=ways_key),
        *_refused(plan.refused),
        *(_stays(kept) if plan.action is Action.RENEWAL else [*_destroyed(kept), *behind_entries(kept)]),
        *_totals(kept, past),
    ]


def ticked(plan: Plan, excluded: Collection[str]) -> str:
    """Return how many items of the plan are ticked."""
    return _("{ticked} of {count} ticked").format(
        ticked=sum(item.id not in excluded for item in plan.items), count=len(plan.items)
    )


def plan_title(plan: Plan) -> str:
    """Return what will happen to how many resources, attached ones included, in one line."""
    return action_title(plan.action, plan.count)


def reason_text(reason: Reason) -> str:
    """Return one of the vendor's five reasons."""
    words = {
        Reason.HARD_TO_USE: _("the product is hard to use"),
        Reason.FUNCTIONS_MISSING: _("functions do not meet the need"),
        Reason.TOO_COMPLEX: _("too complicated to operate"),
        Reason.SERVICE_POOR: _("dissatisfied with the service"),
        Reason.OTHER: _("other"),
    }
    return words[reason]


def risk_text(risk: Risk, plan: Plan) -> str:
    """Return what a person acknowledges by ticking this risk."""
    match risk:
        case Risk.DATA_LOSS:
            return plural(
                "The data of this resource is backed up or not needed; it is lost.",
                "The data of all {n} resources is backed up or not needed; it is lost.",
                plan.count,
            )
        case Risk.FEE:
            return _("I accept: {totals}.").format(totals="; ".join(plan_totals(plan)))
        case Risk.HIDDEN:
            count = sum(item.hidden for item in plan.items)
            return plural(
                "{n} resource that my filter hides goes too.", "{n} resources that my filter hides go too.", count
            )
        case Risk.REVIEW:
            return _("A refund above {limit} waits for the vendor's approval.").format(
                limit=money(plan.review_threshold, plan.items[0].quote.amounts.currency if plan.items else "")
            )


def confirm_lines(plan: Plan) -> Sequence[str]:
    """Return the sums and the losses once more, for the page on which they are agreed to."""
    return [
        names_line(plan),
        *_bundle_lines(plan),
        *plan_totals(plan),
        *_once_more(plan, plan.resources),
    ]


def names_line(plan: Plan) -> str:
    """Return the first items of a plan by name, how many more there are, and how many are attached to them."""
    name = name_and_id if len(plan.items) == 1 else display_name
    named = [name(item.resource) for item in plan.items[:NAMED_AT_MOST]]
    more = len(plan.items) - len(named)
    line = ", ".join(named) + (" " + plural("and {n} more", "and {n} more", more) if more > 0 else "")
    attached = plan.count - sum(1 + len(item.together) for item in plan.items)
    if attached <= 0:
        return line
    words = plural("{n} attached resource, also unsubscribed", "{n} attached resources, also unsubscribed", attached)
    return f"{line} + {words}"


def _bundle_lines(plan: Plan) -> Iterator[str]:
    """Yield each bundle with the names of all its primary resources."""
    for item in plan.items:
        if item.together:
            names = ", ".join(display_name(each) for each in (item.resource, *item.together))
            yield _("Only as a whole: {names}.").format(names=names)


def _once_more(plan: Plan, resources: Sequence[Resource]) -> Sequence[str]:
    """Return what is lost, or that nothing is."""
    if plan.action is Action.RENEWAL:
        if len(plan.items) != 1:
            return [_("The resources stay.")]
        return [_("The resource stays, until {when}.").format(when=date(plan.items[0].new_expiry))]
    return losses(resources, is_brief=True)


def refusal_text(refusal: Refusal) -> str:
    """Return what is refused and why, in one line."""
    why = " ".join(part for part in (f"{blocked_text(refusal.reason, refusal.main)}:", refusal.detail) if part).rstrip(
        ": "
    )
    return f"{name_and_id(refusal.resource)}: {why}"


def attached_text(resource: Resource) -> str:
    """Return one line about what goes along."""
    return " · ".join(part for part in (name_and_id(resource), service_cell(resource), spec(resource)) if part)


def _group(
    title: str, items: Sequence[PlanItem], excluded: Collection[str], now: datetime, *, usual: str, ways_key: str
) -> Iterator[Entry]:
    if not items:
        return
    attached = sum(len(item.attached) for item in items if item.id not in excluded)
    more = ", " + plural("with {n} attached resource", "with {n} attached resources", attached) if attached else ""
    yield heading(f"{title}: {len(items)}{more}")
    for item in items:
        yield from _item(item, ticked=item.id not in excluded, now=now, usual=usual, ways_key=ways_key)
    yield BLANK


def _item(item: PlanItem, *, ticked: bool, now: datetime, usual: str, ways_key: str) -> Iterator[Entry]:
    resource = item.resource
    facts = (service_cell(resource), region(resource), _("expires {when}").format(when=expiry_cell(resource, now)))
    box = "[x]" if ticked else "[ ]"
    yield Entry(f"{box} {display_name(resource)} · {' · '.join(filter(None, facts))}", key=item.id, hang=4)
    if display_name(resource) != resource.resource_id.clean():
        yield Entry(_("id {id}").format(id=resource.resource_id.clean()), key=item.id, indent=4)
    if not ticked:
        return
    yield from _renewed_item(item, usual, ways_key) if item.periods else _gone_item(item, usual, ways_key)


def _gone_item(item: PlanItem, usual: str, ways_key: str) -> Iterator[Entry]:
    """Yield what goes along with a resource that goes, and what that costs and gives back."""
    resource = item.resource
    if resource.expire_policy == ExpirePolicy.AUTO_RENEW:
        yield Entry(_("renews automatically: paid renewals go too"), key=item.id, indent=4)
    whole = {each.id for each in item.together}
    for each in item.attached:
        words = _("goes only together with: {what}") if each.id in whole else _("goes along: {what}")
        yield Entry(words.format(what=attached_text(each)), key=item.id, indent=4, hang=2)
    if item.quote.kind is not Kind.IN_USE:
        yield Entry(kind_words(item.quote.kind), key=item.id, indent=4, hang=2)
    for line in quote_lines(item.quote, usual_rule=usual):
        yield Entry(line, Tone.MONEY, key=item.id, indent=4, hang=2)
    for line in outlook_lines(item, ways_key):
        yield Entry(line, key=item.id, indent=4, hang=2)


def _renewed_item(item: PlanItem, usual: str, ways_key: str) -> Iterator[Entry]:
    """Yield which renewed periods go, of what goes along too, and what stays."""
    names = {each.id: display_name(each) for each in item.attached}
    for period in item.periods:
        name = names.get(period.resource_id)
        what = period_line(period)
        line = _("goes along: {what}").format(what=f"{name} · {what}") if name is not None else what
        yield Entry(line, key=item.id, indent=4, hang=2)
    stays = _("the resource stays, and then expires {when}").format(when=date(item.new_expiry))
    yield Entry(stays, Tone.GOOD, key=item.id, indent=4, hang=2)
    if item.resource.expire_policy == ExpirePolicy.AUTO_RENEW:
        again = _("renews automatically: it would be renewed again, unless that is switched off")
        yield Entry(again + _taken_by(ways_key), Tone.WARNING, key=item.id, indent=4, hang=2)
    for line in quote_lines(item.quote, usual_rule=usual):
        yield Entry(line, Tone.MONEY, key=item.id, indent=4, hang=2)


def outlook_lines(item: PlanItem, ways_key: str = "") -> list[str]:
    """Return what keeping the resource would cost, and which way is the cheaper one; the key that takes it, if any."""
    ahead, quote = item.outlook, item.quote
    lines = []
    if ahead.next_charge_at is not None:
        lines.append(_next_charge(ahead))
    ways = better_ways(quote, ahead)
    if Better.DROP_RENEWAL in ways:
        back = money(quote.renewal_refund, quote.amounts.currency)
        lines.append(
            _("cheaper: give back only the renewed period; {back} comes back without a fee, the rest stays").format(
                back=back
            )
            + (" " + _("(tab 2 does that)") if ways_key else "")
        )
    until = date(item.resource.expire_time)
    if Better.LET_LAPSE in ways:
        off = _(", with automatic renewal off") + _taken_by(ways_key) if ahead.next_charge_at is not None else ""
        lines.append(_("nothing comes back: keeping it until {until} costs the same{off}").format(until=until, off=off))
    elif Better.AUTO_RENEWAL_OFF in ways:
        lines.append(
            _("or switch automatic renewal off: nothing more is charged, it stays until {until}").format(until=until)
            + _taken_by(ways_key)
        )
    return lines


def _taken_by(key: str) -> str:
    return " " + _("({key} leads there)").format(key=key) if key else ""


def _next_charge(ahead: Outlook) -> str:
    """Return what automatic renewal would charge, and when."""
    when = date_time(ahead.next_charge_at)  # 03:00 of the vendor's day may be the day before here
    if ahead.next_charge is None:
        why = f" ({Foreign(ahead.missing).clean()})" if ahead.missing else ""
        return _("renews by itself from {when} on, for an unknown price{why}").format(when=when, why=why)
    months = plural("{n} month", "{n} months", ahead.months or 0)
    return _("renews by itself from {when} on: {months} for {price}").format(
        when=when, months=months, price=money(ahead.next_charge, ahead.currency)
    )


def filed_lines(planner: Person, created: datetime, ticket: str, digest: str) -> list[str]:
    """Return who wrote a plan file, when and for which ticket."""
    about = _("on {when} · plan file {hash}").format(when=date_time(created), hash=digest[:8])
    if ticket:
        about += " · " + _("ticket {ticket}").format(ticket=Foreign(ticket).clean())
    return [_("planned by {who}").format(who=planner.label or _("nobody knows whom")), about]


def origin_entries(filed: FiledPlan | None) -> Iterator[Entry]:
    """Yield who wrote the plan file, where the plan comes from one."""
    if filed is not None:
        for line in filed_lines(filed.planner, filed.created, filed.ticket, filed.digest):
            yield Entry(line, hang=2)
        yield BLANK


def _refused(refused: Sequence[Refusal]) -> Iterator[Entry]:
    if not refused:
        return
    yield heading(f"{_('Refused, stays as it is')}: {len(refused)}")
    for each in refused:
        yield Entry(f"[-] {refusal_text(each)}", hang=4)
    yield BLANK


def _group_title(plan: Plan) -> str:
    return _("Renewed periods will be given up") if plan.action is Action.RENEWAL else _("Will be unsubscribed")


def _stays(plan: Plan) -> Iterator[Entry]:
    if not plan.items:
        return
    yield heading(_("Nothing is deleted"))
    for line in (
        _("The resources stay as they are, with their data, until their new expiry."),
        _("What was paid comes back, coupons too; there is no handling fee."),
        _("All renewed periods of a resource that have not begun go together; only the console can keep some of them."),
        _("A promotion, an invoice or a bandwidth add-on package may forbid it: only the vendor's answer tells."),
    ):
        yield Entry(line, indent=2, hang=2)
    yield BLANK


def behind_entries(plan: Plan) -> Iterator[Entry]:
    """Yield what may stay behind and go on billing, and what cannot be known of it."""
    if plan.action is not Action.UNSUBSCRIBE or not has_server(plan.items):
        return
    if plan.behind:
        yield heading(_("May stay behind and go on billing: {n}").format(n=len(plan.behind)))
    else:
        yield heading(_("What may stay behind"))
    for each in plan.behind[:BEHIND_AT_MOST]:
        line = _("{what}: named like a server of this plan").format(what=attached_text(each))
        yield Entry(line, Tone.WARNING, indent=2, hang=2)
    if len(plan.behind) > BEHIND_AT_MOST:
        more = len(plan.behind) - BEHIND_AT_MOST
        yield Entry(plural("and {n} more", "and {n} more", more), Tone.WARNING, indent=2)
    yield Entry(
        _(
            "Disks mounted and addresses bound later stay and go on billing. Billing does not tell whose they are, and"
            " does not list pay-per-use ones: look at the EVS and EIP consoles."
        ),
        indent=2,
        hang=2,
    )
    yield BLANK


def _destroyed(plan: Plan) -> Iterator[Entry]:
    if not plan.items:
        return
    yield heading(_("Permanently deleted: {n}").format(n=plan.count))
    for line in losses(plan.resources):
        yield Entry(line, Tone.WARNING, indent=2, hang=2)
    yield BLANK


def _totals(plan: Plan, past: Sequence[Accuracy]) -> Iterator[Entry]:
    attached = plan.count - len(plan.items)
    count = plural("{n} resource", "{n} resources", plan.count)
    along = plural("{n} of them attached", "{n} of them attached", attached)
    yield heading(
        _("Total: {count}, {along}").format(count=count, along=along) if attached else f"{_('Total')}: {count}"
    )
    for line in plan_totals(plan):
        yield Entry(line, Tone.MONEY, indent=2, hang=2)
    if plan.quota is not None:
        yield Entry(quota_line(plan.quota), indent=2, hang=2)
    if rule := usual_rule(plan):
        words = _("rule, where an item names no other: {rule}")
        yield Entry(words.format(rule=Foreign(rule).clean()), indent=2, hang=2)
    for each in past:
        yield Entry(accuracy_line(each), indent=2, hang=2)
    yield Entry(_("plan {hash}").format(hash=plan.short_hash), indent=2)
