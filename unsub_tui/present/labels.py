"""Labels of actions, unit states, outcomes and tabs."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from unsub_tui.domain.action import Action
from unsub_tui.domain.unit_state import Outcome, State
from unsub_tui.listmodel.tab import Tab
from unsub_tui.present.i18n import _, plural

ACTION_LABELS: Mapping[Action, str] = {
    Action.UNSUBSCRIBE: _("unsubscribe"),
    Action.RENEWAL: _("unsubscribe from renewal periods"),
    Action.AUTO_RENEW_OFF: _("auto-renewal off"),
    Action.AUTO_RENEW_ON: _("auto-renewal on"),
    Action.PAY_PER_USE: _("pay-per-use at expiry"),
    Action.PAY_PER_USE_OFF: _("cancel pay-per-use at expiry"),
    Action.PAY_PER_USE_NOW: _("pay-per-use now"),
}
"""Actions in one to four words."""

SHORT_ACTION_LABELS: Mapping[Action, str] = {
    **ACTION_LABELS,
    Action.RENEWAL: _("renewal periods"),
    Action.PAY_PER_USE: _("pay-per-use"),
    Action.PAY_PER_USE_OFF: _("no pay-per-use"),
}
"""The shortest labels of actions, for a column."""

_ACTION_TITLES: Mapping[Action, Callable[[int], str]] = {
    Action.UNSUBSCRIBE: lambda n: plural("unsubscribe from {n} resource", "unsubscribe from {n} resources", n),
    Action.RENEWAL: lambda n: plural(
        "unsubscribe from the renewal periods of {n} resource",
        "unsubscribe from the renewal periods of {n} resources",
        n,
    ),
    Action.AUTO_RENEW_OFF: lambda n: plural(
        "auto-renewal off for {n} resource", "auto-renewal off for {n} resources", n
    ),
    Action.AUTO_RENEW_ON: lambda n: plural("auto-renewal on for {n} resource", "auto-renewal on for {n} resources", n),
    Action.PAY_PER_USE: lambda n: plural(
        "pay-per-use at expiry for {n} resource", "pay-per-use at expiry for {n} resources", n
    ),
    Action.PAY_PER_USE_OFF: lambda n: plural(
        "no pay-per-use at expiry for {n} resource", "no pay-per-use at expiry for {n} resources", n
    ),
    Action.PAY_PER_USE_NOW: lambda n: plural(
        "pay-per-use now for {n} resource", "pay-per-use now for {n} resources", n
    ),
}


def action_title(action: Action, count: int) -> str:
    """Return an action and its number of resources in one line."""
    return _ACTION_TITLES[action](count)


def button_label(action: Action, count: int) -> str:
    """Return the label of the button that affects `count` resources, shown beside Cancel."""
    words = {
        Action.UNSUBSCRIBE: plural("Unsubscribe from {n} resource", "Unsubscribe from {n} resources", count),
        Action.RENEWAL: _("Unsubscribe from renewal"),
        Action.AUTO_RENEW_OFF: _("Switch off"),
        Action.AUTO_RENEW_ON: _("Switch on"),
        Action.PAY_PER_USE: _("Set pay-per-use"),
        Action.PAY_PER_USE_OFF: _("Cancel pay-per-use"),
        Action.PAY_PER_USE_NOW: plural("Change {n} resource now", "Change {n} resources now", count),
    }
    return words[action]


STATES: Mapping[State, tuple[str, str]] = {
    State.CONFIRMED: ("·", _("queued")),
    State.SUBMITTING: (">", _("submitting")),
    State.ACCEPTED: ("~", _("in progress")),
    State.SETTLED: ("+", _("completed")),
    State.REJECTED: ("x", _("failed")),
    State.ORDER_FAILED: ("x", _("order failed")),
    State.UNKNOWN: ("?", _("unknown")),
    State.GONE_NO_ORDER: ("?", _("gone, order unknown")),
    State.NOT_EXECUTED: ("-", _("not executed")),
    State.SKIPPED: ("-", _("not submitted")),
}
"""Symbol and label of every state of a unit."""

OUTCOME_LABELS: Mapping[Outcome, str] = {
    Outcome.PLANNED: _("not submitted"),
    Outcome.SUBMITTED: _("submitting"),
    Outcome.ACCEPTED: _("in progress"),
    Outcome.SETTLED: _("completed"),
    Outcome.REJECTED: _("failed"),
    Outcome.UNKNOWN: _("unknown"),
}
"""Outcomes, which group several states."""

TAB_TITLES: Mapping[Tab, str] = {
    Tab.ACTIVE: _("Active Resources"),
    Tab.RENEWAL: _("Renewal Periods"),
    Tab.INACTIVE: _("Inactive"),
}


def tabs_line(current: Tab | None, width: int, extra: str = "") -> str:
    """Return all tabs with their keys and the current tab in brackets (None: Records), followed by `extra`."""
    tabs = [*TAB_TITLES.items(), (None, _("Records"))]
    titles = [(tab, f"{number} {title}") for number, (tab, title) in enumerate(tabs, start=1)]
    parts = [f"[{title}]" if tab is current else title for tab, title in titles]
    wide = "  ".join(parts)
    line = wide if len(wide) <= width else " ".join(parts)
    return f"{line}   {extra}" if extra else line
