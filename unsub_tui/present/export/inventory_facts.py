"""The findings of the inventory for other programs: `facts` of a resource, by name.

A fact without meaning for a kind of resource is left out. An absent value always has its reason beside it: nothing was
seen in a region, or it is unknown.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import TypeVar

from unsub_tui.domain.fact import fact
from unsub_tui.domain.inventory.charging import Charging
from unsub_tui.domain.inventory.finding import Finding, FindingState, unknown
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
from unsub_tui.present.export.formats import Row
from unsub_tui.present.export.forms import Field, Form, nested_if_any, optional, time, value, values
from unsub_tui.present.fact_texts import fact_text

T = TypeVar("T")
P = TypeVar("P")

CODE_PREFIX = "inventory_"
"""Prefix of the codes of reasons that the output leaves out."""

BACKUP = Form[NewestBackup](
    "BackupFact",
    "A backup. `is_usable` is whether it outlives the resource and certainly holds it; `dangers` says why not, and "
    "what else may end it. `kind` is `server` or `disk` for backups in vaults, `manual` or `automatic` for those of "
    "databases.",
    id=value(str, lambda backup: backup.backup_id.raw),
    kind=value(str, lambda backup: backup.kind),
    created_at=time(lambda backup: backup.created),
    expires_at=time(lambda backup: backup.expires),
    vault_id=optional(str, lambda backup: backup.vault_id.raw or None),
    is_usable=value(bool, lambda backup: backup.is_usable),
    dangers=values(str, lambda backup: map(fact_text, backup.dangers)),
)

COPY = Form[BackupCopy](
    "BackupCopyFact",
    "A copy of a backup in another region. `is_checked` is whether it was seen there.",
    region=value(str, lambda copy: copy.region),
    is_checked=value(bool, lambda copy: not copy.is_recorded_only),
    created_at=time(lambda copy: copy.created),
)

STAYING = Form[StayingResource](
    "StayingFact",
    "A resource that stays and keeps billing. `may_be_deleted` is whether the service may delete it all the same. "
    "`kind` is `disk`, `eip`, `bandwidth`, `vault`, or `manual_backups` with the id of the database.",
    resource_id=value(str, lambda each: each.resource_id.raw),
    resource_name=value(str, lambda each: each.name.raw),
    kind=value(str, lambda each: each.kind),
    charging=value(Charging, lambda each: each.charging),
    count=value(int, lambda each: each.count),
    may_be_deleted=value(bool, lambda each: each.is_deleted_perhaps),
)

BIN = Form[BinFinding](
    "RecycleBinFact",
    "What the recycle bin does by its policy; Huawei Cloud has more exceptions.",
    is_kept=value(bool, lambda each: each.is_kept),
    hours=optional(int, lambda each: None if each.kept is None else int(each.kept.total_seconds()) // 3600),
)

ACTIVITY = Form[Activity](
    "ActivityFact",
    "Highest daily values of the days that were measured: CPU in percent, network and disk writes in bytes per second. "
    "`is_quiet` is whether a server was below all thresholds on every day.",
    days=value(int, lambda each: each.days),
    days_measured=value(int, lambda each: each.days_measured),
    cpu_max=optional(float, lambda each: _number(each.cpu_max)),
    net_max=optional(float, lambda each: _number(each.network_max)),
    disk_write_max=optional(float, lambda each: _number(each.disk_write_max)),
    connections_max=optional(float, lambda each: _number(each.connections_max)),
    is_quiet=value(bool, lambda each: each.is_quiet),
)


def _number(number: Decimal | None) -> float | None:
    return None if number is None else float(number)


def _one(type_: type[T], convert: Callable[[P], T]) -> Field[Finding[P]]:
    """Return the value of a fact."""
    return optional(type_, lambda finding: None if finding.value is None else convert(finding.value))


def _ids(finding: Finding[Sequence[RelatedResource]]) -> list[str] | None:
    return None if finding.value is None else [each.resource_id.raw for each in finding.value]


def _object(form: Form[P]) -> Field[Finding[P]]:
    """Return the value of a fact as an object."""
    return Field(form, lambda finding: None if finding.value is None else form.row(finding.value), is_optional=True)


def _objects(form: Form[P]) -> Field[Finding[Sequence[P]]]:
    """Return the value of a fact as a list of objects."""
    return Field(
        form,
        lambda finding: None if finding.value is None else form.rows(finding.value),
        is_list=True,
        is_optional=True,
    )


_RESOURCE_IDS = Field(str, _ids, is_list=True, is_optional=True)
_RESOURCE_ID: Field[Finding[RelatedResource]] = _one(str, lambda related: related.resource_id.raw)


def _tags(tags: Tags) -> dict[str, str]:
    return {key.raw: tag.raw for key, tag in tags.items()}


def _fact(
    name: str, content: Field[Finding[P]], read: Callable[[ResourceFindings], Finding[P] | None]
) -> Field[ResourceFindings]:
    """Return the field of a fact with this value."""
    form = Form[Finding[P]](
        name,
        "A fact: known, seen nowhere (`none_seen`), or unknown. `where` is the region, `at` the time of the response, "
        "`source` the operation. `reason` is a code, `reason_text` its sentence.",
        state=value(FindingState, lambda finding: finding.state),
        value=content,
        source=optional(str, lambda finding: finding.origin.source if finding.origin else None),
        at=time(lambda finding: finding.origin.at if finding.origin else None),
        where=optional(str, lambda finding: finding.origin.where if finding.origin else None),
        reason=optional(str, lambda finding: finding.reason.code.removeprefix(CODE_PREFIX) if finding.reason else None),
        reason_text=optional(str, lambda finding: fact_text(finding.reason) if finding.reason else None),
    )
    return nested_if_any(form, read)


def _run_state(findings: ResourceFindings) -> Finding[RunStateFinding] | None:
    """Return whether it runs or is stopped; any other status leaves that open."""
    found = findings.run_state
    if found is not None and found.value is not None and found.value.state is RunState.OTHER:
        return unknown(fact("inventory_status", status=found.value.status), found.origin)
    return found


FACTS = Form[ResourceFindings](
    "Facts",
    "What is known of a resource from the services themselves. A fact without meaning for its kind is left out.",
    run_state=_fact("RunStateFact", _one(RunState, lambda each: each.state), _run_state),
    status=_fact("StatusFact", _one(str, lambda each: each.status), lambda all_: all_.run_state),
    attached_to=_fact("AttachedToFact", _RESOURCE_IDS, lambda all_: all_.attached_to),
    bound_to=_fact("BoundToFact", _RESOURCE_ID, lambda all_: all_.bound_to),
    shared_with=_fact("SharedWithFact", _RESOURCE_IDS, lambda all_: all_.shared_with),
    tags=_fact("TagsFact", _one(dict[str, str], _tags), lambda all_: all_.tags),
    newest_backup=_fact("NewestBackupFact", _object(BACKUP), lambda all_: all_.newest_backup),
    lasting_backup=_fact("LastingBackupFact", _object(BACKUP), lambda all_: all_.lasting_backup),
    automatic_backup=_fact("AutomaticBackupFact", _object(BACKUP), lambda all_: all_.automatic_backup),
    backup_copies=_fact("BackupCopiesFact", _objects(COPY), lambda all_: all_.backup_copies),
    snapshots=_fact("SnapshotsFact", _one(int, lambda count: count), lambda all_: all_.snapshots),
    replicas=_fact("ReplicasFact", _RESOURCE_IDS, lambda all_: all_.replicas),
    replica_of=_fact("ReplicaOfFact", _RESOURCE_ID, lambda all_: all_.replica_of),
    stays_behind=_fact("StaysBehindFact", _objects(STAYING), lambda all_: all_.stays_behind),
    shared_bandwidths=_fact("SharedBandwidthsFact", _objects(STAYING), lambda all_: all_.shared_bandwidths),
    vaults=_fact("VaultsFact", _objects(STAYING), lambda all_: all_.vaults),
    backups_inside=_fact("BackupsInsideFact", _one(int, lambda count: count), lambda all_: all_.backups_inside),
    cluster=_fact("ClusterFact", _RESOURCE_ID, lambda all_: all_.cluster),
    deletion_protection=_fact(
        "DeletionProtectionFact", _one(bool, lambda is_on: is_on), lambda all_: all_.deletion_protection
    ),
    recycle_bin=_fact("RecycleBinPolicyFact", _object(BIN), lambda all_: all_.recycle_bin),
    activity=_fact("ActivityOfDaysFact", _object(ACTIVITY), lambda all_: all_.activity),
)


def facts_row(findings: ResourceFindings) -> Row:
    """Return the facts about a resource by name."""
    return FACTS.row(findings)
