"""The terminal driver: Textual's driver with sanitized input and differential output; the terminal's clipboard."""

from __future__ import annotations

import os
import re
import sys
from base64 import b64encode
from contextlib import suppress
from selectors import EVENT_READ, BaseSelector, DefaultSelector
from time import monotonic

from textual import events
from textual._xterm_parser import XTermParser
from textual.app import App
from textual.drivers.linux_driver import LinuxDriver
from textual.geometry import Size
from textual.message import Message

from unsub_tui.app.terminal.frame_diff import FrameDiffer, UnsupportedFrameError
from unsub_tui.app.terminal.key_queue import Key, KeyQueue, TerminalRead
from unsub_tui.app.terminal.terminal_input import AltKey, InputToken, PastedText, TerminalInput

SYNC_START, SYNC_END = "\x1b[?2026h", "\x1b[?2026l"

_FRAME = re.compile(r"\x1b\[\d+;\d+H")
_HARMLESS = re.compile(
    r"(?:\x1b\[[?<>=][\d;$]*[a-z]"  # mode changes and mode queries
    r"|\x1b\][^\a\x1b]*(?:\a|\x1b\\)"  # title, clipboard
    r"|\x1bP(?:[^\x1b]|\x1b[^\\])*\x1b\\"  # the same through tmux or screen
    r"|\a)+"
)
"""Matches output that neither moves the cursor nor changes cells."""

_ALTERNATE_SCREEN = "\x1b[?1049"

_READ_BYTES = 4096

MAX_ENCODED = 74_000
"""Maximum length of base64 data that terminals accept; longer text must be exported to a file."""

_SCREEN_PART = 700
"""Maximum number of characters of a string that screen passes through."""


class InputDriver(LinuxDriver):
    """A driver that sanitizes input and attaches the terminal read to each key; its input thread ends at once."""

    _wake_pipe: tuple[int, int] | None = None
    """Both ends of a pipe that wakes the input thread; None before the driver starts and after it closes."""

    def start_application_mode(self) -> None:
        """Take over the terminal, at the start or after a suspension."""
        self._wake_pipe = os.pipe()
        super().start_application_mode()  # type: ignore[no-untyped-call]  # untyped in Textual

    def disable_input(self) -> None:
        """Stop reading input."""
        if self._wake_pipe is not None and self._key_thread is not None and self._key_thread.is_alive():
            os.write(self._wake_pipe[1], b"!")
        super().disable_input()

    def close(self) -> None:
        """Release the terminal and the pipe."""
        super().close()
        ends, self._wake_pipe = self._wake_pipe, None
        for end in ends or ():
            os.close(end)

    def run_input_thread(self) -> None:
        """Convert terminal input to events until input is disabled or the terminal is gone."""
        if self._wake_pipe is None:
            return
        woken = self._wake_pipe[0]
        parser, source = XTermParser(self._debug), TerminalInput(mouse=self._mouse)
        with DefaultSelector() as selector:
            selector.register(self.fileno, EVENT_READ)
            selector.register(woken, EVENT_READ)
            while True:
                ready = self._readable_fds(selector, source.timeout)
                if woken in ready:
                    return
                if self.fileno not in ready:
                    self._deliver(parser, source.flush_after_timeout())
                elif data := self._read():
                    self._deliver(parser, source.feed(data, self._now()), data)
                else:
                    return

    def _readable_fds(self, selector: BaseSelector, timeout: float | None) -> set[int]:
        """Return the readable file descriptors; empty after `timeout` seconds without input."""
        return {key.fd for key, _events in selector.select(timeout)}

    def _read(self) -> bytes:
        try:
            return os.read(self.fileno, _READ_BYTES)
        except OSError:  # the connection dropped; a signal will follow
            return b""

    def _now(self) -> float:
        queue = getattr(self._app, "key_queue", None)
        return queue.clock() if isinstance(queue, KeyQueue) else monotonic()

    def _deliver(self, parser: XTermParser, pieces: list[InputToken], data: bytes | None = None) -> None:
        """Send the events of one read; without `data`, the events decided by a timeout."""
        found: list[Message] = []
        for piece in pieces:
            found += parse_token(parser, piece)
        whole = "".join(piece for piece in pieces if isinstance(piece, str))
        is_alone = len(found) == 1 and (data is None or whole.encode(errors="surrogateescape") == data)
        came = TerminalRead(self._now(), is_single_key=is_alone)
        for event in found:
            self.process_message(Key(event.key, event.character, came) if isinstance(event, events.Key) else event)


def parse_token(parser: XTermParser, piece: InputToken) -> list[Message]:
    """Return the events of a complete piece, without waiting for more of an escape sequence."""
    if isinstance(piece, PastedText):
        return [events.Paste(piece.text)]
    if isinstance(piece, AltKey):
        keys = [event.key for event in parser.feed(piece.character) if isinstance(event, events.Key)]
        names = [f"shift+{key.lower()}" if len(key) == 1 and key.isupper() else key for key in keys]
        return [events.Key(f"alt+{name}", None) for name in names]
    found = list(parser.feed(piece))
    if parser._timeout_time is not None:  # noqa: SLF001 - no public API to say that nothing follows
        parser._timeout_time = 0.0  # noqa: SLF001
        found += parser.tick()
    return found


class FrameDiffDriver(InputDriver):
    """A driver that remembers the terminal's content and sends only differences."""

    _frame_differ: FrameDiffer | None = None
    _sync = ""
    """The start marker of a synchronized update from which nothing was sent yet."""

    def invalidate(self) -> None:
        """Send all cells with the next frames, because something else may have written to the screen."""
        if self._frame_differ is not None:
            self._frame_differ.invalidate(*self._app.size)

    def write(self, data: str) -> None:
        """Send the output that makes the terminal show the effect of `data`."""
        if data == SYNC_START:
            self._sync = data
        elif data == SYNC_END:
            if self._sync:
                self._sync = ""  # omit the end marker as well, because nothing was sent in between
            else:
                super().write(data)
        else:
            needed = self._diff_frame(data) if _FRAME.match(data) else self._pass_through(data)
            if needed:
                super().write(self._sync + needed)
                self._sync = ""

    def _diff_frame(self, data: str) -> str:
        cells = self._frame_differ
        if cells is None:
            cells = self._frame_differ = FrameDiffer()
        width, height = self._app.size
        if cells.size != (width, height):
            cells.invalidate(width, height)
        try:
            return cells.diff(data)
        except UnsupportedFrameError:
            cells.invalidate(width, height)
            return f"\x1b[m{data}"

    def _pass_through(self, data: str) -> str:
        """Return output that is not a frame, after invalidating the state that it may change."""
        if self._frame_differ is None:
            return data
        if _ALTERNATE_SCREEN in data or not _HARMLESS.fullmatch(data):
            self.invalidate()
        else:
            self._frame_differ.invalidate_cursor()
        return f"\x1b[m{data}" if _ALTERNATE_SCREEN in data else data


def repaint(app: App[None]) -> None:
    """Repaint the whole screen at the current terminal size, because a resize notification may have been lost."""
    if isinstance(app._driver, FrameDiffDriver):  # noqa: SLF001 - no public API
        app._driver.invalidate()  # noqa: SLF001
    with suppress(OSError):
        size = Size(*os.get_terminal_size(sys.__stdin__.fileno() if sys.__stdin__ else 0))
        if size != app.size and not app.is_headless:
            app.post_message(events.Resize(size, size))
    app.screen.refresh(repaint=True, layout=True)


def copy_to_clipboard(app: App[None], text: str, multiplexer: str) -> None:
    """Copy text to the clipboards of terminal and app, also through SSH; ignore a text that is too long."""
    codes = clipboard_sequence(text, multiplexer)
    if codes and app._driver is not None:  # noqa: SLF001 - no public API
        app._clipboard = text  # noqa: SLF001
        app._driver.write(codes)  # noqa: SLF001


def clipboard_sequence(text: str, multiplexer: str) -> str:
    """Return the escape sequence that copies `text`; "" if the text is too long.

    `multiplexer` is "tmux", "screen" or "".
    """
    encoded = b64encode(text.encode()).decode()
    if len(encoded) > MAX_ENCODED:
        return ""
    plain = f"\x1b]52;c;{encoded}\a"  # mosh passes only this form, with `c` and BEL
    if multiplexer == "tmux":  # tmux forwards one of the two, by `set-clipboard` or `allow-passthrough`
        return plain + "\x1bPtmux;" + plain.replace("\x1b", "\x1b\x1b") + "\x1b\\"
    if multiplexer == "screen":
        parts = [plain[at : at + _SCREEN_PART] for at in range(0, len(plain), _SCREEN_PART)]
        return "".join(f"\x1bP{part}\x1b\\" for part in parts)
    return plain
