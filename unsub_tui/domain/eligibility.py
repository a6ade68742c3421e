"""Which resources may be marked, and why the others may not.

The batch list and the kinds of products that the vendor does not take back are rules of the site, as data. The batch
list binds batches only; one resource alone may be of any service.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from enum import StrEnum

from unsub_tui.domain.quote import Payment
from unsub_tui.domain.renewal_periods import first_paid_at
from unsub_tui.domain.resource import Resource, Status
from unsub_tui.domain.rules import ExclusionKind, SiteRules


class BlockedReason(StrEnum):
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
    SERVICE_EXCLUDED = "service_excluded"
    """The vendor does not take this service back."""
    PACKAGE_IN_USE = "package_in_use"
    """A resource package that has begun."""
    UNPAID_ORDER = "unpaid_order"
    """An order that waits for payment holds it."""
    IN_TRANSACTION = "in_transaction"
    """A change, renewal or unsubscription of it is under way."""
    TRIAL = "trial"
    NO_RENEWAL = "no_renewal"
    """No renewed period that has not begun is known of it."""
    ATTACHED_LATER = "attached_later"
    """Something was attached after the renewal was paid: the renewed period cannot be given up alone."""
    CHANGED = "changed"
    """Its specification was changed after the renewal was paid: as above."""
    DRIFTED = "drifted"
    """It is no longer what a plan file says of it."""
    AUTO_RENEWAL_OFF = "auto_renewal_off"
    """It renews itself no more already."""
    AUTO_RENEWAL_ON = "auto_renewal_on"
    """It renews itself already."""
    PAY_PER_USE_SET = "pay_per_use_set"
    """It becomes pay-per-use already."""
    PAY_PER_USE_NOT_SET = "pay_per_use_not_set"
    """There is no change to pay-per-use that could be cancelled."""
    NO_PAY_PER_USE = "no_pay_per_use"
    """A kind of product that cannot become pay-per-use."""


UNSUBSCRIBABLE_OUTSIDE_BATCH = frozenset({None, BlockedReason.ATTACHED, BlockedReason.NOT_BATCH_ELIGIBLE})
"""Reasons with which a resource can be unsubscribed all the same: alone, or with its main one."""


def blocked_reason_active(resource: Resource, rules: SiteRules, now: datetime) -> BlockedReason | None:
    """Return why `resource` cannot be unsubscribed at all from Active Resources, or None."""
    reason = blocked_reason(resource, rules, now)
    if reason is None and not resource.is_effective(now):
        return BlockedReason.NOT_EFFECTIVE
    return reason


def blocked_reason(resource: Resource, rules: SiteRules, now: datetime) -> BlockedReason | None:
    """Return why `resource` cannot be unsubscribed by any tab, or None; what has not begun yet can."""
    if not resource.resource_id.is_safe_id:
        return BlockedReason.UNSAFE_ID
    if not resource.is_main_resource:
        return BlockedReason.ATTACHED
    by_status = _REASON_BY_STATUS.get(resource.status, BlockedReason.UNKNOWN_STATUS)
    return by_status if by_status is not None else _blocked_by_exclusion(resource, rules, now)


def blocked_reason_for_plan(
    resource: Resource, rules: SiteRules, now: datetime, *, is_single: bool
) -> BlockedReason | None:
    """Return why `resource` cannot be unsubscribed, begun or not; the batch list binds only what has begun."""
    if not resource.is_effective(now):
        return blocked_reason(resource, rules, now)
    return blocked_reason_active(resource, rules, now) if is_single else blocked_reason_in_batch(resource, rules, now)


def blocked_reason_for_renewal(
    resource: Resource,
    attached: Iterable[Resource],
    renewal_payments: Sequence[Payment],
    rules: SiteRules,
    now: datetime,
) -> BlockedReason | None:
    """Return why the renewed periods of `resource` cannot be given up, as far as that is known beforehand."""
    reason = blocked_reason(resource, rules, now)
    if reason is not None and reason is not BlockedReason.PACKAGE_IN_USE:  # what has not begun of a package comes back
        return reason
    if not renewal_payments:
        return BlockedReason.NO_RENEWAL
    paid = first_paid_at(renewal_payments)
    later = (each for each in attached if paid and each.effective_time and each.effective_time > paid)
    return BlockedReason.ATTACHED_LATER if any(later) else None


def blocked_reason_in_batch(resource: Resource, rules: SiteRules, now: datetime) -> BlockedReason | None:
    """Return why `resource` cannot be marked for a batch, or None."""
    reason = blocked_reason_active(resource, rules, now)
    if reason is not None:
        return reason
    return None if resource.service_type_code.raw in rules.batch_services else BlockedReason.NOT_BATCH_ELIGIBLE


def _blocked_by_exclusion(resource: Resource, rules: SiteRules, now: datetime) -> BlockedReason | None:
    """Return what a rule says against this kind of product; a doubtful rule blocks nothing."""
    rule = rules.find_exclusion(resource)
    if rule is None or not rule.is_certain:
        return None
    if rule.kind is ExclusionKind.SERVICE:
        return BlockedReason.SERVICE_EXCLUDED
    return BlockedReason.PACKAGE_IN_USE if resource.is_effective(now) else None


_REASON_BY_STATUS: dict[int, BlockedReason | None] = {
    Status.IN_USE: None,
    Status.CLOSED: BlockedReason.CLOSED,
    Status.FROZEN: BlockedReason.FROZEN,
    Status.EXPIRED: BlockedReason.EXPIRED,
}
