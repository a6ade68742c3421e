"""From what happened to the exit code that says it."""

from __future__ import annotations

from unsub_tui.cli.exits import Exit
from unsub_tui.domain.outcome import Outcome
from unsub_tui.domain.problem import ProblemKind
from unsub_tui.domain.run import Run

_BY_KIND = {
    ProblemKind.CONFIG: Exit.USAGE,
    ProblemKind.FILE: Exit.USAGE,
    ProblemKind.CREDENTIALS: Exit.CREDENTIALS,
    ProblemKind.PERMISSION: Exit.CREDENTIALS,
    ProblemKind.WRONG_SITE: Exit.CREDENTIALS,
    ProblemKind.FROZEN: Exit.CREDENTIALS,
    ProblemKind.CLOCK: Exit.CREDENTIALS,
    ProblemKind.NETWORK: Exit.SERVICE,
    ProblemKind.THROTTLED: Exit.SERVICE,
    ProblemKind.SERVICE: Exit.SERVICE,
    ProblemKind.BAD_ANSWER: Exit.SERVICE,
    ProblemKind.INCOMPLETE: Exit.SERVICE,
    ProblemKind.GUARD: Exit.GUARD,
    ProblemKind.OTHER_ACCOUNT: Exit.GUARD,
    ProblemKind.DRIFT: Exit.GUARD,
    ProblemKind.LOCKED: Exit.GUARD,
    ProblemKind.JOURNAL: Exit.INTERNAL,
    ProblemKind.STOPPED: Exit.CANCELLED,
    ProblemKind.INTERNAL: Exit.INTERNAL,
}


def exit_of(kind: ProblemKind) -> Exit:
    """Return the exit code for a problem that ended a command."""
    return _BY_KIND[kind]


def exit_of_run(run: Run) -> Exit:
    """Return the exit code for a run that was carried out: what is not known wins, then what failed."""
    outcomes = {unit.outcome for unit in run.units}
    if outcomes & {Outcome.UNKNOWN, Outcome.SUBMITTED, Outcome.ACCEPTED}:
        return Exit.UNKNOWN
    if outcomes & {Outcome.REJECTED, Outcome.PLANNED}:
        return Exit.SOME_FAILED
    return Exit.OK
