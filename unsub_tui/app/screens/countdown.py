"""The seconds between a confirmation and the first request, in which everything can still be stopped."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual.app import ComposeResult
from textual.events import Key, Paste
from textual.getters import query_one

from unsub_tui.app.commands import bindings
from unsub_tui.app.options import AppOptions
from unsub_tui.app.screens.base import BaseScreen
from unsub_tui.app.screens.run_pane import RunPane
from unsub_tui.app.terminal.key_queue import TerminalRead
from unsub_tui.app.widgets.status import OneLineLabel
from unsub_tui.domain.plan import Plan
from unsub_tui.engine.engine import Engine
from unsub_tui.present.i18n import _
from unsub_tui.present.pages.run import planned_units, unit_entries
from unsub_tui.present.pages.run_table import RunTable

FIRST_ENTER_SECONDS = 1.0
"""Seconds in which no Enter counts: longer than the pause before a held key repeats."""


class CountdownPane(RunPane, inherit_bindings=False):
    """The items that are about to be submitted."""

    BINDINGS: ClassVar = bindings("countdown")


class CountdownScreen(BaseScreen[bool]):
    """Counts down before a run starts; nothing is recorded or submitted yet. Returns whether the run starts."""

    help_title = _("Countdown")
    pane = query_one(RunPane)
    state = query_one("#state", OneLineLabel)

    def __init__(self, engine: Engine, options: AppOptions, plan: Plan, on_end: Callable[[], object]) -> None:
        """Create the screen; `on_end` is called right before it closes to start the run."""
        super().__init__(engine, options)
        self._units = planned_units(plan, "", engine.clock.now())
        self._on_end = on_end
        self._left = options.countdown_seconds
        self._enter_from = options.monotonic() + FIRST_ENTER_SECONDS
        """Time from which an Enter counts. Each one that comes earlier moves it on: a held key never counts."""

    def compose_content(self) -> ComposeResult:
        """Return the items, with the countdown above them."""
        yield CountdownPane(self, lambda: list(unit_entries(self._units)), OneLineLabel(id="state"))

    def on_mount(self) -> None:
        """Show the items and start to count."""
        self.set_focus(self.pane.table)
        self.pane.show(RunTable(self._units))
        self._show_seconds()
        self.set_interval(1, self._count)

    def should_drop(self, event: Key | Paste, read: TerminalRead) -> bool:
        """Return whether to drop an Enter that came too early, with other keys, or from a held key."""
        if isinstance(event, Paste) or event.key != "enter":
            return False
        is_too_early = not read.is_single_key or read.at < self._enter_from
        self._enter_from = max(self._enter_from, read.at + self.options.confirm_delay_seconds)
        return is_too_early

    def action_proceed(self) -> None:
        """Start the run now."""
        if self.is_current:
            self._on_end()
            self.dismiss_once(value=True)

    def action_cancel(self) -> None:
        """Return to the list; nothing was submitted."""
        self.dismiss_once(value=False)

    def action_interrupt(self) -> None:
        """Stop the countdown."""
        self.action_cancel()

    def _count(self) -> None:
        self._left -= 1
        if self._left > 0:
            self._show_seconds()
        else:
            self.action_proceed()

    def _show_seconds(self) -> None:
        self.state.text = _("Submitting in {n} s · esc stops · enter now").format(n=self._left)
