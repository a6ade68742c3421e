"""The words around the list: counts, what was skipped, loading."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from unsub_tui.domain.eligibility import Blocked
from unsub_tui.domain.resource import Resource
from unsub_tui.present.resources import blocked_short, name_and_id
from unsub_tui.present.words import _, plural

NAMED_AT_MOST = 3
"""How many resources a notice names before it only counts."""


def counts_text(shown: int, total: int, marked: int, hidden: int) -> str:
    """Return `shown 12 of 340 · marked 7 (2 hidden by filter)`."""
    text = _("shown {shown} of {total} · marked {marked}").format(shown=f"{shown:,}", total=f"{total:,}", marked=marked)
    return text + " " + _("({n} hidden by filter)").format(n=hidden) if hidden else text


def loading_text(loaded: int, total: int) -> str:
    """Return how far the listing is."""
    return _("loading {loaded} of {total}").format(loaded=f"{loaded:,}", total=f"{total:,}")


def marked_text(marked: int, skipped: Iterable[Blocked]) -> str:
    """Return `marked 31, skipped 4: 3 attached, 1 not in a batch`."""
    counts = Counter(skipped)
    text = _("marked {n}").format(n=marked)
    if not counts:
        return text
    reasons = ", ".join(f"{count} {blocked_short(reason)}" for reason, count in counts.most_common())
    return text + ", " + _("skipped {n}: {reasons}").format(n=counts.total(), reasons=reasons)


def dropped_text(gone: Sequence[Resource]) -> str:
    """Return the notice about marks whose resources are gone or cannot be marked any more."""
    named = ", ".join(name_and_id(resource) for resource in gone[:NAMED_AT_MOST])
    more = len(gone) - NAMED_AT_MOST
    if more > 0:
        named += " " + plural("and {n} more", "and {n} more", more)
    title = plural("{n} mark dropped, gone or changed", "{n} marks dropped, gone or changed", len(gone))
    return f"{title}: {named}"
