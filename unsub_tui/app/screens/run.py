"""The run screen: progress and result of a run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content
from textual.getters import query_one
from textual.message import Message
from textual.widgets import Static

from unsub_tui.app import messages
from unsub_tui.app.commands import bindings
from unsub_tui.app.dialogs.sign_in import can_sign_in, sign_in_again
from unsub_tui.app.dialogs.yes_no import YesNoDialog
from unsub_tui.app.options import AppOptions
from unsub_tui.app.screens.base import DOUBLE_PRESS_SECONDS, BaseScreen
from unsub_tui.app.widgets.status import OneLineLabel
from unsub_tui.app.widgets.text_page import TextPage
from unsub_tui.domain.problem import ProblemKind
from unsub_tui.domain.run import (
    ReadStatusChanged,
    Run,
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
from unsub_tui.present.page import BLANK, Entry
from unsub_tui.present.pages.run import (
    UNSENT_STATES,
    is_accepted_or_settled,
    pause_text,
    progress_bar,
    progress_text,
    read_trouble_text,
    run_page,
    unit_entries,
)

if TYPE_CHECKING:
    from unsub_tui.engine.run.executor import RunHandle

HEARTBEAT_SECONDS = 1.0
"""Interval at which the screen tells the run that a user can see it."""


class RunScreen(BaseScreen[Run | None]):
    """Shows the state of each item during a run, then the result until the user closes the page."""

    BINDINGS: ClassVar[list[BindingType]] = bindings("run")

    is_run_screen = True
    page = query_one(TextPage)
    progress = query_one("#progress", OneLineLabel)
    state = query_one("#state", OneLineLabel)
    read_trouble = query_one("#trouble", Static)
    """Why the state of pending items cannot be read; visible while the problem lasts."""

    @dataclass
    class EventReceived(Message):
        """The run has emitted an event."""

        event: RunEvent

    def __init__(
        self,
        engine: Engine,
        options: AppOptions,
        handle: RunHandle,
        units: Sequence[Unit],
        *,
        possible_leftovers: Sequence[Entry] = (),
        closing_hint: Callable[[Run], str] = lambda _run: _("enter closes this page"),
    ) -> None:
        super().__init__(engine, options)
        self._possible_leftovers = possible_leftovers
        self._closing_hint = closing_hint
        self._handle = handle
        self._units = {unit.resource_id: unit for unit in units}
        self._result: RunEnded | None = None
        self._is_new_run = bool(units)
        self._pause_reason = ""
        """Why the run waits for the user."""
        self._read_trouble_text = ""
        self._is_stopping = False
        self.wants_undo = False
        """Whether the user asked to reverse the run."""
        self.help_title = _("Run")

    def compose_content(self) -> ComposeResult:
        """Return the progress, the state, the read problem and the items."""
        yield OneLineLabel(id="progress")
        yield OneLineLabel(id="state")
        yield Static(id="trouble", markup=False)
        yield TextPage()

    def on_mount(self) -> None:
        """Start listening to events and sending heartbeats."""
        self._handle.heartbeat()
        self._heartbeat_timer = self.set_interval(HEARTBEAT_SECONDS, self._handle.heartbeat)
        self._redraw()
        self.page.focus()
        self.listen()

    @property
    def quit_warning(self) -> str:
        """A warning that a run is in progress, or ""."""
        if self._result is not None:
            return ""
        if not self._has_unsent:
            return _("what was sent is not settled yet; quitting leaves that for later")
        return _("a run is going on; quitting stops it after the call in flight")

    @property
    def suspend_blocked_reason(self) -> str:
        """Why the process cannot be suspended: it could not complete the request in flight."""
        is_sending = any(unit.state is State.SUBMITTING for unit in self._units.values())
        return _("not now: a call is in flight; s stops the run after it") if is_sending else ""

    def before_suspending(self) -> None:
        """Hold the run, so that it sends nothing while suspended and asks before it continues."""
        if self._result is None:
            self._handle.hold()

    @work(exclusive=True, group="events")
    async def listen(self) -> None:
        """Forward the run's events to the screen."""
        async for event in self._handle.events():
            self.post_message(self.EventReceived(event))

    @on(EventReceived)
    def _apply_event(self, told: EventReceived) -> None:
        match told.event:
            case UnitChanged(unit=unit):
                self._units[unit.resource_id] = unit
                self.refresh_bindings()
            case ReadStatusChanged(problem=problem):
                self._read_trouble_text = read_trouble_text(problem) if problem is not None else ""
            case RunPaused() as paused:
                self._pause_reason = pause_text(paused)
                self.ask_to_continue(paused)
            case RunResumed():
                self._pause_reason = ""
            case RunStopping():
                self._is_stopping = True
                self.refresh_bindings()
            case RunEnded() as ended:
                self._finish(ended)
        self._redraw()
        if isinstance(told.event, RunEnded):
            self.page.action_top()

    @work(exclusive=True, group="pause")
    async def ask_to_continue(self, paused: RunPaused) -> None:
        """Ask whether a paused run continues; after rejected credentials, sign in first."""
        problem = paused.problem
        if can_sign_in(problem, self.engine, self.options):
            goes_on = await sign_in_again(self.app, problem, self.engine, self.options)
        else:
            goes_on = await self.app.push_screen_wait(_pause_question(paused, self.engine))
        if goes_on:
            self._handle.resume()
        else:
            self._handle.stop()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Enable stop and leave only during a run, undo only for a reversible result, export only for a run result."""
        if action == "undo":
            return self._result is not None and bool(self._result.run.reversible_ids)
        if action == "export":
            # A status check has no record of its own: its results belong to the runs that left the items pending.
            return self._result is not None and self._is_new_run
        if action == "stop":
            return self._result is None and self._has_unsent and not self._is_stopping
        if action == "leave":
            return self._result is None and not self._has_unsent and not self._is_stopping
        return super().check_action(action, parameters)

    def action_stop(self) -> None:
        """Stop the run after the request in flight."""
        self._handle.stop()
        self.set_status(_("stops after the call in flight; what is not sent stays as it is"))

    def action_leave(self) -> None:
        """Stop waiting for submitted items."""
        self._handle.stop()
        self.set_status(_("leaves what is not settled yet for later; the records settle it"))

    @work(exclusive=True, group="dialog")
    async def action_export(self) -> None:
        """Write the completed run to a file."""
        if self._result is None:
            return
        from unsub_tui.app.dialogs.export import RecordExport, save_record
        from unsub_tui.present.pages.order import ITEM_COLUMNS, item_rows

        run = self._result.run
        page, rows = run_page(run, self._result.problem), item_rows(run)
        record = RecordExport(id=run.run_id, page=page, list_name="items", columns=ITEM_COLUMNS, rows=rows)
        await save_record(self, record)

    def action_undo(self) -> None:
        """Close the page and request the review of the inverse action."""
        if self._result is not None:
            self.wants_undo = True
            self.dismiss_once(self._result.run)

    def action_interrupt(self) -> None:
        """Stop the run after the request in flight; a double press quits at once."""
        if self._result is not None:
            super().action_interrupt()
            return
        now = self.options.monotonic()
        if now - self._interrupted <= DOUBLE_PRESS_SECONDS:
            self._handle.abandon()
            self.app.exit()
            return
        self._interrupted = now
        self._handle.stop()
        if self._has_unsent:
            self.set_status(_("stops after this call; ctrl+c again within 2 s leaves now, outcome unknown"))
        else:
            self.set_status(_("leaves what is not settled yet for later; ctrl+c again within 2 s leaves at once"))

    def action_close(self) -> None:
        """Close the page if the run has ended; otherwise explain how to stop it."""
        if self._result is not None:
            self.dismiss_once(self._result.run)
        elif self._is_stopping:
            self.set_status(_("ends by itself, within 30 s at most; ctrl+c twice leaves at once"))
        elif self._has_unsent:
            self.set_status(_("the run is going on; s stops it after this one"))
        else:
            self.set_status(_("waits for what was sent; s leaves the rest for later"))

    @property
    def _has_unsent(self) -> bool:
        return any(unit.state in UNSENT_STATES for unit in self._units.values())

    @property
    def _is_open(self) -> bool:
        return any(unit.state.is_open for unit in self._units.values())

    def _finish(self, ended: RunEnded) -> None:
        self._heartbeat_timer.stop()
        self._result = ended
        self._units = {unit.resource_id: unit for unit in ended.run.units}
        self.set_status("")  # messages from the time of the run no longer apply
        self.refresh_bindings()
        self.post_message(messages.RunFinished(ended.run, ended.problem))

    def _state(self) -> str:
        """Return the state of the run in words."""
        if self._result is not None:
            return _("ended; {closing}").format(closing=self._closing_hint(self._result.run))
        if self._is_stopping:
            if self._has_unsent:
                return _("stopping: waits for the call in flight, sends nothing more")
            return _("leaving: what is not settled yet stays for later") if self._is_open else _("ends")
        if self._pause_reason:
            return _("paused: {why}").format(why=self._pause_reason)
        if not self._is_new_run:
            return _("settling: only reads; s leaves the rest for later")
        if self._has_unsent:
            return _("running")
        if self._is_open:
            return _("all is sent; waits until it is done; s leaves that for later")
        return _("all is done; looks at what is left of it")

    def _redraw(self) -> None:
        units = list(self._units.values())
        self.progress.text = f"{progress_bar(units, 20)} {progress_text(units)}"
        self.state.text = self._state()
        self.read_trouble.display = bool(self._read_trouble_text) and self._result is None
        self.read_trouble.update(Content(self._read_trouble_text))
        if self._result is None:
            self.page.entries = list(unit_entries(units))
        else:
            record = str(self.engine.options.state_dir)
            run = self._result.run
            behind = (
                [BLANK, *self._possible_leftovers]
                if self._possible_leftovers and any(map(is_accepted_or_settled, run.units))
                else []
            )
            self.page.entries = [*run_page(run, self._result.problem, record), *behind]


def _pause_question(paused: RunPaused, engine: Engine) -> YesNoDialog:
    lines = [pause_text(paused)]
    if paused.problem.kind is ProblemKind.CREDENTIALS:
        lines.append(
            _("Put working keys in their place ({where}); they are read again.").format(
                where=engine.account.credentials_source
            )
        )
    lines.append(_("Go on with the rest? What is unknown is looked for on, and never sent again by itself."))
    return YesNoDialog(_("The run is paused"), lines, yes=_("Go on"), no=_("Stop here"))
