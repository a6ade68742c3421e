"""Labels of actions, unit states, outcomes and tabs."""

from __future__ import annotations

from unsub_tui.domain.action import Action
from unsub_tui.domain.unit_state import Outcome, State
from unsub_tui.listmodel.tab import Tab
from unsub_tui.present.i18n import _, plural


def action_label(action: Action) -> str:
    """Return an action in one to four words."""
    words = {
        Action.UNSUBSCRIBE: _("unsubscribe"),
        Action.RENEWAL: _("unsubscribe from renewal periods"),
        Action.AUTO_RENEW_OFF: _("auto-renewal off"),
        Action.AUTO_RENEW_ON: _("auto-renewal on"),
        Action.PAY_PER_USE: _("pay-per-use at expiry"),
        Action.PAY_PER_USE_OFF: _("cancel pay-per-use at expiry"),
    }
    return words[action]


def action_short(action: Action) -> str:
    """Return the shortest label of an action, for a column."""
    words = {
        Action.RENEWAL: _("renewal periods"),
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
            return plural(
                "unsubscribe from the renewal periods of {n} resource",
                "unsubscribe from the renewal periods of {n} resources",
                count,
            )
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
        Action.RENEWAL: _("Unsubscribe"),
        Action.AUTO_RENEW_OFF: _("Switch off"),
        Action.AUTO_RENEW_ON: _("Switch on"),
        Action.PAY_PER_USE: _("Set pay-per-use"),
        Action.PAY_PER_USE_OFF: _("Cancel pay-per-use"),
    }
    return words[action]


STATE_SYMBOLS: dict[State, str] = {
    State.CONFIRMED: "·",
    State.SUBMITTING: ">",
    State.ACCEPTED: "~",
    State.SETTLED: "+",
    State.REJECTED: "x",
    State.ORDER_FAILED: "x",
    State.UNKNOWN: "?",
    State.GONE_NO_ORDER: "?",
    State.NOT_EXECUTED: "-",
    State.SKIPPED: "-",
}
"""Symbol of every state, shown beside its label."""


def state_label(state: State) -> str:
    """Return the label of a unit's state."""
    words = {
        State.CONFIRMED: _("queued"),
        State.SUBMITTING: _("submitting"),
        State.ACCEPTED: _("in progress"),
        State.SETTLED: _("completed"),
        State.REJECTED: _("failed"),
        State.ORDER_FAILED: _("order failed"),
        State.UNKNOWN: _("unknown"),
        State.GONE_NO_ORDER: _("gone, order unknown"),
        State.NOT_EXECUTED: _("not executed"),
        State.SKIPPED: _("not submitted"),
    }
    return words[state]


def outcome_label(outcome: Outcome) -> str:
    """Return the label of an outcome, which groups several states."""
    words = {
        Outcome.PLANNED: _("not submitted"),
        Outcome.SUBMITTED: _("submitting"),
        Outcome.ACCEPTED: _("in progress"),
        Outcome.SETTLED: _("completed"),
        Outcome.REJECTED: _("failed"),
        Outcome.UNKNOWN: _("unknown"),
    }
    return words[outcome]


def tab_title(tab: Tab) -> str:
    """Return the title of a tab."""
    return {Tab.ACTIVE: _("Active Resources"), Tab.RENEWAL: _("Renewal Periods"), Tab.INACTIVE: _("Inactive")}[tab]


def tabs_line(current: Tab | None, width: int, extra: str = "") -> str:
    """Return all tabs with their keys and the current tab in brackets (None: Records), followed by `extra`."""
    titles = [(tab, f"{number} {tab_title(tab)}") for number, tab in enumerate(Tab, start=1)]
    parts = [f"[{title}]" if tab is current else title for tab, title in titles]
    records = _("{number} Records").format(number=len(parts) + 1)
    parts.append(f"[{records}]" if current is None else records)
    wide = "  ".join(parts)
    line = wide if len(wide) <= width else " ".join(parts)
    return f"{line}   {extra}" if extra else line
