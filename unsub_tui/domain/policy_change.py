"""What can be done to a resource instead of giving it up: another policy at its expiry, which can be taken back.

Sources: the vendor's pages of the operations (auto-renewal on and off; pay-per-use at expiry, api_order_00024), and its
list of error codes. What only the service knows (solution products, curated products, transactions under way) is left
for it to refuse.
"""

from __future__ import annotations

from unsub_tui.domain.action import Action
from unsub_tui.domain.eligibility import BlockedReason
from unsub_tui.domain.resource import ExpirePolicy, Resource, Status
from unsub_tui.domain.rules import ExclusionKind, SiteRules

ALTERNATIVES = tuple(action for action in Action if action.is_reversible)
"""In the order in which they are offered."""

_TARGET_POLICY: dict[Action, ExpirePolicy] = {
    Action.AUTO_RENEW_OFF: ExpirePolicy.GRACE_PERIOD,
    Action.AUTO_RENEW_ON: ExpirePolicy.AUTO_RENEW,
    Action.PAY_PER_USE: ExpirePolicy.PAY_PER_USE,
    Action.PAY_PER_USE_OFF: ExpirePolicy.GRACE_PERIOD,
}

_ENDED_POLICY: dict[Action, ExpirePolicy] = {
    Action.AUTO_RENEW_OFF: ExpirePolicy.AUTO_RENEW,
    Action.PAY_PER_USE_OFF: ExpirePolicy.PAY_PER_USE,
}
"""What these end; they do not say what comes in its place, that is the service's."""

_ALREADY_SET_REASON: dict[Action, BlockedReason] = {
    Action.AUTO_RENEW_OFF: BlockedReason.AUTO_RENEWAL_OFF,
    Action.AUTO_RENEW_ON: BlockedReason.AUTO_RENEWAL_ON,
    Action.PAY_PER_USE: BlockedReason.PAY_PER_USE_SET,
    Action.PAY_PER_USE_OFF: BlockedReason.PAY_PER_USE_NOT_SET,
}


ALREADY_SET_REASONS = frozenset(_ALREADY_SET_REASON.values())
"""Reasons that say only that there is nothing to do."""


def policy_after(action: Action) -> ExpirePolicy:
    """Return what happens at expiry once this is done; raises KeyError for what is no alternative."""
    return _TARGET_POLICY[action]


def is_in_effect(action: Action, policy: int | None) -> bool:
    """Whether what an alternative wants is so; a policy that the service does not say proves nothing."""
    if policy is None:
        return False
    left = _ENDED_POLICY.get(action)
    return policy == _TARGET_POLICY[action] if left is None else policy != left


def blocked_reason_for_change(action: Action, resource: Resource, rules: SiteRules) -> BlockedReason | None:
    """Return why an alternative is not possible, or None. Whether a resource may go in a batch does not matter here."""
    if not resource.resource_id.is_safe_id:
        return BlockedReason.UNSAFE_ID
    if not resource.is_main_resource:
        return BlockedReason.ATTACHED
    by_status = _blocked_by_status(action, resource.status)
    if by_status is not None:
        return by_status
    if is_in_effect(action, resource.expire_policy):
        return _ALREADY_SET_REASON[action]
    if action is Action.PAY_PER_USE and rules.excludes(ExclusionKind.NO_PAY_PER_USE, resource):
        return BlockedReason.NO_PAY_PER_USE
    return None


def policy_after_undo_if_different(action: Action, policy: int | None) -> ExpirePolicy | None:
    """Return what undoing brings where that is not the policy of before; None where it is as it was."""
    if action.inverse is None:
        return None
    after = _TARGET_POLICY[action.inverse]
    return None if policy == after else after


def _blocked_by_status(action: Action, status: int) -> BlockedReason | None:
    """Return what a status has against it: auto-renewal can be switched off whatever befell the resource."""
    if status == Status.CLOSED:
        return BlockedReason.CLOSED
    if status not in (Status.IN_USE, Status.FROZEN, Status.EXPIRED):
        return BlockedReason.UNKNOWN_STATUS
    if status == Status.IN_USE or action is Action.AUTO_RENEW_OFF:
        return None
    return BlockedReason.FROZEN if status == Status.FROZEN else BlockedReason.EXPIRED
