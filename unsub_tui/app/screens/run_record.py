"""The page of a run in Records: the same table as its result."""

from __future__ import annotations

from typing import ClassVar

from textual import work
from textual.app import ComposeResult
from textual.getters import query_one

from unsub_tui.app.commands import bindings
from unsub_tui.app.dialogs.export import run_export, save_record
from unsub_tui.app.options import AppOptions
from unsub_tui.app.screens.base import BaseScreen, copy_id
from unsub_tui.app.screens.run_pane import RunAnswer, RunPane
from unsub_tui.app.widgets.status import OneLineLabel
from unsub_tui.domain.run import Run, RunEnded
from unsub_tui.engine.engine import Engine
from unsub_tui.present.i18n import _
from unsub_tui.present.page import Entry
from unsub_tui.present.pages.run import run_origin_text, run_page
from unsub_tui.present.pages.run_table import RunTable


class RunDetailScreen(BaseScreen[RunAnswer | None]):
    """The items of a recorded run. Returns the run if the user asks to reverse it or to select its items."""

    BINDINGS: ClassVar = [*bindings("run record"), *bindings("record"), *bindings("page screen")]
    help_title = _("Run")
    pane = query_one(RunPane)

    def __init__(self, engine: Engine, options: AppOptions, run: Run) -> None:
        super().__init__(engine, options)
        self._run = run

    def compose_content(self) -> ComposeResult:
        """Return the items, with the id, start and operator of the run above them."""
        yield RunPane(self, self._page, OneLineLabel(run_origin_text(self._run), id="state"))

    def on_mount(self) -> None:
        """Show the items."""
        self.set_focus(self.pane.table)
        self.pane.show(RunTable(self._run.units, RunEnded(run=self._run)))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer undo and a new selection only if the run has items for them."""
        if action == "select_again":
            return bool(self._run.unfinished_ids)
        if action == "undo":
            return bool(self._run.reversible_ids)
        return super().check_action(action, parameters)

    def action_undo(self) -> None:
        """Close the page and request the review of the inverse action."""
        self.dismiss_once(RunAnswer(self._run, wants_undo=True))

    def action_select_again(self) -> None:
        """Close the page and request the selection of what failed or was not submitted."""
        self.dismiss_once(RunAnswer(self._run, wants_selection=True))

    @work(exclusive=True, group="dialog")
    async def action_export(self) -> None:
        """Write the items, or the page, to a file."""
        await save_record(self, run_export(self._run))

    def action_copy(self) -> None:
        """Show the run's id and copy it to the clipboard."""
        self.set_status(copy_id(self.app, self._run.run_id))

    def _page(self) -> list[Entry]:
        return list(run_page(self._run, record=str(self.engine.options.state_dir)))
