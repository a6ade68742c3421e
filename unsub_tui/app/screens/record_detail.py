"""Detail pages of records: a run with its items, an unsubscription order with its amounts."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import ClassVar

from textual import work
from textual.binding import BindingType

from unsub_tui.app.commands import bindings
from unsub_tui.app.dialogs.export import RecordExport, save_record
from unsub_tui.app.options import AppOptions
from unsub_tui.app.screens.resource_detail import TextPageScreen
from unsub_tui.domain.attributed_order import AttributedOrder, AttributedOrderDetails
from unsub_tui.domain.problem import UnsubError
from unsub_tui.domain.run import Run
from unsub_tui.domain.untrusted_text import for_display
from unsub_tui.engine.engine import Engine
from unsub_tui.present.export.formats import Row
from unsub_tui.present.i18n import _
from unsub_tui.present.page import Entry, Tone
from unsub_tui.present.pages.order import (
    ITEM_COLUMNS,
    ORIGINAL_ORDER_COLUMNS,
    item_rows,
    order_page,
    original_order_rows,
)
from unsub_tui.present.pages.run import run_page
from unsub_tui.present.problems import problem_text


class RecordDetailScreen(TextPageScreen):
    """A page with one record that can be copied and exported."""

    BINDINGS: ClassVar[list[BindingType]] = bindings("record")

    record_id = ""
    list_name = ""
    """Name of the list of rows in an export."""

    @abstractmethod
    def export_rows(self) -> tuple[Sequence[str], Sequence[Row]]:
        """Return the columns and rows of an export."""

    def ticket_page(self) -> Sequence[Entry]:
        """Return the page in a form that can be shared in a ticket."""
        return self.page.entries

    @work(exclusive=True, group="dialog")
    async def action_export(self) -> None:
        """Write the record's rows, or its page, to a file."""
        columns, rows = self.export_rows()
        page = self.ticket_page()
        record = RecordExport(id=self.record_id, page=page, list_name=self.list_name, columns=columns, rows=rows)
        await save_record(self, record)

    def action_copy(self) -> None:
        """Show the record's id and copy it to the clipboard."""
        shown = for_display(self.record_id)
        self.app.copy_to_clipboard(shown)
        self.set_status(_("id {id} (copied where the terminal allows it)").format(id=shown))


class RunDetailScreen(RecordDetailScreen):
    """The detail page of a run."""

    BINDINGS: ClassVar[list[BindingType]] = bindings("run record")

    list_name = "items"

    def __init__(self, engine: Engine, options: AppOptions, run: Run) -> None:
        super().__init__(engine, options, run_page(run, record=str(engine.options.state_dir)), _("Run"))
        self._run = run
        self.record_id = run.run_id
        self.wants_undo = False
        """Whether the user asked to reverse the run."""

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer undo only if the run has reversible items."""
        if action == "undo":
            return bool(self._run.reversible_ids)
        return super().check_action(action, parameters)

    def action_undo(self) -> None:
        """Close the page and request the review of the inverse action."""
        self.wants_undo = True
        self.dismiss_once(None)

    def ticket_page(self) -> Sequence[Entry]:
        """Return the page without the local path of the record."""
        return run_page(self._run)

    def export_rows(self) -> tuple[Sequence[str], Sequence[Row]]:
        """Return one row per item."""
        return ITEM_COLUMNS, item_rows(self._run)


class OrderDetailScreen(RecordDetailScreen):
    """The detail page of an unsubscription order: data from Huawei Cloud and from our record."""

    list_name = "by_original_order"

    def __init__(self, engine: Engine, options: AppOptions, placed: AttributedOrder) -> None:
        self._detail = AttributedOrderDetails(attributed_order=placed)
        entries = [*order_page(self._detail)[:-1], Entry(_("reading ..."), indent=2)]
        super().__init__(engine, options, entries, _("Unsubscription order"))
        self.record_id = placed.order.order_id

    def on_mount(self) -> None:
        """Show the known data and read the rest."""
        super().on_mount()
        self.read_order()

    @work(exclusive=True, group="order")
    async def read_order(self) -> None:
        """Read the order with its lines and amounts."""
        try:
            self._detail = await self.engine.history.order(self.record_id)
        except UnsubError as error:
            why = Entry(problem_text(error.problem), Tone.ERROR, indent=2, hang=2)
            self.page.entries = [*self._entries[:-1], why]
        else:
            self.page.entries = order_page(self._detail)

    def export_rows(self) -> tuple[Sequence[str], Sequence[Row]]:
        """Return one row per original order."""
        return ORIGINAL_ORDER_COLUMNS, original_order_rows(self._detail)
