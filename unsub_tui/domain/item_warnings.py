"""Warnings about an item of a plan that follow from the list of resources alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from unsub_tui.domain.databases import is_database, is_sql_server
from unsub_tui.domain.disks import find_data_disk_evidence, is_disk
from unsub_tui.domain.fact import Fact, fact
from unsub_tui.domain.resource import LICENSE_SUFFIX, Catalog, Status, is_license_id

if TYPE_CHECKING:
    from unsub_tui.domain.action import Action
    from unsub_tui.domain.plan import PlanItem
    from unsub_tui.domain.rules import ReplicaRule, SiteRules

ADDRESS_TYPE = "hws.resource.type.ip"


def item_warnings(item: PlanItem, catalog: Catalog, action: Action) -> tuple[Fact, ...]:
    """Return what should be known about this item before it is confirmed."""
    warnings = list(_license_warnings(item, catalog, action))
    if item.server is not None and (evidence := find_data_disk_evidence(item.resource, catalog)) is not None:
        server = f"{item.server.resource_name.raw} ({item.server.id})"
        warnings.append(fact("disk_alone", server=server, evidence=fact(evidence.value)))
    if item.replicas and action.deletes_resource:
        warnings.append(fact("replicas_listed", count=len(item.replicas)))
    return tuple(warnings)


def kind_notes(item: PlanItem, action: Action, rules: SiteRules) -> tuple[Fact, ...]:
    """Return what should be known or done first for every item of this kind, if it is deleted.

    The list does not show whether a disk is attached, an address bound, or a database has read replicas.
    """
    return tuple(_kind_notes(item, rules)) if action.deletes_resource else ()


def _kind_notes(item: PlanItem, rules: SiteRules) -> Iterator[Fact]:
    if any(map(is_database, item.primary)):
        yield _replica_note(rules.replicas)
    if any(map(is_disk, item.primary)) and item.resource.is_main_resource:
        yield fact("detach_first")
    if any(each.resource_type_code.raw == ADDRESS_TYPE for each in item.resources):
        yield fact("unbind_first")


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


def _replica_note(rule: ReplicaRule | None) -> Fact:
    """Return what happens to the read replicas of a database. Whether it has any is not known for certain."""
    if rule is None:
        return fact("replicas_unclear")
    return fact("replicas_keep_billing" if rule.keep_billing else "replicas_unsubscribed", origin=rule.origin.label)
