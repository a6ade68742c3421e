"""The cells of findings that filters query: text or time, and whether the finding is known."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

from unsub_tui.domain.inventory.activity import activity_of
from unsub_tui.domain.inventory.attachments import attached_to, bound_to
from unsub_tui.domain.inventory.backups import backup_findings_of
from unsub_tui.domain.inventory.database_findings import manual_backup_of
from unsub_tui.domain.inventory.finding import Finding, FindingState
from unsub_tui.domain.inventory.resource_findings import Activity, RelatedResource, RunState, RunStateFinding
from unsub_tui.domain.inventory.resource_kinds import ResourceKind, kind_of
from unsub_tui.domain.inventory.run_states import cluster_of, run_state_of, tags_of
from unsub_tui.domain.inventory.service_rows import Tags
from unsub_tui.domain.inventory.subject import Subject
from unsub_tui.domain.resource import Resource, Status
from unsub_tui.domain.untrusted_text import for_display

Value = TypeVar("Value")

Cell = tuple[bool, str, float | None]
"""Whether a finding is known, its case-folded text, and its time in seconds since 1970."""

UNKNOWN: Cell = (False, "", None)
NONE: Cell = (True, "", None)


def kind_in_use(resource: Resource) -> ResourceKind | None:
    """Return the kind of a resource; None for one that is unsubscribed, which the services no longer list."""
    return None if resource.status == Status.CLOSED else kind_of(resource)


def _cell(finding: Finding[Value] | None, text_of: Callable[[Value], str], none: str = "") -> Cell:
    """Return the cell of a finding with a text."""
    if finding is None or finding.state is FindingState.UNKNOWN:
        return UNKNOWN
    return (True, none if finding.value is None else text_of(finding.value), None)


def _tag(subject: Subject) -> Cell:
    return _cell(tags_of(subject), _tag_lines)


def _tag_lines(tags: Tags) -> str:
    """Return each key, and each key with its value, on lines of their own."""
    pairs = [(key.for_display(), value.for_display()) for key, value in tags.items()]
    return "\n".join(f"{key}\n{key}={value}" for key, value in pairs).casefold()


def _run(subject: Subject) -> Cell:
    return _cell(run_state_of(subject), _run_word)


def _run_word(found: RunStateFinding) -> str:
    return for_display(found.status).casefold() if found.state is RunState.OTHER else found.state.value


def _attached(subject: Subject) -> Cell:
    return _cell(attached_to(subject), lambda _servers: "yes", "no")


def _bound(subject: Subject) -> Cell:
    return _cell(bound_to(subject), lambda _instance: "yes", "no")


def _cluster(subject: Subject) -> Cell:
    return _cell(cluster_of(subject), _name_and_id)


def _name_and_id(related: RelatedResource) -> str:
    return "\n".join(filter(None, (related.name.for_display(), related.resource_id.for_display()))).casefold()


def _backup(subject: Subject) -> Cell:
    found = backup_findings_of(subject).newest or manual_backup_of(subject)
    if found is None or found.state is FindingState.UNKNOWN:
        return UNKNOWN
    return NONE if found.value is None else (True, "", found.value.created.timestamp())


def _quiet(subject: Subject) -> Cell:
    run = run_state_of(subject)
    if run is not None and run.value is not None and run.value.state is RunState.STOPPED:
        return True, "0", None  # only a running server can be quiet
    finding = activity_of(subject)
    activity = None if finding is None else finding.value
    if activity is not None and activity.quiet_days and not activity.is_quiet:
        return UNKNOWN  # a day is missing
    return UNKNOWN if finding is None else _cell(finding, _quiet_days, "0")


def _quiet_days(activity: Activity) -> str:
    return str(activity.days) if activity.is_quiet else "0"


_SERVERS, _DISKS = frozenset({ResourceKind.SERVER}), frozenset({ResourceKind.DISK})
READERS: Mapping[str, tuple[frozenset[ResourceKind], Callable[[Subject], Cell]]] = {
    "tag": (frozenset(ResourceKind), _tag),
    "run": (_SERVERS | {ResourceKind.DATABASE, ResourceKind.CLUSTER}, _run),
    "attached": (_DISKS, _attached),
    "bound": (frozenset({ResourceKind.EIP}), _bound),
    "cluster": (_SERVERS, _cluster),
    "backup": (_SERVERS | _DISKS | {ResourceKind.DATABASE}, _backup),
    "quiet": (_SERVERS, _quiet),
}
"""The kinds of resources for which a finding has a meaning, and the function that reads it."""
