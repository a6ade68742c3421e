"""Maps problems and run outcomes to exit codes."""

from __future__ import annotations

from unsub_tui.cli.exit_codes import ExitCode
from unsub_tui.domain.problem import ProblemKind
from unsub_tui.domain.run import Run
from unsub_tui.domain.unit_state import Outcome

_BY_KIND = {
    ProblemKind.CONFIG: ExitCode.USAGE,
    ProblemKind.FILE: ExitCode.USAGE,
    ProblemKind.CREDENTIALS: ExitCode.CREDENTIALS,
    ProblemKind.PERMISSION: ExitCode.CREDENTIALS,
    ProblemKind.WRONG_SITE: ExitCode.CREDENTIALS,
    ProblemKind.FROZEN: ExitCode.CREDENTIALS,
    ProblemKind.CLOCK: ExitCode.CREDENTIALS,
    ProblemKind.NETWORK: ExitCode.SERVICE,
    ProblemKind.THROTTLED: ExitCode.SERVICE,
    ProblemKind.SERVICE: ExitCode.SERVICE,
    ProblemKind.BAD_RESPONSE: ExitCode.SERVICE,
    ProblemKind.INCOMPLETE: ExitCode.SERVICE,
    ProblemKind.GUARD: ExitCode.GUARD,
    ProblemKind.OTHER_ACCOUNT: ExitCode.GUARD,
    ProblemKind.DRIFT: ExitCode.GUARD,
    ProblemKind.LOCKED: ExitCode.GUARD,
    ProblemKind.JOURNAL: ExitCode.INTERNAL,
    ProblemKind.STOPPED: ExitCode.CANCELLED,
    ProblemKind.INTERNAL: ExitCode.INTERNAL,
}


def exit_code_for(kind: ProblemKind) -> ExitCode:
    """Return the exit code of a problem that ended a command."""
    return _BY_KIND[kind]


def exit_code_for_run(run: Run) -> ExitCode:
    """Return the exit code of a run; an unknown outcome takes precedence over a failed one."""
    outcomes = {unit.outcome for unit in run.units}
    if outcomes & {Outcome.UNKNOWN, Outcome.SUBMITTED, Outcome.ACCEPTED}:
        return ExitCode.UNKNOWN
    if outcomes & {Outcome.REJECTED, Outcome.PLANNED}:
        return ExitCode.SOME_FAILED
    return ExitCode.OK
