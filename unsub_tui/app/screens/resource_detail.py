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
from unsub_tui.app.widgets.text_page import TextPage
from unsub_tui.domain.plan import Plan
from unsub_tui.domain.problem import UnsubError
from unsub_tui.domain.quote import Payment, Quote
from unsub_tui.domain.resource import Catalog, Resource
from unsub_tui.engine.engine import Engine
from unsub_tui.present.i18n import _
from unsub_tui.present.page import Entry
from unsub_tui.present.pages.resource import resource_page
from unsub_tui.present.problems import problem_text

BACK = Command(id="page.back", keys="escape,q", action="back", label=_("Back"), help=_("go back"), in_footer=True)
"""The way back from every page."""


class TextPageScreen(BaseScreen[None]):
    """A page to read."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(BACK)
    page = query_one(TextPage)

    def __init__(self, engine: Engine, options: AppOptions, entries: Sequence[Entry], title: str) -> None:
        super().__init__(engine, options)
        self._entries = entries
        self.help_title = title

    def compose_content(self) -> ComposeResult:
        """Fill the screen with the page."""
        yield TextPage()

    def on_mount(self) -> None:
        """Show the entries."""
        self.page.entries = self._entries
        self.page.focus()


class ResourceDetailScreen(TextPageScreen):
    """Every field, what is attached, orders and payments, and what unsubscribing gives back and destroys."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(
        Command(
            id="details.copy",
            keys="y",
            action="copy",
            label=_("Copy id"),
            help=_("show the id and copy it"),
            in_footer=True,
        ),
    )

    def __init__(
        self,
        engine: Engine,
        options: AppOptions,
        *,
        catalogue: Catalog,
        resource: Resource,
        reason: str,
        quote: Quote | None,
        periods: Sequence[Payment] = (),
    ) -> None:
        self._catalogue, self._resource, self._reason, self._periods = catalogue, resource, reason, periods
        self.plan: Plan | None = None
        """The quote of the resource, once the bills were read; nothing of it is ever run."""
        page = resource_page(resource, catalogue, reason, engine.now(), quote=quote, periods=periods)
        super().__init__(engine, options, page, "")
        self.help_title = _("Details")

    def on_mount(self) -> None:
        """Show what is known, and read orders and payments."""
        super().on_mount()
        self.call_after_refresh(self.read_payments)

    @work(exclusive=True, group="payments")
    async def read_payments(self) -> None:
        """Read what was paid for the resource, and quote it where it can be unsubscribed."""
        main = self._resource if self._resource.is_main_resource else self._catalogue.primary_of(self._resource)
        if main is None:
            return
        plan = self.engine.draft(self._catalogue, [main.id], quote_only=True)
        if not plan.items:
            return
        self.set_status(_("reading orders and payments ..."))
        try:
            async for progress in self.engine.quotes(plan):
                plan = progress.plan
        except UnsubError as error:
            self.set_status(problem_text(error.problem))
            return
        self.set_status("")
        self.plan = plan
        item = plan.items[0] if plan.items else None
        along = self._catalogue.attached_to(self._resource)
        self.page.entries = resource_page(
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
        shown = self._resource.resource_id.for_display()
        self.app.copy_to_clipboard(shown)
        self.set_status(_("id {id} (copied where the terminal allows it)").format(id=shown))
