"""Rules that decide which resources can be selected, with the reasons for the others.

The batch list and the excluded products are data in the site's rules. The batch list is a rule of the console page,
not of the API. It restricts batches only: a single resource, and every item in queue mode, can belong to any service.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from enum import StrEnum

from unsub_tui.domain.paid_periods import first_paid_at
from unsub_tui.domain.quote import Payment
from unsub_tui.domain.resource import Resource, Status
from unsub_tui.domain.rules import ExclusionKind, SiteRules


class BlockedReason(StrEnum):
    """The reason why a resource cannot be selected. The values are stable: scripts read them as `blocked_reason`."""

    ATTACHED = "attached"
    """Attached resource, unsubscribed from with its primary resource."""
    NOT_BATCH_ELIGIBLE = "not_batch_eligible"
    """Can be unsubscribed from individually and in queue mode, but not in a batch."""
    WHOLE_ONLY = "whole_only"
    """Part of a bundle that can only be unsubscribed from as a whole."""
    NOT_EFFECTIVE = "not_effective"
    """Purchased but not yet effective: belongs to the Inactive tab."""
    EXPIRED = "expired"
    FROZEN = "frozen"
    """Prevents reversible changes only."""
    CLOSED = "closed"
    UNKNOWN_STATUS = "unknown_status"
    STATUS_CHANGING = "status_changing"
    """Being frozen, unfrozen or closed."""
    UNSAFE_ID = "unsafe_id"
    """The id contains characters that ids of Huawei Cloud do not have."""
    CONTRADICTORY = "contradictory"
    """Huawei Cloud lists the resource, or one attached to it, several times with different data."""
    UNREADABLE = "unreadable"
    """The row of the resource, or of one attached to it, lacks its id, its status or its relation."""
    NOT_READ_AGAIN = "not_read_again"
    """The listing changed while it was read, and a query of the resource's id did not return the resource."""
    PROTECTED = "protected"
    """Protected by a guard in the user's configuration."""
    RUNNING = "running"
    """Not stopped, or not known to be, which a guard in the user's configuration asks for."""
    NO_BACKUP = "no_backup"
    """No usable backup that is as young as a guard in the user's configuration asks for, or none that is known."""
    SERVICE_EXCLUDED = "service_excluded"
    """Huawei Cloud does not allow unsubscriptions from this service."""
    PACKAGE_IN_USE = "package_in_use"
    """Resource package that is already in effect."""
    UNPAID_ORDER = "unpaid_order"
    """Blocked by an order that is awaiting payment."""
    IN_TRANSACTION = "in_transaction"
    """A change, renewal or unsubscription of the resource is in progress."""
    TRIAL = "trial"
    NO_RENEWAL = "no_renewal"
    """No known renewal period that has not begun."""
    ATTACHED_LATER = "attached_later"
    """A resource was attached after the renewal was paid: the renewal period cannot be unsubscribed from separately."""
    CHANGED = "changed"
    """The specification was changed after the renewal was paid: the same restriction applies."""
    NOT_LISTED = "not_listed"
    """The account does not have a resource of this id."""
    NOT_MATCHED = "not_matched"
    """Not on the tab, or without a match for the filter that is given beside its id."""
    DRIFTED = "drifted"
    """The resource no longer matches the plan file."""
    AUTO_RENEWAL_OFF = "auto_renewal_off"
    AUTO_RENEWAL_ON = "auto_renewal_on"
    PAY_PER_USE_SET = "pay_per_use_set"
    PAY_PER_USE_NOT_SET = "pay_per_use_not_set"
    """No change to pay-per-use is set that could be canceled."""
    NO_PAY_PER_USE = "no_pay_per_use"
    CHINA_ONLY = "china_only"
    """Only the China site changes resources to pay-per-use immediately."""
    NO_AUTO_RENEWAL_CHANGE = "no_auto_renewal_change"
    """Auto-renewal of this kind of resource can be switched neither on nor off."""


_REASON_BY_STATUS: dict[int, BlockedReason | None] = {
    Status.IN_USE: None,
    Status.CLOSED: BlockedReason.CLOSED,
    Status.FROZEN: BlockedReason.FROZEN,
    Status.EXPIRED: BlockedReason.EXPIRED,
    Status.FREEZING: BlockedReason.STATUS_CHANGING,
    Status.UNFREEZING: BlockedReason.STATUS_CHANGING,
    Status.CLOSING: BlockedReason.STATUS_CHANGING,
}

UNSUBSCRIBABLE_OUTSIDE_BATCH = frozenset({None, BlockedReason.ATTACHED, BlockedReason.NOT_BATCH_ELIGIBLE})
"""Reasons that still allow an unsubscription, either individually or with the primary resource."""


def blocked_reason(resource: Resource, rules: SiteRules, now: datetime) -> BlockedReason | None:
    """Return why `resource` cannot be unsubscribed from on any tab, or None; one not yet effective can."""
    reason = blocked_reason_by_state(resource)
    if reason is BlockedReason.FROZEN:  # only a police freeze forbids it, and the response tells (Billing FAQ 0000011)
        reason = BlockedReason.EXPIRED if resource.expire_time and resource.expire_time <= now else None
    if reason is not None:
        return reason
    rule = rules.find_exclusion(resource)
    if rule is None or not rule.is_certain:  # a rule that is not certain only warns
        return None
    if rule.kind is ExclusionKind.SERVICE:
        return BlockedReason.SERVICE_EXCLUDED
    return BlockedReason.PACKAGE_IN_USE if resource.is_effective(now) else None


def blocked_reason_by_state(resource: Resource) -> BlockedReason | None:
    """Return why the row, the id, the parent or the status of `resource` prevents any action on it, or None."""
    if resource.defect is not None:
        return BlockedReason(resource.defect.value)
    if not resource.resource_id.is_safe_id:
        return BlockedReason.UNSAFE_ID
    if not resource.is_main_resource:
        return BlockedReason.ATTACHED
    return _REASON_BY_STATUS.get(resource.status, BlockedReason.UNKNOWN_STATUS)


def blocked_reason_for_plan(
    resource: Resource, rules: SiteRules, now: datetime, *, in_batch: bool
) -> BlockedReason | None:
    """Return why a plan cannot include `resource`, or None; the batch list applies only to effective resources."""
    if in_batch and resource.is_effective(now):
        return blocked_reason_in_batch(resource, rules, now)
    return blocked_reason(resource, rules, now)


def blocked_reason_for_renewal(
    resource: Resource,
    attached: Iterable[Resource],
    renewal_payments: Sequence[Payment],
    rules: SiteRules,
    now: datetime,
) -> BlockedReason | None:
    """Return why the renewal periods of `resource` cannot be unsubscribed from, or None if no reason is known."""
    reason = blocked_reason(resource, rules, now)
    if reason is not None and reason is not BlockedReason.PACKAGE_IN_USE:  # a period not begun is refunded
        return reason
    if not renewal_payments:
        return BlockedReason.NO_RENEWAL
    paid = first_paid_at(renewal_payments)
    later = (each for each in attached if paid and each.effective_time and each.effective_time > paid)
    return BlockedReason.ATTACHED_LATER if any(later) else None


def blocked_reason_in_batch(resource: Resource, rules: SiteRules, now: datetime) -> BlockedReason | None:
    """Return why `resource` cannot be selected for a batch on the Active tab, or None if it can."""
    reason = blocked_reason(resource, rules, now)
    if reason is not None:
        return reason
    if not resource.is_effective(now):
        return BlockedReason.NOT_EFFECTIVE
    return None if resource.service_type_code.raw in rules.batch_services else BlockedReason.NOT_BATCH_ELIGIBLE
