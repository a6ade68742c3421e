"""Exit codes, a stable part of the command-line interface."""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """Exit code of the program."""

    OK = 0
    INTERNAL = 1
    USAGE = 2
    """Wrong usage, invalid configuration, or no terminal."""
    CREDENTIALS = 3
    """Credentials or permissions are missing or were rejected."""
    SERVICE = 4
    """Network or service failure. Nothing was sent; a retry is safe."""
    SOME_FAILED = 5
    UNKNOWN = 6
    """At least one outcome is unknown. Run `resume`."""
    GUARD = 7
    """A guard refused the plan."""
    CANCELLED = 8
    HANGUP = 129
    INTERRUPT = 130
    QUIT = 131
    TERMINATED = 143
