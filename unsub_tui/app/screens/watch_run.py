"""A read-only view of a run in another terminal."""

from __future__ import annotations

from contextlib import suppress

from textual import work
from textual.app import ComposeResult
from textual.css.query import NoMatches
from textual.getters import query_one

from unsub_tui.app.commands import bindings
from unsub_tui.app.options import AppOptions
from unsub_tui.app.preload import read_in_thread
from unsub_tui.app.screens.base import BaseScreen
from unsub_tui.app.widgets.status import OneLineLabel
from unsub_tui.app.widgets.text_page import TextPage
from unsub_tui.domain.account import LockOwner
from unsub_tui.domain.problem import UnsubError
from unsub_tui.engine.engine import Engine
from unsub_tui.engine.journal_reader import RunSnapshot
from unsub_tui.present.i18n import _
from unsub_tui.present.page import BLANK, Entry, heading
from unsub_tui.present.pages.run import open_items_text, progress_text, run_page, unit_entries
from unsub_tui.present.problems import lock_owner_lines, problem_text

POLL_SECONDS = 1.0
"""Interval at which the record is read while the screen is open, in seconds."""


class WatchRunScreen(BaseScreen[None]):
    """Shows the items of a run as its record grows, and its end. The run cannot be controlled from here."""

    BINDINGS = bindings("watched run")
    help_title = _("Run in another terminal")

    page = query_one(TextPage)
    progress = query_one("#progress", OneLineLabel)
    state = query_one("#state", OneLineLabel)

    def __init__(self, engine: Engine, options: AppOptions, lock_owner: LockOwner) -> None:
        super().__init__(engine, options)
        self._observer = engine.history.run_observer(lock_owner)
        self._last_snapshot: RunSnapshot | None = None

    def compose_content(self) -> ComposeResult:
        """Return the progress, the state and the items."""
        yield OneLineLabel(id="progress")
        yield OneLineLabel(_("Loading…"), id="state")
        yield TextPage()

    def on_mount(self) -> None:
        """Start polling."""
        self.page.focus()
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
        self.progress.text = progress_text(snapshot.units)
        if snapshot.lock_owner is None:
            self._timer.stop()
            self.state.text = _("Ended. {pending}").format(pending=open_items_text(snapshot.units))
        elif snapshot.run is None:
            self.state.text = _("Watching a status check in another terminal; read only")
        else:
            self.state.text = _("Watching a run in another terminal; read only")
        self.page.entries = self._entries(snapshot)

    def _entries(self, snapshot: RunSnapshot) -> list[Entry]:
        if snapshot.lock_owner is None and snapshot.run is not None:
            return list(run_page(snapshot.run, record=str(self.engine.options.state_dir)))
        owner_lines = lock_owner_lines(snapshot.lock_owner) if snapshot.lock_owner is not None else []
        return [*(Entry(line) for line in owner_lines), BLANK, heading(_("Items")), *unit_entries(snapshot.units)]
