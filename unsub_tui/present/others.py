"""Who else is at work: the process that runs a plan now."""

from __future__ import annotations

from datetime import datetime

from unsub_tui.domain.holder import Holder
from unsub_tui.present.resources import date_time
from unsub_tui.present.words import _


def holder_lines(holder: Holder) -> list[str]:
    """Return who runs something now, and what that means."""
    if not holder.is_known:
        return [_("The process that holds this account's lock does not say who it is.")]
    where = _(" on {terminal}").format(terminal=holder.terminal) if holder.terminal else ""
    who = _("Process {pid} of {user} at {host}{where}, since {since}.").format(
        pid=holder.pid, user=holder.user, host=holder.host, where=where, since=_moment(holder.since)
    )
    stands_still = _("It stands still, as after ctrl+z: `fg` in that terminal brings it back, and it asks then.")
    return [who, *([stands_still] if holder.is_stopped else [])]


def _moment(since: str) -> str:
    try:
        return date_time(datetime.fromisoformat(since))
    except ValueError:
        return since
