"""Menus and check lists; items are chosen by letter, with the arrow keys or by typing a part of the name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from textual import events
from textual.app import ComposeResult
from textual.getters import query_one

from unsub_tui.app.commands import bindings
from unsub_tui.app.dialogs.dialog import Dialog
from unsub_tui.app.widgets.status import OneLineLabel
from unsub_tui.app.widgets.text_page import TextPage
from unsub_tui.domain.action import Action
from unsub_tui.domain.policy_change import OFFERED_ALTERNATIVES, blocked_reason_for_change
from unsub_tui.domain.resource import Resource
from unsub_tui.domain.rules import SiteRules
from unsub_tui.present.i18n import _
from unsub_tui.present.labels import ACTION_LABELS
from unsub_tui.present.page import Entry
from unsub_tui.present.resources import BLOCKED_LABELS
from unsub_tui.present.text_layout import fit

MAX_LABEL_WIDTH = 30
"""Maximum label width, in cells, for aligning details; a longer label pushes its detail to the right."""

ACTION_LETTERS = {
    Action.UNSUBSCRIBE: "p",
    Action.RENEWAL: "p",
    Action.AUTO_RENEW_OFF: "o",
    Action.AUTO_RENEW_ON: "n",
    Action.PAY_PER_USE: "e",
    Action.PAY_PER_USE_OFF: "c",
    Action.PAY_PER_USE_NOW: "i",
}
"""The key of each action in the menu of actions."""


@dataclass(frozen=True, slots=True)
class MenuItem:
    """An item of a menu."""

    id: str
    label: str
    letter: str = ""
    """The key that chooses the item; unused in a searchable menu."""
    detail: str = ""


class Menu(Dialog[str]):
    """A menu. Returns the id of the chosen item, or None."""

    BINDINGS = bindings("menu")
    box_classes = "dialog menu"
    page = query_one(TextPage)

    def __init__(
        self, title: str, items: Sequence[MenuItem], *, searchable: bool = False, initial_id: str = ""
    ) -> None:
        super().__init__(title)
        self._items, self._is_searchable, self._initial_id = items, searchable, initial_id
        self._search_text = ""

    def compose_content(self) -> ComposeResult:
        """Return the search text, the items and the hint."""
        hint = _("letter or enter Choose · esc Cancel")
        if self._is_searchable:
            hint = _("Type a part of the name · enter Choose · esc Cancel")
            yield OneLineLabel(_("> (type to search, arrows move)"), id="typed")
        yield TextPage()
        yield OneLineLabel(hint, id="menu-hint")

    def on_mount(self) -> None:
        """Show the items with the cursor on the initial one."""
        self.page.focus()
        self._fill()
        ids = [item.id for item in self._items]
        if self._initial_id in ids:
            self.page.cursor = ids.index(self._initial_id)

    def on_key(self, event: events.Key) -> None:
        """Choose an item by letter; in a searchable menu, edit the search text."""
        char = event.character if event.is_printable else None
        if self._is_searchable and event.key == "backspace":
            self._search(self._search_text[:-1])
        elif self._is_searchable and char:
            self._search(self._search_text + char)
        elif char and (found := next((item for item in self._items if item.letter == char), None)):
            self.dismiss_once(found.id)
        else:
            return
        event.stop()
        event.prevent_default()

    def action_choose(self) -> None:
        """Choose the item under the cursor."""
        entry = self.page.current
        if entry is not None and entry.target:
            self.dismiss_once(entry.target)

    def _search(self, text: str) -> None:
        self._search_text = text
        self.query_one("#typed", OneLineLabel).text = f"> {text}" if text else _("> (type to search, arrows move)")
        self._fill()
        self.page.action_top()

    def _fill(self) -> None:
        words = self._search_text.casefold().split()
        fitting = [
            each for each in self._items if all(word in f"{each.label} {each.detail}".casefold() for word in words)
        ]
        width = min(MAX_LABEL_WIDTH, max((len(each.label) for each in fitting), default=0))
        self.page.entries = [Entry(self._line(each, width), target=each.id, hang=4) for each in fitting] or [
            Entry(_("No match"))
        ]

    def _line(self, item: MenuItem, width: int) -> str:
        letter = "" if self._is_searchable else f"{item.letter or ' '}  "
        label = fit(item.label, max(width, len(item.label))) if item.detail else item.label
        return f"{letter}{label}  {item.detail}".rstrip()


class Checklist(Dialog[frozenset[str]]):
    """A list with check boxes. Returns the ids of the checked items, or None."""

    BINDINGS = bindings("check list")
    box_classes = "dialog menu"
    page = query_one(TextPage)

    def __init__(self, title: str, items: Sequence[MenuItem], checked: Sequence[str], *, required_id: str) -> None:
        """Create a list; the item `required_id` cannot be unchecked."""
        super().__init__(title)
        self._items, self._required_id = items, required_id
        self._checked = {*checked, required_id}

    def compose_content(self) -> ComposeResult:
        """Return the items and the hint."""
        yield TextPage()
        yield OneLineLabel(_("space Check · enter Done · esc Cancel"), id="menu-hint")

    def on_mount(self) -> None:
        """Show the items with their check boxes."""
        self.page.focus()
        self._fill()

    def action_toggle_item(self) -> None:
        """Check or uncheck the item under the cursor."""
        entry = self.page.current
        if entry is not None and entry.target != self._required_id:
            self._checked ^= {entry.target}
            self._fill()

    def action_accept(self) -> None:
        """Return the checked items."""
        self.dismiss_once(frozenset(self._checked))

    def _fill(self) -> None:
        self.page.entries = [
            Entry(f"[{'x' if item.id in self._checked else ' '}] {item.label}", target=item.id) for item in self._items
        ]


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
    actions = [each for each in (primary_action, *OFFERED_ALTERNATIVES) if each is not exclude]
    return [
        MenuItem(each, ACTION_LABELS[each], ACTION_LETTERS[each], _possible(each, resources, rules)) for each in actions
    ]


def _possible(action: Action, resources: Sequence[Resource], rules: SiteRules) -> str:
    if action.unsubscribe_type is not None:
        return ""
    reasons = [blocked_reason_for_change(action, each, rules) for each in resources]
    if len(reasons) == 1:
        return BLOCKED_LABELS[reasons[0]] if reasons[0] is not None else ""
    return _("for {n} of {count}").format(n=reasons.count(None), count=len(resources))
