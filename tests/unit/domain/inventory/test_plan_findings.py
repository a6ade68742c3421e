"""Findings about a plan: states of backups, and what has changed between two readings."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unsub_tui.domain.fact import fact
from unsub_tui.domain.inventory.finding import NOT_READ, Finding, Origin, known, none_seen, unknown
from unsub_tui.domain.inventory.plan_findings import BackupState, PlanFindings, find_changes
from unsub_tui.domain.inventory.resource_findings import (
    NewestBackup,
    RelatedResource,
    ResourceFindings,
    RunState,
    RunStateFinding,
)
from unsub_tui.domain.resource import Resource
from unsub_tui.domain.untrusted_text import UntrustedText

NOW = datetime(2026, 1, 15, tzinfo=UTC)
ORIGIN = Origin("cbr:list_backups", "cn-north-4", NOW)
SERVER = Resource(UntrustedText("server"))
DENIED = unknown(fact("inventory_no_permission", action="cbr:backups:list"))


def backup(name: str = "b", *, is_usable: bool = True) -> Finding[NewestBackup]:
    """Return a backup that was seen."""
    return known(NewestBackup(backup_id=UntrustedText(name), kind="server", created=NOW, is_usable=is_usable), ORIGIN)


def running(status: str) -> Finding[RunStateFinding]:
    """Return a run state that was seen."""
    return known(RunStateFinding(state=RunState.OTHER, status=status), ORIGIN)


def attached(*names: str) -> Finding[tuple[RelatedResource, ...]]:
    """Return servers that a disk is attached to."""
    servers = tuple(RelatedResource(resource_id=UntrustedText(each)) for each in names)
    return known(servers, ORIGIN) if servers else none_seen(ORIGIN)


def plan_findings(found: ResourceFindings, *, is_reading: bool = False) -> PlanFindings:
    """Return the findings of a plan of one server."""
    return PlanFindings(now=NOW, by_id={SERVER.id: found}, total=1, done=0 if is_reading else 1)


@pytest.mark.parametrize(
    ("newest", "lasting", "state"),
    [
        (None, None, None),
        (backup(), backup(), BackupState.LASTING),
        (backup(is_usable=False), backup("older"), BackupState.LASTING),
        (backup(is_usable=False), none_seen(ORIGIN), BackupState.ENDANGERED),
        (backup(is_usable=False), DENIED, BackupState.ENDANGERED),
        (none_seen(ORIGIN), none_seen(ORIGIN), BackupState.NONE_SEEN),
        (DENIED, DENIED, BackupState.UNKNOWN),
        (NOT_READ, NOT_READ, BackupState.UNKNOWN),
    ],
)
def test_a_backup_counts_only_if_it_was_seen_and_lasts(
    newest: Finding[NewestBackup] | None, lasting: Finding[NewestBackup] | None, state: BackupState | None
) -> None:
    """What is unknown is neither."""
    found = plan_findings(ResourceFindings(newest_backup=newest, lasting_backup=lasting))
    assert found.backup_state(SERVER) is state


def test_what_is_still_being_read_has_no_state() -> None:
    """A finding that is on its way is not counted as unknown."""
    found = ResourceFindings(newest_backup=NOT_READ, lasting_backup=NOT_READ)
    assert plan_findings(found, is_reading=True).backup_state(SERVER) is None


STATES = st.sampled_from([None, NOT_READ, DENIED, running("ACTIVE"), running("SHUTOFF")])
BACKUPS = st.sampled_from([None, NOT_READ, DENIED, none_seen(ORIGIN), backup(), backup("c"), backup(is_usable=False)])
SERVERS = st.sampled_from([None, NOT_READ, DENIED, attached(), attached("a"), attached("a", "b")])
FINDINGS = st.builds(ResourceFindings, run_state=STATES, newest_backup=BACKUPS, attached_to=SERVERS)


@given(before=FINDINGS, after=FINDINGS)
def test_only_what_was_known_twice_can_have_changed(before: ResourceFindings, after: ResourceFindings) -> None:
    """Each difference of two known findings is one fact; nothing else is."""
    names = ("run_state", "newest_backup", "attached_to")
    pairs = [(getattr(before, each), getattr(after, each)) for each in names]
    sure = [(old, new) for old, new in pairs if None not in (old, new) and not {NOT_READ, DENIED} & {old, new}]
    facts = find_changes(plan_findings(before), plan_findings(after)).get(SERVER.id, ())
    assert len(facts) == sum(old != new for old, new in sure)
