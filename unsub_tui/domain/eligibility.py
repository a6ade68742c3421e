"""Which resources may be marked, and why the others may not.

Source of the batch list: the vendor's help page on unsubscribing in batches (ECS, EVS, RDS, VPC, CCE),
the same on every site from 2020 to 2025. It binds batches only; one resource alone may be of any service.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from unsub_tui.domain.resource import Resource, Status

BATCH_SERVICES = frozenset(
    {
        "hws.service.type.ec2",
        "hws.service.type.ebs",
        "hws.service.type.rds",
        "hws.service.type.vpc",
        "hws.service.type.cce",
    }
)
"""Service codes whose resources may go in one batch."""


class Blocked(StrEnum):
    """Why a resource cannot be marked. The values are stable: scripts read them as `blocked_reason`."""

    ATTACHED = "attached"
    """Follows its main resource."""
    NOT_BATCH_ELIGIBLE = "not_batch_eligible"
    """Can be unsubscribed alone, never in a batch."""
    WHOLE_ONLY = "whole_only"
    """Part of a solution product that goes only as a whole."""
    NOT_EFFECTIVE = "not_effective"
    """Bought, not begun: belongs to the Inactive tab."""
    EXPIRED = "expired"
    FROZEN = "frozen"
    CLOSED = "closed"
    UNKNOWN_STATUS = "unknown_status"
    """A status that this version does not know."""
    UNSAFE_ID = "unsafe_id"
    """The id has characters that no id of the vendor has."""
    PROTECTED = "protected"
    """A guard of the user's own configuration."""


def blocked(resource: Resource, now: datetime) -> Blocked | None:
    """Return why `resource` cannot be unsubscribed at all from Active Resources, or None."""
    if not resource.resource_id.is_safe_id:
        return Blocked.UNSAFE_ID
    if not resource.is_main_resource:
        return Blocked.ATTACHED
    by_status = _BY_STATUS.get(resource.status, Blocked.UNKNOWN_STATUS)
    if by_status is not None:
        return by_status
    return None if resource.is_effective(now) else Blocked.NOT_EFFECTIVE


def blocked_in_batch(resource: Resource, now: datetime) -> Blocked | None:
    """Return why `resource` cannot be marked for a batch, or None."""
    reason = blocked(resource, now)
    if reason is not None:
        return reason
    return None if is_batch_eligible(resource) else Blocked.NOT_BATCH_ELIGIBLE


def is_batch_eligible(resource: Resource) -> bool:
    """Whether the resource's service is on the vendor's batch list."""
    return resource.service_type_code.raw in BATCH_SERVICES


_BY_STATUS: dict[int, Blocked | None] = {
    Status.IN_USE: None,
    Status.CLOSED: Blocked.CLOSED,
    Status.FROZEN: Blocked.FROZEN,
    Status.EXPIRED: Blocked.EXPIRED,
}
