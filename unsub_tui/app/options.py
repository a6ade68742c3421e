"""What the app is told from outside."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

from unsub_tui.domain.secret import Secret


@dataclass(frozen=True, slots=True, kw_only=True)
class AppOptions:
    """How the app looks and behaves; nothing in here is read from the environment by the app itself."""

    state_dir: Path
    """Where a crash report goes."""
    ask_login: Callable[[], tuple[Secret, str]] | None = None
    """Asks at the terminal, outside the screen, for a password and the code of a second factor; raises UnsubError."""
    ascii: bool = False
    """Frames and signs from ASCII alone."""
    colour: bool = True
    light: bool = False
    """Whether the terminal's background is light."""
    hold_seconds: float = 0.5
    """How long a dialog that can destroy something drops keys after it opened."""
    monotonic: Callable[[], float] = monotonic
    """The clock for `hold_seconds` and for keys pressed twice."""
