"""The terminal's driver: Textual's own, except that input is cleaned, and that only what changed is sent."""

from __future__ import annotations

import os
import re
from selectors import EVENT_READ, BaseSelector, DefaultSelector
from time import monotonic

from textual import events
from textual._xterm_parser import XTermParser
from textual.drivers.linux_driver import LinuxDriver
from textual.message import Message

from unsub_tui.app.terminal.frame_diff import FrameDiffer, UnsupportedFrameError
from unsub_tui.app.terminal.key_queue import Key, KeyQueueApp, TerminalRead
from unsub_tui.app.terminal.terminal_input import AltKey, PastedText, Piece, TerminalInput

SYNC_START, SYNC_END = "\x1b[?2026h", "\x1b[?2026l"

_FRAME = re.compile(r"\x1b\[\d+;\d+H")
_HARMLESS = re.compile(
    r"(?:\x1b\[[?<>=][\d;$]*[a-z]"  # modes and questions about them
    r"|\x1b\][^\a\x1b]*(?:\a|\x1b\\)"  # title, clipboard
    r"|\x1bP(?:[^\x1b]|\x1b[^\\])*\x1b\\"  # the same through tmux or screen
    r"|\a)+"
)
"""What moves nothing and writes nothing on the screen."""

_ALTERNATE_SCREEN = "\x1b[?1049"


_READ_BYTES = 4096


class InputDriver(LinuxDriver):
    """Cleans the terminal's input, and tells of each key when it came. Ends at once: its thread is woken."""

    _wake_pipe: tuple[int, int] | None = None
    """The two ends of a pipe that wakes the thread that reads keys; there while the terminal is ours."""

    def start_application_mode(self) -> None:
        """Take the terminal, for the first time or after standing still."""
        self._wake_pipe = os.pipe()
        super().start_application_mode()  # type: ignore[no-untyped-call]  # Textual gives it no types

    def disable_input(self) -> None:
        """Take no more keys."""
        if self._wake_pipe is not None and self._key_thread is not None and self._key_thread.is_alive():
            os.write(self._wake_pipe[1], b"!")
        super().disable_input()

    def close(self) -> None:
        """Let go of everything."""
        super().close()
        ends, self._wake_pipe = self._wake_pipe, None
        for end in ends or ():
            os.close(end)

    def run_input_thread(self) -> None:
        """Turn what the terminal sends into events, until input is disabled or the terminal is gone."""
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
                    self._deliver(parser, source.expire())
                elif data := self._read():
                    self._deliver(parser, source.feed(data, self._now()), data)
                else:
                    return

    def _readable_fds(self, selector: BaseSelector, timeout: float | None) -> set[int]:
        """Return what can be read; nothing after a silence of so many seconds."""
        return {key.fd for key, _events in selector.select(timeout)}

    def _read(self) -> bytes:
        try:
            return os.read(self.fileno, _READ_BYTES)
        except OSError:  # the line dropped; the signal that says so is on its way
            return b""

    def _now(self) -> float:
        app = self._app
        return app.clock() if isinstance(app, KeyQueueApp) else monotonic()

    def _deliver(self, parser: XTermParser, pieces: list[Piece], data: bytes | None = None) -> None:
        """Send the events of one read; without data, those that a silence has decided."""
        found: list[Message] = []
        for piece in pieces:
            found += parse_piece(parser, piece)
        whole = "".join(piece for piece in pieces if isinstance(piece, str))
        is_alone = len(found) == 1 and (data is None or whole.encode(errors="surrogateescape") == data)
        came = TerminalRead(self._now(), is_single_key=is_alone)
        for event in found:
            self.process_message(Key(event.key, event.character, came) if isinstance(event, events.Key) else event)


def parse_piece(parser: XTermParser, piece: Piece) -> list[Message]:
    """Return the events of one piece, which is complete: an escape key is not waited for again."""
    if isinstance(piece, PastedText):
        return [events.Paste(piece.text)]
    if isinstance(piece, AltKey):
        keys = [event.key for event in parser.feed(piece.character) if isinstance(event, events.Key)]
        names = [f"shift+{key.lower()}" if len(key) == 1 and key.isupper() else key for key in keys]
        return [events.Key(f"alt+{name}", None) for name in names]
    found = list(parser.feed(piece))
    if parser._timeout_time is not None:  # noqa: SLF001 - Textual has no other way to say that nothing follows
        parser._timeout_time = 0.0  # noqa: SLF001
        found += parser.tick()
    return found


class FrameDiffDriver(InputDriver):
    """Keeps what the terminal shows, and sends the difference."""

    _frame_differ: FrameDiffer | None = None
    _sync = ""
    """The beginning of a synchronised update that nothing was sent of yet."""

    def invalidate(self) -> None:
        """Send everything anew from now on: something may have disturbed the screen."""
        if self._frame_differ is not None:
            self._frame_differ.invalidate(*self._app.size)

    def write(self, data: str) -> None:
        """Send what is needed for the terminal to show what `data` would make it show."""
        if data == SYNC_START:
            self._sync = data
        elif data == SYNC_END:
            if self._sync:
                self._sync = ""  # nothing was sent in between, so there is nothing to show at once
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
        """Pass on what is no frame, in the terminal's plain style."""
        if self._frame_differ is None:
            return data
        if _ALTERNATE_SCREEN in data or not _HARMLESS.fullmatch(data):
            self.invalidate()
        else:
            self._frame_differ.invalidate_cursor()
        return f"\x1b[m{data}" if _ALTERNATE_SCREEN in data else data
