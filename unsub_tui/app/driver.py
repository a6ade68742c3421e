"""The terminal's driver: Textual's own, except that only what changed is sent."""

from __future__ import annotations

import re

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


class CellDriver(LinuxDriver):
    """Keeps what the terminal shows, and sends the difference."""

    _cells: Cells | None = None
    _sync = ""
    """The beginning of a synchronised update that nothing was sent of yet."""

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
