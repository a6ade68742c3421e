"""Rules that reject unsubscriptions, with their error codes and messages."""

from __future__ import annotations

from collections.abc import Mapping

from unsub_tui.sandbox import offers
from unsub_tui.sandbox.models import Condition, Resource, ResourceStatus
from unsub_tui.sandbox.resource_store import ResourceStore
from unsub_tui.sandbox.service_errors import ServiceError

WHOLE_RESOURCES = 1
RENEWAL_PERIODS = 2

_MESSAGES: Mapping[str, str] = {
    "CBC.30000052": "The resource or the account has been frozen.",
    "CBC.30000067": "The resource has been deleted or its subscription is not known.",
    "CBC.99003012": "The resource ID does not exist.",
    "CBC.99003100": "A resource is contained in an order that waits for payment.",
    "CBC.99003128": "There is no renewed period, or it has taken effect.",
    "CBC.99003185": "The cloud service must be operated as a whole.",
    "CBC.99003643": "The service has been invoiced and cannot be unsubscribed.",
    "CBC.99003645": "This kind of service cannot be unsubscribed.",
    "CBC.99003647": "This package cannot be unsubscribed.",
    "CBC.99003649": "A trial service cannot be unsubscribed.",
    "CBC.99003650": "This marketplace service cannot be unsubscribed.",
    "CBC.99003651": "Another transaction of the resource is in progress. Try again later.",
    "CBC.99003652": "A DevCloud package cannot be unsubscribed.",
    "CBC.99003654": "A bandwidth add-on package exists; the renewed period cannot be unsubscribed.",
    "CBC.99003656": "The resource has been frozen.",
}
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


def error_message(code: str) -> str:
    """Return the message of an error code of the unsubscribe call."""
    return _MESSAGES[code]


def unsubscribe_error(code: str) -> ServiceError:
    """Return the error that rejects a whole unsubscribe request."""
    return ServiceError(code, _MESSAGES[code])


def rejection_code(
    resources: ResourceStore, resource_id: str, requested_ids: frozenset[str], unsubscribe_type: int, now: int
) -> str | None:
    """Return the error code that rejects this id in this request, or None.

    The existence of a renewal period is not checked here, because only the orders contain renewal periods.
    """
    resource = resources.get(resource_id)
    if resource is None:
        return "CBC.99003012"
    return (
        _attachment_code(resource, requested_ids)
        or _status_code(resource)
        or _product_code(resource, now)
        or _bundle_code(resources, resource, requested_ids)
        or (_RENEWAL_CODES_BY_CONDITION.get(resource.condition) if unsubscribe_type == RENEWAL_PERIODS else None)
    )


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
    if resource.status is ResourceStatus.FROZEN:
        return "CBC.99003656" if resource.condition is Condition.FROZEN_BY_POLICE else "CBC.30000052"
    return "CBC.99003645" if resource.status is ResourceStatus.EXPIRED else None


def _product_code(resource: Resource, now: int) -> str | None:
    code = _CODES_BY_CONDITION.get(resource.condition) or _CODES_BY_OFFER.get(resource.offer.code)
    if code is None and resource.offer is offers.STORAGE_PACKAGE and resource.effective <= now:
        return "CBC.99003647"
    return code


def _bundle_code(estate: ResourceStore, resource: Resource, asked: frozenset[str]) -> str | None:
    if resource.condition is not Condition.SOLUTION:
        return None
    mains = (one for one in estate.in_purchase(resource.purchase_number) if one.parent is None)
    return None if all(main.resource_id in asked for main in mains) else "CBC.99003185"
