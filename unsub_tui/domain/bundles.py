"""Bundles: requests for a part of one that were rejected, and what an item of a plan should say about them.

Huawei Cloud lists no bundles. A rejection shows that a resource belongs to one, and its order which resources do.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from unsub_tui.domain.fact import Fact, fact
from unsub_tui.domain.plan import Plan, PlanItem
from unsub_tui.domain.resource import Resource, is_license_id
from unsub_tui.domain.run import BUNDLE_ONLY_CODE, Unit

REJECTION_CODES = frozenset({"rejected_as_part", "rejected_as_part_of_unknown"})
"""Codes of the facts that a request was rejected before."""


def part_rejections(units: Iterable[Unit]) -> dict[str, Unit]:
    """Return the last unit of each resource that was rejected because it is a part of a bundle, by resource id."""
    return {unit.resource_id: unit for unit in units if unit.was_rejected_as_part}


def find_rejection(item: PlanItem, rejections: Mapping[str, Unit]) -> Unit | None:
    """Return the rejection of a request that named all primary resources of an item, or None."""
    wanted = {each.id for each in item.primary}
    found = (rejections.get(each) for each in wanted)
    return next((unit for unit in found if unit is not None and wanted <= _requested_ids(unit)), None)


def was_rejected(item: PlanItem) -> bool:
    """Return whether the warnings of an item say that its request was rejected before."""
    return any(each.code in REJECTION_CODES for each in item.warnings)


def with_bundle_warnings(plan: Plan, rejections: Mapping[str, Unit], members: Mapping[str, Sequence[Resource]]) -> Plan:
    """Return the plan whose items say what is known of bundles; `members` are the known ones, by resource id."""
    if not plan.action.deletes_resource:
        return plan
    items = (_with_warning(item, _bundle_warning(item, rejections, members)) for item in plan.items)
    return replace(plan, items=tuple(items))


def _with_warning(item: PlanItem, warning: Fact | None) -> PlanItem:
    if warning is None or warning in item.warnings:
        return item
    others = (each for each in item.warnings if each.code not in REJECTION_CODES)
    return replace(item, warnings=(warning, *others))


def rejection_fact(rejection: Unit, own_ids: Collection[str], members: Iterable[Resource]) -> Fact:
    """Return that a request was rejected, with the names of the members of its bundle that it left out."""
    names = [each.resource_name.raw or each.id for each in members if each.id not in own_ids]
    date = f"{rejection.changed:%Y-%m-%d}"
    if not names:
        return fact("rejected_as_part_of_unknown", code=BUNDLE_ONLY_CODE, date=date)
    return fact("rejected_as_part", code=BUNDLE_ONLY_CODE, date=date, names=", ".join(names))


def _bundle_warning(
    item: PlanItem, rejections: Mapping[str, Unit], members: Mapping[str, Sequence[Resource]]
) -> Fact | None:
    rejection = find_rejection(item, rejections)
    if rejection is not None:
        others = [item.server] if item.server is not None else members.get(item.id, ())
        return rejection_fact(rejection, {each.id for each in item.primary}, others)
    is_bundle = any(not is_license_id(each.id) for each in item.bundled)
    if is_bundle and not any(each.id in rejections for each in item.primary):
        return fact("bundle_unproven")
    return None


def _requested_ids(unit: Unit) -> frozenset[str]:
    """Return the ids that the request of a unit named."""
    return frozenset((unit.resource_id, *unit.bundled_ids))
