"""Text pages, and the detail page of a resource."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from textual import work
from textual.app import ComposeResult
from textual.getters import query_one

from unsub_tui.app.commands import bindings
from unsub_tui.app.options import AppOptions
from unsub_tui.app.screens.base import Answer, BaseScreen, copy_id
from unsub_tui.app.widgets.text_page import TextPage
from unsub_tui.domain.plan import Plan
from unsub_tui.domain.problem import UnsubError
from unsub_tui.domain.resource import Resource
from unsub_tui.engine.engine import Engine
from unsub_tui.listmodel.resource_list import ResourceList
from unsub_tui.present.i18n import _
from unsub_tui.present.page import Entry
from unsub_tui.present.pages.resource import resource_page
from unsub_tui.present.problems import problem_text


class TextPageScreen(BaseScreen[Answer | None]):
    """A screen that shows a text page."""

    BINDINGS = bindings("page screen")
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

    BINDINGS = bindings("details")

    def __init__(
        self, engine: Engine, options: AppOptions, resources: ResourceList, resource: Resource, reason: str
    ) -> None:
        """Create the page of a resource of a list; `reason` says why it cannot be selected there, or is ""."""
        self._catalogue, self._resource = resources.catalogue, resource
        periods, quote = resources.context.periods_of(resource), resources.quotes.get(resource.id)
        self._resource_page = partial(resource_page, resource, self._catalogue, reason, periods=periods)
        self._quoted_plan: Plan | None = None
        super().__init__(engine, options, self._resource_page(engine.clock.now(), quote=quote), _("Details"))

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
        shown = (self._resource, *self._catalogue.attached_to(self._resource))
        self.page.entries = self._resource_page(
            self.engine.clock.now(),
            quote=item.quote if item is not None else None,
            item=item,
            payments={each.id: self.engine.payments(each.id) for each in shown},
        )

    def action_copy(self) -> None:
        """Show the resource's id and copy it to the clipboard."""
        self.set_status(copy_id(self.app, self._resource.id))

    def action_back(self) -> None:
        """Return to the list."""
        self.dismiss_once(self._quoted_plan)
