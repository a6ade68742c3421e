"""Findings of the inventory on the pages of resources, reviews and confirmations."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from unsub_tui.domain.inventory.charging import Charging
from unsub_tui.domain.inventory.finding import FindingState
from unsub_tui.domain.inventory.plan_findings import BackupState, PlanFindings, Staying
from unsub_tui.domain.inventory.resource_findings import RelatedResource, ResourceFindings, all_findings
from unsub_tui.domain.inventory.resource_kinds import ResourceKind, kind_of
from unsub_tui.domain.leftovers import location_of
from unsub_tui.domain.plan import Plan, PlanItem
from unsub_tui.domain.resource import Resource
from unsub_tui.domain.untrusted_text import for_display
from unsub_tui.present.fact_texts import fact_text
from unsub_tui.present.i18n import _, ngettext, plural
from unsub_tui.present.inventory import (
    FindingText,
    Viewer,
    activity_text,
    age_text,
    backup_text,
    inventory_texts,
    recycle_bin_text,
    run_state_text,
    staying_text,
)
from unsub_tui.present.page import Entry, Tone, lines
from unsub_tui.present.resources import display_name, name_and_id, names_text

_KINDS: Mapping[ResourceKind, Callable[[int], str]] = {
    ResourceKind.SERVER: lambda n: ngettext("{some} of {n} server", "{some} of {n} servers", n),
    ResourceKind.DISK: lambda n: ngettext("{some} of {n} disk", "{some} of {n} disks", n),
    ResourceKind.DATABASE: lambda n: ngettext("{some} of {n} database", "{some} of {n} databases", n),
}
"""The kinds of resources that have backups, with a number of them."""


def shown_findings(plan: Plan) -> PlanFindings | None:
    """Return what the services say about the resources of a plan, if it deletes them."""
    return plan.findings if plan.action.deletes_resource else None


_STAYING_NOTES: Mapping[Charging, str] = {
    Charging.PAY_PER_USE: _("pay-per-use"),
    Charging.YEARLY_MONTHLY: _("stays subscribed"),
    Charging.SPOT: _("spot"),
    Charging.UNKNOWN: _("keeps billing"),
}
"""Notes on resources that stay, by how they are charged."""


def viewer_of(findings: PlanFindings) -> Viewer:
    """Return who reads the texts about a plan."""
    return Viewer(findings.user, findings.now)


def _entries(findings: ResourceFindings, viewer: Viewer, indent: int) -> Iterator[Entry]:
    """Yield a paragraph per finding; if none could be read, only the reasons."""
    if any(each.state is not FindingState.UNKNOWN for each in all_findings(findings)):
        yield from _text_entries(inventory_texts(findings, viewer), indent)
        return
    reasons = dict.fromkeys(each.reason for each in all_findings(findings) if each.reason is not None)
    texts = [fact_text(each) for each in reasons if each.code != "inventory_not_read"]
    yield from lines((_("Unknown: {reason}").format(reason=each) for each in dict.fromkeys(texts)), indent=indent)


def _text_entries(texts: Iterable[FindingText], indent: int = 2) -> Iterator[Entry]:
    for each in texts:
        yield Entry(each.sentence, Tone.WARNING if each.is_warning else Tone.PLAIN, indent=indent, hang=2)


def progress_text(findings: PlanFindings | None) -> str:
    """Return the progress of reading the findings; empty if nothing is being read."""
    if findings is None or not findings.is_reading:
        return ""
    return _("reading backups {done}/{total}").format(done=findings.done, total=findings.total)


def item_dangers(item: PlanItem, findings: PlanFindings) -> Iterator[str]:
    """Yield what the services say about an item that should be known before it is deleted, in a few words each."""
    yield from (_("! changed: {what}").format(what=fact_text(each)) for each in findings.changes_of(item))
    match findings.backup_state_of(item):
        case BackupState.NONE_SEEN:
            yield _no_backup_note(item, findings)
        case BackupState.ENDANGERED:
            yield _("! backup at risk")
    found = findings.of(item.resource)
    if found.deletion_protection is not None and found.deletion_protection.value:
        yield _("! deletion protection")
    if found.cluster is not None and found.cluster.value is not None:
        cluster = found.cluster.value
        name = cluster.name.for_display() or cluster.resource_id.for_display()
        yield _("! node of {cluster}").format(cluster=name)
    if users := _unselected_users(item, findings):
        yield _("! shared with {names}").format(names=names_text(users))
    if count := len(_lost_replicas(item, findings)):
        yield plural("! {n} read replica goes, too", "! {n} read replicas go, too", count)


def _no_backup_note(item: PlanItem, findings: PlanFindings) -> str:
    if findings.backup_state(item.resource) is BackupState.NONE_SEEN:
        is_database = findings.of(item.resource).automatic_backup is not None
        return _("! no manual backup seen") if is_database else _("! no backup seen")
    count = len(findings.with_state(item.resources, BackupState.NONE_SEEN))
    return plural("! no backup: {n} disk", "! no backup: {n} disks", count)


def _unselected_users(item: PlanItem, findings: PlanFindings) -> list[str]:
    users: dict[str, str] = {}
    for each in item.resources:
        shared = findings.of(each).shared_with
        for user in (shared.value or ()) if shared is not None else ():
            if not user.is_selected:
                users[user.resource_id.raw] = user.name.for_display() or user.resource_id.for_display()
    return list(users.values())


def _lost_replicas(item: PlanItem, findings: PlanFindings) -> Sequence[RelatedResource]:
    replicas = findings.of(item.resource).replicas
    return [each for each in (replicas.value or ()) if not each.is_selected] if replicas is not None else []


def danger_counts(items: Sequence[PlanItem], findings: PlanFindings) -> Iterator[str]:
    """Yield the numbers of items with a danger that the services tell; unknown backups are counted apart."""
    if changed := sum(bool(findings.changes_of(item)) for item in items):
        yield _("{n} changed since the review").format(n=changed)
    states = Counter(findings.backup_state_of(item) for item in items)
    if none := states[BackupState.NONE_SEEN]:
        yield plural("{n} without a backup seen", "{n} without a backup seen", none)
    if endangered := states[BackupState.ENDANGERED]:
        yield plural("{n} backup at risk", "{n} backups at risk", endangered)
    if unknown := states[BackupState.UNKNOWN]:
        yield _("backups of {n} unknown").format(n=unknown)
    found = [findings.of(item.resource) for item in items]
    if protected := sum(
        each.deletion_protection is not None and bool(each.deletion_protection.value) for each in found
    ):
        yield _("{n} with deletion protection").format(n=protected)
    if nodes := sum(each.cluster is not None and each.cluster.is_known for each in found):
        yield plural("{n} CCE node", "{n} CCE nodes", nodes)
    if shared := sum(bool(_unselected_users(item, findings)) for item in items):
        yield _("{n} shared").format(n=shared)


def is_node_certain(item: PlanItem, findings: PlanFindings | None) -> bool:
    """Return whether the clusters were read, so that no name has to suggest whether a server is a node."""
    cluster = None if findings is None else findings.of(item.resource).cluster
    return cluster is not None and cluster.state is not FindingState.UNKNOWN


def item_remarks(item: PlanItem, findings: PlanFindings) -> Iterator[str]:
    """Yield what is worth knowing about an item, but no danger."""
    if findings.backup_state_of(item) is BackupState.UNKNOWN:
        yield _("backups unknown")
    run_state = findings.of(item.resource).run_state
    if run_state is not None and run_state.is_known:
        yield run_state_text(run_state, viewer_of(findings)).cell


def brief_text(item: PlanItem, findings: PlanFindings) -> str:
    """Return the most important findings about an item on one line; empty if nothing is known."""
    found, viewer = findings.of(item.resource), viewer_of(findings)
    is_known = found.run_state is not None and found.run_state.is_known
    texts = [run_state_text(found.run_state, viewer).cell] if is_known else []
    if found.newest_backup is not None and found.newest_backup.is_known:
        texts.append(_("newest backup {date}").format(date=backup_text(found, viewer).cell))
    texts += (each.removeprefix("! ") for each in item_dangers(item, findings))
    if found.activity is not None and found.activity.is_known:
        texts.append(activity_text(found.activity, viewer).cell)
    return " · ".join(filter(None, texts))


def item_entries(item: PlanItem, findings: PlanFindings) -> list[Entry]:
    """Return all findings about the resources of an item, the attached ones under their names."""
    viewer = viewer_of(findings)
    entries = list(_entries(findings.of(item.resource), viewer, indent=4))
    for each in item.attached:
        if found := list(_entries(findings.of(each), viewer, indent=6)):
            entries += [Entry(name_and_id(each), indent=4, hang=2), *found]
    changes = lines(
        (_("changed since the review: {what}").format(what=fact_text(each)) for each in findings.changes_of(item)),
        Tone.WARNING,
        indent=4,
    )
    return [*changes, *entries]


def warning_entries(item: PlanItem, findings: PlanFindings) -> list[Entry]:
    """Return the findings about an item that speak of a loss."""
    viewer = viewer_of(findings)
    texts = (text for each in item.resources for text in inventory_texts(findings.of(each), viewer) if text.is_warning)
    return lines(dict.fromkeys(each.sentence for each in texts), Tone.WARNING, target=item.id, indent=4)


def staying_of(plan: Plan) -> Sequence[Staying]:
    """Return what stays and keeps billing, as far as the services say it."""
    findings = shown_findings(plan)
    return () if findings is None else findings.staying(plan.items)


def staying_note(staying: Staying) -> str:
    """Return how a resource that stays is charged, in a few words."""
    if staying.resource.is_deleted_perhaps:
        return _("stays or is deleted")
    return _STAYING_NOTES[staying.resource.charging]


def staying_line(staying: Staying) -> str:
    """Return a resource that stays, how it is charged, and what it belongs to."""
    words = _("{what}, of {name}")
    return words.format(what=staying_text(staying.resource), name=display_name(staying.of))


def guessed_leftovers(plan: Plan) -> Sequence[Resource]:
    """Return the resources that may remain, by their names, where the services do not say what stays."""
    if not plan.action.deletes_resource:
        return ()
    findings = plan.findings
    if findings is None or not plan.possible_leftovers:
        return plan.possible_leftovers
    named = {each.resource.resource_id.raw for each in findings.staying(plan.items)}
    places = {
        location_of(each)
        for item in plan.items
        for each in item.primary
        if kind_of(each) is ResourceKind.SERVER and not findings.knows_what_stays(each)
    }
    return [each for each in plan.possible_leftovers if location_of(each) in places and each.id not in named]


def is_all_known(plan: Plan) -> bool:
    """Return whether the services say of each server of a plan what stays without it."""
    findings = plan.findings
    return findings is not None and all(
        findings.knows_what_stays(each)
        for item in plan.items
        for each in item.primary
        if kind_of(each) is ResourceKind.SERVER
    )


def backup_lines(plan: Plan) -> Iterator[str]:
    """Yield how many resources have no backup seen, by kind, with region and user; then those of uncertain backups."""
    findings = shown_findings(plan)
    if findings is None:
        return
    if without := no_backup_text(plan):
        where = _("{regions} as {user}") if findings.user else "{regions}"
        wheres = where.format(regions=_regions(plan, findings), user=for_display(findings.user))
        yield _("No backup seen: {what}, in {where}").format(what=without, where=wheres)
    if endangered := _counts_by_kind(plan, findings, BackupState.ENDANGERED):
        yield _("Backups at risk: {what}").format(what=endangered)
    if unknown := _counts_by_kind(plan, findings, BackupState.UNKNOWN):
        yield _("Backups unknown: {what}; {reason}").format(what=unknown, reason=_reason(plan, findings))


def _reason(plan: Plan, findings: PlanFindings) -> str:
    """Return the most common reason why backups are unknown."""
    found = (findings.of(each).newest_backup for each in findings.with_state(plan.resources, BackupState.UNKNOWN))
    reasons = Counter(fact_text(each.reason) for each in found if each is not None and each.reason is not None)
    return reasons.most_common(1)[0][0] if reasons else _("unknown")


def no_backup_text(plan: Plan) -> str:
    """Return the numbers of resources without a backup seen, of all of their kind; empty without any."""
    findings = shown_findings(plan)
    return "" if findings is None else _counts_by_kind(plan, findings, BackupState.NONE_SEEN)


def _counts_by_kind(plan: Plan, findings: PlanFindings, wanted: BackupState) -> str:
    all_ = Counter(map(kind_of, plan.resources))
    some = Counter(map(kind_of, findings.with_state(plan.resources, wanted)))
    return ", ".join(
        words(all_[kind]).format(some=some[kind], n=all_[kind]) for kind, words in _KINDS.items() if some[kind]
    )


def _regions(plan: Plan, findings: PlanFindings) -> str:
    found = findings.with_state(plan.resources, BackupState.NONE_SEEN)
    return names_text(list(dict.fromkeys(each.region_code.for_display() for each in found)))


def state_note(resource: Resource, findings: PlanFindings | None) -> str:
    """Return in a few words that no backup of a resource is seen, or how uncertain it is; else ""."""
    notes = {
        BackupState.NONE_SEEN: _("no backup seen"),
        BackupState.ENDANGERED: _("backup at risk"),
        BackupState.UNKNOWN: _("backups unknown"),
    }
    state = None if findings is None else findings.backup_state(resource)
    return "" if state is None else notes.get(state, "")


def age_lines(plan: Plan) -> Iterator[str]:
    """Yield that the findings are old, or were not read again before the confirmation."""
    findings = shown_findings(plan)
    if findings is None:
        return
    origins = [each.newest_backup.origin for each in findings.by_id.values() if each.newest_backup is not None]
    oldest = min((each.at for each in origins if each is not None), default=None)
    if findings.is_reading:
        yield _("Run states and backups: not all of them were read.")
    if findings.is_rereading_skipped and oldest is not None:
        words = _("Run states and backups were not read again for this confirmation; they were read {age}.")
        yield words.format(age=age_text(findings.now - oldest))


def recycle_bin_line(plan: Plan) -> str:
    """Return what the recycle bins do with the resources of a plan, by their policies; empty if none was read."""
    findings = plan.findings
    if findings is None:
        return ""
    viewer = viewer_of(findings)
    bins = [findings.of(each).recycle_bin for each in plan.resources]
    if not any(each is not None and each.is_known for each in bins):
        return ""
    counts = Counter(cell for each in bins if (cell := recycle_bin_text(each, viewer).cell).strip("…"))
    texts = [_("{n} x {what}").format(n=count, what=cell) for cell, count in counts.most_common()]
    return _("Recycle bins, by their policies: {counts}").format(counts=", ".join(texts)) if texts else ""
