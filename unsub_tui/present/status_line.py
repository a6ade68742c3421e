"""Texts around the list: counts, skipped and deselected resources."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from unsub_tui.domain.eligibility import BlockedReason
from unsub_tui.domain.quote import Quote
from unsub_tui.domain.resource import Resource, RowDefect
from unsub_tui.domain.untrusted_text import cell_width
from unsub_tui.present.i18n import _, plural
from unsub_tui.present.money import currency_sums
from unsub_tui.present.resources import BLOCKED_LABELS, name_and_id, names_text
from unsub_tui.present.time_format import clock_time, zone_label


class StatusPart(NamedTuple):
    """A part of the status line."""

    text: str
    short: str = ""
    """What stands for it in a narrow terminal; empty if the part is left out there."""
    rank: int = 0
    """The part with the highest rank gives way first."""


def status_text(parts: Sequence[StatusPart], width: int) -> str:
    """Return the parts in a line; as far as they do not fit, in their short forms, the least important ones first."""
    shown = [part.text for part in parts]
    for index in sorted(range(len(parts)), key=lambda index: -parts[index].rank):
        line = " · ".join(filter(None, shown))
        if cell_width(line) <= width:
            return line
        shown[index] = parts[index].short
    return " · ".join(filter(None, shown))


def queue_mode_part() -> StatusPart:
    """Return that the list is in queue mode."""
    return StatusPart(_("QUEUE MODE"), _("QUEUE"), 1)


def counts_part(shown: int, total: int, selected: int, hidden: int) -> StatusPart:
    """Return the numbers of rows and of selected resources."""
    words = (
        _("{shown}/{total}, selected {selected} ({hidden} hidden)")
        if hidden
        else _("{shown}/{total}, selected {selected}")
    )
    short = words.format(shown=f"{shown:,}", total=f"{total:,}", selected=selected, hidden=hidden)
    return StatusPart(counts_text(shown, total, selected, hidden), short, 4)


def at_risk_part(rows_at_risk: int) -> StatusPart:
    """Return how many rows may be missing, because the list changed while it was read; empty if none."""
    short = _("{n} missing?").format(n=f"{rows_at_risk:,}") if rows_at_risk else ""
    return StatusPart(at_risk_text(rows_at_risk), short, 5)


def counts_text(shown: int, total: int, selected: int, hidden: int) -> str:
    """Return `shown 12 of 340 · selected 7 (2 hidden by filter)`."""
    words = (
        _("shown {shown} of {total} · selected {selected} ({hidden} hidden by filter)")
        if hidden
        else _("shown {shown} of {total} · selected {selected}")
    )
    return words.format(shown=f"{shown:,}", total=f"{total:,}", selected=selected, hidden=hidden)


def as_of_text(read_at: datetime | None, now: datetime) -> str:
    """Return when the list was read, and the time zone of its dates, `as of 10:42 UTC+8`; an empty string before.

    A time of day stays true while nothing is redrawn; an age would not.
    """
    words = _("as of {time} {zone}")
    return words.format(time=clock_time(read_at, now), zone=zone_label(read_at)) if read_at else ""


def selection_refund_text(quotes: Sequence[Quote], unquoted: int) -> str:
    """Return the estimated refund of the selected resources, with the number of unknown amounts."""
    amounts = [quote.amounts for quote in quotes]
    known = [(each.refund, each.currency) for each in amounts if each.refund is not None]
    parts = currency_sums(known)
    if unknown := unquoted + len(amounts) - len(known):
        parts.append(plural("{n} unknown", "{n} unknown", unknown))
    return _("refund est. {parts}").format(parts=" + ".join(parts))


def unquoted_text(count: int) -> str:
    """Return the number of rows without a quote, which a filter on amounts cannot match."""
    if not count:
        return ""
    return plural(
        "{n} resource has no estimate and cannot match an amount; $ estimates the selected resources",
        "{n} resources have no estimate and cannot match an amount; $ estimates the selected resources",
        count,
    )


def unknown_findings_part(count: int) -> StatusPart:
    """Return the number of rows that a filter can neither find nor leave out; empty if none."""
    if not count:
        return StatusPart("")
    number = f"{count:,}"
    return StatusPart(_("{n} unknown to the filter").format(n=number), _("{n} unknown").format(n=number), 5)


def unknown_findings_text(count: int, fields: Collection[str]) -> str:
    """Return why rows are not found by a filter on findings, nor by its negation; "" if there are none."""
    if not count:
        return ""
    words = plural(
        "{n} resource is unknown to the filter: neither it nor its negation finds it",
        "{n} resources are unknown to the filter: neither it nor its negation finds them",
        count,
    )
    if "quiet" in fields:
        return _("{text}; quiet: is known only where metrics were read").format(text=words)
    if "cluster" in fields:
        return _("{text}; cluster: is known only where nodes were read").format(text=words)
    return words


def changes_text(new: int, gone: int, changed: int) -> str:
    """Return `2 new, 1 gone, 3 changed`, or `nothing changed`."""
    parts = [
        _("{n} new").format(n=new) if new else "",
        _("{n} gone").format(n=gone) if gone else "",
        _("{n} changed").format(n=changed) if changed else "",
    ]
    return ", ".join(filter(None, parts)) or _("nothing changed")


def unreadable_text(resources: Iterable[Resource]) -> str:
    """Return the number of unreadable rows of a listing; an empty string if there are none."""
    count = sum(each.defect is RowDefect.UNREADABLE for each in resources)
    return plural("{n} unreadable row", "{n} unreadable rows", count) if count else ""


def at_risk_text(rows_at_risk: int) -> str:
    """Return how many rows of a listing that changed while it was read may be missing; an empty string if none."""
    if not rows_at_risk:
        return ""
    return plural(
        "changed while reading, {n} row may be missing", "changed while reading, {n} rows may be missing", rows_at_risk
    )


def selection_result_text(selected: int, skipped: Mapping[BlockedReason, int]) -> str:
    """Return `selected 31, skipped 4: 3 attached, 1 not in a batch`."""
    counts = Counter(skipped)
    if not counts:
        return _("selected {n}").format(n=selected)
    reasons = ", ".join(f"{count} {BLOCKED_LABELS[reason]}" for reason, count in counts.most_common())
    words = _("selected {n}, skipped {skipped}: {reasons}")
    return words.format(n=selected, skipped=counts.total(), reasons=reasons)


def selected_again_text(
    selected: int, skipped: Mapping[BlockedReason, int], missing: int, keys: Mapping[str, str]
) -> str:
    """Return what of a run was selected again, and the keys that lead on.

    `keys` are those of the commands review, selected-only, queue-mode and review-row.
    """
    counts = Counter(skipped)
    head = _("Selected again: {n} of {total}").format(n=selected, total=selected + counts.total() + missing)
    reasons = [f"{count} {BLOCKED_LABELS[reason]}" for reason, count in counts.most_common()]
    if missing:
        reasons.append(plural("{n} not listed", "{n} not listed", missing))
    head = "; ".join(filter(None, (head, ", ".join(reasons))))
    if BlockedReason.NOT_BATCH_ELIGIBLE in counts:
        return _("{what}: {queue} queue mode, {alone} alone.").format(
            what=head, queue=keys["queue-mode"], alone=keys["review-row"]
        )
    if not selected:
        return f"{head}."
    return _("{what}. {review} reviews them, {only} shows only them.").format(
        what=head, review=keys["review"], only=keys["selected-only"]
    )


def guarded_text(dropped: Sequence[Resource]) -> str:
    """Return the notice about resources that were deselected because of a guard."""
    return plural(
        "{n} deselected because of a guard: {names}",
        "{n} deselected because of a guard: {names}",
        len(dropped),
        names=names_text([name_and_id(each) for each in dropped]),
    )


def deselected_text(gone: Sequence[Resource]) -> str:
    """Return the notice about deselected resources that are gone or can no longer be selected."""
    return plural(
        "{n} deselected because it is gone or changed: {names}",
        "{n} deselected because they are gone or changed: {names}",
        len(gone),
        names=names_text([name_and_id(each) for each in gone]),
    )
