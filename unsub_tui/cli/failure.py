"""Error messages of failed commands. Imported only after a failure."""

from __future__ import annotations

from contextlib import suppress
from traceback import walk_tb

from unsub_tui.cli.config.paths import credentials_file
from unsub_tui.cli.credentials.prompt import NoCredentialsError
from unsub_tui.cli.exit_codes import ExitCode, exit_code_for
from unsub_tui.cli.output import OutputError, write_json, write_message
from unsub_tui.domain.problem import ProblemKind, UnsubError
from unsub_tui.present.export.error_document import CommandError, error_document, error_of
from unsub_tui.present.export.formats import SCHEMA_VERSION
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
    if as_json:
        write_error_document(_as_error(error), code)
    return code


def write_error_document(error: CommandError, exit_code: int) -> None:
    """Write the JSON document of a failed command, unless stdout is closed or full."""
    with suppress(OutputError):
        write_json({"schema_version": SCHEMA_VERSION, **error_document(error, exit_code)})


def _as_error(error: Exception) -> CommandError:
    if isinstance(error, UnsubError):
        return error_of(error.problem)
    # The message of an unexpected error may contain secrets.
    return CommandError(kind=ProblemKind.INTERNAL.value, message=type(error).__name__)


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
