"""Base classes of all screens and dialogs: header, message line, footer, global commands and minimum size."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, ClassVar, TypeVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.events import Key, Paste
from textual.screen import ModalScreen, Screen

from unsub_tui.app.commands import bindings
from unsub_tui.app.widgets.status import Footer, Header, OneLineLabel, TooSmall
from unsub_tui.domain.untrusted_text import for_display
from unsub_tui.present.header import badges, header_line
from unsub_tui.present.i18n import _

if TYPE_CHECKING:
    from unsub_tui.app.options import AppOptions
    from unsub_tui.app.terminal.key_queue import TerminalRead
    from unsub_tui.engine.engine import Engine

Answer = TypeVar("Answer")

DOUBLE_PRESS_SECONDS = 2.0
"""Maximum time between two presses of a key that count as a double press."""


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
        self._answered = False

    def compose(self) -> ComposeResult:
        """Return the header, the content, the message line and the footer."""
        yield Header(self._header_line)
        yield from self.compose_content()
        yield OneLineLabel(id="message")
        yield Footer()
        yield TooSmall()

    @abstractmethod
    def compose_content(self) -> ComposeResult:
        """Return the screen's own widgets."""

    def set_status(self, text: str) -> None:
        """Show a text on the message line."""
        self.query_one("#message", OneLineLabel).text = text

    def redraw_header(self) -> None:
        """Show the account in the header once it is known."""
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

    def dismiss_once(self, value: Answer | None) -> None:
        """Close the screen with an answer; ignored after the first call and if the screen is not current."""
        if not self._answered and self.is_current:
            self._answered = True
            self.dismiss(value)

    def action_back(self) -> None:
        """Return to the previous screen."""
        self.dismiss_once(None)

    def action_read_only(self) -> None:
        """Turn on read-only mode, which cannot be turned off."""
        self.engine.enable_read_only()
        for screen in self.app.screen_stack:
            if isinstance(screen, BaseScreen):
                screen.show_read_only()
        self.set_status(_("read-only is on until the program ends; nothing more is sent"))

    def show_read_only(self) -> None:
        """Show that read-only mode is on; called for every screen of the stack."""
        self.redraw_header()

    def before_suspending(self) -> None:
        """Prepare for the suspension of the process."""

    def action_interrupt(self) -> None:
        """Quit if pressed twice within `DOUBLE_PRESS_SECONDS`."""
        now = self.options.monotonic()
        if now - self._interrupted <= DOUBLE_PRESS_SECONDS:
            self.app.exit()
            return
        self._interrupted = now
        self.set_status(_("press ctrl+c again within 2 s to quit; nothing is running"))

    def _header_line(self, width: int) -> str:
        engine = self.engine
        badge = badges(
            is_demo=engine.options.is_demo,
            is_production=engine.options.is_production,
            read_only=engine.guards.read_only,
        )
        return header_line(
            engine.account.ref,
            engine.options.profile,
            engine.account.site,
            badge,
            width,
            credentials=for_display(engine.account.credentials_source),
        )


class Dialog(ModalScreen[Answer]):
    """A modal dialog; it only returns an answer, and the caller acts on it."""

    BINDINGS: ClassVar[list[BindingType]] = bindings("dialog")

    def __init__(self) -> None:
        super().__init__()
        self._answered = False

    def should_drop(self, event: Key | Paste, read: TerminalRead) -> bool:  # noqa: ARG002 - subclasses use it
        """Return whether a key or paste must be ignored because of its time or the terminal read that contained it."""
        return False

    def dismiss_once(self, value: Answer) -> None:
        """Close the dialog with an answer; ignored after the first call and if the dialog is not current."""
        if not self._answered and self.is_current:
            self._answered = True
            self.dismiss(value)
