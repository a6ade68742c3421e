"""The app: its first screen, its looks, what holds on every screen, and how it ends."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import PurePath
from types import FrameType
from typing import TYPE_CHECKING, ClassVar

from rich.console import RenderableType
from textual import events, on, work
from textual.binding import Binding
from textual.driver import Driver
from textual.filter import LineFilter
from textual.geometry import Size
from textual.screen import Screen

from unsub_tui.app.commands import key_name
from unsub_tui.app.messages import RunFinished
from unsub_tui.app.screens.base import BaseScreen, Dialog
from unsub_tui.app.screens.startup import StartupScreen
from unsub_tui.app.terminal.clipboard import clipboard_sequence
from unsub_tui.app.terminal.crash import CrashReportingApp
from unsub_tui.app.terminal.driver import FrameDiffDriver
from unsub_tui.app.terminal.key_queue import KeyQueueApp, TerminalRead
from unsub_tui.app.theme import CUSTOM_THEMES, AsciiFilter, NoColorFilter
from unsub_tui.app.widgets.status import MIN_HEIGHT, MIN_WIDTH
from unsub_tui.present.i18n import _

if TYPE_CHECKING:
    from unsub_tui.app.options import AppOptions
    from unsub_tui.domain.problem import Problem
    from unsub_tui.domain.run import Run
    from unsub_tui.engine.engine import Engine

QUIT_KEYS = frozenset({"q", "ctrl+q"})
"""Keys that work in a terminal that is too small."""

STOP_KEYS = frozenset({"ctrl+c"})
"""Keys that stop a run there, and quit where there is none."""


class UnsubApp(KeyQueueApp, CrashReportingApp):
    """The terminal app over one engine."""

    TITLE = "unsub-tui"
    CSS_PATH: ClassVar[list[str | PurePath]] = ["app.tcss"]
    ENABLE_COMMAND_PALETTE = False
    HORIZONTAL_BREAKPOINTS = [  # noqa: RUF012 - Textual declares it
        (0, "-slim"),
        (MIN_WIDTH, "-wide-enough"),
    ]
    VERTICAL_BREAKPOINTS = [  # noqa: RUF012
        (0, "-flat"),
        (MIN_HEIGHT, "-high-enough"),
    ]

    last_run: Run | None = None
    """The last run that ended, for the summary on stdout and the exit code."""
    last_problem: Problem | None = None
    """Why that run ended early, if it did."""

    def __init__(self, engine: Engine, options: AppOptions, driver_class: type[Driver] | None = None) -> None:
        self._line_filters: list[LineFilter] = []
        super().__init__(driver_class)
        self.engine = engine
        self.options = options
        self.previous_engines: list[Engine] = []
        """The engines of profiles that were used before this one, closed; their records can still be read."""
        self.crash_dir = options.state_dir
        for theme in CUSTOM_THEMES:
            self.register_theme(theme)
        self.theme = options.theme or ("ansi-light" if options.light else "ansi-dark")
        self.animation_level = "none"
        self._line_filters = [
            *([] if options.color else [NoColorFilter()]),
            *([AsciiFilter()] if options.ascii_only else []),
        ]

    def get_default_screen(self) -> Screen[None]:
        """Begin with the frame; the list takes its place."""
        return StartupScreen(self.engine, self.options)

    @property
    def is_holding_keys(self) -> bool:
        """Let keys wait for the list."""
        return isinstance(self.screen, StartupScreen) or super().is_holding_keys

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Take colour and signs out where that is wanted."""
        return [*super().get_line_filters(), *self._line_filters]

    @property
    def is_too_small(self) -> bool:
        """Whether the terminal cannot show all that a decision needs."""
        return self.size.width < MIN_WIDTH or self.size.height < MIN_HEIGHT

    @on(RunFinished)
    def _remember_run(self, event: RunFinished) -> None:
        self.last_run, self.last_problem = event.run, event.problem

    async def on_unmount(self) -> None:
        """Close the connections."""
        await self.engine.close()

    async def change_engine(self, engine: Engine, options: AppOptions) -> None:
        """Go on with another account that is open already: every screen of the old one is closed."""
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
        """Choose another profile."""
        from unsub_tui.app.dialogs.profile_switch import choose_profile

        opened = await choose_profile(self.screen) if isinstance(self.screen, BaseScreen) else None
        if opened is not None:
            options = replace(self.options, ask_login=opened.ask_login, plan_file=None, is_first_run=False)
            await self.change_engine(opened.engine, options)

    def before_exit(self) -> None:
        """Let a run send nothing more: from now on nobody can see it."""
        if self.engine.run_handle is not None:
            self.engine.run_handle.stop()

    def exit(
        self,
        result: None = None,
        return_code: int = 0,
        message: RenderableType | None = None,
    ) -> None:
        """End the app; a run under way ends after its call in flight."""
        self.before_exit()
        super().exit(result, return_code, message)

    def on_mount(self) -> None:
        """Take the user's own keys; draw the screen anew when the program comes back from the background."""
        self.set_keymap(self.options.keymap)
        self.app_resume_signal.subscribe(self, lambda _app: self.action_repaint())
        if not self.is_headless:
            self._prepare_for_suspending()

    def _prepare_for_suspending(self) -> None:
        """Let a run know that the program is about to stand still, whoever sends the signal for it."""
        suspend = signal.getsignal(signal.SIGTSTP)

        def prepared(number: int, frame: FrameType | None) -> None:
            self._before_suspending()
            if callable(suspend):
                suspend(number, frame)

        signal.signal(signal.SIGTSTP, prepared)

    def _before_suspending(self) -> None:
        for each in self.screen_stack:
            if isinstance(each, BaseScreen):
                each.before_suspending()

    def copy_to_clipboard(self, text: str) -> None:
        """Put a text into the terminal's clipboard, through tmux and screen too."""
        codes = clipboard_sequence(text, self.options.multiplexer)
        if codes and self._driver is not None:
            self._clipboard = text
            self._driver.write(codes)

    @work(exclusive=True, group="commands")
    async def action_commands(self) -> None:
        """Choose a command of the screen in front by its name."""
        from unsub_tui.app.dialogs.menu import Menu, MenuItem

        screen = self.screen
        if not isinstance(screen, BaseScreen):
            return
        found: dict[str, Binding] = {}
        for each in screen.active_bindings.values():
            if each.binding.tooltip and each.binding.id is not None and each.binding.id != "app.commands":
                found.setdefault(each.binding.id, each.binding)
        items = [
            MenuItem(name, binding.description, detail=f"{key_name(binding.key)}  {binding.tooltip} ({name})")
            for name, binding in found.items()
        ]
        chosen = await self.push_screen_wait(Menu(_("Commands"), items, searchable=True))
        if chosen is not None and self.screen is screen:
            target = screen.focused if chosen.startswith(("table.", "page.", "side.")) else screen
            await self.run_action(found[chosen].action, target or screen)

    def action_repaint(self) -> None:
        """Draw the whole screen anew, in the size that the terminal has now: no word of another may have come."""
        if isinstance(self._driver, FrameDiffDriver):
            self._driver.invalidate()
        with suppress(OSError):
            size = Size(*os.get_terminal_size(sys.__stdin__.fileno() if sys.__stdin__ else 0))
            if size != self.size and not self.is_headless:
                self.post_message(events.Resize(size, size))
        self.screen.refresh(repaint=True, layout=True)

    def action_suspend(self) -> None:
        """Go into the background, unless a call is in flight."""
        screens = [each for each in self.screen_stack if isinstance(each, BaseScreen)]
        reason = next((each.suspend_blocked_reason for each in screens if each.suspend_blocked_reason), "")
        if reason:
            screens[-1].set_status(reason)
            return
        self.action_suspend_process()

    def action_help(self) -> None:
        """Show the keys of the screen in front."""
        from unsub_tui.app.screens.help import help_page
        from unsub_tui.app.screens.resource_detail import TextPageScreen

        screen = self.screen
        if isinstance(screen, BaseScreen):
            page = help_page(screen, screen.help_title)
            self.push_screen(TextPageScreen(self.engine, self.options, page, _("Help")))

    async def action_quit(self) -> None:
        """Leave; ask first where something would be left behind."""
        from unsub_tui.app.dialogs.question import Question

        reasons = [
            each.quit_warning for each in self.screen_stack if isinstance(each, BaseScreen) and each.quit_warning
        ]
        if isinstance(self.screen, Question):
            return
        if not reasons:
            self.exit()
            return
        question = Question(_("Quit?"), reasons, yes=_("Quit"), no=_("Stay"))
        self.push_screen(question, self._quit_if_confirmed)

    def _quit_if_confirmed(self, wanted: bool | None) -> None:  # noqa: FBT001 - the answer of the dialog
        if wanted:
            self.exit()

    def clock(self) -> float:
        """Return the time of the screens' own clock."""
        return self.options.monotonic()

    def should_drop(self, event: events.Key | events.Paste, read: TerminalRead) -> bool:
        """Drop all keys in a terminal that is too small, and those that the screen in front does not accept."""
        if self.is_too_small:
            self._handle_key_too_small(event)
            return True
        screen = self.screen
        return isinstance(screen, BaseScreen | Dialog) and screen.should_drop(event, read)

    def _handle_key_too_small(self, event: events.Event) -> None:
        """Let only quitting and stopping through, where nothing else can be seen."""
        if not isinstance(event, events.Key):
            return
        running = next(
            (
                each
                for each in self.screen_stack
                if isinstance(each, BaseScreen) and each.is_run_screen and each.quit_warning
            ),
            None,
        )
        if event.key in STOP_KEYS and running is not None:
            running.action_interrupt()
        elif event.key in QUIT_KEYS | STOP_KEYS and running is None:
            self.exit()
