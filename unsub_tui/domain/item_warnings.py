"""Warnings about an item of a plan that follow from the list of resources alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from unsub_tui.domain.fact import Fact, fact
from unsub_tui.domain.resource import LICENSE_SUFFIX, Catalog, Status, is_license_id, is_sql_server

if TYPE_CHECKING:
    from unsub_tui.domain.action import Action
    from unsub_tui.domain.plan import PlanItem


def item_warnings(item: PlanItem, catalog: Catalog, action: Action) -> tuple[Fact, ...]:
    """Return what should be known about an item before it is confirmed."""
    return tuple(_license_warnings(item, catalog, action))


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
