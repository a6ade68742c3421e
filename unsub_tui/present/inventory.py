"""Findings of the inventory in words: a cell for columns, and a sentence with source and age.

Nothing is ever called safe, idle or unused: the words are those of what was seen, and where and as whom.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import NamedTuple, TypeVar

from unsub_tui.domain.cleanup_candidates import CandidateReason
from unsub_tui.domain.inventory.charging import Charging
from unsub_tui.domain.inventory.finding import Finding, FindingState, Origin
from unsub_tui.domain.inventory.resource_findings import (
    Activity,
    BackupCopy,
    BinFinding,
    NewestBackup,
    RelatedResource,
    ResourceFindings,
    RunState,
    RunStateFinding,
    StayingResource,
)
from unsub_tui.domain.inventory.service_rows import Tags
from unsub_tui.domain.untrusted_text import UntrustedText, for_display
from unsub_tui.present.fact_texts import fact_text, facts_text
from unsub_tui.present.i18n import _, plural
from unsub_tui.present.resources import names_text
from unsub_tui.present.time_format import date_and_zone, format_date

T = TypeVar("T")


class FindingText(NamedTuple):
    """A finding in words."""

    cell: str
    """A few words for a column; empty if the finding has no meaning for the resource."""
    sentence: str
    """A sentence without a full stop, with source and age; empty if there is nothing to say."""
    is_warning: bool = False
    """Whether it speaks of a loss."""


@dataclass(frozen=True, slots=True)
class Viewer:
    """The reader of the texts, and the time."""

    user: str
    """Name of the user whose permissions limit what is seen; empty if it is not known."""
    now: datetime


NOTHING = FindingText("", "")

_SOURCES: Mapping[str, str] = {
    "ecs": "ECS",
    "evs": "EVS",
    "vpc": "EIP",
    "rds": "RDS",
    "cce": "CCE",
    "cbr": "CBR",
    "ces": "Cloud Eye",
    "rms": "Config",
    "config": "Config",
}
"""Names of the services by the first part of a source."""

_RUN_STATES: Mapping[RunState, str] = {RunState.RUNNING: _("running"), RunState.STOPPED: _("stopped")}

KIND_NAMES: Mapping[str, str] = {
    "server": _("server"),
    "disk": _("disk"),
    "eip": _("EIP"),
    "bandwidth": _("shared bandwidth"),
    "vault": _("vault"),
    "backup": _("backup"),
    "database": _("database"),
    "cluster": _("cluster"),
    "nat_gateway": _("NAT gateway"),
    "load_balancer": _("load balancer"),
    "vpn": _("VPN gateway"),
}

_CHARGING: Mapping[Charging, str] = {
    Charging.PAY_PER_USE: _("pay-per-use"),
    Charging.YEARLY_MONTHLY: _("yearly/monthly, stays subscribed"),
    Charging.SPOT: _("spot"),
    Charging.UNKNOWN: _("billing mode unknown"),
}

CANDIDATE_REASONS: Mapping[CandidateReason, str] = {
    CandidateReason.STOPPED: _("stopped"),
    CandidateReason.UNATTACHED: _("unattached"),
    CandidateReason.UNBOUND: _("unbound"),
    CandidateReason.EMPTY: _("without an EIP"),
    CandidateReason.QUIET: _("quiet"),
    CandidateReason.EXPIRES_SOON: _("expires soon"),
}
"""Reasons of the report to look at a resource."""

BYTES_PER_KB = 1000


def inventory_texts(findings: ResourceFindings, viewer: Viewer) -> list[FindingText]:
    """Return the findings of a resource that have a sentence, in reading order."""
    texts = [
        run_state_text(findings.run_state, viewer),
        attachment_text(findings.attached_to, viewer),
        binding_text(findings.bound_to, viewer),
        sharing_text(findings.shared_with, viewer),
        cluster_text(findings.cluster, viewer),
        deletion_protection_text(findings.deletion_protection, viewer),
        tags_text(findings.tags, viewer),
        backup_text(findings, viewer),
        lasting_backup_text(findings, viewer),
        automatic_backup_text(findings.automatic_backup, viewer),
        copies_text(findings.backup_copies, viewer),
        snapshots_text(findings.snapshots, viewer),
        replicas_text(findings.replicas, viewer),
        primary_text(findings.replica_of, viewer),
        stays_behind_text(findings.stays_behind, viewer),
        bandwidths_text(findings.shared_bandwidths, viewer),
        vaults_text(findings.vaults, viewer),
        backups_inside_text(findings.backups_inside, viewer),
        recycle_bin_text(findings.recycle_bin, viewer),
        activity_text(findings.activity, viewer),
    ]
    return [each for each in texts if each.sentence]


def use_word(findings: ResourceFindings) -> str:
    """Return in a word whether a resource runs, or is attached or bound to another one; empty if it is not known."""
    run, attached, bound = findings.run_state, findings.attached_to, findings.bound_to
    if run is not None and run.value is not None:
        return _RUN_STATES.get(run.value.state) or for_display(run.value.status).lower()
    words = {
        FindingState.KNOWN: (_("attached"), _("bound")),
        FindingState.NONE_SEEN: (_("unattached"), _("unbound")),
    }
    for finding, position in ((attached, 0), (bound, 1)):
        if finding is not None and finding.state in words:
            return words[finding.state][position]
    return ""


def run_state_text(finding: Finding[RunStateFinding] | None, viewer: Viewer) -> FindingText:
    """Return what the resource is doing."""

    def known(value: RunStateFinding) -> FindingText:
        state = _RUN_STATES.get(value.state) or for_display(value.status)
        if value.state is RunState.STOPPED and value.last_operation is not None:
            stopped = _("Stopped, no operation since {date}")
            return FindingText(state, stopped.format(date=date_and_zone(value.last_operation)))
        return FindingText(state, _("Status: {state}").format(state=state))

    return _text(finding, viewer, known, NOTHING, _("Status unknown: {reason}"))


def attachment_text(finding: Finding[Sequence[RelatedResource]] | None, viewer: Viewer) -> FindingText:
    """Return the servers of a disk."""

    def known(value: Sequence[RelatedResource]) -> FindingText:
        return FindingText(_names(value), _("Attached to {names}").format(names=_full_names(value)))

    none = FindingText(_("unattached"), _("Unattached"))
    return _text(finding, viewer, known, none, _("Attachments unknown: {reason}"))


def binding_text(finding: Finding[RelatedResource] | None, viewer: Viewer) -> FindingText:
    """Return the instance of an EIP: bound or unbound, never used or unused."""

    def known(value: RelatedResource) -> FindingText:
        return FindingText(_name(value), _("Bound to {name}").format(name=_full_name(value)))

    none = FindingText(_("unbound"), _("Unbound"))
    return _text(finding, viewer, known, none, _("Binding unknown: {reason}"))


def sharing_text(finding: Finding[Sequence[RelatedResource]] | None, viewer: Viewer) -> FindingText:
    """Return who else uses a disk or bandwidth, with those that are not selected by name."""

    def known(value: Sequence[RelatedResource]) -> FindingText:
        left = [each for each in value if not each.is_selected]
        cell = plural("{n} user", "{n} users", len(value))
        sentence = _("Shared: {names}").format(names=_full_names(value))
        if left and len(left) < len(value):
            sentence = _("Shared: {names}; not selected: {left}").format(
                names=_full_names(value), left=_full_names(left)
            )
        return FindingText(cell, sentence, bool(left))

    none = FindingText(_("no user seen"), _("No other user seen"))
    return _text(finding, viewer, known, none, _("Whether it is shared is unknown: {reason}"))


def tags_text(finding: Finding[Tags] | None, viewer: Viewer) -> FindingText:
    """Return the tags."""

    def known(value: Tags) -> FindingText:
        pairs = [_tag(key, tag) for key, tag in sorted(value.items())]
        return FindingText(" ".join(pairs), _("Tags: {tags}").format(tags=", ".join(pairs)))

    none = FindingText(_("no tags"), _("No tags seen"))
    return _text(finding, viewer, known, none, _("Tags unknown: {reason}"))


def _tag(key: UntrustedText, value: UntrustedText) -> str:
    return f"{key.for_display()}={value.for_display()}" if value else key.for_display()


def cluster_text(finding: Finding[RelatedResource] | None, viewer: Viewer) -> FindingText:
    """Return the cluster of a node. Nothing is said of a server that is no node."""

    def known(value: RelatedResource) -> FindingText:
        node = _("A node of the CCE cluster {name}: after an unsubscription, remove the node there")
        return FindingText(_name(value), node.format(name=_name(value)))

    text = _text(finding, viewer, known, NOTHING, _("Cluster unknown: {reason}"))
    reason = None if finding is None else finding.reason
    has_tag = reason is not None and reason.code in ("inventory_cluster_tag", "inventory_cluster_tag_alone")
    return text._replace(cell=_("CCE tag")) if has_tag else text


def deletion_protection_text(finding: Finding[bool] | None, viewer: Viewer) -> FindingText:
    """Return whether a cluster has deletion protection."""

    def known(value: bool) -> FindingText:  # noqa: FBT001 - the value of the finding
        if value:
            return FindingText(
                _("on"), _("Deletion protection is on; whether it prevents an unsubscription is unknown")
            )
        return FindingText(_("off"), _("Deletion protection is off"))

    return _text(finding, viewer, known, NOTHING, _("Deletion protection unknown: {reason}"))


def backup_text(findings: ResourceFindings, viewer: Viewer) -> FindingText:
    """Return the newest backup with what endangers it, or where and as whom none was seen."""
    finding, is_database = findings.newest_backup, findings.automatic_backup is not None

    def known(value: NewestBackup) -> FindingText:
        cell = format_date(value.created)
        cell = cell if value.is_usable else _("{date} !").format(date=cell)
        return FindingText(cell, _backup_sentence(value), not value.is_usable)

    is_unattached = findings.attached_to is not None and findings.attached_to.state is FindingState.NONE_SEEN
    where = _where(finding, viewer)
    none = _("No manual backup seen in {where}") if is_database else _("No backup seen in {where}")
    none = _("Unattached, and no backup seen in {where}") if is_unattached else none
    limits = _("images, copies made inside the server and other accounts were not searched")
    reason = finding.reason if finding is not None and finding.state is FindingState.NONE_SEEN else None
    parts = [none.format(where=where), *([fact_text(reason)] if reason else []), *([] if is_database else [limits])]
    seen = FindingText(_("none seen"), "; ".join(parts), is_warning=True)
    return _text(finding, viewer, known, seen, _("Backups unknown: {reason}"))


def _backup_sentence(backup: NewestBackup) -> str:
    created = date_and_zone(backup.created)
    if backup.kind == "manual":
        return _("Newest manual backup seen: {date}; it stays and keeps billing").format(date=created)
    vault = backup.vault_name.for_display() or backup.vault_id.for_display() or _("unknown")
    expires = format_date(backup.expires) if backup.expires is not None else _("never")
    seen = _("Newest backup seen: {date}, of the disk, in vault {vault}, expires: {expires}")
    if backup.kind == "server":
        seen = _("Newest backup seen: {date}, of the server, in vault {vault}, expires: {expires}")
    sentence = seen.format(date=created, vault=vault, expires=expires)
    if not backup.dangers:
        return sentence
    return _("{backup}. But {dangers}").format(backup=sentence, dangers=facts_text(backup.dangers))


def _where(finding: Finding[object] | None, viewer: Viewer) -> str:
    """Return the region, and the user whose permissions limit what is seen there."""
    region = for_display(finding.origin.where) if finding is not None and finding.origin is not None else _("unknown")
    if not viewer.user:
        return region
    return _("{region} as {user}").format(region=region, user=for_display(viewer.user))


def lasting_backup_text(findings: ResourceFindings, viewer: Viewer) -> FindingText:
    """Return the backup to rely on, if it is not the newest one."""
    newest, lasting = findings.newest_backup, findings.lasting_backup
    if newest is None or newest.value is None or newest.value.is_usable:
        return NOTHING

    def known(value: NewestBackup) -> FindingText:
        return FindingText(format_date(value.created), _backup_sentence(value))

    none = _("No other backup seen in {where}").format(where=_where(lasting, viewer))
    return _text(lasting, viewer, known, FindingText(_("none seen"), none), _("Other backups unknown: {reason}"))


def automatic_backup_text(finding: Finding[NewestBackup] | None, viewer: Viewer) -> FindingText:
    """Return the newest automatic backup of a database, always with its fate."""

    def known(value: NewestBackup) -> FindingText:
        deleted = _("Newest automatic backup seen: {date}; automatic backups are deleted with the database")
        return FindingText(
            format_date(value.created), deleted.format(date=date_and_zone(value.created)), is_warning=True
        )

    none = FindingText(_("none seen"), _("No automatic backup seen"))
    return _text(finding, viewer, known, none, _("Automatic backups unknown: {reason}"))


def copies_text(finding: Finding[Sequence[BackupCopy]] | None, viewer: Viewer) -> FindingText:
    """Return the copies of backups in other regions."""

    def known(value: Sequence[BackupCopy]) -> FindingText:
        texts = [_copy(each) for each in value]
        return FindingText(names_text([for_display(each.region) for each in value]), ". ".join(texts))

    return _text(finding, viewer, known, NOTHING, _("Copies in other regions unknown: {reason}"))


def _copy(copy: BackupCopy) -> str:
    region = for_display(copy.region)
    if copy.is_recorded_only:
        return _("Replication to {region} is recorded, but was not checked").format(region=region)
    return _("Copy of a backup seen in {region}: {date}").format(region=region, date=date_and_zone(copy.created))


def snapshots_text(finding: Finding[int] | None, viewer: Viewer) -> FindingText:
    """Return the number of snapshots, always with their fate."""

    def known(value: int) -> FindingText:
        sentence = plural(
            "{n} snapshot, removed with the disk: no backup", "{n} snapshots, removed with the disk: no backups", value
        )
        return FindingText(str(value), sentence)

    none = FindingText(_("none seen"), _("No snapshots seen; they would be removed with the disk"))
    return _text(finding, viewer, known, none, _("Snapshots unknown: {reason}"))


def replicas_text(finding: Finding[Sequence[RelatedResource]] | None, viewer: Viewer) -> FindingText:
    """Return the read replicas of a database."""

    def known(value: Sequence[RelatedResource]) -> FindingText:
        sentence = plural(
            "{n} read replica is deleted with it: {names}",
            "{n} read replicas are deleted with it: {names}",
            len(value),
            names=_full_names(value),
        )
        return FindingText(_names(value), sentence)

    none = FindingText(_("none seen"), _("No read replicas seen"))
    return _text(finding, viewer, known, none, _("Read replicas unknown: {reason}"))


def primary_text(finding: Finding[RelatedResource] | None, viewer: Viewer) -> FindingText:
    """Return the primary of a read replica."""

    def known(value: RelatedResource) -> FindingText:
        return FindingText(_name(value), _("A read replica of {name}").format(name=_full_name(value)))

    return _text(finding, viewer, known, NOTHING, _("A read replica, its primary is unknown: {reason}"))


def stays_behind_text(finding: Finding[Sequence[StayingResource]] | None, viewer: Viewer) -> FindingText:
    """Return the resources that stay and keep billing, by name."""

    def known(value: Sequence[StayingResource]) -> FindingText:
        sentence = plural(
            "{n} resource is not unsubscribed with it: {names}",
            "{n} resources are not unsubscribed with it: {names}",
            len(value),
            names="; ".join(map(staying_text, value)),
        )
        return FindingText(plural("{n} stays", "{n} stay", len(value)), sentence)

    none = FindingText(_("none seen"), _("No disk or EIP seen that would stay"))
    return _text(finding, viewer, known, none, _("Resources that stay are unknown: {reason}"))


def bandwidths_text(finding: Finding[Sequence[StayingResource]] | None, viewer: Viewer) -> FindingText:
    """Return the shared bandwidths of EIPs. Nothing is said of resources without one."""

    def known(value: Sequence[StayingResource]) -> FindingText:
        names = "; ".join(map(staying_text, value))
        return FindingText(_names(value), _("Bills independently of its EIPs: {names}").format(names=names))

    return _text(finding, viewer, known, NOTHING, _("Shared bandwidths unknown: {reason}"))


def vaults_text(finding: Finding[Sequence[StayingResource]] | None, viewer: Viewer) -> FindingText:
    """Return the vaults that stay."""

    def known(value: Sequence[StayingResource]) -> FindingText:
        names = "; ".join(map(staying_text, value))
        return FindingText(_names(value), _("Stays and keeps billing: {names}").format(names=names))

    none = FindingText(_("none seen"), _("No vault seen that would stay"))
    return _text(finding, viewer, known, none, _("Vaults unknown: {reason}"))


def backups_inside_text(finding: Finding[int] | None, viewer: Viewer) -> FindingText:
    """Return the number of backups in a vault, always with their fate."""

    def known(value: int) -> FindingText:
        sentence = plural(
            "{n} backup in this vault is deleted with it", "{n} backups in this vault are deleted with it", value
        )
        return FindingText(str(value), sentence, is_warning=True)

    none = FindingText(_("none seen"), _("No usable backup seen in this vault"))
    return _text(finding, viewer, known, none, _("Backups in this vault unknown: {reason}"))


def staying_text(resource: StayingResource) -> str:
    """Return a resource that stays, and how it is charged."""
    charging = _CHARGING[resource.charging]
    if resource.kind == "manual_backups":
        return plural(
            "{n} manual backup ({charging})", "{n} manual backups ({charging})", resource.count, charging=charging
        )
    kind, name = KIND_NAMES.get(resource.kind, resource.kind), _name(resource)
    if resource.is_deleted_perhaps:
        return _("{kind} {name} ({charging}), or it is deleted").format(kind=kind, name=name, charging=charging)
    return _("{kind} {name} ({charging})").format(kind=kind, name=name, charging=charging)


def recycle_bin_text(finding: Finding[BinFinding] | None, viewer: Viewer) -> FindingText:
    """Return what the recycle bin does with the resource, by its policy."""

    def known(value: BinFinding) -> FindingText:
        if value.is_kept:
            kept = _("unknown") if value.kept is None else _duration(value.kept)
            return FindingText(kept, _("Recycle bin, by its policy: kept for {time}").format(time=kept))
        if value.min_age is not None:
            young = _("Recycle bin, by its policy: not kept, because it is younger than {time}")
            return FindingText(_("not kept"), young.format(time=_duration(value.min_age)))
        return FindingText(_("off"), _("Recycle bin, by its policy: off"))

    return _text(finding, viewer, known, NOTHING, _("Recycle bin unknown: {reason}"))


def _duration(time: timedelta) -> str:
    if time < timedelta(days=2):
        return _("{hours} h").format(hours=time // timedelta(hours=1))
    return _("{days} d").format(days=time // timedelta(days=1))


def activity_text(finding: Finding[Activity] | None, viewer: Viewer) -> FindingText:
    """Return the figures of the measured days; "quiet" only with the number of days that it is true of."""

    def known(value: Activity) -> FindingText:
        days = _("{n} of {days} days").format(n=value.days_measured, days=value.days)
        figures = [*_figures(value), days]
        cell = figures[0]
        if value.is_quiet:
            cell = _("quiet {days} d").format(days=value.days)
            figures.append(_("quiet"))
        elif value.quiet_days:
            figures.append(_("quiet in {n} of {days} days measured").format(n=value.quiet_days, days=value.days))
        return FindingText(cell, _("Activity: {figures}").format(figures=", ".join(figures)))

    return _text(finding, viewer, known, NOTHING, _("Activity unknown: {reason}"))


def _figures(activity: Activity) -> Iterable[str]:
    if activity.cpu_max is not None:
        yield _("CPU max {n} %").format(n=_number(activity.cpu_max))
    if activity.network_max is not None:
        yield _("network {n} kB/s").format(n=_number(activity.network_max / BYTES_PER_KB))
    if activity.disk_write_max is not None:
        yield _("disk writes {n} kB/s").format(n=_number(activity.disk_write_max / BYTES_PER_KB))
    if activity.connections_max is not None:
        yield _("connections max {n}").format(n=_number(activity.connections_max))


def _number(value: Decimal) -> str:
    """Return a number with at most two decimals; a small one is not shown as zero."""
    rounded = round(value, 2)
    return "<0.01" if value and not rounded else f"{rounded.normalize():f}"


def _text(
    finding: Finding[T] | None, viewer: Viewer, known: Callable[[T], FindingText], none: FindingText, unknown: str
) -> FindingText:
    """Return the words of a finding: those of its value, of "none seen", or of the reason why it is unknown."""
    if finding is None:
        return NOTHING
    if finding.value is not None:
        text = known(finding.value)
    elif finding.state is FindingState.NONE_SEEN:
        text = none
    elif finding.reason is not None and finding.reason.code == "inventory_not_read":
        return FindingText("…", "")
    else:
        reason = _("unknown") if finding.reason is None else fact_text(finding.reason)
        text = FindingText(_("unknown"), unknown.format(reason=reason))
    return text if not text.sentence or finding.origin is None else _with_origin(text, finding.origin, viewer)


def _with_origin(text: FindingText, origin: Origin, viewer: Viewer) -> FindingText:
    """Return the words with their source, and with their age if it is more than some minutes."""
    source = _("from Config, which may be a day late") if origin.is_from_config else source_name(origin)
    if Finding(FindingState.UNKNOWN, None, origin).is_stale(viewer.now):
        source = _("{source}, read {age}").format(source=source, age=age_text(viewer.now - origin.at))
    return text._replace(sentence=_("{sentence} ({source})").format(sentence=text.sentence, source=source))


def source_name(origin: Origin) -> str:
    """Return the name of the service that was read."""
    service = origin.source.partition(":")[0]
    return _SOURCES.get(service, for_display(service))


def age_text(age: timedelta) -> str:
    """Return how long ago something was read."""
    if age < timedelta(hours=2):
        return _("{n} min ago").format(n=age // timedelta(minutes=1))
    if age < timedelta(days=2):
        return _("{n} h ago").format(n=age // timedelta(hours=1))
    return _("{n} d ago").format(n=age // timedelta(days=1))


def _name(resource: RelatedResource | StayingResource) -> str:
    return resource.name.for_display() or resource.resource_id.for_display()


def _full_name(resource: RelatedResource) -> str:
    kind, name = KIND_NAMES.get(resource.kind, ""), _name(resource)
    return _("{kind} {name}").format(kind=kind, name=name) if kind else name


def _names(resources: Iterable[RelatedResource | StayingResource]) -> str:
    return names_text([*map(_name, resources)])


def _full_names(resources: Iterable[RelatedResource]) -> str:
    return ", ".join(map(_full_name, resources))
