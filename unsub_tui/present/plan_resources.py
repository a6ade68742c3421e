"""The resources that a plan affects, in words: counts by kind, size of the disks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from decimal import Decimal, InvalidOperation

from unsub_tui.domain.plan import Plan
from unsub_tui.domain.resource import Resource
from unsub_tui.present.i18n import _, plural
from unsub_tui.present.resources import kind_label, short_service

GIGABYTES_PER_TERABYTE = 1_000
MAX_KINDS = 3
"""Maximum number of kinds of resources that the summary names."""


def resources_text(plan: Plan) -> str:
    """Return all affected resources by kind, with the size of the disks, and how many are attached.

    Such as `18 ECS, 38 EVS (12.4 TB), 5 EIP; 25 attached`.
    """
    primary = {each.id for item in plan.items for each in item.primary}
    affected = plan.resources
    kinds = [kind_label(each.service_type_code, each.resource_type_code) for each in affected]
    return kinds_text(kinds, sum(each.id not in primary for each in affected), disk_size_text(affected))


def kinds_text(kinds: Iterable[str], attached: int, disk_size: str = "") -> str:
    """Return the number of resources of each kind, and how many are attached; an empty kind counts as another one."""
    counts = Counter(kinds)
    by_count = sorted(counts.items(), key=lambda each: (-each[1], each[0]))
    named = [(kind, count) for kind, count in by_count if kind][:MAX_KINDS]
    parts = [f"{count} {kind}" + (f" ({disk_size})" if kind == "EVS" and disk_size else "") for kind, count in named]
    if others := counts.total() - sum(count for _kind, count in named):
        parts.append(plural("{n} other", "{n} others", others))
    text = ", ".join(parts) or _("nothing")
    return _("{kinds}; {n} attached").format(kinds=text, n=attached) if attached else text


def disk_size_text(resources: Iterable[Resource]) -> str:
    """Return the size of all disks in GB or TB; empty if no size is known."""
    total = Decimal(0)
    for each in resources:
        if short_service(each.service_type_code) == "EVS" and each.spec_size:
            try:
                total += Decimal(each.spec_size)
            except InvalidOperation:
                continue
    if total <= 0:
        return ""
    if total < GIGABYTES_PER_TERABYTE:
        return f"{total.normalize():f} GB"
    return f"{total / GIGABYTES_PER_TERABYTE:.1f} TB"
