"""Whether a resource may be unsubscribed now, and with which code the vendor says no."""

from __future__ import annotations

from collections.abc import Mapping

from unsub_tui.sandbox import offers
from unsub_tui.sandbox.estate import Estate
from unsub_tui.sandbox.records import Plight, Resource, Status
from unsub_tui.sandbox.refusals import Refusal

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
_BY_PLIGHT: Mapping[Plight, str] = {
    Plight.BUSY: "CBC.99003651",
    Plight.UNPAID: "CBC.99003100",
    Plight.TRIAL: "CBC.99003649",
    Plight.INVOICED: "CBC.99003643",
}
_AGAINST_RENEWAL: Mapping[Plight, str] = {
    Plight.ADDON: "CBC.99003654",
    Plight.PROMOTED: "CBC.99003645",
    Plight.REBUILT: "CBC.99003185",
    Plight.GROWN: "CBC.99003185",
}
"""What keeps renewed periods from being given up alone. Only the first code is published; the others are guesses."""

_BY_OFFER: Mapping[str, str] = {
    offers.IMAGE.code: "CBC.99003650",
    offers.DEV_PACKAGE.code: "CBC.99003652",
}


def message(code: str) -> str:
    """Word a code of the unsubscribe call."""
    return _MESSAGES[code]


def refusal(code: str) -> Refusal:
    """Refuse a whole unsubscribe request."""
    return Refusal(code, _MESSAGES[code])


def objection(estate: Estate, resource_id: str, asked: frozenset[str], scope: int, now: int) -> str | None:
    """Give the code that speaks against this id in this request; None where none does.

    Whether a renewal period is there to be given up is not looked at here: only the orders know.
    """
    resource = estate.get(resource_id)
    if resource is None:
        return "CBC.99003012"
    return (
        _kinship(resource, asked)
        or _state(resource)
        or _nature(resource, now)
        or _wholeness(estate, resource, asked)
        or (_AGAINST_RENEWAL.get(resource.plight) if scope == RENEWAL_PERIODS else None)
    )


def _kinship(resource: Resource, asked: frozenset[str]) -> str | None:
    """Let an attached resource go with its main one only, a server's disk never by name."""
    if resource.parent is None:
        return None
    whole_machine = resource.parent.offer.service is offers.ECS
    return "CBC.99003185" if whole_machine or resource.parent.resource_id not in asked else None


def _state(resource: Resource) -> str | None:
    if resource.pending is not None:
        return "CBC.99003651"
    if resource.status is Status.CLOSED:
        return "CBC.30000067"
    if resource.status is Status.FROZEN:
        return "CBC.99003656" if resource.plight is Plight.SEIZED else "CBC.30000052"
    return "CBC.99003645" if resource.status is Status.EXPIRED else None


def _nature(resource: Resource, now: int) -> str | None:
    code = _BY_PLIGHT.get(resource.plight) or _BY_OFFER.get(resource.offer.code)
    if code is None and resource.offer is offers.STORAGE_PACKAGE and resource.effective <= now:
        return "CBC.99003647"
    return code


def _wholeness(estate: Estate, resource: Resource, asked: frozenset[str]) -> str | None:
    if resource.plight is not Plight.SOLUTION:
        return None
    mains = (one for one in estate.purchase(resource.purchase) if one.parent is None)
    return None if all(main.resource_id in asked for main in mains) else "CBC.99003185"
