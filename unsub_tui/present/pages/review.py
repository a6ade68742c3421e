"""The review page of a plan: selected, attached and refused resources, amounts and losses."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from datetime import datetime

from unsub_tui.domain.bundles import REJECTION_CODES
from unsub_tui.domain.fact import Fact
from unsub_tui.domain.leftovers import find_possible_nodes, has_server
from unsub_tui.domain.plan import Plan, PlanItem
from unsub_tui.domain.policy_change import ALREADY_SET_REASONS
from unsub_tui.domain.problem import Problem, ProblemKind
from unsub_tui.domain.quote import UnsubscriptionKind
from unsub_tui.domain.resource import ExpirePolicy, Resource, is_license_id
from unsub_tui.domain.run import EstimateAccuracy, Run
from unsub_tui.present.fact_texts import fact_text, facts_text
from unsub_tui.present.i18n import _, plural
from unsub_tui.present.losses import data_loss_sentences
from unsub_tui.present.money import period_line
from unsub_tui.present.page import Entry, Tone, heading, lines, section
from unsub_tui.present.pages.changes import change_entries, change_summary_entries
from unsub_tui.present.pages.confirmation import (
    QUEUE_MODE,
    consequence,
    plan_file_entries,
    shared_warning_line,
    undo_text,
    warning_counts,
)
from unsub_tui.present.pages.findings import (
    age_lines,
    backup_lines,
    brief_text,
    guessed_leftovers,
    is_all_known,
    is_node_certain,
    item_entries,
    recycle_bin_line,
    shown_findings,
    staying_line,
    staying_of,
    warning_entries,
)
from unsub_tui.present.pages.leftovers import asked_leftover_ids
from unsub_tui.present.pages.review_table import ReviewRow
from unsub_tui.present.pages.run import is_accepted_or_settled
from unsub_tui.present.problems import problem_text
from unsub_tui.present.quotes import (
    KIND_LABELS,
    accuracy_line,
    forecast_lines,
    most_common_rules,
    payer_lines,
    plan_totals,
    quota_line,
    quote_lines,
    with_key,
)
from unsub_tui.present.refusals import refusal_reason, refusal_text
from unsub_tui.present.resources import (
    MAX_NAMED,
    display_name,
    name_and_id,
    names_text,
    region,
    service_cell,
    spec,
)
from unsub_tui.present.time_format import date_and_days, date_and_zone, format_date

MAX_REPLICAS_NAMED = 5
"""Maximum number of possible read replicas that an item names."""

MAX_LEFTOVERS_NAMED = 10
"""Maximum number of possible leftovers that are named."""

_LEFTOVER_LIMITS = _(
    "Disks mounted and addresses bound later remain and keep billing. The billing API does not say which server"
    " they belong to, and does not list pay-per-use ones: check the EVS and EIP consoles."
)


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
    kept = plan.without(frozenset(excluded))  # totals and losses are those of the selected items
    rules = most_common_rules(kept)
    shared = {text: count for text, count in warning_counts(kept).items() if count > 1}

    def details(item: PlanItem) -> Iterator[Entry]:
        return _detail_entries(item, kept, rules, alternatives_key, shared, is_page=True)

    if not plan.action.creates_order:
        title, ending = _("Will be changed"), list(change_summary_entries(kept))
    elif plan.action.is_immediate_change:
        title = _("Will change to pay-per-use now")
        ending = [*_immediate_change_consequence_entries(kept), *_total_entries(kept, accuracies)]
    elif plan.action.shortens_term:
        title = _("Renewal periods will be unsubscribed")
        ending = [*_renewal_consequence_entries(kept), *_total_entries(kept, accuracies)]
    else:
        title = _("Will be unsubscribed")
        ending = [*_deletion_entries(kept), *possible_leftover_entries(kept), *_total_entries(kept, accuracies)]
    return [
        *(Entry(problem_text(problem), Tone.ERROR) for problem in problems),
        *([Entry(QUEUE_MODE)] if plan.one_by_one else []),
        *plan_file_entries(plan.saved_plan),
        *_group_entries(_("Hidden by your filter"), plan, excluded, now, details, are_hidden=True),
        *_group_entries(title, plan, excluded, now, details, are_hidden=False),
        *_refusal_entries(plan),
        *section(_("Before you continue"), lines(itertools.starmap(shared_warning_line, shared.items()), Tone.WARNING)),
        *ending,
    ]


def _detail_entries(
    item: PlanItem,
    plan: Plan,
    common_rules: Sequence[Fact],
    alternatives_key: str,
    shared: Collection[str] = (),
    *,
    is_page: bool = False,
) -> Iterator[Entry]:
    """Yield everything about an item but its name.

    `plan` is the plan without the dropped items; `shared` holds the warnings that the page states once for several.
    Only a page of all items (`is_page`) has the warnings of the inventory here.
    """
    warnings = _warning_entries(item, shared)
    if not plan.action.creates_order:
        yield from (*change_entries(item, plan.action), *warnings)
    elif plan.action.is_immediate_change:
        yield from _immediate_change_entries(item, warnings, common_rules)
    elif item.renewal_payments:
        yield from (*_renewal_entries(item, common_rules, alternatives_key), *warnings)
    else:
        warnings += _replica_entries(item, plan)
        if is_page and plan.findings is not None:
            warnings += warning_entries(item, plan.findings)
        yield from _unsubscription_entries(item, warnings, common_rules, alternatives_key)


def row_page(row: ReviewRow, plan: Plan, now: datetime, alternatives_key: str) -> list[Entry]:
    """Return everything about a row of the review; `plan` is the plan without the dropped items."""
    resource = row.resource
    head = [heading(display_name(resource)), Entry(_facts_line(resource, now), indent=4)]
    head.append(Entry(_("id {id}").format(id=resource.resource_id.for_display()), Tone.ID, indent=4))
    if row.item is not None:
        findings = shown_findings(plan)
        found = [] if findings is None else item_entries(row.item, findings)
        return [*head, *_detail_entries(row.item, plan, (), alternatives_key), *found]
    if row.refusal is not None:
        return [*head, Entry(refusal_reason(row.refusal, plan.action), Tone.WARNING, indent=4, hang=2)]
    if row.staying is not None:
        words = _("stays and keeps billing: {what}").format(what=staying_line(row.staying))
        return [*head, Entry(words, Tone.WARNING, indent=4, hang=2)]
    return [*head, *lines([_LEFTOVER_LIMITS], indent=4)]


def row_lines(row: ReviewRow, plan: Plan, now: datetime, alternatives_key: str) -> list[str]:
    """Return the most important of `row_page` in lines: name and id, what is deleted with it, amounts, the rest."""
    resource = row.resource
    expiry = _("expires {when}").format(when=date_and_zone(resource.expire_time))
    head = " · ".join(dict.fromkeys((display_name(resource), resource.resource_id.for_display(), expiry)))
    if row.item is None:
        return [head, *(entry.text for entry in row_page(row, plan, now, "")[3:])]
    bundled = {each.id for each in row.item.bundled}
    others = [each for each in row.item.attached if each.id not in bundled]
    attached = " ".join(f"+ {display_name(each)} {spec(each)}".rstrip() for each in others)
    named = {_attached_text(each, row.item) for each in others}
    details = _detail_entries(row.item, plan, most_common_rules(plan), alternatives_key)
    rejections = [fact_text(each) for each in row.item.warnings if each.code in REJECTION_CODES]
    rest = [entry.text for entry in details if entry.text not in (*named, *rejections)]
    findings = shown_findings(plan)
    brief = "" if findings is None else brief_text(row.item, findings)
    return [head, *rejections, *filter(None, [brief, attached]), *rest]


def _group_entries(
    title: str,
    plan: Plan,
    excluded: Collection[str],
    now: datetime,
    details: Callable[[PlanItem], Iterable[Entry]],
    *,
    are_hidden: bool,
) -> list[Entry]:
    """Return the hidden or the other items under a title, the selected ones with their details."""
    items = [item for item in plan.items if item.is_hidden is are_hidden]
    entries: list[Entry] = []
    attached = 0
    for item in items:
        is_selected = item.id not in excluded
        entries += _item_head_entries(item, now, is_selected=is_selected)
        if is_selected:
            entries += details(item)
            attached += len(item.attached) if plan.action.includes_attached else 0
    full_title = f"{title}: {len(items)}"
    if attached:
        full_title = plural(
            "{title}: {count}, with {n} attached resource",
            "{title}: {count}, with {n} attached resources",
            attached,
            title=title,
            count=len(items),
        )
    return section(full_title, entries)


def _item_head_entries(item: PlanItem, now: datetime, *, is_selected: bool) -> Iterator[Entry]:
    """Yield the name of an item with its service, region and expiry, and its id below."""
    resource = item.resource
    box = "[x]" if is_selected else "[ ]"
    yield Entry(f"{box} {display_name(resource)} · {_facts_line(resource, now)}", target=item.id, hang=4)
    if display_name(resource) != resource.resource_id.for_display():
        yield Entry(_("id {id}").format(id=resource.resource_id.for_display()), Tone.ID, target=item.id, indent=4)


def _facts_line(resource: Resource, now: datetime) -> str:
    expiry = _("expires {when}").format(when=date_and_days(resource.expire_time, now))
    return " · ".join(filter(None, (service_cell(resource), region(resource), expiry)))


def _attached_line(resource: Resource) -> str:
    return " · ".join(filter(None, (name_and_id(resource), service_cell(resource), spec(resource))))


def _unsubscription_entries(
    item: PlanItem, warnings: Sequence[Entry], common_rules: Sequence[Fact], alternatives_key: str
) -> Iterator[Entry]:
    """Yield the attached resources of an item, its warnings, its kind of unsubscription, its quote and its forecast."""
    if item.resource.expire_policy == ExpirePolicy.AUTO_RENEW:
        yield Entry(_("auto-renews: paid renewal periods are also unsubscribed"), target=item.id, indent=4)
    for each in item.attached:
        yield Entry(_attached_text(each, item), target=item.id, indent=4, hang=2)
    yield from warnings
    if item.quote.kind is not UnsubscriptionKind.IN_USE:
        yield Entry(KIND_LABELS[item.quote.kind], target=item.id, indent=4, hang=2)
    yield from lines(quote_lines(item.quote, common_rules=common_rules), Tone.MONEY, target=item.id, indent=4)
    yield from lines(forecast_lines(item, alternatives_key), target=item.id, indent=4)


def _warning_entries(item: PlanItem, shared: Collection[str]) -> list[Entry]:
    """Return the warnings about an item, without those that the page states once for several items."""
    texts = (text for text in map(fact_text, (*item.warnings, *item.kind_notes)) if text not in shared)
    return lines(texts, Tone.WARNING, target=item.id, indent=4)


def _replica_entries(item: PlanItem, plan: Plan) -> list[Entry]:
    """Return those of an item's possible read replicas that are not part of the plan."""
    planned = {each.id for each in plan.resources} if item.replicas else set()
    replicas = [each for each in item.replicas if each.id not in planned]
    words = _("may be its read replica, not in this plan: {what}")
    texts = [words.format(what=_attached_line(each)) for each in replicas[:MAX_REPLICAS_NAMED]]
    if len(replicas) > MAX_REPLICAS_NAMED:
        texts.append(_("and {n} more").format(n=len(replicas) - MAX_REPLICAS_NAMED))
    return lines(texts, Tone.WARNING, target=item.id, indent=4)


def _attached_text(resource: Resource, item: PlanItem) -> str:
    words = _("attached, also unsubscribed: {what}")
    if resource.id in {each.id for each in item.bundled}:
        words = (
            _("its license, also unsubscribed: {what}")
            if is_license_id(resource.id)
            else _("same bundle, also unsubscribed: {what}")
        )
    return words.format(what=_attached_line(resource))


def _immediate_change_entries(
    item: PlanItem, warnings: Sequence[Entry], common_rules: Sequence[Fact]
) -> Iterator[Entry]:
    """Yield the attached resources that change to pay-per-use with an item, its warnings and its quote."""
    for each in item.attached:
        words = _("attached, also changed: {what}")
        yield Entry(words.format(what=_attached_line(each)), target=item.id, indent=4, hang=2)
    yield from warnings
    yield from lines(quote_lines(item.quote, common_rules=common_rules), Tone.MONEY, target=item.id, indent=4)
    yield Entry(_("then: charged by the hour, price unknown"), Tone.WARNING, target=item.id, indent=4, hang=2)


def _immediate_change_consequence_entries(plan: Plan) -> list[Entry]:
    if not plan.items:
        return []
    texts = (
        consequence(plan.action),
        undo_text(plan.action),
        _("Huawei Cloud may have to approve it; until then nothing changes."),
    )
    return section(_("Nothing is deleted"), lines(texts))


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
    yield from lines(quote_lines(item.quote, common_rules=common_rules), Tone.MONEY, target=item.id, indent=4)


def _refusal_entries(plan: Plan) -> list[Entry]:
    """Return the refused resources with their reasons.

    Those that are already as wanted take one line if they are many: they may be most of a long selection.
    """
    unchanged = [each for each in plan.refused if each.reason in ALREADY_SET_REASONS]
    more = len(unchanged) - MAX_NAMED
    named = [each for each in plan.refused if each.reason not in ALREADY_SET_REASONS] if more > 0 else plan.refused
    texts = [refusal_text(each, plan.action) for each in named]
    if more > 0:
        names = ", ".join(display_name(each.resource) for each in unchanged[:MAX_NAMED])
        reason = refusal_reason(unchanged[0], plan.action)
        texts.append(_("{names} and {n} more: {reason}").format(names=names, n=more, reason=reason))
    title = _("Not possible, stays as it is: {n}").format(n=len(plan.refused))
    return section(title, (Entry(f" x  {text}", hang=4) for text in texts))


def _renewal_consequence_entries(plan: Plan) -> list[Entry]:
    if not plan.items:
        return []
    texts = (
        _("The resources stay as they are, with their data, until their new expiry."),
        _("The refund is the paid amount, coupons included, without a handling fee."),
        _("A coupon or stored-value card that has expired by then is void."),
        _("All renewal periods of a resource that have not begun are unsubscribed; only the console can keep some."),
        _("Huawei Cloud may reject it because of a promotion, an invoice or a bandwidth add-on package."),
    )
    return section(_("Nothing is deleted"), lines(texts))


def possible_leftover_entries(plan: Plan, asked: Collection[str] = ()) -> list[Entry]:
    """Return the resources that may remain and keep billing, and the limits of this check.

    After a run, `asked` are the ids of those about which the services were asked, which its page describes.
    """
    if not plan.action.deletes_resource or not has_server(plan.items):
        return []
    found = [each for each in guessed_leftovers(plan) if each.id not in asked]
    staying = [each for each in staying_of(plan) if each.resource.resource_id.raw not in asked]
    known = _("Stay and keep billing: {n}").format(n=len(staying))
    certain = section(known, lines(map(staying_line, staying), Tone.WARNING))
    if is_all_known(plan):
        return [*certain, *_cluster_node_entries(plan)]
    title = _("May remain and keep billing: {n}").format(n=len(found)) if found else _("Resources that may remain")
    named = (
        _("{what}: named like a server of this plan").format(what=_attached_line(each))
        for each in found[:MAX_LEFTOVERS_NAMED]
    )
    entries = lines(named, Tone.WARNING)
    if len(found) > MAX_LEFTOVERS_NAMED:
        more = _("and {n} more").format(n=len(found) - MAX_LEFTOVERS_NAMED)
        entries.append(Entry(more, Tone.WARNING, indent=2))
    return [*certain, *section(title, [*entries, *lines([_LEFTOVER_LIMITS])]), *_cluster_node_entries(plan)]


def remaining_entries(plan: Plan, run: Run) -> list[Entry]:
    """Return the resources that may remain after a run of a plan, without those that the services were asked about."""
    done = {unit.resource_id for unit in run.units if is_accepted_or_settled(unit)}
    kept = plan.without(frozenset(item.id for item in plan.items) - done)
    return possible_leftover_entries(kept, asked_leftover_ids(run))


def _cluster_node_entries(plan: Plan) -> list[Entry]:
    """Return the servers that may be nodes of a CCE cluster and what that means; nothing if there is no sign of any."""
    unclear = [item for item in plan.items if not is_node_certain(item, plan.findings)]
    nodes = find_possible_nodes(unclear, plan.clusters)
    if not nodes and not (unclear and plan.clusters):
        return []
    title = _("May be CCE nodes: {n}").format(n=len(nodes)) if nodes else _("CCE nodes")
    names = [_("by their names: {names}").format(names=names_text(list(map(display_name, nodes))))] if nodes else []
    texts = (
        _("The billing API does not say which servers are nodes of a cluster. Each has its own request."),
        _(
            "A node pool may create new nodes for those that are unsubscribed, and they are billed: in the CCE console,"
            " reduce the pool and turn its auto scaling off first."
        ),
        _("Afterwards remove the nodes whose servers are gone there, and see whether new nodes were created."),
    )
    return section(title, [*lines(names, Tone.WARNING), *lines(texts)])


def _deletion_entries(plan: Plan) -> list[Entry]:
    title = _("Permanently deleted: {n}").format(n=plan.count)
    losses = lines(data_loss_sentences(plan.resources), Tone.LOSS)
    backups = lines([*backup_lines(plan), *age_lines(plan), recycle_bin_line(plan)], Tone.WARNING)
    return section(title, [*losses, *backups])


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
    yield from lines([*plan_totals(plan), *payer_lines(plan)], Tone.MONEY)
    if plan.quota is not None:
        yield Entry(quota_line(plan.quota), indent=2, hang=2)
    if rules := most_common_rules(plan):
        words = _("rule, unless an item names another one: {rule}")
        yield Entry(words.format(rule=facts_text(rules)), indent=2, hang=2)
    yield from lines(map(accuracy_line, accuracies))
    yield Entry(_("plan {hash}").format(hash=plan.short_hash), indent=2)


def plan_problems_text(problems: Sequence[Problem], *, is_quoting: bool) -> str:
    """Return the problems that block the whole plan, a line each; empty without problems.

    While bills are loading, a guard may block the plan only because an amount is still unknown.
    """
    lines = []
    for problem in problems:
        words = problem_text(problem)
        if is_quoting and problem.kind is ProblemKind.GUARD:
            words = _("while the bills are loading: {words}").format(words=words)
        lines.append(f"! {words}")
    return "\n".join(lines)
