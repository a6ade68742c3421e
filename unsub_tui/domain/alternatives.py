"""What can be done to a resource instead of giving it up: another policy at its expiry, which can be taken back.

Sources: the vendor's pages of the operations (auto-renewal on and off; pay-per-use at expiry, api_order_00024), and its
list of error codes. What only the service knows (solution products, curated products, transactions under way) is left
for it to refuse.
"""

from __future__ import annotations

from unsub_tui.domain.action import Action
from unsub_tui.domain.eligibility import Blocked
from unsub_tui.domain.resource import ExpirePolicy, Resource, Status
from unsub_tui.domain.rules import ExclusionKind, SiteRules

ALTERNATIVES = tuple(action for action in Action if action.is_undoable)
"""In the order in which they are offered."""

_AFTER: dict[Action, ExpirePolicy] = {
    Action.AUTO_RENEW_OFF: ExpirePolicy.GRACE_PERIOD,
    Action.AUTO_RENEW_ON: ExpirePolicy.AUTO_RENEW,
    Action.PAY_PER_USE: ExpirePolicy.PAY_PER_USE,
    Action.PAY_PER_USE_OFF: ExpirePolicy.GRACE_PERIOD,
}

_OUT_OF: dict[Action, ExpirePolicy] = {
    Action.AUTO_RENEW_OFF: ExpirePolicy.AUTO_RENEW,
    Action.PAY_PER_USE_OFF: ExpirePolicy.PAY_PER_USE,
}
"""What these end; they do not say what comes in its place, that is the service's."""

_SO_ALREADY: dict[Action, Blocked] = {
    Action.AUTO_RENEW_OFF: Blocked.AUTO_RENEWAL_OFF,
    Action.AUTO_RENEW_ON: Blocked.AUTO_RENEWAL_ON,
    Action.PAY_PER_USE: Blocked.PAY_PER_USE_SET,
    Action.PAY_PER_USE_OFF: Blocked.PAY_PER_USE_NOT_SET,
}


SO_ALREADY = frozenset(_SO_ALREADY.values())
"""Reasons that say only that there is nothing to do."""


def policy_after(action: Action) -> ExpirePolicy:
    """Return what happens at expiry once this is done; raises KeyError for what is no alternative."""
    return _AFTER[action]


def holds(action: Action, policy: int | None) -> bool:
    """Whether what an alternative wants is so; a policy that the service does not say proves nothing."""
    if policy is None:
        return False
    left = _OUT_OF.get(action)
    return policy == _AFTER[action] if left is None else policy != left


def change_blocked(action: Action, resource: Resource, rules: SiteRules) -> Blocked | None:
    """Return why an alternative is not possible, or None. Whether a resource may go in a batch does not matter here."""
    if not resource.resource_id.is_safe_id:
        return Blocked.UNSAFE_ID
    if not resource.is_main_resource:
        return Blocked.ATTACHED
    by_status = _against(action, resource.status)
    if by_status is not None:
        return by_status
    if holds(action, resource.expire_policy):
        return _SO_ALREADY[action]
    if action is Action.PAY_PER_USE and rules.bars(ExclusionKind.NO_PAY_PER_USE, resource):
        return Blocked.NO_PAY_PER_USE
    return None


def unlike_before(action: Action, policy: int | None) -> ExpirePolicy | None:
    """Return what undoing brings where that is not the policy of before; None where it is as it was."""
    if action.contrary is None:
        return None
    after = _AFTER[action.contrary]
    return None if policy == after else after


def _against(action: Action, status: int) -> Blocked | None:
    """Return what a status has against it: auto-renewal can be switched off whatever befell the resource."""
    if status == Status.CLOSED:
        return Blocked.CLOSED
    if status not in (Status.IN_USE, Status.FROZEN, Status.EXPIRED):
        return Blocked.UNKNOWN_STATUS
    if status == Status.IN_USE or action is Action.AUTO_RENEW_OFF:
        return None
    return Blocked.FROZEN if status == Status.FROZEN else Blocked.EXPIRED
