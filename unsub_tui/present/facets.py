"""Counts the shown resources by service, region, enterprise project, expiry month, use and tag; each is a filter."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from unsub_tui.domain.resource import Resource
from unsub_tui.listmodel.filters import RESOURCES, Facts, quoted_value, split_alternatives
from unsub_tui.present.i18n import _
from unsub_tui.present.page import BLANK, Entry, heading
from unsub_tui.present.resources import project_name, region, short_service
from unsub_tui.present.text_layout import fit
from unsub_tui.present.time_format import format_date

FACETS: Mapping[str, Callable[[Resource], str]] = {
    "type": lambda resource: short_service(resource.service_type_code),
    "region": region,
    "project": project_name,
    "expires": lambda resource: format_date(resource.expire_time)[:7] if resource.expire_time else "",
}
"""The counted value of a resource, by filter field."""


FINDING_FACETS = ("run", "attached", "bound", "tag")
"""Findings of the inventory that are counted, by filter field."""

TAGS_SHOWN = 30
"""Maximum number of tags that are counted: the most frequent ones. Some services add a tag to each resource."""


def finding_counts(facts: Facts, rows: Sequence[int]) -> Mapping[str, Counter[str]]:
    """Return the numbers of the given rows by finding, of those about which it is known; a row can have many tags."""
    counts: dict[str, Counter[str]] = {}
    for field in FINDING_FACETS:
        is_known, texts = facts.known_findings(field), facts.texts(field)
        counter = Counter(texts[row] for row in rows if is_known[row])
        counts[field] = _tag_counts(counter) if field == "tag" else counter
    return {field: counter for field, counter in counts.items() if counter}


def _tag_counts(by_text: Counter[str]) -> Counter[str]:
    """Return the numbers by tag from those by the text of a field, which has two lines for each tag."""
    counter: Counter[str] = Counter()
    for text, count in by_text.items():
        for pair in text.split("\n")[1::2] or [""]:
            counter[pair.removesuffix("=")] += count
    return Counter(dict(counter.most_common(TAGS_SHOWN)))


def facet_term(field: str, value: str) -> str:
    """Return the filter term for a value of a field."""
    if not value:
        return f'{field}:""'  # not a bare colon: the next word typed would become its value
    known = RESOURCES.field(field)
    operator = ":" if known is not None and known.is_finding else "="
    return f"{field}{operator}{quoted_value(value.casefold())}"


def facets_page(counts: Mapping[str, Counter[str]], query: str, width: int) -> Sequence[Entry]:
    """Return a line per value, most frequent first, months in order. `[x]` marks the terms of the current filter."""
    titles = {
        "type": _("Service"),
        "region": _("Region"),
        "project": _("Project"),
        "expires": _("Expiry month"),
        "run": _("Run state"),
        "attached": _("Disk attached"),
        "bound": _("EIP bound"),
        "tag": _("Tag"),
    }
    entries: list[Entry] = []
    none = _("(none)")
    for field, counter in counts.items():
        ordered = sorted(counter.items()) if field == "expires" else counter.most_common()
        entries.append(heading(titles[field]))
        for value, count in ordered:
            term, number = facet_term(field, value), f"{count:,}"
            box = "[x]" if _is_filtered_by(query, term) else "[ ]"
            room = max(4, width - 5 - len(number))
            entries.append(Entry(f"{box} {fit(value or none, room)} {number}", target=term))
        entries.append(BLANK)
    return entries


def toggle_term(query: str, term: str) -> str:
    """Return the filter with the term added to each alternative, or removed if each one contained it."""
    alternatives = split_alternatives(query)
    if not _is_filtered_by(query, term):
        return " or ".join(each if _has_term(each, term) else f"{each} {term}".strip() for each in alternatives)
    remaining = [f" {each} ".replace(f" {term} ", " ", 1).strip() for each in alternatives]
    return " or ".join(remaining) if all(remaining) else ""  # an alternative without a term would be all rows


def _is_filtered_by(query: str, term: str) -> bool:
    """Return whether each alternative of a filter contains the term, so that all matching rows match the term."""
    return all(_has_term(each, term) for each in split_alternatives(query))


def _has_term(query: str, term: str) -> bool:
    return f" {term} " in f" {query} "
