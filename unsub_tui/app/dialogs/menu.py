"""Menus and check lists; items are chosen by letter, with the arrow keys or by typing a part of the name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.getters import query_one
from textual.widgets import Static

from unsub_tui.app.commands import bindings
from unsub_tui.app.screens.base import Dialog
from unsub_tui.app.widgets.status import OneLineLabel, TooSmall
from unsub_tui.app.widgets.text_page import TextPage
from unsub_tui.present.i18n import _
from unsub_tui.present.page import Entry
from unsub_tui.present.text_layout import fit

MAX_LABEL_WIDTH = 30
"""Maximum label width, in cells, for aligning details; a longer label pushes its detail to the right."""


@dataclass(frozen=True, slots=True)
class MenuItem:
    """An item of a menu."""

    id: str
    label: str
    letter: str = ""
    """The key that chooses the item; unused in a searchable menu."""
    detail: str = ""


class Menu(Dialog[str | None]):
    """A menu. Returns the id of the chosen item, or None."""

    BINDINGS: ClassVar[list[BindingType]] = bindings("menu")
    page = query_one(TextPage)

    def __init__(
        self, title: str, items: Sequence[MenuItem], *, searchable: bool = False, initial_id: str = ""
    ) -> None:
        super().__init__()
        self._title, self._items, self._is_searchable, self._initial_id = title, items, searchable, initial_id
        self._search_text = ""

    def compose(self) -> ComposeResult:
        """Return the title, the search text, the items and the hint."""
        with Vertical(classes="dialog menu"):
            yield Static(Content(self._title), classes="title")
            if self._is_searchable:
                yield OneLineLabel(self._prompt(), id="typed")
            yield TextPage()
            yield OneLineLabel(self._hint(), id="menu-hint")
        yield TooSmall()

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
        if self._is_searchable:
            if event.key == "backspace":
                self._search(self._search_text[:-1])
            elif char:
                self._search(self._search_text + char)
            else:
                return
            event.stop()
            event.prevent_default()
        elif char and (found := next((item for item in self._items if item.letter == char), None)):
            event.stop()
            event.prevent_default()
            self.dismiss_once(found.id)

    def action_cancel(self) -> None:
        """Close the menu without an answer."""
        self.dismiss_once(None)

    def action_choose(self) -> None:
        """Choose the item under the cursor."""
        entry = self.page.current
        if entry is not None and entry.target:
            self.dismiss_once(entry.target)

    def _search(self, text: str) -> None:
        self._search_text = text
        self.query_one("#typed", OneLineLabel).text = self._prompt()
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

    def _prompt(self) -> str:
        """Return the search text, or, if it is empty, a hint that letters search."""
        return f"> {self._search_text}" if self._search_text else _("> (type to search, arrows move)")

    def _hint(self) -> str:
        if self._is_searchable:
            return _("Type a part of the name · enter Choose · esc Cancel")
        return _("letter or enter Choose · esc Cancel")


class Checklist(Dialog[frozenset[str] | None]):
    """A list with check boxes. Returns the ids of the checked items, or None."""

    BINDINGS: ClassVar[list[BindingType]] = bindings("check list")
    page = query_one(TextPage)

    def __init__(self, title: str, items: Sequence[MenuItem], checked: Sequence[str], *, required_id: str) -> None:
        super().__init__()
        self._title, self._items, self._fixed = title, items, required_id
        self._checked = set(checked)

    def compose(self) -> ComposeResult:
        """Return the title, the items and the hint."""
        with Vertical(classes="dialog menu"):
            yield Static(Content(self._title), classes="title")
            yield TextPage()
            yield OneLineLabel(_("space Check · enter Done · esc Cancel"), id="menu-hint")
        yield TooSmall()

    def on_mount(self) -> None:
        """Show the items with their check boxes."""
        self.page.focus()
        self._fill()

    def action_toggle_item(self) -> None:
        """Check or uncheck the item under the cursor; the required item cannot be unchecked."""
        entry = self.page.current
        if entry is not None and entry.target != self._fixed:
            self._checked ^= {entry.target}
            self._fill()

    def action_cancel(self) -> None:
        """Close the list without an answer."""
        self.dismiss_once(None)

    def action_accept(self) -> None:
        """Return the checked items and the required one."""
        self.dismiss_once(frozenset(self._checked | {self._fixed}))

    def _fill(self) -> None:
        self.page.entries = [
            Entry(
                f"[{'x' if item.id in self._checked or item.id == self._fixed else ' '}] {item.label}", target=item.id
            )
            for item in self._items
        ]
