"""All that is known of one resource."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.getters import query_one

from unsub_tui.app.commands import Command, bindings
from unsub_tui.app.options import AppOptions
from unsub_tui.app.screens.base import BaseScreen
from unsub_tui.app.widgets.page import Page
from unsub_tui.domain.resource import Catalogue, Resource
from unsub_tui.engine.engine import Engine
from unsub_tui.present.details import details_page
from unsub_tui.present.page import Entry
from unsub_tui.present.words import _

BACK = Command(id="page.back", keys="escape,q", action="back", label=_("Back"), help=_("go back"), hint=True)
"""The way back from every page."""


class PageScreen(BaseScreen[None]):
    """A page to read."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(BACK)
    page = query_one(Page)

    def __init__(self, engine: Engine, options: AppOptions, entries: Sequence[Entry], title: str) -> None:
        super().__init__(engine, options)
        self._entries = entries
        self.words = title

    def content(self) -> ComposeResult:
        """Fill the screen with the page."""
        yield Page()

    def on_mount(self) -> None:
        """Show the entries."""
        self.page.entries = self._entries
        self.page.focus()


class DetailsScreen(PageScreen):
    """Every field, what is attached, and what unsubscribing destroys."""

    def __init__(
        self, engine: Engine, options: AppOptions, catalogue: Catalogue, resource: Resource, reason: str
    ) -> None:
        entries = details_page(resource, catalogue, reason, engine.now())
        super().__init__(engine, options, entries, _("Details"))
