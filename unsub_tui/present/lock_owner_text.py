"""Text about the process that holds an account's lock."""

from __future__ import annotations

from datetime import datetime

from unsub_tui.domain.lock_owner import LockOwner
from unsub_tui.present.i18n import _
from unsub_tui.present.resources import format_datetime


def lock_owner_lines(owner: LockOwner) -> list[str]:
    """Return lines about the process that holds the lock, and how to continue it if it is suspended."""
    if not owner.is_known:
        return [_("The process that holds this account's lock does not say who it is.")]
    where = _(" on {terminal}").format(terminal=owner.terminal) if owner.terminal else ""
    process_text = _("Process {pid} of {user} at {host}{where}, since {since}.").format(
        pid=owner.pid, user=owner.user, host=owner.host, where=where, since=_local_time(owner.since)
    )
    stands_still = _("It stands still, as after ctrl+z: `fg` in that terminal brings it back, and it asks then.")
    return [process_text, *([stands_still] if owner.is_suspended else [])]


def _local_time(since: str) -> str:
    try:
        return format_datetime(datetime.fromisoformat(since))
    except ValueError:
        return since
