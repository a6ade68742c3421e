"""Screens with a page of text: help, and the details of a resource or an order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from textual import work
from textual.app import ComposeResult
from textual.content import Content
from textual.getters import query_one

from unsub_tui.app.commands import active_key_rows, bindings
from unsub_tui.app.dialogs.dialog import Prompt
from unsub_tui.app.dialogs.export import RecordExport, save_list, save_record
from unsub_tui.app.options import AppOptions
from unsub_tui.app.screens.base import Answer, BaseScreen, copy_id
from unsub_tui.app.widgets.text_page import TextPage
from unsub_tui.domain.order import AttributedOrder, AttributedOrderDetails
from unsub_tui.domain.plan import Plan
from unsub_tui.domain.problem import UnsubError
from unsub_tui.domain.resource import Resource
from unsub_tui.domain.untrusted_text import for_display
from unsub_tui.engine.engine import Engine
from unsub_tui.listmodel.resource_list import ResourceList
from unsub_tui.present.export.record_rows import REFUND, refund_rows
from unsub_tui.present.i18n import _, plural
from unsub_tui.present.page import BLANK, Entry, Tone, heading
from unsub_tui.present.pages.id_list_report import IdListReport, id_list_page, unselected_ids_text
from unsub_tui.present.pages.key_table import key_entries
from unsub_tui.present.pages.order import order_page
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
        page = TextPage()
        page.border_title = Content(self.help_title)
        yield page

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
        self._catalog, self._resource = resources.catalog, resource
        periods, quote = resources.context.periods_of(resource), resources.quotes.get(resource.id)
        rejection = resources.context.rejection_of(resources.tab, resource)
        self._resource_page = partial(
            resource_page, resource, self._catalog, reason, periods=periods, rejection=rejection
        )
        self._inventory = resources.context.inventory
        self._findings = resources.context.findings_of(resource)
        self._quoted_plan: Plan | None = None
        self._quoted = partial(self._resource_page, quote=quote)
        super().__init__(engine, options, self._known_entries(engine), _("Details"))

    def on_mount(self) -> None:
        """Show the known data, then read orders, payments and the inventory."""
        super().on_mount()
        self.call_after_refresh(self.read_payments)
        if self.options.reads_inventory:
            self.call_after_refresh(self.read_inventory)

    def _known_entries(self, engine: Engine) -> Sequence[Entry]:
        """Return everything that is known."""
        user = engine.account.actor.user_name.for_display()
        return self._quoted(engine.clock.now(), findings=self._findings, user=user)

    @work(exclusive=True, group="inventory")
    async def read_inventory(self) -> None:
        """Read everything about the resource from the services."""
        reader = self.engine.inventory
        inventory = reader.new_inventory(self._catalog, self._inventory)
        async for _step in reader.read_selected(inventory, [self._resource]):
            self._findings = inventory.findings_of(self._resource, {self._resource.id})
        self.page.entries = self._known_entries(self.engine)

    @work(exclusive=True, group="payments")
    async def read_payments(self) -> None:
        """Read the payments for the resource, and quote it if it can be unsubscribed from."""
        main = self._resource if self._resource.is_main_resource else self._catalog.primary_of(self._resource)
        if main is None:
            return
        plan = self.engine.draft(self._catalog, [main.id], quote_only=True)
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
        shown = (self._resource, *self._catalog.attached_to(self._resource))
        self._quoted = partial(
            self._resource_page,
            quote=item.quote if item is not None else None,
            item=item,
            payments={each.id: self.engine.payments(each.id) for each in shown},
        )
        self.page.entries = self._known_entries(self.engine)

    def action_copy(self) -> None:
        """Show the resource's id and copy it to the clipboard."""
        self.set_status(copy_id(self.app, self._resource.id))

    def action_back(self) -> None:
        """Return to the list."""
        self.dismiss_once(self._quoted_plan)


class RecordDetailScreen(TextPageScreen[Answer]):
    """A page with one record that can be copied and exported."""

    BINDINGS = bindings("record")

    def __init__(
        self,
        engine: Engine,
        options: AppOptions,
        entries: Sequence[Entry],
        title: str,
        export: Callable[[], RecordExport],
    ) -> None:
        super().__init__(engine, options, entries, title)
        self._export = export
        """Returns the content of an export."""

    @work(exclusive=True, group="dialog")
    async def action_export(self) -> None:
        """Write the record's rows, or its page, to a file."""
        await save_record(self, self._export())

    def action_copy(self) -> None:
        """Show the record's id and copy it to the clipboard."""
        self.set_status(copy_id(self.app, self._export().id))


class OrderDetailScreen(RecordDetailScreen[None]):
    """The detail page of an unsubscription order: data from Huawei Cloud and from our record."""

    def __init__(self, engine: Engine, options: AppOptions, placed: AttributedOrder) -> None:
        self._detail = AttributedOrderDetails(attributed_order=placed)
        entries = [*order_page(self._detail)[:-1], Entry(_("Loading…"), indent=2)]
        super().__init__(engine, options, entries, _("Unsubscription order"), self._exported)
        self._order_id = placed.order.order_id

    def on_mount(self) -> None:
        """Show the known data and read the rest."""
        super().on_mount()
        self.read_order()

    @work(exclusive=True, group="order")
    async def read_order(self) -> None:
        """Read the order with its lines and amounts."""
        try:
            self._detail = await self.engine.history.order(self._order_id)
        except UnsubError as error:
            why = Entry(problem_text(error.problem), Tone.ERROR, indent=2, hang=2)
            self.page.entries = [*self._entries[:-1], why]
        else:
            self.page.entries = order_page(self._detail)

    def _exported(self) -> RecordExport:
        """Return one row per original order."""
        return RecordExport(
            id=self._order_id,
            page=self.page.entries,
            list_name="by_original_order",
            columns=REFUND.columns,
            rows=refund_rows(self._detail),
        )


class IdListScreen(TextPageScreen[None]):
    """The result of selecting from a list of ids."""

    BINDINGS = bindings("id list")

    def __init__(self, engine: Engine, options: AppOptions, report: IdListReport) -> None:
        super().__init__(engine, options, id_list_page(report, engine.clock.now()), _("List of ids"))
        self._report = report

    @work(exclusive=True, group="dialog")
    async def action_save(self) -> None:
        """Write the ids that are not selected to a file."""
        count = self._report.unselected_count
        if not count:
            self.set_status(_("All ids are selected."))
            return
        title = plural("Save {n} id that is not selected", "Save {n} ids that are not selected", count)
        await save_list(self, unselected_ids_text(self._report), "not-selected.txt", count, title=title)


INTRODUCTION = (
    _("/ find · Space select · p review. The review shows the resources, the amounts and the data that is lost."),
    _("Nothing is submitted before you acknowledge every risk and type a phrase."),
    _("Use tmux: without it, a run stops if the connection is lost. It never continues unseen."),
)


class HelpScreen(TextPageScreen[None]):
    """The keys of a screen, grouped by their place, of which some words show a part."""

    BINDINGS = bindings("help")

    def __init__(self, engine: Engine, options: AppOptions, screen: BaseScreen[object]) -> None:
        self._rows = active_key_rows(screen)
        self._title = screen.help_title
        self._words = ""
        super().__init__(engine, options, self._help_page(), _("Help"))

    def _help_page(self) -> list[Entry]:
        entries = key_entries(row for row in self._rows if row.contains(self._words))
        if self._words:
            found = _("Keys with “{words}”").format(words=for_display(self._words))
            return [heading(found), BLANK, *(entries or [Entry(_("No key. Esc shows all."))])]
        more = Entry(_("All keys: unsub-tui keys"))
        return [heading(self._title), BLANK, *entries, *(Entry(line) for line in INTRODUCTION), more]

    @work(exclusive=True, group="dialog")
    async def action_find(self) -> None:
        """Ask for words and show only the keys that contain them."""
        prompt = Prompt(_("Find a key"), [_("Words of its description, or the key.")], value=self._words)
        words = await self.app.push_screen_wait(prompt)
        if words is not None:
            self._show(words)

    def action_back(self) -> None:
        """Show all keys again; if they are shown, leave the page."""
        if self._words:
            self._show("")
        else:
            super().action_back()

    def _show(self, words: str) -> None:
        self._words = words
        self.page.entries = self._help_page()
        self.page.action_top()
