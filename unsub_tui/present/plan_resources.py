"""The resources that a plan affects, in words: counts by kind, size of the disks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from decimal import Decimal, InvalidOperation

from unsub_tui.domain.plan import Plan
from unsub_tui.domain.resource import Resource
from unsub_tui.present.i18n import _, plural
from unsub_tui.present.resources import part_or_service, short_service

GIGABYTES_PER_TERABYTE = 1_000
MAX_KINDS = 3
"""Maximum number of kinds of resources that the summary names."""


def resources_text(plan: Plan) -> str:
    """Return all affected resources by kind, with the size of the disks, and how many are attached.

    Such as `18 ECS, 38 EVS (12.4 TB), 5 EIP; 25 attached`.
    """
    primary = {each.id for item in plan.items for each in item.primary}
    affected = plan.resources
    size = disk_size_text(affected)
    kinds = Counter(map(part_or_service, affected)).most_common()
    named, others = kinds[:MAX_KINDS], sum(count for _kind, count in kinds[MAX_KINDS:])
    parts = [f"{count} {kind}" + (f" ({size})" if kind == "EVS" and size else "") for kind, count in named]
    if others:
        parts.append(plural("{n} other", "{n} others", others))
    text = ", ".join(parts) or _("nothing")
    attached = sum(each.id not in primary for each in affected)
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
