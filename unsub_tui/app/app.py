"""The Textual application: startup screen, theme, global commands, suspension and exit."""

from __future__ import annotations

import gc
import signal
from collections.abc import Sequence
from dataclasses import replace
from types import FrameType
from typing import TYPE_CHECKING

from rich.console import RenderableType
from textual import events, on, work
from textual.app import App, ComposeResult
from textual.binding import ActiveBinding
from textual.driver import Driver
from textual.filter import LineFilter, NoColor
from textual.screen import Screen

from unsub_tui.app.commands import key_name, key_of
from unsub_tui.app.preload import import_list, import_rest
from unsub_tui.app.screens.base import BaseScreen, RunFinished, full_screens, quit_warnings, show_account_state
from unsub_tui.app.terminal.crash import CrashReportingApp
from unsub_tui.app.terminal.driver import copy_to_clipboard, repaint
from unsub_tui.app.terminal.key_queue import DropsKeys, KeyQueue, TerminalRead
from unsub_tui.app.theme import ANSI_COLORS, CUSTOM_THEMES, DEFAULT_VARIABLES, AsciiFilter
from unsub_tui.app.widgets.status import MIN_HEIGHT, MIN_WIDTH, OneLineLabel, TabLine
from unsub_tui.domain.problem import UnsubError
from unsub_tui.listmodel.tab import Tab
from unsub_tui.present.i18n import _
from unsub_tui.present.labels import tabs_line

if TYPE_CHECKING:
    from unsub_tui.app.options import AppOptions
    from unsub_tui.domain.problem import Problem
    from unsub_tui.domain.run import Run
    from unsub_tui.engine.engine import Engine

STOP_KEY = "ctrl+c"

QUIT_KEYS = frozenset({"q", "ctrl+q", STOP_KEY})
"""Keys that quit the program even if the terminal is too small; during a run, only the stop key acts: it stops it."""


class StartupScreen(BaseScreen[None]):
    """The screen below the list, which covers it as soon as it is imported; keys are queued until then."""

    def compose_content(self) -> ComposeResult:
        """Return the tab line and an empty area for the list."""
        yield TabLine(tabs_line(self.options.tab, self.app.size.width), id="tabs")
        yield OneLineLabel(id="room")

    def on_mount(self) -> None:
        """Connect and import the remaining modules after the first frame."""
        self.call_after_refresh(self.connect)
        self.call_after_refresh(self.show_list)

    @work(exclusive=True, group="connect")
    async def connect(self) -> None:
        """Start reading account and resources while the list is imported; the list screen reports errors."""
        engine = self.engine  # self.engine may be replaced while it opens
        try:
            await engine.account.open()
            engine.catalog.start_prefetch()
        except UnsubError:
            gc.enable()  # otherwise done at the end of a listing

    @work(exclusive=True)
    async def show_list(self) -> None:
        """Import and show the list, then import the other modules."""
        resources_screen = await import_list()
        await self.app.push_screen(resources_screen(self.engine, self.options))
        await import_rest()


class UnsubApp(CrashReportingApp):
    """The terminal application for one engine."""

    TITLE = "unsub-tui"
    CSS_PATH = "app.tcss"
    ENABLE_COMMAND_PALETTE = False
    HORIZONTAL_BREAKPOINTS = [(0, "-slim"), (MIN_WIDTH, "-wide-enough")]  # noqa: RUF012 - as declared by Textual
    VERTICAL_BREAKPOINTS = [(0, "-flat"), (MIN_HEIGHT, "-high-enough"), (24, "-tall"), (36, "-roomy")]  # noqa: RUF012

    last_run: Run | None = None
    """The last run that ended, for the summary on stdout and the exit code."""
    last_problem: Problem | None = None
    """The problem that ended `last_run` early, if any."""

    def __init__(self, engine: Engine, options: AppOptions, driver_class: type[Driver] | None = None) -> None:
        self._output_filters: list[LineFilter] = []
        super().__init__(driver_class)
        self.engine = engine
        self.options = options
        self.previous_engines: list[Engine] = []
        """Closed engines of the profiles used before the current one; their records remain readable."""
        self.crash_dir = options.state_dir
        self.key_queue = KeyQueue(
            self,
            super().on_event,
            clock=options.monotonic,
            should_drop=self.should_drop,
            is_holding=lambda: isinstance(self.screen, StartupScreen),
        )
        for theme in CUSTOM_THEMES:
            self.register_theme(theme)
        # Without colors, a theme with colors of its own would leave nothing to tell the cursor by.
        self.theme = (options.theme if options.color else "") or ("ansi-light" if options.light else "ansi-dark")
        self.animation_level = "none"
        self._output_filters = [
            *([] if options.color else [NoColor()]),
            *([AsciiFilter()] if options.ascii_only else []),
        ]

    def get_css_variables(self) -> dict[str, str]:
        """Return the colors of the theme, of which those are replaced that common terminals show too dark."""
        colors = super().get_css_variables()
        own = {name: colors.get(value.removeprefix("$"), value) for name, value in DEFAULT_VARIABLES.items()}
        return {**own, **colors, **ANSI_COLORS.get(self.theme, {})}

    def get_default_screen(self) -> Screen[None]:
        """Return the startup screen, which shows the frame until the resource list replaces it."""
        return StartupScreen(self.engine, self.options)

    async def on_event(self, event: events.Event) -> None:
        """Handle keys and pastes one at a time, and only once the list is shown; handle other events at once."""
        await self.key_queue.on_event(event)

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Return the line filters, including those that remove colors or replace non-ASCII symbols if so configured."""
        return [*super().get_line_filters(), *self._output_filters]

    @on(RunFinished)
    def _remember_run(self, event: RunFinished) -> None:
        self.last_run, self.last_problem = event.run, event.problem

    async def on_unmount(self) -> None:
        """Close the engine's connections."""
        await self.engine.close()

    async def change_engine(self, engine: Engine, options: AppOptions) -> None:
        """Switch to an engine that is already open, close all screens of the old account and close its engine."""
        old, self.engine, self.options = self.engine, engine, options
        self.previous_engines.append(old)
        while len(self.screen_stack) > 1:
            await self.pop_screen()
        first = self.screen
        if isinstance(first, StartupScreen):
            first.engine, first.options = engine, options
            first.redraw_header()
            first.show_list()
        await old.close()

    @work(exclusive=True, group="profiles")
    async def action_profiles(self) -> None:
        """Let the user choose another profile and switch to it."""
        from unsub_tui.app.dialogs.profile_switch import choose_profile

        opened = await choose_profile(self.screen) if isinstance(self.screen, BaseScreen) else None
        if opened is not None:
            options = replace(
                self.options,
                ask_login=opened.ask_login,
                tab=Tab.ACTIVE,
                query="",
                plan_file=None,
                is_first_run=False,
            )
            await self.change_engine(opened.engine, options)

    def before_exit(self) -> None:
        """Stop a run in progress before the app exits, because its progress would no longer be visible."""
        if self.engine.run_handle is not None:
            self.engine.run_handle.stop()

    def exit(self, result: None = None, return_code: int = 0, message: RenderableType | None = None) -> None:
        """Exit the app; a run in progress ends after the request in flight."""
        self.before_exit()
        super().exit(result, return_code, message)

    def on_mount(self) -> None:
        """Apply the user's key bindings; repaint the screen when the program returns from the background."""
        self.set_keymap(self.options.keymap)
        self.app_resume_signal.subscribe(self, lambda _app: self.action_repaint())
        if not self.is_headless:
            _prepare_for_suspending(self)

    def copy_to_clipboard(self, text: str) -> None:
        """Copy text to the terminal's clipboard, also from inside tmux or screen."""
        copy_to_clipboard(self, text, self.options.multiplexer)

    @work(exclusive=True, group="commands")
    async def action_commands(self) -> None:
        """Show the commands of the current screen by name and run the chosen one."""
        from unsub_tui.app.dialogs.menu import Menu, MenuItem

        screen = self.screen
        if not isinstance(screen, BaseScreen):
            return
        found: dict[str, ActiveBinding] = {}
        for each in screen.active_bindings.values():
            if each.binding.tooltip and each.binding.id is not None and each.binding.id != "app.commands":
                found.setdefault(each.binding.id, each)
        items = []
        for name, each in found.items():
            detail = f"{key_name(each.binding.key)}  {each.binding.tooltip} ({name})"
            items.append(MenuItem(name, each.binding.description, detail=detail))
        chosen = await self.push_screen_wait(Menu(_("Commands"), items, searchable=True))
        if chosen is not None and self.screen is screen:
            await self.run_action(found[chosen].binding.action, found[chosen].node)

    def action_repaint(self) -> None:
        """Repaint the whole screen at the current terminal size, because a resize notification may have been lost."""
        repaint(self)

    def action_read_only(self) -> None:
        """Turn on read-only mode at once; if it is on, let the user turn it off."""
        if self.engine.guards.read_only:
            from unsub_tui.app.dialogs.read_only import leave_read_only

            self.run_worker(leave_read_only(self, self.engine), group="read-only", exclusive=True)
            return
        self.engine.enable_read_only()
        show_account_state(self)
        key = key_of(self.screen, "app.read-only")
        words = _("Read-only mode is on. Nothing more is submitted. {key} switches it off.")
        full_screens(self)[-1].set_status(words.format(key=key))

    def action_suspend(self) -> None:
        """Suspend the process, unless it could then not complete a request in flight."""
        screens = full_screens(self)
        if any(each.is_request_in_flight for each in screens):
            screens[-1].set_status(_("Not now: a request is in flight. s stops the run after it."))
        else:
            self.action_suspend_process()

    def action_help(self) -> None:
        """Show the keys of the current screen."""
        from unsub_tui.app.screens.page_screens import HelpScreen

        screen = self.screen
        if isinstance(screen, BaseScreen):
            self.push_screen(HelpScreen(self.engine, self.options, screen))

    async def action_quit(self) -> None:
        """Quit; ask for confirmation if a screen reports unfinished work."""
        from unsub_tui.app.dialogs.dialog import YesNoDialog

        warnings = quit_warnings(self)
        if not warnings:
            self.exit()
        elif not isinstance(self.screen, YesNoDialog):
            dialog = YesNoDialog(_("Quit?"), warnings, yes=_("Quit"), no=_("Stay"))
            self.push_screen(dialog, lambda is_wanted: self.exit() if is_wanted else None)

    def should_drop(self, event: events.Key | events.Paste, read: TerminalRead) -> bool:
        """Return whether to drop a key or paste: if the terminal is too small or the current screen rejects it."""
        if self.size.width < MIN_WIDTH or self.size.height < MIN_HEIGHT:
            if isinstance(event, events.Key):
                _handle_key_too_small(self, event.key)
            return True
        screen = self.screen
        return isinstance(screen, DropsKeys) and screen.should_drop(event, read)


def _handle_key_too_small(app: App[None], key: str) -> None:
    """Handle only the quit and stop keys."""
    running = next((each for each in full_screens(app) if each.is_run_in_progress), None)
    if running is None and key in QUIT_KEYS:
        app.exit()
    elif running is not None and key == STOP_KEY:
        running.action_interrupt()


def _prepare_for_suspending(app: UnsubApp) -> None:
    """Install a SIGTSTP handler, for signals from any source, that holds the run before the process stops.

    The run then sends nothing while the process is suspended, and asks before it continues.
    """
    suspend = signal.getsignal(signal.SIGTSTP)

    def prepared(number: int, frame: FrameType | None) -> None:
        if app.engine.run_handle is not None:
            app.engine.run_handle.hold()
        if callable(suspend):
            suspend(number, frame)

    signal.signal(signal.SIGTSTP, prepared)
