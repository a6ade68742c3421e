"""All findings about one resource. The names of the fields are those of the JSON forms."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from unsub_tui.domain.fact import Fact
from unsub_tui.domain.inventory.charging import Charging
from unsub_tui.domain.inventory.finding import Finding
from unsub_tui.domain.inventory.service_rows import Tags
from unsub_tui.domain.untrusted_text import EMPTY, UntrustedText


class RunState(StrEnum):
    """The run state of a server, database or cluster."""

    RUNNING = "running"
    STOPPED = "stopped"
    OTHER = "other"
    """Another status, such as ERROR or PAUSED; the finding has it as its text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunStateFinding:
    """A run state and the service's own word for it."""

    state: RunState
    status: str
    last_operation: datetime | None = None
    """Time of the last operation: for a stopped server "no operation since", not "stopped since"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RelatedResource:
    """A resource that another one is attached or bound to, or that uses it."""

    resource_id: UntrustedText
    name: UntrustedText = EMPTY
    """Empty unless its own list was read."""
    kind: str = ""
    """`server`, `database`, `nat_gateway`, `load_balancer`, `vpn`, `eip`, `cluster`, or empty if it is not known."""
    is_selected: bool = False
    """Whether it is unsubscribed from as well."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewestBackup:
    """The newest usable backup of a resource, and what endangers it."""

    backup_id: UntrustedText
    kind: str
    """`server` or `disk` for backups in vaults; `manual` or `automatic` for a database."""
    created: datetime
    expires: datetime | None = None
    """None: kept until somebody deletes it."""
    vault_id: UntrustedText = EMPTY
    vault_name: UntrustedText = EMPTY
    project_id: str = ""
    """Project that holds it; empty for a backup of a database."""
    dangers: tuple[Fact, ...] = ()
    """What may end it or may be missing in it: expires soon, vault selected too, vault frozen, vault expires, disks of
    the server not included, deleted with the database."""
    is_usable: bool = True
    """Whether it outlives the resource and certainly holds it, as far as this is known: what guards ask for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupCopy:
    """A copy of a backup in another region."""

    region: str
    is_recorded_only: bool = True
    """Whether only the row of the original says so: the other region was not read."""
    created: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StayingResource:
    """A resource that stays when this one is unsubscribed from."""

    resource_id: UntrustedText
    kind: str
    """`disk`, `eip`, `bandwidth`, `vault`, or `manual_backups` with the id of their database."""
    charging: Charging
    name: UntrustedText = EMPTY
    count: int = 1
    """Number of the backups; 1 for everything else."""
    is_deleted_perhaps: bool = False
    """Whether the service may delete it together with the server: it does not say so for unsubscriptions."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """Maxima over the last days, as figures; never a verdict."""

    days: int
    """Days that were asked for."""
    days_measured: int
    """Days that have a value: of the CPU, or of all metrics of a resource without one."""
    cpu_max: Decimal | None = None
    """Percent."""
    network_max: Decimal | None = None
    """Highest daily average of incoming or outgoing traffic, bytes per second."""
    disk_write_max: Decimal | None = None
    """Highest daily average, bytes per second."""
    connections_max: Decimal | None = None
    quiet_days: int = 0
    """Days on which all metrics of a server were measured. 0 if a value is not below the configured thresholds, and if
    the server does not run or is younger than the period."""

    @property
    def is_quiet(self) -> bool:
        """Whether a server was below the configured thresholds on every day."""
        return self.quiet_days == self.days > 0


@dataclass(frozen=True, slots=True, kw_only=True)
class BinFinding:
    """What the recycle bin does with the resource, by its policy."""

    is_kept: bool
    """Whether the policy would keep it; Huawei Cloud lists more exceptions than can be checked."""
    kept: timedelta | None = None
    """Time that it is kept; None if unknown."""
    min_age: timedelta | None = None
    """Age that the resource has not reached, if that is why it is not kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceFindings:
    """All findings about a resource; each is unknown until it was read, and None if it has no meaning for its kind."""

    run_state: Finding[RunStateFinding] | None = None
    attached_to: Finding[tuple[RelatedResource, ...]] | None = None
    """Servers of a disk. `none_seen` says that it is attached to nothing."""
    bound_to: Finding[RelatedResource] | None = None
    """The instance of an EIP. `none_seen` says that it is unbound."""
    shared_with: Finding[tuple[RelatedResource, ...]] | None = None
    """EIPs in a shared bandwidth; other servers of a shared disk."""
    tags: Finding[Tags] | None = None
    newest_backup: Finding[NewestBackup] | None = None
    """Newest backup of a server or disk in a vault, or newest manual backup of a database. `none_seen` names what was
    seen in its place, such as a failed one."""
    lasting_backup: Finding[NewestBackup] | None = None
    """Newest backup that `is_usable`: what guards ask for. It may be older than the newest one."""
    backup_copies: Finding[tuple[BackupCopy, ...]] | None = None
    """Copies of the backups in other regions; None if there is no trace of one, which does not mean that there is
    none."""
    automatic_backup: Finding[NewestBackup] | None = None
    """Newest automatic backup of a database, which is deleted with it."""
    snapshots: Finding[int] | None = None
    """Number of snapshots, which are removed with the disk."""
    replicas: Finding[tuple[RelatedResource, ...]] | None = None
    """Read replicas, which go with their primary."""
    replica_of: Finding[RelatedResource] | None = None
    stays_behind: Finding[tuple[StayingResource, ...]] | None = None
    """Disks, EIPs and manual backups that stay and keep billing."""
    shared_bandwidths: Finding[tuple[StayingResource, ...]] | None = None
    """Shared bandwidths of its EIPs, which bill independently of them."""
    vaults: Finding[tuple[StayingResource, ...]] | None = None
    """Vaults that hold or make backups of it. They stay and keep billing, unless they are unsubscribed from."""
    cluster: Finding[RelatedResource] | None = None
    """The CCE cluster of a node."""
    deletion_protection: Finding[bool] | None = None
    """Only of CCE clusters, and of the cluster of a node; no other service has such a field."""
    backups_inside: Finding[int] | None = None
    """Number of usable backups in a vault, which are deleted with it."""
    recycle_bin: Finding[BinFinding] | None = None
    activity: Finding[Activity] | None = None


def all_findings(findings: ResourceFindings) -> list[Finding[object]]:
    """Return all findings about a resource that have a meaning for its kind."""
    values = (getattr(findings, each.name) for each in fields(findings))
    return [each for each in values if each is not None]


NO_FINDINGS = ResourceFindings()
"""Findings of a resource whose service is not read."""
