"""Reversible alternatives to an unsubscription: changes of the expiry policy.

Sources: Huawei Cloud's pages of the operations (auto-renewal on and off; pay-per-use at expiry, api_order_00024) and
its list of error codes. Conditions known only to Huawei Cloud (solution products, curated products, transactions in
progress) are not checked here; Huawei Cloud rejects such requests.
"""

from __future__ import annotations

from unsub_tui.domain.action import Action
from unsub_tui.domain.eligibility import BlockedReason
from unsub_tui.domain.resource import ExpirePolicy, Resource, Status
from unsub_tui.domain.rules import ExclusionKind, SiteRules

ALTERNATIVES = tuple(action for action in Action if action.inverse is not None)
"""The reversible actions, in display order."""

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
"""Policies that an action ends; Huawei Cloud decides the new policy."""

_ALREADY_SET_REASON: dict[Action, BlockedReason] = {
    Action.AUTO_RENEW_OFF: BlockedReason.AUTO_RENEWAL_OFF,
    Action.AUTO_RENEW_ON: BlockedReason.AUTO_RENEWAL_ON,
    Action.PAY_PER_USE: BlockedReason.PAY_PER_USE_SET,
    Action.PAY_PER_USE_OFF: BlockedReason.PAY_PER_USE_NOT_SET,
}


ALREADY_SET_REASONS = frozenset(_ALREADY_SET_REASON.values())
"""Reasons that mean that the change is already in effect."""


def policy_after(action: Action) -> ExpirePolicy:
    """Return the expiry policy after the action; raise KeyError if the action is not an alternative."""
    return _TARGET_POLICY[action]


def is_in_effect(action: Action, policy: int | None) -> bool:
    """Return whether the result of an action is in effect; an unknown policy proves nothing."""
    if policy is None:
        return False
    left = _ENDED_POLICY.get(action)
    return policy == _TARGET_POLICY[action] if left is None else policy != left


def blocked_reason_for_change(action: Action, resource: Resource, rules: SiteRules) -> BlockedReason | None:
    """Return why the action is not possible for a resource, or None. The batch list does not apply."""
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
    """Return the policy after undoing the action if it differs from `policy`, else None."""
    if action.inverse is None:
        return None
    after = _TARGET_POLICY[action.inverse]
    return None if policy == after else after


def _blocked_by_status(action: Action, status: int) -> BlockedReason | None:
    """Return why a status prevents the action, or None; auto-renewal can be switched off when frozen or expired."""
    if status == Status.CLOSED:
        return BlockedReason.CLOSED
    if status not in (Status.IN_USE, Status.FROZEN, Status.EXPIRED):
        return BlockedReason.UNKNOWN_STATUS
    if status == Status.IN_USE or action is Action.AUTO_RENEW_OFF:
        return None
    return BlockedReason.FROZEN if status == Status.FROZEN else BlockedReason.EXPIRED
