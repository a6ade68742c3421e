"""The run screen: progress and result of a run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import ceil
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.content import Content
from textual.getters import query_one
from textual.message import Message
from textual.widgets import Static

from unsub_tui.app.commands import bindings, key_of
from unsub_tui.app.dialogs.dialog import YesNoDialog
from unsub_tui.app.dialogs.export import run_export, save_record
from unsub_tui.app.dialogs.sign_in import can_sign_in, sign_in_again
from unsub_tui.app.options import AppOptions
from unsub_tui.app.review_flow import RunAnswer, RunWish
from unsub_tui.app.screens.base import BaseScreen, RunFinished
from unsub_tui.app.screens.run_pane import RunPane
from unsub_tui.app.widgets.status import OneLineLabel
from unsub_tui.domain.plan import Plan
from unsub_tui.domain.problem import ProblemKind
from unsub_tui.domain.run import (
    ReadStatusChanged,
    RunEnded,
    RunEvent,
    RunPaused,
    RunResumed,
    RunStopping,
    Unit,
    UnitChanged,
)
from unsub_tui.domain.unit_state import State
from unsub_tui.engine.engine import Engine
from unsub_tui.present.i18n import _
from unsub_tui.present.page import BLANK, Entry, Tone
from unsub_tui.present.pages.review import remaining_entries
from unsub_tui.present.pages.run import (
    UNSENT_STATES,
    pause_text,
    planned_units,
    read_trouble_text,
    run_page,
    unit_entries,
)
from unsub_tui.present.pages.run_table import RunTable

if TYPE_CHECKING:
    from unsub_tui.engine.run.executor import RunHandle

HEARTBEAT_SECONDS = 1.0
"""Interval at which the screen tells the run that a user can see it."""


@dataclass(slots=True)
class RunView:
    """The part of the run's state that the screen shows."""

    units: dict[str, Unit]
    """The items by resource id."""
    submits: bool
    """Whether the run submits items; a status check only reads."""
    result: RunEnded | None = None
    remaining: Sequence[Entry] = ()
    """Resources that may remain after the run, as far as the plan shows them and the services were not asked."""
    pause_reason: str = ""
    """Why the run waits for the user."""
    read_trouble: str = ""
    """Why the status of pending items cannot be read."""
    is_stopping: bool = False

    @property
    def has_unsent(self) -> bool:
        """Whether items have to be submitted yet."""
        return any(unit.state in UNSENT_STATES for unit in self.units.values())

    @property
    def next_request(self) -> datetime | None:
        """Time of the next request, if other transactions hold the resources of all items not submitted yet."""
        times = [unit.retry_at for unit in self.units.values() if unit.state in UNSENT_STATES]
        known = [each for each in times if each is not None]
        return min(known) if known and len(known) == len(times) else None

    def state_text(self, now: datetime) -> str:
        """Return the state of the run in words."""
        if self.result is not None:
            return _("Ended. q closes this page.")
        has_open = any(unit.state.is_open for unit in self.units.values())
        if self.is_stopping:
            if self.has_unsent:
                return _("Stopping: waiting for the request in flight; nothing more is submitted")
            return _("Leaving: the status of pending items can be checked later") if has_open else _("Ending")
        if self.pause_reason:
            return _("Paused: {reason}").format(reason=self.pause_reason)
        if not self.submits:
            return _("Checking status: read only; s leaves the rest for later")
        if self.has_unsent:
            return self._submission_text(now)
        if has_open:
            return _("All submitted. Waiting for completion; s leaves that for later")
        return _("All completed. Follow-up check for leftovers…")

    def page(self, record: str, *, is_demo: bool) -> list[Entry]:
        """Return the items, or the whole result, as text."""
        if self.result is None:
            return list(unit_entries(list(self.units.values())))
        remaining = [BLANK, *self.remaining] if self.remaining else []
        return [*run_page(self.result.run, self.result.problem, record, is_demo=is_demo), *remaining]

    def table(self, bundle_key: str, *, is_demo: bool) -> RunTable:
        """Return the items as a table; `bundle_key` reviews bundles of which parts were rejected."""
        is_named = any(entry.tone is Tone.WARNING for entry in self.remaining)
        may_remain = self.remaining[0].text if is_named else ""
        return RunTable(list(self.units.values()), self.result, may_remain, bundle_key, is_demo)

    def _submission_text(self, now: datetime) -> str:
        if self.next_request is None:
            return _("In progress")
        seconds = max(0, ceil((self.next_request - now).total_seconds()))
        return _("Waiting for another transaction; next request in {seconds} s").format(seconds=seconds)


class RunStateLine(OneLineLabel):
    """The state of a run in words, updated every second because it may contain the seconds until the next request."""

    def __init__(self, now: Callable[[], datetime], *, id: str) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._now = now
        self._text_at: Callable[[datetime], str] = lambda _: ""

    def on_mount(self) -> None:
        """Start to update the text."""
        self.set_interval(1, self._update)

    def show(self, text_at: Callable[[datetime], str]) -> None:
        """Show the text that this function returns for the current time."""
        self._text_at = text_at
        self._update()

    def _update(self) -> None:
        self.text = self._text_at(self._now())


class RunControlPane(RunPane, inherit_bindings=False):
    """The items of a run that this screen controls: the key that stops it is the first one in the footer."""

    BINDINGS: ClassVar = [*bindings("run control"), *bindings("run table")]


class RunScreen(BaseScreen[RunAnswer | None]):
    """Shows the state of each item during a run, then the result until the user closes the page."""

    BINDINGS = bindings("run")
    help_title = _("Run")

    pane = query_one(RunPane)
    state = query_one("#state", RunStateLine)
    read_trouble = query_one("#trouble", Static)
    """Why the status of pending items cannot be read; visible while the problem lasts."""

    @dataclass
    class EventReceived(Message):
        """The run has emitted an event."""

        event: RunEvent

    def __init__(self, engine: Engine, options: AppOptions, handle: RunHandle, plan: Plan | None) -> None:
        """Create the page of a run that has started; without a plan, the run is a status check."""
        super().__init__(engine, options)
        self._handle = handle
        self._plan = plan
        units = () if plan is None else planned_units(plan, handle.run_id, engine.clock.now())
        self._view = RunView({unit.resource_id: unit for unit in units}, plan is not None)
        self.is_run_in_progress = True

    def compose_content(self) -> ComposeResult:
        """Return the items, with the state and the read problem above them."""
        state, trouble = RunStateLine(self.engine.clock.now, id="state"), Static(id="trouble", markup=False)
        yield RunControlPane(self, self._page, state, trouble)

    def on_mount(self) -> None:
        """Start listening to events and sending heartbeats."""
        self._handle.heartbeat()
        self._heartbeat_timer = self.set_interval(HEARTBEAT_SECONDS, self._handle.heartbeat)
        self._redraw()
        self.set_focus(self.pane.table)
        self.listen()

    @property
    def quit_warning(self) -> str:
        """The consequence of quitting now, or "" after the end."""
        if self._view.result is not None:
            return ""
        if not self._view.has_unsent:
            return _("Submitted items are still in progress. If you quit, check their status later.")
        return _("A run is in progress. If you quit, it stops after the request in flight.")

    @work(exclusive=True, group="events")
    async def listen(self) -> None:
        """Forward the run's events to the screen."""
        # A message and no direct call: a screen that is being closed drops it.
        async for event in self._handle.events():
            self.post_message(self.EventReceived(event))

    @on(EventReceived)
    def _apply_event(self, received: EventReceived) -> None:
        view = self._view
        match received.event:
            case UnitChanged(unit=unit):
                view.units[unit.resource_id] = unit
            case ReadStatusChanged(problem=problem):
                view.read_trouble = read_trouble_text(problem) if problem is not None else ""
            case RunPaused() as paused:
                view.pause_reason = pause_text(paused)
                self.ask_to_continue(paused)
            case RunResumed():
                view.pause_reason = ""
            case RunStopping():
                view.is_stopping = True
            case RunEnded() as ended:
                self._finish(ended)
        self.refresh_bindings()
        self._redraw()

    def _finish(self, ended: RunEnded) -> None:
        self.is_run_in_progress = False
        self._heartbeat_timer.stop()
        self._view.result = ended
        if self._plan is not None:
            self._view.remaining = remaining_entries(self._plan, ended.run)
        self._view.units = {unit.resource_id: unit for unit in ended.run.units}
        self.set_status("")  # messages from the time of the run no longer apply
        self.post_message(RunFinished(ended.run, ended.problem))

    @work(exclusive=True, group="pause")
    async def ask_to_continue(self, paused: RunPaused) -> None:
        """Ask whether a paused run continues; after rejected credentials, sign in first."""
        if can_sign_in(self, paused.problem):
            goes_on = await sign_in_again(self, paused.problem)
        else:
            goes_on = (await self.app.push_screen_wait(_pause_question(paused, self.engine))) is True
        if goes_on:
            self._handle.resume()
        else:
            self._handle.stop()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Enable stop and leave only during a run, the rest only for a result that has it."""
        view = self._view
        if action == "ask_for":
            return view.result is not None and RunWish(str(parameters[0])).is_possible(view.result.run)
        if action == "export":
            # A status check has no record of its own: its results belong to the runs that left the items pending.
            return view.result is not None and view.submits
        if action == "stop":
            return view.result is None and view.has_unsent is not parameters[0] and not view.is_stopping
        return super().check_action(action, parameters)

    def action_stop(self, leave: bool) -> None:  # noqa: FBT001 - from the table of commands
        """Stop the run after the request in flight; with `leave`, all items are submitted, and the wait ends."""
        self._handle.stop()
        self.set_status(
            _("Leaves pending items for later. Check their status in Records.")
            if leave
            else _("Stops after the request in flight. Items not submitted stay as they are.")
        )

    @work(exclusive=True, group="dialog")
    async def action_export(self) -> None:
        """Write the completed run to a file."""
        if (result := self._view.result) is not None:
            await save_record(self, run_export(result.run, result.problem, is_demo=self.engine.options.is_demo))

    def action_ask_for(self, wish: str) -> None:
        """Close the page and ask for something that begins with the result."""
        if self._view.result is not None:
            self.dismiss_once(RunAnswer(self._view.result.run, RunWish(wish)))

    def action_interrupt(self) -> None:
        """Stop the run after the request in flight; a double press quits at once."""
        if self._view.result is not None:
            super().action_interrupt()
        elif self.interrupts.is_second():
            self._handle.abandon()
            self.app.exit()
        else:
            self._handle.stop()
            self.set_status(
                _("Stops after this request. Press ctrl+c again within 2 s to leave now, with an unknown outcome.")
                if self._view.has_unsent
                else _("Leaves pending items for later. Press ctrl+c again within 2 s to leave at once.")
            )

    def action_close(self) -> None:
        """Close the page if the run has ended; otherwise explain how to stop it."""
        if self._view.result is not None:
            self.action_ask_for(RunWish.CLOSE)
        elif self._view.is_stopping:
            self.set_status(_("The run ends within 30 s. Press ctrl+c twice to leave at once."))
        elif self._view.has_unsent:
            self.set_status(_("The run is in progress. s stops it after this item."))
        else:
            self.set_status(_("Waiting for submitted items. s leaves the rest for later."))

    def _page(self) -> list[Entry]:
        options = self.engine.options
        return self._view.page(str(options.state_dir), is_demo=options.is_demo)

    def _redraw(self) -> None:
        view = self._view
        units = list(view.units.values())
        self.is_request_in_flight = any(unit.state is State.SUBMITTING for unit in units)
        self.pane.show(view.table(key_of(self, "run.review-bundle"), is_demo=self.engine.options.is_demo))
        self.state.show(view.state_text)
        self.read_trouble.display = bool(view.read_trouble) and view.result is None
        self.read_trouble.update(Content(view.read_trouble))


def _pause_question(paused: RunPaused, engine: Engine) -> YesNoDialog:
    lines = [pause_text(paused)]
    if paused.problem.kind is ProblemKind.CREDENTIALS:
        lines.append(
            _("Replace the keys at their source ({where}). They are read again.").format(
                where=engine.account.credentials_source
            )
        )
    lines.append(_("Continue with the rest? The status of unknown items is checked; they are never submitted again."))
    return YesNoDialog(_("The run is paused"), lines, yes=_("Continue"), no=_("Stop here"))
