"""Labels of the actions on resources."""

from __future__ import annotations

from unsub_tui.domain.action import Action
from unsub_tui.present.i18n import _, plural


def action_label(action: Action) -> str:
    """Return an action in one to four words."""
    words = {
        Action.UNSUBSCRIBE: _("unsubscribe"),
        Action.RENEWAL: _("give up renewed periods"),
        Action.AUTO_RENEW_OFF: _("auto-renewal off"),
        Action.AUTO_RENEW_ON: _("auto-renewal on"),
        Action.PAY_PER_USE: _("pay-per-use at expiry"),
        Action.PAY_PER_USE_OFF: _("cancel pay-per-use at expiry"),
    }
    return words[action]


def action_short(action: Action) -> str:
    """Return the shortest label of an action, for a column."""
    words = {
        Action.RENEWAL: _("renewals"),
        Action.PAY_PER_USE: _("pay-per-use"),
        Action.PAY_PER_USE_OFF: _("no pay-per-use"),
    }
    return words.get(action) or action_label(action)


def action_title(action: Action, count: int) -> str:
    """Return an action and its number of resources in one line."""
    match action:
        case Action.UNSUBSCRIBE:
            return plural("unsubscribe from {n} resource", "unsubscribe from {n} resources", count)
        case Action.RENEWAL:
            return plural("give up the renewal of {n} resource", "give up the renewals of {n} resources", count)
        case Action.AUTO_RENEW_OFF:
            return plural("auto-renewal off for {n} resource", "auto-renewal off for {n} resources", count)
        case Action.AUTO_RENEW_ON:
            return plural("auto-renewal on for {n} resource", "auto-renewal on for {n} resources", count)
        case Action.PAY_PER_USE:
            return plural("pay-per-use at expiry for {n} resource", "pay-per-use at expiry for {n} resources", count)
        case Action.PAY_PER_USE_OFF:
            return plural(
                "no pay-per-use at expiry for {n} resource", "no pay-per-use at expiry for {n} resources", count
            )


def button_label(action: Action, count: int) -> str:
    """Return the label of the button that affects `count` resources, shown beside Cancel."""
    words = {
        Action.UNSUBSCRIBE: plural("Unsubscribe from {n} resource", "Unsubscribe from {n} resources", count),
        Action.RENEWAL: _("Give up"),
        Action.AUTO_RENEW_OFF: _("Switch off"),
        Action.AUTO_RENEW_ON: _("Switch on"),
        Action.PAY_PER_USE: _("Set pay-per-use"),
        Action.PAY_PER_USE_OFF: _("Take it back"),
    }
    return words[action]
