"""What can be done to resources, as a menu."""

from __future__ import annotations

from collections.abc import Sequence

from unsub_tui.app.screens.menu import Item
from unsub_tui.domain.action import Action
from unsub_tui.domain.alternatives import ALTERNATIVES, change_blocked
from unsub_tui.domain.resource import Resource
from unsub_tui.domain.rules import SiteRules
from unsub_tui.present.actions import action_word
from unsub_tui.present.resources import blocked_short
from unsub_tui.present.words import _

LETTERS = {
    Action.UNSUBSCRIBE: "p",
    Action.RENEWAL: "p",
    Action.AUTO_RENEW_OFF: "o",
    Action.AUTO_RENEW_ON: "n",
    Action.PAY_PER_USE: "e",
    Action.PAY_PER_USE_OFF: "c",
}
"""The letter of each action in the menu."""


def action_items(
    resources: Sequence[Resource],
    rules: SiteRules,
    *,
    without: Action | None = None,
    given_up: Action = Action.UNSUBSCRIBE,
) -> Sequence[Item]:
    """Return what can be chosen for these resources, with how many of them each is possible for.

    `given_up` is what giving up means where it is asked: the resource, or its renewed periods.
    """
    actions = [each for each in (given_up, *ALTERNATIVES) if each is not without]
    return [Item(each, action_word(each), LETTERS[each], _possible(each, resources, rules)) for each in actions]


def _possible(action: Action, resources: Sequence[Resource], rules: SiteRules) -> str:
    if not action.is_undoable:
        return ""
    reasons = [change_blocked(action, each, rules) for each in resources]
    if len(reasons) == 1:
        return blocked_short(reasons[0]) if reasons[0] is not None else ""
    return _("for {n} of {count}").format(n=reasons.count(None), count=len(resources))
