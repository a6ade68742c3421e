"""Filters that cleanups begin with: offered beside the user's own ones, and counted once the inventory is read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from unsub_tui.present.i18n import _, plural

_EACH: Mapping[str, str] = {
    _("Stopped servers and databases"): "run:stopped",
    _("Unattached disks"): "attached:no",
    _("Unbound EIPs"): "bound:no",
    _("Quiet servers, on 30 of 30 days"): "quiet:30d",
    _("Expires within 30 days, without auto-renewal"): "expires<30 !at-expiry:auto-renew",
}

CLEANUP_FILTERS: Mapping[str, str] = {_("Candidates for a cleanup: all of these"): " or ".join(_EACH.values()), **_EACH}
"""Filters by their names; the first one finds what any of the others finds."""


def cleanup_hint(counts: Mapping[str, Counter[str]], key: str) -> str:
    """Return how many resources these filters find, from the counts by finding, and the `key` that applies them."""
    found = [*_found(counts)]
    if not found:
        return ""
    return _("{found}. {key} filters by them.").format(found=", ".join(found), key=key)


def _found(counts: Mapping[str, Counter[str]]) -> Iterator[str]:
    none = Counter[str]()
    if count := counts.get("run", none)["stopped"]:
        yield plural("{n} stopped", "{n} stopped", count)
    if count := counts.get("attached", none)["no"]:
        yield plural("{n} unattached disk", "{n} unattached disks", count)
    if count := counts.get("bound", none)["no"]:
        yield plural("{n} unbound EIP", "{n} unbound EIPs", count)
