"""The facts that the rest of the program asks an action for."""

from __future__ import annotations

import pytest

from unsub_tui.domain.action import Action, UnsubscribeType
from unsub_tui.domain.policy_change import ALTERNATIVES


@pytest.mark.parametrize(
    ("action", "unsubscribe_type", "deletes", "shortens"),
    [
        (Action.UNSUBSCRIBE, UnsubscribeType.RESOURCE, True, False),
        (Action.RENEWAL, UnsubscribeType.RENEWALS_ONLY, False, True),
    ],
)
def test_an_unsubscription_cannot_be_undone(
    action: Action, unsubscribe_type: UnsubscribeType, *, deletes: bool, shortens: bool
) -> None:
    """It creates an order, and attached resources are unsubscribed from too."""
    assert (action.unsubscribe_type, action.inverse) == (unsubscribe_type, None)
    assert action.creates_order
    assert action.includes_attached
    assert (action.deletes_resource, action.shortens_term) == (deletes, shortens)


@pytest.mark.parametrize("action", ALTERNATIVES)
def test_a_change_can_be_undone_and_costs_nothing(action: Action) -> None:
    """It has no order, deletes nothing, and concerns only the resource itself."""
    assert action.inverse is not None
    assert action.inverse.inverse is action
    assert not any((action.creates_order, action.includes_attached, action.deletes_resource, action.shortens_term))


def test_one_action_starts_charges() -> None:
    """Only auto-renewal begins to charge; its end and both changes at expiry do not."""
    assert [action for action in Action if action.starts_auto_renewal] == [Action.AUTO_RENEW_ON]
