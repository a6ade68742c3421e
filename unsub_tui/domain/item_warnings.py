"""Warnings about an item of a plan that follow from the list of resources alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from unsub_tui.domain.databases import is_database, is_sql_server
from unsub_tui.domain.fact import Fact, fact
from unsub_tui.domain.resource import LICENSE_SUFFIX, Catalog, Status, is_license_id

if TYPE_CHECKING:
    from unsub_tui.domain.action import Action
    from unsub_tui.domain.plan import PlanItem
    from unsub_tui.domain.rules import ReplicaRule, SiteRules


def item_warnings(item: PlanItem, catalog: Catalog, action: Action, rules: SiteRules) -> tuple[Fact, ...]:
    """Return what should be known about an item before it is confirmed."""
    warnings = list(_license_warnings(item, catalog, action))
    if action.deletes_resource and any(map(is_database, item.primary)):
        warnings.append(_replica_warning(item, rules.replicas))
    return tuple(warnings)


def _license_warnings(item: PlanItem, catalog: Catalog, action: Action) -> Iterator[Fact]:
    """Yield the warnings about a database without its license, and about a license without its database."""
    item_ids = {each.id for each in item.resources}
    for each in item.primary:
        if is_license_id(each.id):
            database_id = each.id.removesuffix(LICENSE_SUFFIX)
            if database_id not in item_ids:
                yield fact("license_alone", id=database_id)
            continue
        license_id = each.id + LICENSE_SUFFIX
        listed = catalog.get(license_id)
        if listed is None and action.deletes_resource and is_sql_server(each):
            yield fact("license_not_listed", id=license_id)
        elif listed is not None and listed.status != Status.CLOSED and license_id not in item_ids:
            yield fact("license_not_included", id=license_id)


def _replica_warning(item: PlanItem, rule: ReplicaRule | None) -> Fact:
    """Return what happens to the read replicas of a database. Whether it has any is not known for certain."""
    count = len(item.replicas)
    replicas = fact("replicas_possible", count=count) if count else fact("replicas_not_listed")
    if rule is None:
        return fact("replicas_unclear", replicas=replicas)
    origin = rule.origin.label
    if rule.keep_billing:
        return fact("replicas_keep_billing", replicas=replicas, origin=origin)
    return fact("replicas_unsubscribed", replicas=replicas, origin=origin)
