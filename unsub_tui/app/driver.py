"""The terminal's driver: Textual's own, except that only what changed is sent."""

from __future__ import annotations

import os
import re
from codecs import getincrementaldecoder
from selectors import EVENT_READ, DefaultSelector

from textual._xterm_parser import XTermParser
from textual.drivers.linux_driver import LinuxDriver

from unsub_tui.app.cells import Cells, UnreadableError

SYNC_START, SYNC_END = "\x1b[?2026h", "\x1b[?2026l"

_FRAME = re.compile(r"\x1b\[\d+;\d+H")
_HARMLESS = re.compile(
    r"(?:\x1b\[[?<>=][\d;$]*[a-z]"  # modes and questions about them
    r"|\x1b\][^\a\x1b]*(?:\a|\x1b\\)"  # title, clipboard
    r"|\x1bP(?:[^\x1b]|\x1b[^\\])*\x1b\\"  # the same through tmux or screen
    r"|\a)+"
)
"""What moves nothing and writes nothing on the screen."""

_OTHER_SCREEN = "\x1b[?1049"


_TICK_SECONDS = 0.1
"""How often the parser looks whether an escape that came alone was the key of that name."""

_READ_BYTES = 4096


class CellDriver(LinuxDriver):
    """Keeps what the terminal shows, and sends the difference. Ends at once: its input is woken, not waited for."""

    _cells: Cells | None = None
    _sync = ""
    """The beginning of a synchronised update that nothing was sent of yet."""

    _waking: tuple[int, int] | None = None
    """The two ends of a pipe that wakes the thread that reads keys; there while the terminal is ours."""

    def start_application_mode(self) -> None:
        """Take the terminal, for the first time or after standing still."""
        self._waking = os.pipe()
        super().start_application_mode()  # type: ignore[no-untyped-call]  # Textual gives it no types

    def disable_input(self) -> None:
        """Take no more keys."""
        if self._waking is not None and self._key_thread is not None and self._key_thread.is_alive():
            os.write(self._waking[1], b"!")
        super().disable_input()

    def close(self) -> None:
        """Let go of everything."""
        super().close()
        ends, self._waking = self._waking, None
        for end in ends or ():
            os.close(end)

    def run_input_thread(self) -> None:
        """Turn what the terminal sends into events, until input is disabled or the terminal is gone."""
        if self._waking is None:
            return
        woken = self._waking[0]
        parser = XTermParser(self._debug)
        decode = getincrementaldecoder("utf-8")("replace").decode
        with DefaultSelector() as selector:
            selector.register(self.fileno, EVENT_READ)
            selector.register(woken, EVENT_READ)
            while True:
                ready = {key.fd for key, _events in selector.select(_TICK_SECONDS)}
                if woken in ready:
                    return
                if self.fileno in ready:
                    data = self._read()
                    if not data:
                        return
                    for event in parser.feed(decode(data)):
                        self.process_message(event)
                for event in parser.tick():
                    self.process_message(event)

    def _read(self) -> bytes:
        try:
            return os.read(self.fileno, _READ_BYTES)
        except OSError:  # the line dropped; the signal that says so is on its way
            return b""

    def forget(self) -> None:
        """Send everything anew from now on: something may have disturbed the screen."""
        if self._cells is not None:
            self._cells.forget(*self._app.size)

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
            needed = self._frame(data) if _FRAME.match(data) else self._other(data)
            if needed:
                super().write(self._sync + needed)
                self._sync = ""

    def _frame(self, data: str) -> str:
        cells = self._cells
        if cells is None:
            cells = self._cells = Cells()
        width, height = self._app.size
        if cells.size != (width, height):
            cells.forget(width, height)
        try:
            return cells.update(data)
        except UnreadableError:
            cells.forget(width, height)
            return f"\x1b[m{data}"

    def _other(self, data: str) -> str:
        """Pass on what is no frame, in the terminal's plain style."""
        if self._cells is None:
            return data
        if _OTHER_SCREEN in data or not _HARMLESS.fullmatch(data):
            self.forget()
        else:
            self._cells.lose_cursor()
        return f"\x1b[m{data}" if _OTHER_SCREEN in data else data
