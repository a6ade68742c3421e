"""Base classes of all screens and dialogs: header, message line, footer, global commands and minimum size."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, TypeVar

from textual.app import App, ComposeResult
from textual.binding import BindingType
from textual.events import Key, Paste
from textual.message import Message
from textual.screen import ModalScreen, Screen

from unsub_tui.app.commands import bindings
from unsub_tui.app.widgets.status import Footer, Header, OneLineLabel, TooSmall
from unsub_tui.domain.untrusted_text import for_display
from unsub_tui.present.header import badges, header_line
from unsub_tui.present.i18n import _

if TYPE_CHECKING:
    from unsub_tui.app.options import AppOptions
    from unsub_tui.app.terminal.key_queue import TerminalRead
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


class BaseScreen(Screen[Answer]):
    """A full screen for one account."""

    AUTO_FOCUS = ""
    BINDINGS: ClassVar[list[BindingType]] = bindings("everywhere")
    help_title: str = ""
    """Title of the screen's help page."""
    is_run_screen = False
    """Whether the screen shows a run."""

    def __init__(self, engine: Engine, options: AppOptions) -> None:
        super().__init__()
        self.engine = engine
        self.options = options
        self._interrupted = -DOUBLE_PRESS_SECONDS

    def compose(self) -> ComposeResult:
        """Return the header, the content, the message line and the footer."""
        yield Header(lambda width: _header_text(self.engine, width))
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
        self.query_one(Header).refresh()

    @property
    def quit_warning(self) -> str:
        """A warning about unfinished work that quitting would abandon, or ""."""
        return ""

    def should_drop(self, event: Key | Paste, read: TerminalRead) -> bool:  # noqa: ARG002 - subclasses use it
        """Return whether a key or paste must be ignored because of its time or the terminal read that contained it."""
        return False

    @property
    def suspend_blocked_reason(self) -> str:
        """Why the program cannot be suspended now, or ""."""
        return ""

    def before_suspending(self) -> None:
        """Prepare for the suspension of the process."""

    def dismiss_once(self, value: Answer | None) -> None:
        """Close the screen with an answer; ignored if the screen is not current, such as after the first answer."""
        if self.is_current:
            self.dismiss(value)

    def action_back(self) -> None:
        """Return to the previous screen."""
        self.dismiss_once(None)

    def action_interrupt(self) -> None:
        """Quit if pressed twice within `DOUBLE_PRESS_SECONDS`."""
        if self.is_second_interrupt():
            self.app.exit()
        else:
            self.set_status(_("Press ctrl+c again within 2 s to quit. No run is in progress."))

    def is_second_interrupt(self) -> bool:
        """Return whether the last call was less than `DOUBLE_PRESS_SECONDS` ago."""
        before, self._interrupted = self._interrupted, self.options.monotonic()
        return self._interrupted - before <= DOUBLE_PRESS_SECONDS


def copy_id(app: App[object], record_id: str) -> str:
    """Copy an id to the clipboard; return the message that shows it."""
    shown = for_display(record_id)
    app.copy_to_clipboard(shown)
    return _("id {id} (copied if the terminal allows it)").format(id=shown)


def _header_text(engine: Engine, width: int) -> str:
    badge = badges(
        is_demo=engine.options.is_demo, is_production=engine.options.is_production, read_only=engine.guards.read_only
    )
    credentials = for_display(engine.account.credentials_source)
    return header_line(
        engine.account.ref, engine.options.profile, engine.account.site, badge, width, credentials=credentials
    )


class Dialog(ModalScreen[Answer]):
    """A modal dialog; it only returns an answer, and the caller acts on it."""

    BINDINGS: ClassVar[list[BindingType]] = bindings("dialog")

    def should_drop(self, event: Key | Paste, read: TerminalRead) -> bool:  # noqa: ARG002 - subclasses use it
        """Return whether a key or paste must be ignored because of its time or the terminal read that contained it."""
        return False

    def dismiss_once(self, value: Answer) -> None:
        """Close the dialog with an answer; ignored if the dialog is not current, such as after the first answer."""
        if self.is_current:
            self.dismiss(value)
