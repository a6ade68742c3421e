"""Base classes of all screens and dialogs: header, message line, footer, global commands and minimum size."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import compress
from typing import TYPE_CHECKING, Any, TypeVar

from textual.app import App, ComposeResult
from textual.message import Message
from textual.screen import Screen

from unsub_tui.app.commands import bindings
from unsub_tui.app.widgets.status import ACCOUNT_KINDS, Footer, Header, OneLineLabel, TooSmall
from unsub_tui.domain.untrusted_text import for_display
from unsub_tui.present.header import badges, header_line
from unsub_tui.present.i18n import _

if TYPE_CHECKING:
    from unsub_tui.app.options import AppOptions
    from unsub_tui.domain.problem import Problem
    from unsub_tui.domain.run import Run
    from unsub_tui.engine.engine import Engine

Answer = TypeVar("Answer")

DOUBLE_PRESS_SECONDS = 2.0
"""Maximum time between two presses of a key that count as a double press."""


@dataclass
class RunFinished(Message):
    """A run has ended; contains its record and the problem that ended it early, if any."""

    run: Run
    problem: Problem | None


class DoublePress:
    """Recognizes two presses of a key that are at most `DOUBLE_PRESS_SECONDS` apart."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._last = -DOUBLE_PRESS_SECONDS

    def is_second(self) -> bool:
        """Count a press; return whether it follows another one."""
        before, self._last = self._last, self._clock()
        return self._last - before <= DOUBLE_PRESS_SECONDS


class BaseScreen(Screen[Answer]):
    """A full screen for one account."""

    AUTO_FOCUS = ""  # each screen sets its focus itself; Textual's choice would be the first widget
    BINDINGS = bindings("everywhere")
    help_title: str = ""
    """Title of the screen's help page."""
    is_run_in_progress = False
    """Whether the screen controls a run that has not ended."""
    is_request_in_flight = False
    """Whether that run waits for the answer to a request that changes something."""

    def __init__(self, engine: Engine, options: AppOptions) -> None:
        super().__init__()
        self.engine = engine
        self.options = options
        self.interrupts = DoublePress(options.monotonic)

    def compose(self) -> ComposeResult:
        """Return the header, the content, the message line and the footer."""
        yield Header(
            lambda width: _header_text(self.engine, width),
            lambda: _account_kind(self.engine) if self.options.color else "",
        )
        yield from self.compose_content()
        yield OneLineLabel(id="message")
        yield Footer()
        yield TooSmall()

    def compose_content(self) -> ComposeResult:
        """Return the screen's own widgets."""
        return ()

    def set_status(self, text: str) -> None:
        """Show a text on the message line."""
        self.query_one("#message", OneLineLabel).text = text

    def redraw_header(self) -> None:
        """Show the account once it is known, and read-only mode once it is on."""
        self.query_one(Header).update()

    @property
    def quit_warning(self) -> str:
        """A warning about unfinished work that quitting would abandon, or ""."""
        return ""

    def dismiss_once(self, value: Answer | None) -> None:
        """Close the screen with an answer; ignored if the screen is not current, such as after the first answer."""
        if self.is_current:
            self.dismiss(value)

    def action_back(self) -> None:
        """Return to the previous screen."""
        self.dismiss_once(None)

    def action_interrupt(self) -> None:
        """Quit if pressed twice within `DOUBLE_PRESS_SECONDS`."""
        if self.interrupts.is_second():
            self.app.exit()
        else:
            self.set_status(_("Press ctrl+c again within 2 s to quit. No run is in progress."))


def full_screens(app: App[Any]) -> list[BaseScreen[object]]:
    """Return the open screens other than dialogs, from the first to the current one."""
    return [each for each in app.screen_stack if isinstance(each, BaseScreen)]


def show_account_state(app: App[Any]) -> None:
    """Show on all open screens that read-only mode was switched on or off."""
    for screen in full_screens(app):
        screen.redraw_header()


def quit_warnings(app: App[Any]) -> list[str]:
    """Return the warnings about unfinished work on the open screens."""
    return [each.quit_warning for each in full_screens(app) if each.quit_warning]


def copy_id(app: App[object], record_id: str) -> str:
    """Copy an id to the clipboard; return the message that shows it."""
    shown = for_display(record_id)
    app.copy_to_clipboard(shown)
    return _("Id {id} (copied if the terminal allows it)").format(id=shown)


def account_badge(engine: Engine) -> str:
    """Return the warnings about the account of an engine: production, demo, read-only."""
    options = engine.options
    return badges(is_demo=options.is_demo, is_production=options.is_production, read_only=engine.guards.read_only)


def _account_kind(engine: Engine) -> str:
    """Return the kind of account that the header's color tells, or ""."""
    options = engine.options
    return next(compress(ACCOUNT_KINDS, (options.is_production, engine.guards.read_only, options.is_demo)), "")


def _header_text(engine: Engine, width: int) -> str:
    account, profile = engine.account, engine.options.profile
    credentials = for_display(account.credentials_source)
    return header_line(account.ref, profile, account.site, account_badge(engine), width, credentials=credentials)
