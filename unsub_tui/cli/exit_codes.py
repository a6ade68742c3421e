"""Exit codes, a stable part of the command-line interface, and what they are for problems and runs."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING

from unsub_tui.domain.problem import ProblemKind

if TYPE_CHECKING:
    from unsub_tui.domain.run import Run


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
    """A guard refused the plan, or it was stopped before it sent anything."""
    CANCELLED = 8
    """The app was opened on the review of a plan file, and the user left it without a run (`cli/process/launch.py`)."""
    HANGUP = 129
    INTERRUPT = 130
    QUIT = 131
    TERMINATED = 143


_KINDS = {
    ExitCode.USAGE: (ProblemKind.CONFIG, ProblemKind.FILE),
    ExitCode.CREDENTIALS: (
        *(ProblemKind.CREDENTIALS, ProblemKind.PERMISSION, ProblemKind.ORGANIZATION, ProblemKind.WRONG_SITE),
        *(ProblemKind.FROZEN, ProblemKind.CLOCK),
    ),
    ExitCode.SERVICE: (
        *(ProblemKind.NETWORK, ProblemKind.THROTTLED, ProblemKind.SERVICE),
        *(ProblemKind.BAD_RESPONSE, ProblemKind.INCOMPLETE),
    ),
    ExitCode.GUARD: (
        *(ProblemKind.GUARD, ProblemKind.OTHER_ACCOUNT, ProblemKind.DRIFT),
        *(ProblemKind.LOCKED, ProblemKind.STOPPED),
    ),
    ExitCode.INTERNAL: (ProblemKind.JOURNAL, ProblemKind.INTERNAL),
}
_BY_KIND = {kind: code for code, kinds in _KINDS.items() for kind in kinds}


def exit_code_for(kind: ProblemKind) -> ExitCode:
    """Return the exit code of a problem that ended a command."""
    return _BY_KIND[kind]


def exit_code_for_run(run: Run) -> ExitCode:
    """Return the exit code of a run; an unknown outcome takes precedence over a failed one."""
    from unsub_tui.domain.unit_state import Outcome

    outcomes = {unit.outcome for unit in run.units}
    if outcomes & {Outcome.UNKNOWN, Outcome.SUBMITTED, Outcome.ACCEPTED}:
        return ExitCode.UNKNOWN
    if outcomes & {Outcome.REJECTED, Outcome.PLANNED}:
        return ExitCode.SOME_FAILED
    return ExitCode.OK
