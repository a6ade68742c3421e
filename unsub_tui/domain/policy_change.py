"""Alternatives to an unsubscription: reversible changes of the expiry policy, and pay-per-use immediately.

Sources: Huawei Cloud's pages of the operations (auto-renewal on and off; pay-per-use at expiry, api_order_00024;
immediately, api_order_00032 of 2026-06-22) and its list of error codes. Conditions known only to Huawei Cloud
(solution products, curated products, transactions in progress) are not checked here; Huawei Cloud rejects such
requests.
"""

from __future__ import annotations

from typing import NamedTuple

from unsub_tui.domain.action import Action
from unsub_tui.domain.eligibility import BlockedReason, blocked_reason_by_state
from unsub_tui.domain.resource import ExpirePolicy, Resource
from unsub_tui.domain.rules import SiteRules

ALTERNATIVES = tuple(action for action in Action if action.inverse is not None)
"""The reversible actions, in display order."""

OFFERED_ALTERNATIVES = (*ALTERNATIVES, Action.PAY_PER_USE_NOW)
"""All alternatives, in display order."""


class _Change(NamedTuple):
    """The effect of a reversible action on the expiry policy."""

    target: ExpirePolicy
    """The policy after the action."""
    already_set: BlockedReason
    """The reason against an action that is in effect already."""
    ended: ExpirePolicy | None = None
    """The policy that the action ends, if Huawei Cloud decides the new one."""


_CHANGES: dict[Action, _Change] = {
    Action.AUTO_RENEW_OFF: _Change(
        ExpirePolicy.GRACE_PERIOD, BlockedReason.AUTO_RENEWAL_OFF, ended=ExpirePolicy.AUTO_RENEW
    ),
    Action.AUTO_RENEW_ON: _Change(ExpirePolicy.AUTO_RENEW, BlockedReason.AUTO_RENEWAL_ON),
    Action.PAY_PER_USE: _Change(ExpirePolicy.PAY_PER_USE, BlockedReason.PAY_PER_USE_SET),
    Action.PAY_PER_USE_OFF: _Change(
        ExpirePolicy.GRACE_PERIOD, BlockedReason.PAY_PER_USE_NOT_SET, ended=ExpirePolicy.PAY_PER_USE
    ),
}

_PAY_PER_USE_CHANGES = (Action.PAY_PER_USE, Action.PAY_PER_USE_NOW)
_AUTO_RENEWAL_CHANGES = (Action.AUTO_RENEW_OFF, Action.AUTO_RENEW_ON)

ALREADY_SET_REASONS = frozenset(change.already_set for change in _CHANGES.values())
"""Reasons that mean that the change is already in effect."""


def policy_after(action: Action) -> ExpirePolicy:
    """Return the expiry policy after the action; raise KeyError if the action is not an alternative."""
    return _CHANGES[action].target


def is_in_effect(action: Action, policy: int | None) -> bool:
    """Return whether the result of an action is in effect; an unknown policy proves nothing."""
    if policy is None:
        return False
    # Of a policy that Huawei Cloud chooses, only the end of the old one is certain.
    change = _CHANGES[action]
    return policy == change.target if change.ended is None else policy != change.ended


def blocked_reason_for_change(action: Action, resource: Resource, rules: SiteRules) -> BlockedReason | None:
    """Return why the alternative is not possible for a resource, or None. The batch list does not apply."""
    if action is Action.PAY_PER_USE_NOW and rules.site != "cn":
        return BlockedReason.CHINA_ONLY
    reason = blocked_reason_by_state(resource)
    # Auto-renewal can be switched off even if the resource is frozen or expired.
    is_allowed = action is Action.AUTO_RENEW_OFF and reason in {BlockedReason.FROZEN, BlockedReason.EXPIRED}
    if reason is not None and not is_allowed:
        return reason
    if action in _CHANGES and is_in_effect(action, resource.expire_policy):
        return _CHANGES[action].already_set
    if action in _PAY_PER_USE_CHANGES and rules.forbids_pay_per_use(resource):
        return BlockedReason.NO_PAY_PER_USE
    if action in _AUTO_RENEWAL_CHANGES and rules.forbids_auto_renewal_change(resource):
        return BlockedReason.NO_AUTO_RENEWAL_CHANGE
    return None


def policy_after_undo_if_different(action: Action, policy: int | None) -> ExpirePolicy | None:
    """Return the policy after undoing the action if it differs from `policy`, else None."""
    if action.inverse is None:
        return None
    after = policy_after(action.inverse)
    return None if policy == after else after
