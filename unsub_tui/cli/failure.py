"""Error messages of failed commands. Imported only after a failure."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from traceback import walk_tb

from unsub_tui.cli.config.paths import credentials_file
from unsub_tui.cli.credentials.prompt import NoCredentialsError
from unsub_tui.cli.exit_codes import ExitCode, SignalError, ending, exit_code_for
from unsub_tui.cli.output import OutputError, write_json, write_message
from unsub_tui.domain.account import AccountRef
from unsub_tui.domain.problem import Problem, ProblemKind, UnsubError
from unsub_tui.present.export.endings import ProblemReport, error_document, report_of
from unsub_tui.present.i18n import _
from unsub_tui.present.problems import problem_details, problem_text

_GETTING_STARTED = _("""unsub-tui: {reason}.

To use an account, set its keys in the environment:
  export HUAWEICLOUD_SDK_AK=...  HUAWEICLOUD_SDK_SK=...
or store them in a file that only you can read:
  {file}
    [default]
    access_key = "..."
    secret_key = "..."
or, to sign in with a password, store in the same file:
    user_name = "..."
    account_name = "..."

To try the program with a simulated account:
  unsub-tui demo""")


def report_error(error: Exception, *, as_json: bool = False) -> int:
    """Write what happened and the next step to stderr, also as a JSON document to stdout; return the exit code."""
    code = _report(error)
    if as_json and isinstance(error, UnsubError):
        _write_document(report_of(error.problem), code, error.account)
    elif as_json:
        # The message of an unexpected error may contain secrets.
        _write_document(ProblemReport(kind=ProblemKind.INTERNAL, message=type(error).__name__), code)
    return code


def write_usage_error(message: str, hint: str) -> None:
    """Write the JSON document of a command with wrong arguments."""
    _write_document(ProblemReport(kind=ProblemKind.USAGE, message=message, hint=hint), ExitCode.USAGE)


def write_signal_document(error: SignalError) -> None:
    """Write the JSON document of a command that a signal ended before it did anything."""
    _write_document(report_of(Problem(kind=ProblemKind.STOPPED)), error.exit_code, error.account)


def _write_document(report: ProblemReport, exit_code: int, account: AccountRef | None = None) -> None:
    """Write the JSON document of a failed command, unless stdout is closed or full."""
    with suppress(OutputError):
        write_json(error_document(report, ending(exit_code, account, datetime.now(UTC))))


def _report(error: Exception) -> int:
    if isinstance(error, NoCredentialsError):
        text = _GETTING_STARTED.format(reason=problem_details(error.problem), file=credentials_file())
        write_message(text)
        return ExitCode.CREDENTIALS
    if isinstance(error, UnsubError):
        write_message(f"unsub-tui: {problem_text(error.problem)}")
        return exit_code_for(error.problem.kind)
    # Print neither the message nor the values of the error: they may contain secrets.
    *_callers, (frame, line) = walk_tb(error.__traceback__)
    place = f"{frame.f_code.co_filename}:{line}"
    words = _("unsub-tui: internal error: {kind} at {place}. Please report it.")
    write_message(words.format(kind=type(error).__name__, place=place))
    return ExitCode.INTERNAL
