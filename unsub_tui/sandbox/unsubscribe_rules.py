"""Rules that reject unsubscriptions, with their error codes."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from unsub_tui.sandbox import offers
from unsub_tui.sandbox.models import Condition, Resource, ResourceStatus
from unsub_tui.sandbox.resource_store import ResourceStore

WHOLE_RESOURCES = 1
RENEWAL_PERIODS = 2
TO_PAY_PER_USE = 3
"""Not a type of the API, but another operation: the term ends with a refund, and the resource stays as pay-per-use."""

_CODES_BY_CONDITION: Mapping[Condition, str] = {
    Condition.IN_TRANSACTION: "CBC.99003651",
    Condition.UNPAID: "CBC.99003100",
    Condition.TRIAL: "CBC.99003649",
    Condition.INVOICED: "CBC.99003643",
}
_RENEWAL_CODES_BY_CONDITION: Mapping[Condition, str] = {
    Condition.HAS_BANDWIDTH_ADDON: "CBC.99003654",
    Condition.RENEWED_IN_PROMOTION: "CBC.99003645",
    Condition.SPEC_CHANGED_AFTER_RENEWAL: "CBC.99003185",
    Condition.ATTACHED_AFTER_RENEWAL: "CBC.99003185",
}
"""Codes that reject unsubscriptions from renewal periods. Only the first code is documented; the others are guesses."""
_CODES_BY_OFFER: Mapping[str, str] = {
    offers.IMAGE.code: "CBC.99003650",
    offers.DEV_PACKAGE.code: "CBC.99003652",
}


def rejection_code(
    resources: ResourceStore,
    resource: Resource,
    requested_ids: frozenset[str],
    unsubscribe_type: int,
    now: int,
    *,
    whole_servers: bool = False,
) -> str | None:
    """Return the error code that rejects this resource in this request, or None; paid terms are not checked here."""
    is_single = unsubscribe_type == WHOLE_RESOURCES and not whole_servers and is_single_disk(resource, requested_ids)
    return (
        (None if is_single else _attachment_code(resource, requested_ids))
        or _status_code(resource)
        or _product_code(resource, now)
        or _bundle_code(resources, resource, requested_ids)
        or (_RENEWAL_CODES_BY_CONDITION.get(resource.condition) if unsubscribe_type == RENEWAL_PERIODS else None)
    )


def is_single_disk(resource: Resource, requested_ids: Collection[str]) -> bool:
    """Return whether a resource is a data disk of a server that is requested without the server.

    The first disk of a server is its system disk.
    """
    server = resource.parent
    if server is None or server.offer.service is not offers.ECS or server.condition is Condition.SOLUTION:
        return False
    is_data_disk = resource.offer is offers.DISK and resource is not server.attached[0]
    return is_data_disk and server.resource_id not in requested_ids


def _attachment_code(resource: Resource, requested_ids: frozenset[str]) -> str | None:
    """Reject an attached resource unless its primary resource is requested too; always reject those of servers."""
    if resource.parent is None:
        return None
    whole_machine = resource.parent.offer.service is offers.ECS
    return "CBC.99003185" if whole_machine or resource.parent.resource_id not in requested_ids else None


def _status_code(resource: Resource) -> str | None:
    if resource.pending_order_id is not None:
        return "CBC.99003651"
    if resource.status is ResourceStatus.CLOSED:
        return "CBC.30000067"
    if resource.condition is Condition.FROZEN_BY_POLICE:
        return "CBC.99003656"
    return "CBC.99003645" if resource.status is ResourceStatus.EXPIRED else None


def _product_code(resource: Resource, now: int) -> str | None:
    code = _CODES_BY_CONDITION.get(resource.condition) or _CODES_BY_OFFER.get(resource.offer.code)
    if code is None and resource.offer is offers.STORAGE_PACKAGE and resource.effective <= now:
        return "CBC.99003647"
    return code


def _bundle_code(resources: ResourceStore, resource: Resource, requested_ids: frozenset[str]) -> str | None:
    if resource.condition is not Condition.SOLUTION:
        return None
    mains = (one for one in resources.in_purchase(resource.purchase_number) if one.parent is None)
    return None if all(main.resource_id in requested_ids for main in mains) else "CBC.99003185"
