"""A list to choose from, over a screen: by its letter, by arrows, or by typing a part of the name."""

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

from unsub_tui.app.commands import Command, bindings
from unsub_tui.app.screens.base import Dialog
from unsub_tui.app.widgets.bars import TextLine, TooSmall
from unsub_tui.app.widgets.page import Page
from unsub_tui.present.cells import fit
from unsub_tui.present.page import Entry
from unsub_tui.present.words import _

WIDEST_LABEL = 30
"""Cells of a label before what is said of it; longer ones push that to the right."""


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to choose."""

    id: str
    label: str
    letter: str = ""
    """The key that chooses it; empty where names are typed."""
    detail: str = ""


class Menu(Dialog[str | None]):
    """Answers with the id of what was chosen, or None."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(
        Command(id="menu.no", keys="escape,ctrl+c", action="no", label=_("Back"), help=_("choose nothing"), hint=True),
        Command(id="menu.take", keys="enter", action="take", label=_("Choose"), help=_("choose this one"), hint=True),
    )
    page = query_one(Page)

    def __init__(self, title: str, items: Sequence[Item], *, typing: bool = False, chosen: str = "") -> None:
        super().__init__()
        self._title, self._items, self._typing, self._chosen = title, items, typing, chosen
        self._typed = ""

    def compose(self) -> ComposeResult:
        """Put the list under its title."""
        with Vertical(classes="dialog menu"):
            yield Static(Content(self._title), classes="title")
            if self._typing:
                yield TextLine(self._prompt(), id="typed")
            yield Page()
            yield TextLine(self._hint(), id="menu-hint")
        yield TooSmall()

    def on_mount(self) -> None:
        """Show the items with the cursor on the one that holds now."""
        self.page.focus()
        self._fill()
        ids = [item.id for item in self._items]
        if self._chosen in ids:
            self.page.cursor = ids.index(self._chosen)

    def on_key(self, event: events.Key) -> None:
        """Choose by letter, or take what is typed into the name that is looked for."""
        char = event.character if event.is_printable else None
        if self._typing:
            if event.key == "backspace":
                self._look_for(self._typed[:-1])
            elif char:
                self._look_for(self._typed + char)
            else:
                return
            event.stop()
            event.prevent_default()
        elif char and (found := next((item for item in self._items if item.letter == char), None)):
            event.stop()
            event.prevent_default()
            self.answer(found.id)

    def action_no(self) -> None:
        """Choose nothing."""
        self.answer(None)

    def action_take(self) -> None:
        """Choose what is under the cursor."""
        entry = self.page.current
        if entry is not None and entry.key:
            self.answer(entry.key)

    def _look_for(self, text: str) -> None:
        self._typed = text
        self.query_one("#typed", TextLine).text = self._prompt()
        self._fill()
        self.page.action_top()

    def _fill(self) -> None:
        words = self._typed.casefold().split()
        fitting = [
            each for each in self._items if all(word in f"{each.label} {each.detail}".casefold() for word in words)
        ]
        width = min(WIDEST_LABEL, max((len(each.label) for each in fitting), default=0))
        self.page.entries = [Entry(self._line(each, width), key=each.id, hang=4) for each in fitting] or [
            Entry(_("nothing has these words"))
        ]

    def _line(self, item: Item, width: int) -> str:
        letter = "" if self._typing else f"{item.letter or ' '}  "
        label = fit(item.label, max(width, len(item.label))) if item.detail else item.label
        return f"{letter}{label}  {item.detail}".rstrip()

    def _prompt(self) -> str:
        """Return what is typed; before that, that letters are typed here and do not move."""
        return f"> {self._typed}" if self._typed else _("> (letters look for a name, arrows move)")

    def _hint(self) -> str:
        if self._typing:
            return _("type a part of the name · enter chooses · esc leaves")
        return _("a letter or enter chooses · esc leaves")


class Checklist(Dialog[frozenset[str] | None]):
    """Several of a list: space ticks, enter agrees."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(
        Command(
            id="checks.no", keys="escape,ctrl+c", action="no", label=_("Back"), help=_("change nothing"), hint=True
        ),
        Command(id="checks.tick", keys="space", action="tick", label=_("Tick"), help=_("tick or un-tick"), hint=True),
        Command(
            id="checks.take", keys="enter", action="take", label=_("Done"), help=_("take what is ticked"), hint=True
        ),
    )
    page = query_one(Page)

    def __init__(self, title: str, items: Sequence[Item], ticked: Sequence[str], *, fixed: str) -> None:
        super().__init__()
        self._title, self._items, self._fixed = title, items, fixed
        self._ticked = set(ticked)

    def compose(self) -> ComposeResult:
        """Put the list under its title."""
        with Vertical(classes="dialog menu"):
            yield Static(Content(self._title), classes="title")
            yield Page()
            yield TextLine(_("space ticks · enter is done · esc leaves"), id="menu-hint")
        yield TooSmall()

    def on_mount(self) -> None:
        """Show the boxes."""
        self.page.focus()
        self._fill()

    def action_tick(self) -> None:
        """Tick or un-tick the one under the cursor."""
        entry = self.page.current
        if entry is not None and entry.key != self._fixed:
            self._ticked ^= {entry.key}
            self._fill()

    def action_no(self) -> None:
        """Change nothing."""
        self.answer(None)

    def action_take(self) -> None:
        """Take what is ticked."""
        self.answer(frozenset(self._ticked | {self._fixed}))

    def _fill(self) -> None:
        self.page.entries = [
            Entry(f"[{'x' if item.id in self._ticked or item.id == self._fixed else ' '}] {item.label}", key=item.id)
            for item in self._items
        ]
