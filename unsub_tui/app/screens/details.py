"""All that is known of one resource."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.getters import query_one

from unsub_tui.app.commands import Command, bindings
from unsub_tui.app.options import AppOptions
from unsub_tui.app.screens.base import BaseScreen
from unsub_tui.app.widgets.page import Page
from unsub_tui.domain.plan import Plan
from unsub_tui.domain.problem import UnsubError
from unsub_tui.domain.quote import Payment, Quote
from unsub_tui.domain.resource import Catalogue, Resource
from unsub_tui.engine.engine import Engine
from unsub_tui.present.details import details_page
from unsub_tui.present.page import Entry
from unsub_tui.present.problems import problem_text
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
    """Every field, what is attached, orders and payments, and what unsubscribing gives back and destroys."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(
        Command(
            id="details.copy", keys="y", action="copy", label=_("Copy id"), help=_("show the id and copy it"), hint=True
        ),
    )

    def __init__(
        self,
        engine: Engine,
        options: AppOptions,
        *,
        catalogue: Catalogue,
        resource: Resource,
        reason: str,
        quote: Quote | None,
        periods: Sequence[Payment] = (),
    ) -> None:
        self._catalogue, self._resource, self._reason, self._periods = catalogue, resource, reason, periods
        self.plan: Plan | None = None
        """The quote of the resource, once the bills were read; nothing of it is ever run."""
        page = details_page(resource, catalogue, reason, engine.now(), quote=quote, periods=periods)
        super().__init__(engine, options, page, "")
        self.words = _("Details")

    def on_mount(self) -> None:
        """Show what is known, and read orders and payments."""
        super().on_mount()
        self.call_after_refresh(self.read_payments)

    @work(exclusive=True, group="payments")
    async def read_payments(self) -> None:
        """Read what was paid for the resource, and quote it where it can be unsubscribed."""
        main = self._resource if self._resource.is_main_resource else self._catalogue.main_of(self._resource)
        if main is None:
            return
        plan = self.engine.draft(self._catalogue, [main.id], figures_only=True)
        if not plan.items:
            return
        self.say(_("reading orders and payments ..."))
        try:
            async for progress in self.engine.quotes(plan):
                plan = progress.plan
        except UnsubError as error:
            self.say(problem_text(error.problem))
            return
        self.say("")
        self.plan = plan
        item = plan.items[0] if plan.items else None
        along = self._catalogue.attached_to(self._resource)
        self.page.entries = details_page(
            self._resource,
            self._catalogue,
            self._reason,
            self.engine.now(),
            quote=item.quote if item is not None else None,
            item=item,
            periods=self._periods,
            payments={each.id: self.engine.payments(each.id) for each in (self._resource, *along)},
        )

    def action_copy(self) -> None:
        """Show the id, and put it into the terminal's clipboard."""
        shown = self._resource.resource_id.clean()
        self.app.copy_to_clipboard(shown)
        self.say(_("id {id} (copied where the terminal allows it)").format(id=shown))
