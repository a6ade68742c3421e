"""The page of a run in Records: the same table as its result."""

from __future__ import annotations

from typing import ClassVar

from textual import work
from textual.app import ComposeResult
from textual.getters import query_one

from unsub_tui.app.commands import bindings, key_of
from unsub_tui.app.dialogs.export import run_export, save_record
from unsub_tui.app.options import AppOptions
from unsub_tui.app.review_flow import RunAnswer, RunWish
from unsub_tui.app.screens.base import BaseScreen, copy_id
from unsub_tui.app.screens.run_pane import RunPane
from unsub_tui.app.widgets.status import OneLineLabel
from unsub_tui.domain.run import Run, RunEnded
from unsub_tui.engine.engine import Engine
from unsub_tui.present.i18n import _
from unsub_tui.present.page import Entry
from unsub_tui.present.pages.run import run_origin_text, run_page
from unsub_tui.present.pages.run_table import RunTable


class RunDetailScreen(BaseScreen[RunAnswer | None]):
    """The items of a recorded run. Returns the run with what the user asks for."""

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
        key = key_of(self, "record.review-bundle")
        is_demo = self.engine.options.is_demo
        self.pane.show(RunTable(self._run.units, RunEnded(run=self._run), bundle_key=key, is_demo=is_demo))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer only what the run has items for."""
        if action == "ask_for":
            return RunWish(str(parameters[0])).is_possible(self._run)
        return super().check_action(action, parameters)

    def action_ask_for(self, wish: str) -> None:
        """Close the page and ask for something that begins with the run."""
        self.dismiss_once(RunAnswer(self._run, RunWish(wish)))

    @work(exclusive=True, group="dialog")
    async def action_export(self) -> None:
        """Write the items, or the page, to a file."""
        await save_record(self, run_export(self._run, is_demo=self.engine.options.is_demo))

    def action_copy(self) -> None:
        """Show the run's id and copy it to the clipboard."""
        self.set_status(copy_id(self.app, self._run.run_id))

    def _page(self) -> list[Entry]:
        options = self.engine.options
        return list(run_page(self._run, record=str(options.state_dir), is_demo=options.is_demo))
