"""Exit codes, a stable part of the command-line interface, and what they are for problems and runs."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING

from unsub_tui.domain.problem import ProblemKind

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from unsub_tui.domain.account import AccountRef
    from unsub_tui.domain.run import Run
    from unsub_tui.present.export.endings import Ending


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
    """Refused as a whole: a guard, a wrong phrase or digest, or a plan for another account. Nothing was sent."""
    CANCELLED = 8
    """The user ended it before anything was sent, such as the app on the review of a plan file."""
    LOCKED = 9
    """Another process runs a plan for the account."""
    NOTHING_TO_DO = 10
    """Nothing can be planned, so no file was written."""
    HANGUP = 129
    INTERRUPT = 130
    QUIT = 131
    TERMINATED = 143


_KINDS = {
    ExitCode.USAGE: (ProblemKind.USAGE, ProblemKind.CONFIG, ProblemKind.FILE),
    ExitCode.CREDENTIALS: (
        *(ProblemKind.CREDENTIALS, ProblemKind.PERMISSION, ProblemKind.ORGANIZATION, ProblemKind.WRONG_SITE),
        *(ProblemKind.FROZEN, ProblemKind.CLOCK),
    ),
    ExitCode.SERVICE: (
        *(ProblemKind.NETWORK, ProblemKind.THROTTLED, ProblemKind.SERVICE),
        *(ProblemKind.BAD_RESPONSE, ProblemKind.INCOMPLETE),
    ),
    ExitCode.SOME_FAILED: (ProblemKind.DRIFT,),
    ExitCode.GUARD: (ProblemKind.GUARD, ProblemKind.OTHER_ACCOUNT),
    ExitCode.CANCELLED: (ProblemKind.STOPPED,),
    ExitCode.LOCKED: (ProblemKind.LOCKED,),
    ExitCode.INTERNAL: (ProblemKind.JOURNAL, ProblemKind.INTERNAL),
}
_SIGNALED = 128
"""The exit code after a signal is its number plus this."""

_BY_KIND = {kind: code for code, kinds in _KINDS.items() for kind in kinds}


def exit_code_for(kind: ProblemKind) -> ExitCode:
    """Return the exit code of a problem that ended a command."""
    return _BY_KIND[kind]


class SignalError(Exception):
    """A signal ended a command before it did anything."""

    def __init__(self, exit_code: int) -> None:
        super().__init__(exit_code)
        self.exit_code = exit_code
        self.account: AccountRef | None = None


def ending(exit_code: int, account: AccountRef | None, now: datetime, *, is_done_already: bool = False) -> Ending:
    """Return what the JSON document of a command states about its ending."""
    from unsub_tui.present.export.endings import CommandOutcome, Ending

    outcomes: Mapping[int, CommandOutcome] = {
        ExitCode.OK: CommandOutcome.DONE,
        ExitCode.SOME_FAILED: CommandOutcome.INCOMPLETE,
        ExitCode.UNKNOWN: CommandOutcome.PENDING,
        ExitCode.GUARD: CommandOutcome.REFUSED,
        ExitCode.CANCELLED: CommandOutcome.CANCELED,
        ExitCode.LOCKED: CommandOutcome.LOCKED,
        ExitCode.NOTHING_TO_DO: CommandOutcome.NOTHING_TO_DO,
    }
    other = CommandOutcome.CANCELED if exit_code > _SIGNALED else CommandOutcome.FAILED
    outcome = CommandOutcome.NOTHING_TO_DO if is_done_already else outcomes.get(exit_code, other)
    return Ending(outcome=outcome, exit_code=exit_code, account=account, as_of=now)


def exit_code_for_run(run: Run) -> ExitCode:
    """Return the exit code of a run; an unknown outcome takes precedence over a failed one."""
    from unsub_tui.domain.unit_state import Outcome

    outcomes = {unit.outcome for unit in run.units}
    if outcomes & {Outcome.UNKNOWN, Outcome.SUBMITTED, Outcome.ACCEPTED}:
        return ExitCode.UNKNOWN
    if outcomes & {Outcome.REJECTED, Outcome.PLANNED}:
        return ExitCode.SOME_FAILED
    return ExitCode.OK
