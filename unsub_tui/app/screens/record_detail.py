"""Detail pages of records: a run with its items, an unsubscription order with its amounts."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from textual import work

from unsub_tui.app.commands import bindings
from unsub_tui.app.dialogs.export import RecordExport, run_export, save_record
from unsub_tui.app.options import AppOptions
from unsub_tui.app.screens.base import Answer, copy_id
from unsub_tui.app.screens.resource_detail import TextPageScreen
from unsub_tui.domain.order import AttributedOrder, AttributedOrderDetails
from unsub_tui.domain.problem import UnsubError
from unsub_tui.domain.run import Run
from unsub_tui.engine.engine import Engine
from unsub_tui.present.export.record_rows import REFUND, refund_rows
from unsub_tui.present.i18n import _
from unsub_tui.present.page import Entry, Tone
from unsub_tui.present.pages.order import order_page
from unsub_tui.present.pages.run import run_page
from unsub_tui.present.problems import problem_text


class RecordDetailScreen(TextPageScreen[Answer]):
    """A page with one record that can be copied and exported."""

    BINDINGS = bindings("record")

    def __init__(
        self,
        engine: Engine,
        options: AppOptions,
        entries: Sequence[Entry],
        help_title: str,
        export: Callable[[], RecordExport],
    ) -> None:
        super().__init__(engine, options, entries, help_title)
        self._export = export
        """Returns the content of an export."""

    @work(exclusive=True, group="dialog")
    async def action_export(self) -> None:
        """Write the record's rows, or its page, to a file."""
        await save_record(self, self._export())

    def action_copy(self) -> None:
        """Show the record's id and copy it to the clipboard."""
        self.set_status(copy_id(self.app, self._export().id))


class RunDetailScreen(RecordDetailScreen[Run]):
    """The detail page of a run. Returns the run if the user asks to reverse it."""

    BINDINGS = bindings("run record")

    def __init__(self, engine: Engine, options: AppOptions, run: Run) -> None:
        page = run_page(run, record=str(engine.options.state_dir))
        super().__init__(engine, options, page, _("Run"), lambda: run_export(run))
        self._run = run

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer undo only if the run has reversible items."""
        if action == "undo":
            return bool(self._run.reversible_ids)
        return super().check_action(action, parameters)

    def action_undo(self) -> None:
        """Close the page and request the review of the inverse action."""
        self.dismiss_once(self._run)


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
