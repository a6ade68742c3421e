"""A read-only view of a run in another terminal."""

from __future__ import annotations

from contextlib import suppress

from textual import work
from textual.app import ComposeResult
from textual.content import Content
from textual.css.query import NoMatches
from textual.getters import query_one
from textual.widgets import Static

from unsub_tui.app.commands import bindings
from unsub_tui.app.options import AppOptions
from unsub_tui.app.preload import read_in_thread
from unsub_tui.app.screens.base import BaseScreen
from unsub_tui.app.screens.run_pane import RunPane
from unsub_tui.app.widgets.status import OneLineLabel
from unsub_tui.domain.account import LockOwner
from unsub_tui.domain.problem import UnsubError
from unsub_tui.domain.run import RunEnded
from unsub_tui.engine.engine import Engine
from unsub_tui.engine.journal_reader import RunSnapshot
from unsub_tui.present.i18n import _
from unsub_tui.present.page import Entry
from unsub_tui.present.pages.run import open_items_text, run_page, unit_entries
from unsub_tui.present.pages.run_table import RunTable
from unsub_tui.present.problems import lock_owner_lines, problem_text

POLL_SECONDS = 1.0
"""Interval at which the record is read while the screen is open, in seconds."""


class WatchRunScreen(BaseScreen[None]):
    """Shows the items of a run as its record grows, and its end. The run cannot be controlled from here."""

    BINDINGS = bindings("watched run")
    help_title = _("Run in another terminal")

    pane = query_one(RunPane)
    state = query_one("#state", OneLineLabel)

    def __init__(self, engine: Engine, options: AppOptions, lock_owner: LockOwner) -> None:
        super().__init__(engine, options)
        self._observer = engine.history.run_observer(lock_owner)
        self._last_snapshot: RunSnapshot | None = None

    def compose_content(self) -> ComposeResult:
        """Return the items, with the state and the owner of the run above them."""
        owner = Static(id="owner", markup=False)
        yield RunPane(self, self._page, OneLineLabel(_("Loading…"), id="state"), owner)

    def on_mount(self) -> None:
        """Start polling."""
        self.set_focus(self.pane.table)
        self._timer = self.set_interval(POLL_SECONDS, self.poll)
        self.poll()

    @work(exclusive=True, group="look")
    async def poll(self) -> None:
        """Read the record in a thread; the timer pauses meanwhile, so that reads do not overlap."""
        self._timer.pause()
        with suppress(NoMatches):  # the screen may be closing
            try:
                self._show_snapshot(await read_in_thread(self._observer.take_snapshot))
            except UnsubError as error:
                self.set_status(problem_text(error.problem))
        if self._last_snapshot is None or self._last_snapshot.lock_owner is not None:
            self._timer.resume()

    def _show_snapshot(self, snapshot: RunSnapshot) -> None:
        if snapshot == self._last_snapshot:
            return
        self._last_snapshot = snapshot
        if snapshot.lock_owner is None:
            self._timer.stop()
            self.state.text = _("Ended. {pending}").format(pending=open_items_text(snapshot.units))
        elif snapshot.run is None:
            self.state.text = _("Watching a status check in another terminal; read only")
        else:
            self.state.text = _("Watching a run in another terminal; read only")
        owner_lines = lock_owner_lines(snapshot.lock_owner) if snapshot.lock_owner is not None else []
        self.query_one("#owner", Static).update(Content("\n".join(owner_lines)))
        run = snapshot.run if snapshot.lock_owner is None else None
        self.pane.show(RunTable(snapshot.units, RunEnded(run=run) if run is not None else None))

    def _page(self) -> list[Entry]:
        """Return the items, or the whole result, as text."""
        snapshot = self._last_snapshot
        if snapshot is None:
            return []
        if snapshot.lock_owner is None and snapshot.run is not None:
            return list(run_page(snapshot.run, record=str(self.engine.options.state_dir)))
        return list(unit_entries(snapshot.units))
