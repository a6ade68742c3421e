"""Text pages, and the detail page of a resource."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.getters import query_one

from unsub_tui.app.commands import bindings
from unsub_tui.app.options import AppOptions
from unsub_tui.app.screens.base import Answer, BaseScreen, copy_id
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


class TextPageScreen(BaseScreen[Answer | None]):
    """A screen that shows a text page."""

    BINDINGS: ClassVar[list[BindingType]] = bindings("page screen")
    page = query_one(TextPage)

    def __init__(self, engine: Engine, options: AppOptions, entries: Sequence[Entry], title: str) -> None:
        super().__init__(engine, options)
        self._entries = entries
        self.help_title = title

    def compose_content(self) -> ComposeResult:
        """Return the page."""
        yield TextPage()

    def on_mount(self) -> None:
        """Show the entries."""
        self.page.entries = self._entries
        self.page.focus()


class ResourceDetailScreen(TextPageScreen[Plan]):
    """The details of a resource: fields, attachments, orders, payments, refund and losses.

    Returns a draft plan with the resource's quote, which is never executed, or None if the bills were not read.
    """

    BINDINGS: ClassVar[list[BindingType]] = bindings("details")

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
        self._quoted_plan: Plan | None = None
        page = resource_page(resource, catalogue, reason, engine.clock.now(), quote=quote, periods=periods)
        super().__init__(engine, options, page, "")
        self.help_title = _("Details")

    def on_mount(self) -> None:
        """Show the known data, then read orders and payments."""
        super().on_mount()
        self.call_after_refresh(self.read_payments)

    @work(exclusive=True, group="payments")
    async def read_payments(self) -> None:
        """Read the payments for the resource, and quote it if it can be unsubscribed from."""
        main = self._resource if self._resource.is_main_resource else self._catalogue.primary_of(self._resource)
        if main is None:
            return
        plan = self.engine.draft(self._catalogue, [main.id], quote_only=True)
        if not plan.items:
            return
        self.set_status(_("Loading orders and payments…"))
        try:
            async for progress in self.engine.quotes(plan):
                plan = progress.plan
        except UnsubError as error:
            self.set_status(problem_text(error.problem))
            return
        self.set_status("")
        self._quoted_plan = plan
        item = plan.items[0] if plan.items else None
        along = self._catalogue.attached_to(self._resource)
        self.page.entries = resource_page(
            self._resource,
            self._catalogue,
            self._reason,
            self.engine.clock.now(),
            quote=item.quote if item is not None else None,
            item=item,
            periods=self._periods,
            payments={each.id: self.engine.payments(each.id) for each in (self._resource, *along)},
        )

    def action_copy(self) -> None:
        """Show the resource's id and copy it to the clipboard."""
        self.set_status(copy_id(self.app, self._resource.id))

    def action_back(self) -> None:
        """Return to the list."""
        self.dismiss_once(self._quoted_plan)
