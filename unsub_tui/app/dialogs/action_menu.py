"""The menu of actions for resources."""

from __future__ import annotations

from collections.abc import Sequence

from unsub_tui.app.dialogs.menu import MenuItem
from unsub_tui.domain.action import Action
from unsub_tui.domain.policy_change import ALTERNATIVES, blocked_reason_for_change
from unsub_tui.domain.resource import Resource
from unsub_tui.domain.rules import SiteRules
from unsub_tui.present.i18n import _
from unsub_tui.present.labels import action_label
from unsub_tui.present.resources import blocked_label

ACTION_LETTERS = {
    Action.UNSUBSCRIBE: "p",
    Action.RENEWAL: "p",
    Action.AUTO_RENEW_OFF: "o",
    Action.AUTO_RENEW_ON: "n",
    Action.PAY_PER_USE: "e",
    Action.PAY_PER_USE_OFF: "c",
}
"""The key of each action in the menu."""


def action_items(
    resources: Sequence[Resource],
    rules: SiteRules,
    *,
    exclude: Action | None = None,
    primary_action: Action = Action.UNSUBSCRIBE,
) -> Sequence[MenuItem]:
    """Return a menu item per action, with the number of resources for which it is possible.

    `primary_action` is the irreversible one: unsubscribing from the resources or from their renewal periods.
    """
    actions = [each for each in (primary_action, *ALTERNATIVES) if each is not exclude]
    return [
        MenuItem(each, action_label(each), ACTION_LETTERS[each], _possible(each, resources, rules)) for each in actions
    ]


def _possible(action: Action, resources: Sequence[Resource], rules: SiteRules) -> str:
    if action.creates_order:
        return ""
    reasons = [blocked_reason_for_change(action, each, rules) for each in resources]
    if len(reasons) == 1:
        return blocked_label(reasons[0]) if reasons[0] is not None else ""
    return _("for {n} of {count}").format(n=reasons.count(None), count=len(resources))
