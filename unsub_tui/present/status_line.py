"""Texts around the list: counts, skipped resources, loading."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from decimal import Decimal

from unsub_tui.domain.eligibility import BlockedReason
from unsub_tui.domain.quote import Quote
from unsub_tui.domain.resource import Resource
from unsub_tui.domain.untrusted_text import for_display
from unsub_tui.present.i18n import _, plural
from unsub_tui.present.money import format_money
from unsub_tui.present.resources import blocked_label, display_name, name_and_id

NAMED_AT_MOST = 3
"""Maximum number of resources that a notice names; it only counts the rest."""


def counts_text(shown: int, total: int, selected: int, hidden: int) -> str:
    """Return `shown 12 of 340 · marked 7 (2 hidden by filter)`."""
    text = _("shown {shown} of {total} · marked {marked}").format(
        shown=f"{shown:,}", total=f"{total:,}", marked=selected
    )
    return text + " " + _("({n} hidden by filter)").format(n=hidden) if hidden else text


def selection_refund_text(quotes: Sequence[Quote], unquoted: int) -> str:
    """Return the estimated refund of the selected resources, with the number of unknown amounts."""
    sums: dict[str, Decimal] = {}
    unknown = unquoted
    for quote in quotes:
        refund, currency = quote.amounts.refund, quote.amounts.currency
        if refund is None:
            unknown += 1
        else:
            sums[currency] = sums.get(currency, Decimal(0)) + refund
    parts = [format_money(amount, currency) for currency, amount in sorted(sums.items())]
    if unknown:
        parts.append(plural("{n} unknown", "{n} unknown", unknown))
    return _("refund est. {parts}").format(parts=" + ".join(parts))


def unquoted_text(count: int) -> str:
    """Return the number of rows without a quote, which a filter on amounts cannot match."""
    if not count:
        return ""
    return plural(
        "{n} resource is not quoted, so no amount fits it; $ quotes what is marked",
        "{n} resources are not quoted, so no amount fits them; $ quotes what is marked",
        count,
    )


def changes_text(new: int, gone: int, changed: int) -> str:
    """Return `2 new, 1 gone, 3 changed`, or `nothing changed`."""
    parts = [
        _("{n} new").format(n=new) if new else "",
        _("{n} gone").format(n=gone) if gone else "",
        _("{n} changed").format(n=changed) if changed else "",
    ]
    return ", ".join(filter(None, parts)) or _("nothing changed")


def id_list_result_text(
    selected: int, missing: Sequence[str], skipped: Sequence[tuple[Resource, BlockedReason]]
) -> list[str]:
    """Return the result of loading a list of ids: selected, not found, not allowed, with the first names."""
    lines = [plural("{n} is marked", "{n} are marked", selected)]
    if missing:
        named = ", ".join(for_display(each) for each in missing[:NAMED_AT_MOST])
        lines.append(plural("{n} not found", "{n} not found", len(missing)) + f": {_with_more(named, len(missing))}")
    if skipped:
        named = ", ".join(
            f"{display_name(resource)} ({blocked_label(reason)})" for resource, reason in skipped[:NAMED_AT_MOST]
        )
        count = plural("{n} not allowed", "{n} not allowed", len(skipped))
        lines.append(f"{count}: {_with_more(named, len(skipped))}")
    return lines


def _with_more(named: str, count: int) -> str:
    more = count - NAMED_AT_MOST
    return named + " " + plural("and {n} more", "and {n} more", more) if more > 0 else named


def loading_text(loaded: int, total: int) -> str:
    """Return the progress of the listing."""
    return _("loading {loaded} of {total}").format(loaded=f"{loaded:,}", total=f"{total:,}")


def selection_result_text(selected: int, skipped: Mapping[BlockedReason, int]) -> str:
    """Return `marked 31, skipped 4: 3 attached, 1 not in a batch`."""
    counts = Counter(skipped)
    text = _("marked {n}").format(n=selected)
    if not counts:
        return text
    reasons = ", ".join(f"{count} {blocked_label(reason)}" for reason, count in counts.most_common())
    return text + ", " + _("skipped {n}: {reasons}").format(n=counts.total(), reasons=reasons)


def deselected_text(gone: Sequence[Resource]) -> str:
    """Return the notice about deselected resources that are gone or can no longer be selected."""
    named = ", ".join(name_and_id(resource) for resource in gone[:NAMED_AT_MOST])
    title = plural("{n} mark dropped, gone or changed", "{n} marks dropped, gone or changed", len(gone))
    return f"{title}: {_with_more(named, len(gone))}"


def selection_file_text(selected: Sequence[Resource]) -> str:
    """Return the text of a selection file that can be loaded again: one id per line, with the name after `#`."""
    return "".join(f"{each.id}  # {display_name(each)}\n" for each in selected)
