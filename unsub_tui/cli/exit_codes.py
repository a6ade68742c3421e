"""Exit codes: a stable part of the command line."""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """What the program's end says to a script."""

    OK = 0
    INTERNAL = 1
    USAGE = 2
    """Usage, configuration, not a terminal."""
    CREDENTIALS = 3
    """Credentials or permission."""
    SERVICE = 4
    """Network or service; nothing was sent, a retry is safe."""
    SOME_FAILED = 5
    UNKNOWN = 6
    """At least one outcome is not known: run `resume`."""
    GUARD = 7
    """Refused by a guard."""
    CANCELLED = 8
    HANGUP = 129
    INTERRUPT = 130
    QUIT = 131
    TERMINATED = 143
