"""Resources as the services know them: yearly/monthly ones, which billing lists, and pay-per-use ones."""

from __future__ import annotations

from dataclasses import dataclass

from unsub_tui.sandbox import offers
from unsub_tui.sandbox.account_fixtures import PROJECTS
from unsub_tui.sandbox.models import Condition, Resource, ResourceStatus
from unsub_tui.sandbox.offers import Spec
from unsub_tui.sandbox.order_store import make_order_id, order_number

_MIN_AGE = 600
"""Minimum age of a resource at the start of the sandbox in seconds, so that servers are launched by then."""
_DELIVERED_AFTER = 20
"""Seconds from the order of a resource to its creation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PayPerUse:
    """A pay-per-use resource, which billing does not list."""

    resource_id: str
    name: str
    spec: Spec
    size: int | None
    region: str
    project_id: str
    project_index: int
    created: int


CloudResource = Resource | PayPerUse


_SOLD_PAY_PER_USE = (offers.SERVER, offers.DISK, offers.ADDRESS)


def type_code(resource: CloudResource) -> str:
    """Return the code of the resource's type, which billing has for yearly/monthly resources."""
    if isinstance(resource, Resource):
        return resource.offer.code
    return next(offer.code for offer in _SOLD_PAY_PER_USE if resource.spec in offer.specs)


def exists(resource: CloudResource) -> bool:
    """Return whether the service still has the resource."""
    return isinstance(resource, PayPerUse) or resource.is_pay_per_use or resource.status is not ResourceStatus.CLOSED


def is_yearly_monthly(resource: CloudResource) -> bool:
    """Return whether the resource is yearly/monthly now."""
    return isinstance(resource, Resource) and not resource.is_pay_per_use


def is_frozen(resource: CloudResource) -> bool:
    """Return whether the resource is frozen."""
    return isinstance(resource, Resource) and resource.status is ResourceStatus.FROZEN


def created_at(resource: CloudResource, epoch: int) -> int:
    """Return the time at which the service created the resource, which is never after the start of the sandbox."""
    if isinstance(resource, PayPerUse):
        return resource.created
    return min(resource.ordered + _DELIVERED_AFTER, epoch - _MIN_AGE)


def order_id(resource: CloudResource) -> str:
    """Return the id of the order that bought a yearly/monthly resource; empty for a pay-per-use one."""
    if not isinstance(resource, Resource) or resource.is_pay_per_use:
        return ""
    return make_order_id(resource.ordered, order_number(resource.purchase_number, resource.order_position))


def billing_info(resource: CloudResource) -> str:
    """Return order, product, region and project as EIPs and bandwidths name them; empty for pay-per-use."""
    if not isinstance(resource, Resource) or resource.is_pay_per_use:
        return ""
    return f"{order_id(resource)}:{resource.product_id}:{resource.region}:{resource.project_id}"


def enterprise_project_id(resource: CloudResource) -> str:
    """Return the id of the resource's enterprise project."""
    return PROJECTS[resource.project_index].project_id


def is_police_frozen(resource: CloudResource) -> bool:
    """Return whether the resource was frozen by the police."""
    return isinstance(resource, Resource) and resource.condition is Condition.FROZEN_BY_POLICE
